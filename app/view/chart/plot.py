"""The trend chart: curves already thinned to the screen, an own grid, a crosshair that tells the values.

pyqtgraph costs 0.3 s to import, so this file is imported when the first chart is opened, never before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import override

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.view.chart.axis import TimeAxis, ValueAxis
from app.view.chart.decimate import Line, envelope, steps, thin
from app.view.style import colour, worn
from app.view.words import tr
from twin.model.capability import ValueType
from twin.model.device import Point
from twin.model.series import Columns

pg.setConfigOptions(antialias=False)

_EMPTY: Line = (np.empty(0), np.empty(0))
MAX_LIVE = 20_000


@dataclass(slots=True, eq=False)
class Series:
    """One point on the chart: what history answered, and the live tail behind it."""

    point: Point
    curve: pg.PlotCurveItem
    past: Line = _EMPTY
    tail_x: list[float] = field(default_factory=list[float])
    tail_y: list[float] = field(default_factory=list[float])

    @property
    def stepped(self) -> bool:
        """Whether the value holds until the next one."""
        return self.point.capability.type is not ValueType.NUMBER

    def line(self) -> Line:
        """History and tail as one line."""
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
        """The value that held at this time; NaN where there is none."""
        x, y = self.line()
        i = int(np.searchsorted(x, when_s, "right")) - 1
        return float(y[i]) if 0 <= i < len(y) else float("nan")


class Plot(QWidget):
    """One time axis, one value axis per unit (left and right), any number of curves."""

    ranged = Signal(float, float)
    """The visible span changed by hand: from and to in seconds."""
    pointed = Signal(float)
    """The crosshair moved to this time; NaN when it left."""

    def __init__(self) -> None:
        super().__init__()
        self.series: list[Series] = []
        self.graphics = pg.GraphicsView()
        self.item = pg.PlotItem(axisItems=self._axes())
        self.item.setContentsMargins(4, 6, 10, 2)
        self.graphics.setCentralItem(self.item)
        self.item.hideButtons()
        self.item.setMenuEnabled(False)
        self.item.showAxis("right", False)
        self.box = self.item.getViewBox()
        self.box.setMouseEnabled(x=True, y=False)
        self.other = pg.ViewBox(enableMenu=False)
        self.other.setMouseEnabled(x=False, y=False)
        self.item.scene().addItem(self.other)
        self.right.linkToView(self.other)
        self.other.setXLink(self.box)
        self.grid = pg.PlotCurveItem(connect="pairs", skipFiniteCheck=True)
        self.grid.setZValue(-10)
        self.box.addItem(self.grid, ignoreBounds=True)
        self.cross = pg.InfiniteLine(angle=90, movable=False)
        self.cross.hide()
        self.box.addItem(self.cross, ignoreBounds=True)
        self._by_hand = True
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.graphics)
        self.box.sigXRangeChanged.connect(self._moved)
        self.box.sigResized.connect(self._resized)
        self.item.scene().sigMouseMoved.connect(self._hover)
        self.setAccessibleName(tr("Trends"))
        self.dress()

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.dress()

    @override
    def leaveEvent(self, event: QEvent) -> None:
        self.cross.hide()
        self.pointed.emit(float("nan"))

    def dress(self) -> None:
        """The colours of the theme in force."""
        theme = worn()
        self.graphics.setBackground(colour(theme.panel))
        self.grid.setPen(pg.mkPen(colour(theme.chart_grid), width=1))
        self.cross.setPen(pg.mkPen(colour(theme.faint), width=1))
        for axis in (self.time, self.left, self.right):
            axis.dress()
        self._colour_curves()

    def show_points(self, points: Sequence[Point]) -> None:
        """The curves to draw; those that stay keep their data."""
        kept = {series.point.id: series for series in self.series}
        wanted = {point.id for point in points}
        for series in self.series:
            if series.point.id not in wanted:
                self._view_of(series.point).removeItem(series.curve)
        self.series = [kept.get(point.id) or Series(point, pg.PlotCurveItem(skipFiniteCheck=False)) for point in points]
        for series in self.series:
            for view in (self.box, self.other):
                if series.curve in view.addedItems and view is not self._view_of(series.point):
                    view.removeItem(series.curve)
            if series.curve not in self._view_of(series.point).addedItems:
                self._view_of(series.point).addItem(series.curve)
        self._name_axes()
        self._colour_curves()

    def tone(self, point: Point) -> str:
        """The colour of a curve, `#rrggbb`."""
        index = next((i for i, series in enumerate(self.series) if series.point.id == point.id), 0)
        return worn().series[index % len(worn().series)]

    def show_columns(self, answers: Sequence[Columns]) -> None:
        """What history answered, by point."""
        by_id = {columns.point: columns for columns in answers}
        for series in self.series:
            if (columns := by_id.get(series.point.id)) is not None:
                series.past = (steps if series.stepped else envelope)(columns)
        self.redraw()

    def add_live(self, series: Series, time_s: float, value: float) -> None:
        """One live value behind the history."""
        if not series.tail_x or time_s > series.tail_x[-1]:
            series.tail_x.append(time_s)
            series.tail_y.append(value)
            if len(series.tail_x) > MAX_LIVE:
                del series.tail_x[: MAX_LIVE // 2], series.tail_y[: MAX_LIVE // 2]

    def redraw(self) -> None:
        """Draws every curve, at most two samples per pixel column."""
        columns = max(50, self.width())
        bounds: dict[pg.ViewBox, list[NDArray[np.float64]]] = {self.box: [], self.other: []}
        from_s, to_s = self.span
        for series in self.series:
            x, y = series.line()
            x, y = thin(x, y, columns)
            finite = bool(np.isfinite(y).all())
            series.curve.setData(x, y, connect="all" if finite else "finite", skipFiniteCheck=finite)
            inside = (x >= from_s) & (x <= to_s) & np.isfinite(y)
            if inside.any():
                bounds[self._view_of(series.point)].append(y[inside])
        for view, found in bounds.items():
            if found:
                low, high = min(float(y.min()) for y in found), max(float(y.max()) for y in found)
                room = (high - low) * 0.08 or max(abs(high) * 0.05, 0.5)
                view.setYRange(low - room, high + room, padding=0)
        self._draw_grid()

    @property
    def span(self) -> tuple[float, float]:
        """What is visible: from and to in seconds."""
        (low, high), _ = self.box.viewRange()
        return float(low), float(high)

    def show_span(self, from_s: float, to_s: float) -> None:
        """Shows a span without telling `ranged`."""
        self._by_hand = False
        self.box.setXRange(from_s, to_s, padding=0)
        self._by_hand = True

    def zoom(self, factor: float) -> None:
        """Narrower or wider around the middle (keyboard)."""
        low, high = self.span
        middle, half = (low + high) / 2, (high - low) / 2 * factor
        self.box.setXRange(middle - half, middle + half, padding=0)

    def pan(self, share: float) -> None:
        """Earlier or later by a share of what is visible (keyboard)."""
        low, high = self.span
        self.box.setXRange(low + (high - low) * share, high + (high - low) * share, padding=0)

    def _axes(self) -> dict[str, pg.AxisItem]:
        self.time, self.left, self.right = TimeAxis(), ValueAxis("left"), ValueAxis("right")
        return {"bottom": self.time, "left": self.left, "right": self.right}

    def _view_of(self, point: Point) -> pg.ViewBox:
        first = self.series[0].point.capability if self.series else point.capability
        same = point.capability.unit == first.unit and (point.capability.type is first.type)
        return self.box if same else self.other

    def _name_axes(self) -> None:
        rights = [series.point for series in self.series if self._view_of(series.point) is self.other]
        if self.series:
            first = self.series[0].point
            self.left.show_row(first.capability, first.words)
        if rights:
            self.right.show_row(rights[0].capability, rights[0].words)
        self.item.showAxis("right", bool(rights))

    def _colour_curves(self) -> None:
        for series in self.series:
            series.curve.setPen(pg.mkPen(colour(self.tone(series.point)), width=1))

    def _draw_grid(self) -> None:
        (x0, x1), (y0, y1) = self.box.viewRange()
        rect: QRectF = self.box.boundingRect()
        across = [v for _, ticks in self.left.tickValues(y0, y1, rect.height()) for v in ticks]
        down = [v for _, ticks in self.time.tickValues(x0, x1, rect.width()) for v in ticks]
        xs = [x for _ in across for x in (x0, x1)] + [x for x in down for _ in range(2)]
        ys = [y for y in across for _ in range(2)] + [y for _ in down for y in (y0, y1)]
        self.grid.setData(np.array(xs, np.float64), np.array(ys, np.float64), connect="pairs", skipFiniteCheck=True)

    def _moved(self) -> None:
        self._draw_grid()
        if self._by_hand:
            self.ranged.emit(*self.span)

    def _resized(self) -> None:
        self.other.setGeometry(self.box.sceneBoundingRect())
        self._draw_grid()

    def _hover(self, at: QPointF) -> None:
        if not self.box.sceneBoundingRect().contains(at):
            return
        when = float(self.box.mapSceneToView(at).x())
        self.cross.setPos(when)
        self.cross.show()
        self.pointed.emit(when)
