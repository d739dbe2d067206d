# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
"""What stands on the chart beside the curves: replaced meters, marked or only suspected, and stretches that are damaged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyqtgraph as pg
from PySide6.QtCore import Qt

from app.i18n import tr
from app.view.style import colour, current_theme
from twin.model.ids import PointId

type PlacedLane = tuple[pg.ViewBox, frozenset[PointId]]
"""A lane of the chart and the points in it."""


@dataclass(frozen=True, slots=True)
class MeterMark:
    """A meter was replaced at `time_ms`, as the user marked it (`id`), or as its register looks (no id)."""

    point: PointId
    time_ms: int
    id: str = ""


class ChartMarks:
    """Draws the marks into the lanes of their points; drawn anew where lanes or marks changed."""

    def __init__(self) -> None:
        self.changes: tuple[MeterMark, ...] = ()
        self.damaged: Mapping[PointId, tuple[tuple[int, int], ...]] = {}
        self._items: list[tuple[pg.ViewBox, pg.GraphicsObject]] = []

    def damage_at(self, point: PointId, time_ms: float) -> bool:
        """Whether what history held of this moment is damaged."""
        return any(first <= time_ms <= last for first, last in self.damaged.get(point, ()))

    def near(self, time_ms: float, reach_ms: float) -> Sequence[MeterMark]:
        """The marks so near to a moment, the nearest first."""
        found = (mark for mark in self.changes if abs(mark.time_ms - time_ms) <= reach_ms)
        return sorted(found, key=lambda mark: abs(mark.time_ms - time_ms))

    def draw(self, lanes: Iterable[PlacedLane]) -> None:
        """Draws everything anew, in the colours of the theme in force."""
        self.clear()
        for lane, points in lanes:
            for point in points:
                for first, last in self.damaged.get(point, ()):
                    self._add(lane, _region(first / 1000, last / 1000))
            for mark in self.changes:
                if mark.point in points:
                    self._add(lane, _line(mark))

    def clear(self) -> None:
        """Takes everything off the lanes."""
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
