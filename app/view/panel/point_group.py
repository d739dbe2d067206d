"""Common points of several devices: which are commanded together, and their values in one line of text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from app.i18n import tr
from app.i18n.numbers import format_decimal
from app.view.feed import Feed
from app.view.formatting import format_value
from twin.model.capability import Group, ValueType
from twin.model.device import Device, Point
from twin.model.observation import Value, decode


def shared(devices: Sequence[Device]) -> list[tuple[Point, ...]]:
    """Groups of writable points with the same capability on at least two devices, largest group first, of equal ones
    the power switches. What has only a device's own word for it is grouped by that word."""
    groups: dict[tuple[str, str], list[Point]] = {}
    for device in devices:
        for point in device.points:
            row = point.capability
            if point.writable and row.id != "identify":
                groups.setdefault((row.id, point.title if row.group is Group.RAW else ""), []).append(point)
    many = [tuple(points) for points in groups.values() if len({point.device for point in points}) > 1]
    return sorted(many, key=lambda points: (-len(points), points[0].capability.id != "on_off"))


class PointGroup:
    """Points of one capability whose values are read together from State; equal values are decoded once."""

    def __init__(self, feed: Feed, points: Sequence[Point]) -> None:
        self.points = tuple(points)
        self._feed = feed
        rows: dict[tuple[str, ...], list[int]] = {}
        words: dict[tuple[str, ...], Point] = {}
        for point in self.points:
            if (row := feed.live.index(point.id)) is not None:
                rows.setdefault(point.options, []).append(row)
                words.setdefault(point.options, point)
        self._parts: list[tuple[Point, NDArray[np.intp]]] = [
            (words[options], np.array(found, np.intp)) for options, found in rows.items()
        ]
        """A point and its rows of State, for each distinct list of options."""
        self.rows = frozenset(row for found in rows.values() for row in found)

    def values(self) -> Counter[Value]:
        """Number of points by displayed value; None counts points without a value."""
        found = Counter[Value]({None: len(self.points) - len(self.rows)})
        for point, rows in self._parts:
            column = self._feed.state.value[rows]
            known, counts = np.unique(column[~np.isnan(column)], return_counts=True)
            found[None] += len(rows) - int(counts.sum())
            for value, count in zip(known.tolist(), counts.tolist(), strict=True):
                found[decode(point, value, self._feed.strings)] += count
        return +found


def common(values: Mapping[Value, int], point: Point) -> tuple[Value, str]:
    """The common value of all points, or None and a summary as text (`1 of 3: On`); `values` counts points by value."""
    known = [value for value in values if value is not None]
    if len(values) == len(known) == 1:
        return known[0], ""
    if point.capability.type is ValueType.BOOL:
        on = values.get(True, 0)
        word = format_value(point, value=True)
        return None, tr(
            "{on} of {all}: {word}", on=format_decimal(on), all=format_decimal(sum(values.values())), word=word
        )
    numbers = [value for value in known if isinstance(value, int | float)]
    if len(numbers) > 1 and len(numbers) == len(known):
        return None, f"{format_value(point, min(numbers))} – {format_value(point, max(numbers))}"
    return None, tr("different")
