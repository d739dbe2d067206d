# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
"""Chart marks beside the curves: meter replacements (marked or suspected) and spans with damaged history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyqtgraph as pg
from PySide6.QtCore import Qt

from app.i18n import tr
from app.view.style import colour, current_theme
from twin.model.ids import PointId

type PlacedLane = tuple[pg.ViewBox, frozenset[PointId]]
"""A lane of the chart and the ids of its points."""


@dataclass(frozen=True, slots=True)
class MeterMark:
    """A meter replacement at `time_ms` (UTC): marked by the user (`id`), or only suspected (empty `id`)."""

    point: PointId
    time_ms: int
    id: str = ""


class ChartMarks:
    """Draws the marks into the lanes of their points; `draw` replaces all of them."""

    def __init__(self) -> None:
        self.changes: tuple[MeterMark, ...] = ()
        self.damaged: Mapping[PointId, tuple[tuple[int, int], ...]] = {}
        self._items: list[tuple[pg.ViewBox, pg.GraphicsObject]] = []

    def damage_at(self, point: PointId, time_ms: float) -> bool:
        """Whether the history of this point is damaged at this time (UTC ms)."""
        return any(first <= time_ms <= last for first, last in self.damaged.get(point, ()))

    def near(self, time_ms: float, reach_ms: float) -> Sequence[MeterMark]:
        """The marks within `reach_ms` of a time (UTC ms), nearest first."""
        found = (mark for mark in self.changes if abs(mark.time_ms - time_ms) <= reach_ms)
        return sorted(found, key=lambda mark: abs(mark.time_ms - time_ms))

    def draw(self, lanes: Iterable[PlacedLane]) -> None:
        """Redraws all marks in the colours of the current theme."""
        self.clear()
        for lane, points in lanes:
            for point in points:
                for first, last in self.damaged.get(point, ()):
                    self._add(lane, _region(first / 1000, last / 1000))
            for mark in self.changes:
                if mark.point in points:
                    self._add(lane, _line(mark))

    def clear(self) -> None:
        """Removes all marks from the lanes."""
        for lane, item in self._items:
            lane.removeItem(item)
        self._items.clear()

    def _add(self, lane: pg.ViewBox, item: pg.GraphicsObject) -> None:
        lane.addItem(item, ignoreBounds=True)
        self._items.append((lane, item))


def _line(mark: MeterMark) -> pg.InfiniteLine:
    text = tr("Meter changed") if mark.id else tr("Meter changed?")
    tone = current_theme().accent if mark.id else current_theme().warning
    style = Qt.PenStyle.SolidLine if mark.id else Qt.PenStyle.DashLine
    return pg.InfiniteLine(
        pos=mark.time_ms / 1000,
        angle=90,
        movable=False,
        pen=pg.mkPen(colour(tone), width=1, style=style),
        label=text,
        labelOpts={"position": 0.92, "color": colour(tone), "anchors": [(0, 0.5), (1, 0.5)]},
    )


def _region(first_s: float, last_s: float) -> pg.LinearRegionItem:
    brush = pg.mkBrush(colour(current_theme().error, 0.25))
    brush.setStyle(Qt.BrushStyle.BDiagPattern)
    region = pg.LinearRegionItem((first_s, last_s), movable=False, brush=brush, pen=pg.mkPen(None))
    region.setZValue(-5)
    label = pg.InfLineLabel(region.lines[0], tr("damaged"), position=0.08, color=colour(current_theme().error))
    label.setAnchor((0, 0.5))
    return region
