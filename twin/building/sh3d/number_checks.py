"""Checks every number of a Sweet Home 3D file; invalid and implausible ones are reported."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from twin.building.sh3d.home_rows import HomeThing, Sh3dHome, Sh3dRow, thing_of
from twin.model.text import Text

FARTHEST_CM = 1e7
"""Largest plausible coordinate: 100 km."""
MOST_CORNERS = 2_000
"""Most corners of one room."""
MOST_NAMED = 12
"""Most things reported individually; the rest is counted."""

_COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*")
_SIGNED: dict[str, tuple[str, ...]] = {
    "Level": ("elevation", "elevationIndex"),
    "Wall": ("xStart", "yStart", "xEnd", "yEnd", "arcExtent"),
    "Point": ("x", "y"),
    "Label": ("x", "y"),
    "Piece": ("x", "y", "elevation", "angle", "pitch", "roll", "wallDistance", "wallLeft", "wallTop"),
    "Sash": ("xAxis", "yAxis", "startAngle", "endAngle"),
    "Light source": ("x", "y", "z"),
    "Compass": ("northDirection", "latitude", "longitude"),
    "Pattern": ("angle", "xOffset", "yOffset"),
}
_LENGTHS: dict[str, tuple[str, ...]] = {
    "Level": ("height", "floorThickness"),
    "Wall": ("thickness", "height", "heightAtEnd"),
    "Piece": ("width", "depth", "height", "wallThickness", "wallWidth", "wallHeight", "power"),
    "Sash": ("width",),
    "Light source": ("diameter",),
    "Baseboard": ("thickness", "height"),
    "Compass": ("wallHeight",),
    "Pattern": ("width", "height", "scale"),
}
_NEEDED: dict[str, tuple[str, ...]] = {
    "Wall": ("xStart", "yStart", "xEnd", "yEnd"),
    "Point": ("x", "y"),
    "Label": ("x", "y"),
    "Piece": ("x", "y"),
    "Sash": ("xAxis", "yAxis", "width", "startAngle", "endAngle"),
}
_INSIDE = {"points": "Point", "sashes": "Sash", "sources": "Light source", "skirts": "Baseboard", "patterns": "Pattern"}


class NumberChecks:
    """Checks the numbers of a home and collects the invalid ones."""

    def __init__(self, home: Sh3dHome) -> None:
        self._home = home
        self._wrong: dict[HomeThing, list[Text]] = {}

    def check(self) -> None:
        """Converts the numbers of every row to float, drops unusable rows, and adds warnings about both."""
        home = self._home
        for kind in ("Level", "Wall", "Room", "Piece", "Label"):
            name = f"{kind.lower()}s"
            rows: list[Sh3dRow] = getattr(home, name)
            setattr(home, name, [row for i, row in enumerate(rows) if self._sound(kind, row, thing_of(kind, row, i))])
        self._sound("Compass", home.compass, HomeThing("Home"))
        home.wall_height = home.compass.pop("wallHeight", 250.0)
        self._report_problems()

    def _sound(self, kind: str, row: Sh3dRow, thing: HomeThing) -> bool:
        """Whether the row can be used, after its numbers and outlines were checked."""
        for name in (*_SIGNED.get(kind, ()), *_LENGTHS.get(kind, ())):
            if name in row:
                self._number(row, name, thing, signed=name in _SIGNED.get(kind, ()))
        for name, inner in _INSIDE.items():
            if name in row:
                row[name], all_of_them = self._inner(inner, row[name], thing)
                if inner == "Point" and not self._outline(all_of_them, row[name], thing):
                    return False
        lacking = [name for name in _NEEDED.get(kind, ()) if name not in row]
        if lacking and kind in ("Wall", "Piece"):
            self._wrong.setdefault(thing, []).append(Text("sh3d.without", names=lacking))
        return not lacking

    def _inner(self, kind: str, rows: Iterable[Sh3dRow], thing: HomeThing) -> tuple[list[Sh3dRow], int]:
        given = list(rows)
        return [row for row in given if self._sound(kind, row, thing)], len(given)

    def _outline(self, given: int, sound: list[Sh3dRow], thing: HomeThing) -> bool:
        if given > MOST_CORNERS:
            self._wrong.setdefault(thing, []).append(Text("sh3d.corners", n=given))
        elif len(sound) < given or given < 3:
            self._wrong.setdefault(thing, []).append(Text("sh3d.readable_corners", n=len(sound), all=given))
        else:
            return True
        return False

    def _number(self, row: Sh3dRow, name: str, thing: HomeThing, *, signed: bool) -> None:
        """Converts a field to float; removes it where it is not a number of plausible size."""
        raw = row.pop(name)
        text = str(raw)
        comma = bool(_COMMA.fullmatch(text))
        try:
            number = float(text.replace(",", ".") if comma else raw)
        except (TypeError, ValueError):
            number = math.nan
        good = math.isfinite(number) and abs(number) <= FARTHEST_CM and (signed or number >= 0)
        if good:
            row[name] = number
        if comma or not good:
            found = {"name": name, "value": _short(text)}
            note = Text("sh3d.read_as", **found, number=number) if good else Text("sh3d.unreadable", **found)
            self._wrong.setdefault(thing, []).append(note)

    def _report_problems(self) -> None:
        named = list(self._wrong.items())
        for thing, notes in named[:MOST_NAMED]:
            self._home.warn_of("sh3d.swallowed", thing, told=notes[:4])
        if len(named) > MOST_NAMED:
            self._home.warn("sh3d.more_swallowed", n=len(named) - MOST_NAMED)


def _short(text: str) -> str:
    plain = "".join(ch if ch.isprintable() else "?" for ch in text)
    return plain if len(plain) <= 24 else f"{plain[:24]}…"
