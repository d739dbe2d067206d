"""Titles of points in the user's language: protocols name points in English where the device has no name of its own."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from app.i18n.language import SOURCE, current_language
from app.i18n.sentences import tr
from twin.model.capability import CAPABILITIES

WORDS = (
    "Air quality", "Alarm system", "Battery current", "Battery health", "Battery power", "Battery state",
    "Battery voltage", "Button", "CO₂ alarm", "Cabinet temperature", "Change filter", "commanded",
    "Boost", "Connection to the grid", "Controls locked", "Cool above", "Count", "Cover", "Current limit", "DC current",
    "DC power", "DC voltage",
    "Dehumidify above", "Device temperature", "Direction", "Duration", "Dust PM1", "Energy", "Energy available",
    "Energy produced", "External power", "Fan control", "Filter life", "Formaldehyde", "Freeze", "Heat below",
    "Heat sink temperature", "Heating", "Hot water", "Hue", "Humidify below", "In use", "Input", "Live stream",
    "Mean current", "Mean voltage", "Meter", "Movement", "Neutral current", "Nitrogen dioxide", "Oscillation", "Ozone",
    "Palette", "Phase A", "Phase B", "Phase C", "Port", "Power is limited", "Power limit", "Preset", "Purifier",
    "Purifier control", "Radon", "Rain", "Rated power", "Reactive energy fed in", "Reactive energy used", "Relay",
    "Segment", "Speed", "Storage", "Swing", "Switch", "Time left", "Update available", "Water flows", "Water level",
    "White", "White balance", "Volatile organics",
)  # fmt: skip
"""English words of labels that protocols give to points, besides the titles of capabilities."""
_QUALIFIER = re.compile(r"\d+|L[123]|\([^()]*\)|rgbw?|cct|em1?|pm1")
"""What stands beside such words as it is: a number, a phase, parentheses, the type of a part of a Shelly device."""
_BETWEEN = re.compile(r":? ")


@cache
def _known() -> dict[str, str]:
    """Every known word in lower case with its English spelling."""
    return {word.casefold(): word for word in (*(row.title for row in CAPABILITIES.values()), *WORDS)}


def point_title(title: str) -> str:
    """A point's title in the user's language. It is translated where the whole of it is made of words of the protocols'
    tables and numbers, such as `Switch 2` or `Phase A power`; any other title is the device's own and stays as it is.
    """
    language = current_language()
    return title if language == SOURCE or not title else _translated(title, language)


@lru_cache(maxsize=4096)
def _translated(title: str, _language: str) -> str:
    """The title in the current language, which is part of the key."""
    if (whole := tr(title)) != title:
        return whole
    found, at = list[str](), 0
    while at < len(title):
        between = _BETWEEN.match(title, at) if found else None
        if found and between is None:
            return title
        at = between.end() if between else 0
        end, part = _part(title, at)
        if not part:
            return title
        found += [between[0] if between else "", part]
        at = end
    return "".join(found) if found else title


def _part(title: str, at: int) -> tuple[int, str]:
    """Where the longest known part of a title ends, and its translation; an empty one where none is known."""
    rest = title[at:]  # in it, `light` is a part of a device, `Light` the illuminance
    if (qualifier := _QUALIFIER.match(rest)) and _ends(rest, qualifier.end()):
        return at + qualifier.end(), qualifier[0]
    for end in range(len(rest), 0, -1):
        if _ends(rest, end) and (word := _known().get(rest[:end].casefold())):
            return at + end, tr(word, about="kind" if rest[:end] == "light" else "")
    return at, ""


def _ends(rest: str, end: int) -> bool:
    return end == len(rest) or _BETWEEN.match(rest, end) is not None
