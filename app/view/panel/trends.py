"""Trends panel: live charts of points that are dropped, chosen from a list or sent by the inspector."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import override

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QVBoxLayout

from app.i18n import point_title, tr
from app.selection import SelectionState
from app.view.chart.home_state import HomeHistory
from app.view.chart.home_strip import HomeStrip
from app.view.chart.plot import TrendPlot
from app.view.control.slots import taking
from app.view.control.widgets import IconButton, text_label
from app.view.drag_data import MIME, unpack
from app.view.feed import Feed
from app.view.formatting import format_time, format_value
from app.view.panel.building_tree_nodes import primary
from app.view.panel.meter_marks import MeterMarks
from app.view.panel.palette import CommandPalette
from app.view.panel.palette_entries import point_entries
from app.view.panel.panel_base import EmptyState, Panel
from app.view.panel.trend_legend import Legend, Legends
from app.view.style import current_theme
from twin.model.capability import Group
from twin.model.change import Change, TwinChanged
from twin.model.device import Point
from twin.model.history_series import ChartColumns
from twin.model.ids import PointId
from twin.model.observation import decode

RANGES: tuple[tuple[str, float], ...] = (
    ("1 h", 3600),
    ("24 h", 86400),
    ("7 d", 604800),
    ("30 d", 2592000),
    ("1 y", 31536000),
)
MAX_POINTS = 8
_COLUMNS_A_COUNT = 20
"""Width in pixels of one column of meter consumption."""
_REFETCH_BEATS = 40
"""Ticks of the slow signal between two history requests while following the present: ten seconds."""


class TrendsPanel(Panel):
    """Shows a chart of up to 8 points; the chart is created when it is first needed."""

    title, icon = "Trends", "trends"
    close_wanted = Signal()

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self.points: list[PointId] = []
        self.plot: TrendPlot | None = None
        self.meters: MeterMarks | None = None
        self.span_s = 86400.0
        self.following = True
        self._beat = self._asked = self._asked_columns = 0
        self.legends: dict[PointId, Legend] = {}
        self.legend_grid, self.home = Legends(), HomeStrip()
        self._home = HomeHistory(feed, self.home.show_spans)
        self.ranges = QButtonGroup(self)
        self.add_button, self.live_button, self.when = QToolButton(), QToolButton(), text_label("", "faint")
        self.shut = IconButton("close", size=14)
        self.shut.clicked.connect(self.close_wanted)
        self.empty = EmptyState("trends")
        self._build()
        self.setAcceptDrops(True)
        self.retranslate()

    def _build(self) -> None:
        top = QHBoxLayout()
        top.setContentsMargins(10, 8, 8, 4)
        top.setSpacing(4)
        for label, seconds in RANGES:
            chip = QToolButton()
            chip.setObjectName("chip")
            chip.setCheckable(True)
            chip.setChecked(seconds == self.span_s)
            chip.setText(label)
            self.ranges.addButton(chip, int(seconds))
            top.addWidget(chip)
        self.ranges.idClicked.connect(taking(int, lambda seconds: self.show_last(float(seconds))))
        self.live_button.setObjectName("chip")
        self.live_button.setCheckable(True)
        self.live_button.setChecked(True)
        self.live_button.clicked.connect(lambda: self.show_last(self.span_s))
        self.add_button.setObjectName("combo")
        self.add_button.clicked.connect(self._choose)
        top.addSpacing(8)
        top.addWidget(self.live_button)
        top.addStretch(1)
        top.addWidget(self.when)
        top.addWidget(self.add_button)
        top.addWidget(self.shut)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(0)
        self.column.addLayout(top)
        self.column.addWidget(self.legend_grid)
        self.column.addWidget(self.home)
        self.column.addWidget(self.empty, 1)

    @override
    def retranslate(self) -> None:
        names = {3600: tr("1 h"), 86400: tr("24 h"), 604800: tr("7 d"), 2592000: tr("30 d"), 31536000: tr("1 y")}
        for button in self.ranges.buttons():
            text = names[self.ranges.id(button)]
            button.setText(text)
            button.setAccessibleName(tr("Show the last {span}", span=text))
        self.shut.set_description(tr("Close"))
        self.live_button.setText(tr("Live"))
        self.live_button.setAccessibleName(tr("Follow the present"))
        self.add_button.setText(tr("Add a value") + "  ▾")
        self.add_button.setAccessibleName(tr("Add a value"))
        self.empty.set_texts(
            tr("Nothing to draw yet."), "", tr("Drag a device here, or choose a value with “Add a value”.")
        )
        self._legend()

    def show_point(self, point: str) -> None:
        """Adds a point; the oldest point is removed if there are too many."""
        self.show_points([PointId(point)])

    def show_points(self, points: Iterable[PointId]) -> None:
        """Adds points and rebuilds the chart once."""
        new = [id for id in dict.fromkeys(points) if id in self.feed.twin.point_of and id not in self.points]
        if new:
            self.points = [*self.points, *new][-MAX_POINTS:]
            self._points_changed()

    def drop_point(self, point: PointId) -> None:
        """Removes a point from the chart."""
        self.points = [id for id in self.points if id != point]
        self._points_changed()

    def show_last(self, seconds: float) -> None:
        """Shows the last `seconds` and follows the present."""
        self.span_s, self.following = seconds, True
        self.live_button.setChecked(True)
        self._mark_range()
        self._to_now()
        self.fetch()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        if not self.points:
            self._pick_for_user(self.feed.selection.state)
        self._ensure_plot()

    @override
    def on_picked(self, old: SelectionState, new: SelectionState) -> None:
        if not self.points and self.isVisible():
            self._pick_for_user(new)
        if old.moment_ms != new.moment_ms and self.plot is not None:
            self._show_moment(new.moment_ms)
            self.fetch()

    def _show_moment(self, moment_ms: int | None) -> None:
        """Shows the time around a past moment (UTC ms), if there is one, and follows the present no longer."""
        if moment_ms is not None and self.plot is not None:
            half = self.span_s / 2
            self._leave_live()
            self.plot.show_span(moment_ms / 1000 - half, moment_ms / 1000 + half)

    @override
    def on_change(self, change: Change) -> None:
        if isinstance(change, TwinChanged):
            there = self.feed.twin.point_of
            if any(id not in there for id in self.points):
                self.points = [id for id in self.points if id in there]
                self._points_changed()
                return
            found = self.feed.diff
            if any(old.name != new.name for old, new in found.changed):
                self._legend()
            if self.meters is not None and self.meters.outdated:
                self.fetch_counts()

    @override
    def on_slow(self, rows: NDArray[np.intp]) -> None:
        if self.plot is None or not self.isVisible() or not self.points:
            return
        self._beat += 1
        changed = set[int](rows.tolist())
        state, fresh = self.feed.live, False
        for series in self.plot.series:
            index = state.index(series.point.id)
            if index in changed:
                series.add(state.time_ms[index] / 1000, float(state.value[index]))
                fresh = True
        if self.following and (fresh or self._beat % 4 == 0):
            self._to_now()
        widened = abs(self._columns() - self._asked_columns) > 40
        if widened or (self.following and self._beat % _REFETCH_BEATS == 0):
            self.fetch()
        elif fresh or (self.following and self._beat % 4 == 0):
            self.plot.end_at(self._end_ms() / 1000)
            self.plot.redraw()
            self._show_values(float("nan"))

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves = {Qt.Key.Key_Left: -0.2, Qt.Key.Key_Right: 0.2}
        zooms = {Qt.Key.Key_Plus: 0.6, Qt.Key.Key_Minus: 1 / 0.6, Qt.Key.Key_Up: 0.6, Qt.Key.Key_Down: 1 / 0.6}
        key = Qt.Key(event.key())
        if self.plot is None:
            super().keyPressEvent(event)
        elif key in moves:
            self.plot.pan(moves[key])
        elif key in zooms:
            self.plot.zoom(zooms[key])
        else:
            super().keyPressEvent(event)

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        data: QMimeData = event.mimeData()
        if data.hasFormat(MIME):
            event.acceptProposedAction()

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        devices = (self.feed.twin.device_of.get(id) for id in unpack(event.mimeData()))
        points = (primary(device) for device in devices if device is not None)
        self.show_points([point.id for point in points if point is not None])
        event.acceptProposedAction()

    def fetch(self) -> None:
        """Requests the history of the visible span, at most two values per pixel column."""
        if self.plot is None or not self.points:
            return
        from_s, to_s = self.plot.span
        self._asked += 1
        asked = self._asked
        self._asked_columns = self._columns()
        to_ms = min(int(to_s * 1000), self._end_ms())
        job = self.feed.api.columns(self.points, min(int(from_s * 1000), to_ms - 1), to_ms, self._asked_columns)
        self.feed.when(job, lambda answers: self._answered(asked, answers))
        self._home.request(int(from_s * 1000), to_ms)
        self.fetch_counts()

    def fetch_counts(self) -> None:
        """Requests the meters' consumption of the visible span again."""
        if self.plot is not None and self.meters is not None and self.points:
            from_s, to_s = self.plot.span
            to_ms = min(int(to_s * 1000), self._end_ms())
            columns = max(1, self._columns() // _COLUMNS_A_COUNT)
            self.meters.fetch(min(int(from_s * 1000), to_ms - 1), to_ms, columns)

    def _end_ms(self) -> int:
        """The time at which lines end, UTC ms: now, or the past moment that is shown."""
        moment_ms = self.feed.selection.state.moment_ms
        return self.feed.now_ms() if moment_ms is None else moment_ms

    def _columns(self) -> int:
        return max(60, min(2000, self.plot.width() - 80)) if self.plot is not None else 0

    def _answered(self, asked: int, answers: list[ChartColumns]) -> None:
        # an answer to an older question would make the line jump back
        if asked == self._asked and self.plot is not None:
            self.plot.end_at(self._end_ms() / 1000)
            self.plot.show_columns(answers)
            self._fit_home()
            self._show_values(float("nan"))

    def _fit_home(self) -> None:
        """Aligns the state of the home with the chart's time."""
        if self.plot is not None and (sides := self.plot.sides_px()) is not None:
            from_s, to_s = self.plot.span
            self.home.show_time(int(from_s * 1000), int(to_s * 1000), *sides)

    def _ensure_plot(self) -> None:
        if self.plot is None and self.points:
            self.plot = TrendPlot()
            self.plot.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.plot.setFocusProxy(self)
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.plot.ranged.connect(self._by_hand)
            self.plot.pointed.connect(self._show_values)
            self.meters = MeterMarks(self.feed, self.plot, self)
            self.column.addWidget(self.plot, 1)
            self._points_changed()
            self._show_moment(self.feed.selection.state.moment_ms)
        self.empty.setVisible(not self.points)
        if self.plot is not None:
            self.plot.setVisible(bool(self.points))

    def _points_changed(self) -> None:
        if self.plot is None:
            if self.isVisible():
                self._ensure_plot()
            return
        there = self.feed.twin.point_of
        self.plot.show_points([there[id] for id in self.points])
        self._legend()
        self.empty.setVisible(not self.points)
        self.plot.setVisible(bool(self.points))
        if self.following:
            self._to_now()
        self.fetch()

    def _pick_for_user(self, picked: SelectionState) -> None:
        twin = self.feed.twin
        devices = [twin.device_of[id] for id in picked.devices if id in twin.device_of]
        devices += list(twin.devices_in.get(picked.room, ())) if picked.room else []
        sensed = [
            point
            for device in devices
            for point in device.points
            if point.capability.group in (Group.SENSOR, Group.METER)
        ]
        self.show_points([point.id for point in sensed[:2]])

    def _to_now(self) -> None:
        if self.plot is not None:
            now = self.feed.api.now_ms() / 1000
            self.plot.show_span(now - self.span_s, now)
            self._fit_home()

    def _by_hand(self, from_s: float, to_s: float) -> None:
        self.span_s = to_s - from_s
        self._leave_live()
        self._mark_range()
        self.fetch()

    def _leave_live(self) -> None:
        self.following = False
        self.live_button.setChecked(False)

    def _mark_range(self) -> None:
        self.ranges.setExclusive(False)
        for button in self.ranges.buttons():
            button.setChecked(self.following and abs(self.ranges.id(button) - self.span_s) < 1)
        self.ranges.setExclusive(True)

    def _legend(self) -> None:
        self.legends.clear()
        there = self.feed.twin
        for id in self.points:
            point = there.point_of.get(id)
            device = there.device_of.get(point.device) if point else None
            if point is None or device is None:
                continue
            tone = self.plot.tone(point) if self.plot is not None else current_theme().accent
            legend = Legend(f"{point_title(point.title)} · {device.name}", tone)
            legend.close_button.clicked.connect(lambda _=False, gone=id: self.drop_point(gone))
            self.legends[id] = legend
        self.legend_grid.show_all(list(self.legends.values()))
        self._show_values(float("nan"))

    @override
    def apply_theme(self) -> None:
        """Applies the colours of the current theme."""
        if self.plot is not None:
            self.plot.apply_theme()
            for series in self.plot.series:
                if legend := self.legends.get(series.point.id):
                    legend.paint_mark(self.plot.tone(series.point))

    def _show_values(self, when_s: float) -> None:
        here = math.isfinite(when_s)
        self.when.setText(format_time(int(when_s * 1000), seconds=self.span_s < 7200) if here else "")
        for series in self.plot.series if self.plot is not None else ():
            if (legend := self.legends.get(series.point.id)) is None:
                continue
            if here:
                legend.value.setText(self._value_text(series.point, series.at(when_s), when_s))
            else:
                legend.value.setText(format_value(series.point, self.feed.value(series.point)[0]))

    def _value_text(self, point: Point, value: float, when_s: float) -> str:
        """The value at a time as text, with a meter's consumption; `damaged` if the history is damaged there."""
        if self.plot is not None and self.plot.marks.damage_at(point.id, when_s * 1000):
            return tr("damaged")
        counted = self.meters.consumption_text(point, when_s) if self.meters is not None else ""
        text = format_value(point, decode(point, value, self.feed.strings))
        return f"{text}  {counted}" if counted else text

    def _choose(self) -> None:
        """Opens a palette of all points that can be charted; the chosen one is added."""
        CommandPalette(point_entries(self.feed, self.show_point), self.window(), tr("Add a value")).show()
