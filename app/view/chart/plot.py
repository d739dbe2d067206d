# pyright: reportMissingTypeStubs=false, reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
"""Trend chart: one lane per unit with a common time axis, curves thinned to the screen, own grid, crosshair.

pyqtgraph takes 0.3 s to import; therefore this module is imported when the first chart is opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import override

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.i18n import tr
from app.view.chart.axis import TimeAxis, ValueAxis
from app.view.chart.chart_marks import ChartMarks, MeterMark
from app.view.chart.decimation import XyLine, band, line_of, thin, until
from app.view.style import colour, current_theme
from twin.model.capability import ValueType
from twin.model.device import Point
from twin.model.history_series import ChartColumns

_EMPTY: XyLine = (np.empty(0), np.empty(0))
MAX_LIVE = 20_000
_SMOOTH_POINTS = 12_000
"""Maximum number of drawn samples for antialiasing; above it, antialiasing takes too long for a frame."""


@dataclass(slots=True, eq=False)
class PlotSeries:
    """One point of the chart: its recorded history followed by the live values."""

    point: Point
    curve: pg.PlotCurveItem
    shade: pg.PlotCurveItem
    """Area between the lowest and highest value of each column, behind the mean line."""
    past: XyLine = _EMPTY
    tail_x: list[float] = field(default_factory=list[float])
    tail_y: list[float] = field(default_factory=list[float])

    @property
    def stepped(self) -> bool:
        """Whether the curve is drawn in steps: each value holds until the next one."""
        return self.point.capability.is_held

    def line(self, end_s: float = np.inf) -> XyLine:
        """History and live values as one line up to `end_s` (s since 1970); the last value is held until then."""
        return until(self._whole(), end_s)

    def _whole(self) -> XyLine:
        x, y = self.past
        last = x[-1] if len(x) else -np.inf
        fresh = [i for i, at in enumerate(self.tail_x) if at > last]
        if not fresh:
            return x, y
        tail_x, tail_y = np.array(self.tail_x)[fresh], np.array(self.tail_y)[fresh]
        if self.stepped:
            tail_x, tail_y = np.repeat(tail_x, 2), np.repeat(tail_y, 2)
            tail_y[0::2] = np.concatenate([y[-1:] if len(y) else tail_y[:1], tail_y[1:-1:2]])
        return np.concatenate([x, tail_x]), np.concatenate([y, tail_y])

    def at(self, when_s: float) -> float:
        """The value at this time (seconds since 1970); NaN if there is none."""
        x, y = self._whole()
        i = int(np.searchsorted(x, when_s, "right")) - 1
        return float(y[i]) if 0 <= i < len(y) else float("nan")

    def add(self, time_s: float, value: float) -> None:
        """Appends a live value; ignored unless it is newer than the last one."""
        if not self.tail_x or time_s > self.tail_x[-1]:
            self.tail_x.append(time_s)
            self.tail_y.append(value)
            if len(self.tail_x) > MAX_LIVE:
                del self.tail_x[: MAX_LIVE // 2], self.tail_y[: MAX_LIVE // 2]


def _series(point: Point) -> PlotSeries:
    return PlotSeries(point, pg.PlotCurveItem(), pg.PlotCurveItem(fillLevel="enclosed", pen=None))


class PlotLane:
    """One lane of the chart for all series of one unit: value axis, grid and crosshair line."""

    def __init__(self) -> None:
        self.time, self.value = TimeAxis(), ValueAxis("left")
        self.item = pg.PlotItem(axisItems={"bottom": self.time, "left": self.value})
        self.item.hideButtons()
        self.item.setMenuEnabled(False)
        self.box: pg.ViewBox = self.item.getViewBox()
        self.box.setMouseEnabled(x=True, y=False)
        self.grid = pg.PlotCurveItem(connect="pairs", skipFiniteCheck=True)
        self.grid.setZValue(-10)
        self.cross = pg.InfiniteLine(angle=90, movable=False)
        self.cross.hide()
        for thing in (self.grid, self.cross):
            self.box.addItem(thing, ignoreBounds=True)
        self.series: list[PlotSeries] = []

    def apply_theme(self) -> None:
        """Applies the colours of the current theme."""
        self.grid.setPen(pg.mkPen(colour(current_theme().chart_grid), width=1))
        self.cross.setPen(pg.mkPen(colour(current_theme().faint), width=1))
        self.time.apply_theme()
        self.value.apply_theme()

    def fit(self, found: Sequence[np.ndarray]) -> None:
        """Scales the value axis to these visible values, with a margin."""
        if found:
            low, high = min(float(y.min()) for y in found), max(float(y.max()) for y in found)
            least = 4 * self.series[0].point.capability.resolution
            room = max((high - low) * 0.1, (least - (high - low)) / 2, 1e-9)
            self.box.setYRange(low - room, high + room, padding=0)

    def draw_grid(self) -> None:
        """Draws grid lines at the ticks of both axes, as one curve."""
        (x0, x1), (y0, y1) = self.box.viewRange()
        rect: QRectF = self.box.boundingRect()
        across = [v for _, ticks in self.value.tickValues(y0, y1, rect.height()) for v in ticks]
        down = [v for _, ticks in self.time.tickValues(x0, x1, rect.width()) for v in ticks]
        xs = [x for _ in across for x in (x0, x1)] + [x for x in down for _ in range(2)]
        ys = [y for y in across for _ in range(2)] + [y for _ in down for y in (y0, y1)]
        self.grid.setData(np.array(xs, np.float64), np.array(ys, np.float64), connect="pairs", skipFiniteCheck=True)


class TrendPlot(QWidget):
    """The chart widget: lanes below each other with a common time axis."""

    ranged = Signal(float, float)
    """The user changed the visible span: start and end in seconds since 1970."""
    pointed = Signal(float)
    """The crosshair moved to this time (seconds since 1970); NaN when the pointer left."""
    menu_wanted = Signal(float, QPoint)
    """The user asked for the context menu: time in seconds since 1970, position on the screen."""

    def __init__(self) -> None:
        super().__init__()
        self.end_s = float("inf")
        self.series: list[PlotSeries] = []
        self.lanes: list[PlotLane] = []
        self.marks = ChartMarks()
        self.graphics = pg.GraphicsView()
        self.graphics.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.graphics.customContextMenuRequested.connect(self._menu)
        self.layout_item = pg.GraphicsLayout()
        self.layout_item.setContentsMargins(4, 4, 12, 2)
        self.layout_item.setSpacing(0)
        self.graphics.setCentralItem(self.layout_item)
        self._span, self._by_hand = (0.0, 1.0), True
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.graphics)
        self.layout_item.scene().sigMouseMoved.connect(self._hover)
        self.setAccessibleName(tr("Trends"))
        self.apply_theme()

    @override
    def leaveEvent(self, event: QEvent) -> None:
        for lane in self.lanes:
            lane.cross.hide()
        self.pointed.emit(float("nan"))

    def apply_theme(self) -> None:
        """Applies the colours of the current theme."""
        self.graphics.setBackground(colour(current_theme().panel))
        for lane in self.lanes:
            lane.apply_theme()
        self._colour_curves()
        self._draw_marks()

    def show_points(self, points: Sequence[Point]) -> None:
        """Sets the points to draw; those already drawn keep their data."""
        kept = {series.point.id: series for series in self.series}
        self.series = [kept.get(point.id) or _series(point) for point in points]
        groups: dict[object, list[PlotSeries]] = {}
        for series in self.series:
            row = series.point.capability
            # numbers share a lane with their unit, states with their words
            key = (
                (row.quantity, row.unit)
                if row.type is ValueType.NUMBER and row.unit
                else series.point.options or row.id
            )
            groups.setdefault(key, []).append(series)
        self._rebuild(list(groups.values()))
        self._colour_curves()

    def _rebuild(self, groups: list[list[PlotSeries]]) -> None:
        self.marks.clear()
        for lane in self.lanes:
            for series in lane.series:
                lane.box.removeItem(series.curve)
                lane.box.removeItem(series.shade)
        self.layout_item.clear()
        self.lanes = []
        for i, group in enumerate(groups):
            lane = PlotLane()
            lane.series = group
            self.layout_item.addItem(lane.item, i, 0)
            if self.lanes:
                lane.box.setXLink(self.lanes[0].box)
            lane.time.setStyle(showValues=i == len(groups) - 1)
            lane.time.setHeight(None if i == len(groups) - 1 else 4)
            for series in group:
                lane.box.addItem(series.shade)
                lane.box.addItem(series.curve)
            lane.value.show_row(group[0].point.capability, group[0].point.options)
            lane.apply_theme()
            self.lanes.append(lane)
        if self.lanes:
            self.lanes[0].box.setXRange(*self._span, padding=0)
            self.lanes[0].box.sigXRangeChanged.connect(self._moved)
            for lane in self.lanes:
                lane.box.sigResized.connect(lane.draw_grid)
        self._draw_marks()

    def _draw_marks(self) -> None:
        self.marks.draw((lane.box, frozenset(series.point.id for series in lane.series)) for lane in self.lanes)

    def show_meter_marks(self, marks: Sequence[MeterMark]) -> None:
        """Shows these marks of meter replacements."""
        if self.marks.changes != tuple(marks):
            self.marks.changes = tuple(marks)
            self._draw_marks()

    def tone(self, point: Point) -> str:
        """The colour of a point's curve, `#rrggbb`."""
        index = next((i for i, series in enumerate(self.series) if series.point.id == point.id), 0)
        return current_theme().series[index % len(current_theme().series)]

    def end_at(self, end_s: float) -> None:
        """Sets where lines end (seconds since 1970): now, or the past moment that is shown."""
        self.end_s = end_s

    def show_columns(self, answers: Sequence[ChartColumns]) -> None:
        """Takes over the history answers; each belongs to the curve of its point."""
        by_id = {columns.point: columns for columns in answers}
        for series in self.series:
            if (columns := by_id.get(series.point.id)) is not None:
                series.past = line_of(series.point.capability)(columns)
                shade = band(columns) if series.point.capability.type is ValueType.NUMBER else _EMPTY
                series.shade.setData(*shade, connect="finite", pen=None)
        damaged = {columns.point: columns.damaged_ms for columns in answers if columns.damaged_ms}
        if damaged != self.marks.damaged:
            self.marks.damaged = damaged
            self._draw_marks()
        self.redraw()

    def redraw(self) -> None:
        """Draws every curve with at most two samples per pixel column, and rescales the lanes."""
        columns = max(50, self.width())
        from_s, to_s = self._span
        for lane in self.lanes:
            lines = [thin(*series.line(self.end_s), columns) for series in lane.series]
            smooth = sum(len(x) for x, _ in lines) * len(self.lanes) < _SMOOTH_POINTS
            visible: list[np.ndarray] = []
            for series, (x, y) in zip(lane.series, lines, strict=True):
                finite = bool(np.isfinite(y).all())
                series.curve.setData(
                    x, y, connect="all" if finite else "finite", skipFiniteCheck=finite, antialias=smooth
                )
                inside = (x >= from_s) & (x <= to_s) & np.isfinite(y)
                visible += [y[inside]] if inside.any() else []
                shade_x, shade_y = series.shade.getData()
                if shade_x is not None and shade_y is not None and len(shade_x):
                    inside = (shade_x >= from_s) & (shade_x <= to_s)
                    visible += [shade_y[inside]] if inside.any() else []
            lane.fit(visible)
            lane.draw_grid()

    @property
    def span(self) -> tuple[float, float]:
        """The visible span: start and end in seconds since 1970."""
        return self._span

    def sides_px(self) -> tuple[float, float] | None:
        """What is left and right of the lines, in pixels; None before the first line."""
        if not self.lanes:
            return None
        box = self.lanes[0].box.sceneBoundingRect()
        return float(box.left()), max(0.0, float(self.width() - box.right()))

    def show_span(self, from_s: float, to_s: float) -> None:
        """Shows a span (seconds since 1970) without emitting `ranged`."""
        self._span = (from_s, to_s)
        if self.lanes:
            self._by_hand = False
            self.lanes[0].box.setXRange(from_s, to_s, padding=0)
            self._by_hand = True

    def zoom(self, factor: float) -> None:
        """Scales the visible span by `factor` around its middle (keyboard)."""
        low, high = self._span
        middle, half = (low + high) / 2, (high - low) / 2 * factor
        if self.lanes:
            self.lanes[0].box.setXRange(middle - half, middle + half, padding=0)

    def pan(self, share: float) -> None:
        """Moves the visible span by this share of its length (keyboard)."""
        low, high = self._span
        if self.lanes:
            self.lanes[0].box.setXRange(low + (high - low) * share, high + (high - low) * share, padding=0)

    def _colour_curves(self) -> None:
        for series in self.series:
            tone = self.tone(series.point)
            series.curve.setPen(pg.mkPen(colour(tone), width=1))
            series.shade.setBrush(pg.mkBrush(colour(tone, 0.22)))

    def _moved(self) -> None:
        (low, high), _ = self.lanes[0].box.viewRange()
        self._span = (float(low), float(high))
        for lane in self.lanes:
            lane.draw_grid()
        if self._by_hand:
            self.ranged.emit(*self._span)

    def _menu(self, at: QPoint) -> None:
        if self.lanes:
            when = float(self.lanes[0].box.mapSceneToView(QPointF(self.graphics.mapToScene(at))).x())
            self.menu_wanted.emit(when, self.graphics.mapToGlobal(at))

    def _hover(self, at: QPointF) -> None:
        lane = next((lane for lane in self.lanes if lane.box.sceneBoundingRect().contains(at)), None)
        if lane is None:
            return
        when = float(lane.box.mapSceneToView(at).x())
        for other in self.lanes:
            other.cross.setPos(when)
            other.cross.show()
        self.pointed.emit(when)
