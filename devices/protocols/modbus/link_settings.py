"""Options of a Modbus link: unit ids, profiles, polling period, and units that may be written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from devices.timing_options import period_option, timeout_option
from twin.model.device import Link
from twin.model.link_option import LinkOption, OptionKind, option_values
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text

MAX_UNIT = 255
"""Highest unit id. 0 is the broadcast of a serial line, but some TCP devices answer to it alone, others to 255."""
MAX_UNITS = 64
_UNIT = r"(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_UNITS = rf"{_UNIT}(-{_UNIT})?(:[a-z0-9-]+)?(,\s*{_UNIT}(-{_UNIT})?(:[a-z0-9-]+)?)*"

OPTIONS = (
    LinkOption(
        name="units",
        title=Text("modbus.option.units"),
        default="1",
        pattern=_UNITS,
        example="1,2,10-14 or 1:eastron-sdm630,2",
        is_list=True,
        help=Text("modbus.option.units.help"),
    ),
    LinkOption(
        name="profile",
        title=Text("modbus.option.profile"),
        pattern=r"[a-z0-9-]+",
        example="eastron-sdm630",
        help=Text("modbus.option.profile.help"),
    ),
    period_option("5", Text("modbus.option.period.help")),
    LinkOption(
        name="writable",
        title=Text("modbus.option.writable"),
        default="no",
        pattern=rf"yes|no|{_UNIT}(,\s*{_UNIT})*",
        example="no, yes, or unit ids such as 1,3",
        is_list=True,
        help=Text("modbus.option.writable.help"),
    ),
    timeout_option("1", Text("modbus.option.timeout.help"), minimum_s=0.05),
    LinkOption(
        name="gap",
        title=Text("modbus.option.gap"),
        kind=OptionKind.NUMBER,
        default="0",
        minimum=0.0,
        maximum=5000.0,
        help=Text("modbus.option.gap.help"),
    ),
)
SLOW = 6
"""Factor on the polling period for slow blocks (counters)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSettings:
    """The parsed options of a link."""

    units: tuple[tuple[int, str], ...]
    """(unit id, profile); the profile is empty where the device is to be identified."""
    period_s: float
    timeout_s: float
    gap_s: float
    writable: frozenset[int] | None
    """Units that may be written; None: all."""

    def may_write(self, unit: int) -> bool:
        """Whether the link's options allow commands to this unit."""
        return self.writable is None or unit in self.writable


def link_settings(link: Link) -> LinkSettings:
    """The parsed options of a link. Raises ProblemError where they are invalid."""
    options = option_values(OPTIONS, link.options)
    writable = options["writable"]
    return LinkSettings(
        units=units_of(options["units"], options["profile"]),
        period_s=float(options["period"]),
        timeout_s=float(options["timeout"]),
        gap_s=float(options["gap"]) / 1000.0,
        writable=None if writable == "yes" else frozenset[int]() if writable == "no" else _numbers(writable),
    )


def units_of(text: str, profile: str = "") -> tuple[tuple[int, str], ...]:
    """Parses `1,2:eastron-sdm630,10-14` to (unit, profile); the last profile that is named for a unit counts. Raises ProblemError."""
    units: dict[int, str] = {}
    for first, last, named in _parts(text):
        if not 0 <= first <= last <= MAX_UNIT:
            raise ProblemError(_bad_units(text, Text("modbus.unit_range", most=MAX_UNIT)))
        units |= {unit: named or units.get(unit) or profile for unit in range(first, last + 1)}
    if len(units) > MAX_UNITS:
        raise ProblemError(_bad_units(text, Text("modbus.many_units", most=MAX_UNITS)))
    return tuple(units.items())


def _parts(text: str) -> Iterator[tuple[int, int, str]]:
    for part in text.split(","):
        numbers, _, profile = part.strip().partition(":")
        first, _, last = numbers.partition("-")
        yield int(first), int(last or first), profile


def _numbers(text: str) -> frozenset[int]:
    return frozenset(int(part) for part in text.split(","))


def _bad_units(text: str, why: Text) -> Problem:
    return Problem(code="modbus.units", args={"why": why}, where=text[:60])
