"""Shapes that doors and windows cut out of walls: SVG paths in a unit square, seen from the front, y down (SVG 1.1, 8.3)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from itertools import pairwise

import shapely

from twin.building import plan_outline

_WORD = re.compile(r"[MmLlHhVvCcSsQqTtAaZz]|[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_TAKES = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}
_STEPS = 12
"""Straight pieces of one curve."""
_LONGEST = 20_000
"""Characters of a path."""
SQUARE = "M0,0 v1 h1 v-1 z"

type Spot = tuple[float, float]


def outline(path: str) -> shapely.Polygon | None:
    """The largest shape of a path, clipped to the unit square; None where it fills the square, or draws nothing."""
    if not path or path.strip() == SQUARE or len(path) > _LONGEST:
        return None
    try:
        rings = [ring for ring in _rings(path) if len(ring) >= 3]
        shape = shapely.union_all([shapely.make_valid(shapely.Polygon(ring)) for ring in rings])
        found = plan_outline.largest(shapely.intersection(shape, shapely.box(0, 0, 1, 1)))
    except (ValueError, OverflowError, ZeroDivisionError, shapely.GEOSException):
        return None
    return found if found is not None and 0.01 < found.area < 0.995 else None


def _commands(path: str) -> Iterator[tuple[str, list[float]]]:
    """Commands with their numbers; repeated ones are told apart (an M goes on as L)."""
    words = _WORD.findall(path)
    at, command = 0, "M"
    while at < len(words):
        if words[at].isalpha():
            command = words[at]
            at += 1
        takes = _TAKES[command.upper()]
        numbers = [float(word) for word in words[at : at + takes]]
        if len(numbers) < takes:
            raise ValueError("a path that ends too early")
        yield command, numbers
        at += takes
        if not takes and at < len(words) and not words[at].isalpha():
            raise ValueError("a number after the end of a path")
        command = {"M": "L", "m": "l"}.get(command, command)


def _rings(path: str) -> Iterator[list[Spot]]:
    ring: list[Spot] = []
    pen, control, before = (0.0, 0.0), (0.0, 0.0), ""
    for command, given in _commands(path):
        kind = command.upper()
        if kind == "Z":
            yield ring
            pen = ring[0] if ring else pen
            ring, before = [], "Z"
            continue
        numbers = given if command.isupper() else _absolute(kind, given, pen)
        if kind == "M":
            yield ring
            ring = []
        elif not ring:
            ring = [pen]
        if kind in "ST":
            reflected = (2 * pen[0] - control[0], 2 * pen[1] - control[1]) if before in "CSQT" and before else pen
            numbers = [*reflected, *numbers]
            kind = "C" if kind == "S" else "Q"
        points = _drawn(kind, pen, numbers)
        control = (numbers[-4], numbers[-3]) if kind in "CQ" else points[-1]
        ring += points
        pen, before = points[-1], kind
    yield ring


def _absolute(kind: str, given: list[float], pen: Spot) -> list[float]:
    if kind == "H":
        return [given[0] + pen[0]]
    if kind == "V":
        return [given[0] + pen[1]]
    if kind == "A":
        return [*given[:5], given[5] + pen[0], given[6] + pen[1]]
    return [value + pen[i % 2] for i, value in enumerate(given)]


def _drawn(kind: str, pen: Spot, n: list[float]) -> list[Spot]:
    """The points that a command adds."""
    if kind == "H":
        return [(n[0], pen[1])]
    if kind == "V":
        return [(pen[0], n[0])]
    if kind == "A":
        return _arc(pen, n)
    ends = [pen, *zip(n[::2], n[1::2], strict=True)]
    if kind in "ML":
        return [ends[-1]]
    return [_bezier(ends, step / _STEPS) for step in range(1, _STEPS + 1)]


def _bezier(ends: list[Spot], t: float) -> Spot:
    while len(ends) > 1:  # de Casteljau
        ends = [(a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t) for a, b in pairwise(ends)]
    return ends[0]


def _arc(pen: Spot, n: list[float]) -> list[Spot]:
    """An elliptic arc as points (SVG 1.1, F.6.5: from end points to the centre)."""
    rx, ry, turn, end = abs(n[0]), abs(n[1]), math.radians(n[2]), (n[5], n[6])
    if not rx or not ry or pen == end:
        return [end]
    cos, sin = math.cos(turn), math.sin(turn)
    dx, dy = (pen[0] - end[0]) / 2, (pen[1] - end[1]) / 2
    x, y = cos * dx + sin * dy, -sin * dx + cos * dy
    grow = max(1.0, math.sqrt((x / rx) ** 2 + (y / ry) ** 2))
    rx, ry = rx * grow, ry * grow
    share = (rx * y) ** 2 + (ry * x) ** 2
    root = math.sqrt(max(0.0, (rx * ry) ** 2 - share) / share) * (1 if bool(n[3]) != bool(n[4]) else -1)
    cx, cy = root * rx * y / ry, -root * ry * x / rx
    first, last = math.atan2((y - cy) / ry, (x - cx) / rx), math.atan2((-y - cy) / ry, (-x - cx) / rx)
    extent = (last - first) % (2 * math.pi)
    extent = extent if n[4] else extent - 2 * math.pi
    mx, my = (pen[0] + end[0]) / 2, (pen[1] + end[1]) / 2
    steps = 2 * _STEPS
    points: list[Spot] = []
    for step in range(1, steps + 1):
        a = first + extent * step / steps
        ex, ey = rx * math.cos(a) + cx, ry * math.sin(a) + cy
        points.append((cos * ex - sin * ey + mx, sin * ex + cos * ey + my))
    return [*points[:-1], end]
