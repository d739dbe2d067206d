"""Meter replacements in the trends: marks on the chart, consumption at the crosshair, setting and removing marks."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QDateTimeEdit, QFormLayout, QLineEdit, QMenu, QPushButton, QVBoxLayout, QWidget

from app.i18n import point_title, tr
from app.view.chart.chart_marks import MeterMark
from app.view.chart.plot import PlotSeries, TrendPlot
from app.view.control.dialog import Dialog
from app.view.control.safe_text import entry
from app.view.control.slots import calling
from app.view.control.widgets import row, text_label
from app.view.feed import Feed
from app.view.formatting import display_unit, format_number, format_time, from_display, to_display
from app.view.site_clock import site_moment, site_zone
from twin.model.device import Point
from twin.model.ids import PointId
from twin.model.meter import Consumption

_NEAR_PX = 12
"""Maximum distance in pixels between a click and the mark that it selects."""


def is_meter(point: Point) -> bool:
    """Whether the point is a cumulative meter reading."""
    return point.capability.is_counter


class MeterMarks:
    """Meter replacements of one chart: fetches consumption, shows the marks and offers to edit them."""

    def __init__(self, feed: Feed, plot: TrendPlot, panel: QWidget) -> None:
        self._feed, self._plot, self._panel = feed, plot, panel
        self._counts: dict[PointId, Consumption] = {}
        self._asked = 0
        self._known = feed.twin.meter_changes
        plot.menu_wanted.connect(self.open_menu)

    @property
    def outdated(self) -> bool:
        """Whether marks were added or removed since the last fetch."""
        return self._known is not self._feed.twin.meter_changes

    def fetch(self, from_ms: int, to_ms: int, columns: int) -> None:
        """Requests the consumption of the visible meters for this span (UTC ms) in this many columns."""
        points = [series.point.id for series in self._plot.series if is_meter(series.point)]
        self._asked += 1
        self._known = self._feed.twin.meter_changes
        if not points:
            self._counts = {}
            self._show()
            return
        job = self._feed.api.consumption(points, from_ms, to_ms, columns)
        self._feed.when(job, partial(self._answered, self._asked))

    def _answered(self, asked: int, found: list[Consumption]) -> None:
        if asked == self._asked:
            self._counts = {one.point: one for one in found}
            self._show()

    def _show(self) -> None:
        known = self._feed.twin.meter_changes
        shown = {series.point.id for series in self._plot.series}
        marks = [MeterMark(mark.point, mark.time_ms, mark.id) for mark in known if mark.point in shown]
        marks += [MeterMark(one.point, time_ms) for one in self._counts.values() for time_ms in one.suspected_ms]
        self._plot.show_meter_marks(marks)

    def consumption_text(self, point: Point, when_s: float) -> str:
        """The consumption of a meter around a time (seconds since 1970) as text; empty if none is known."""
        found = self._counts.get(point.id)
        here = found.at(int(when_s * 1000)) if found is not None else None
        if here is None:
            return ""
        counted = f"+{format_number(point.capability, here[0])}"
        return tr("{counted} (estimated)", counted=counted) if here[1] else counted

    def menu_entries(self, when_s: float) -> list[tuple[str, Callable[[], object]]]:
        """Menu entries for the chart's meters at a time (seconds since 1970): text and function."""
        from_s, to_s = self._plot.span
        reach_ms = (to_s - from_s) / max(1, self._plot.width()) * _NEAR_PX * 1000
        found: list[tuple[str, Callable[[], object]]] = []
        for series in self._plot.series:
            if not is_meter(series.point):
                continue
            near = next((m for m in self._plot.marks.near(when_s * 1000, reach_ms) if m.point == series.point.id), None)
            name = self._name(series.point)
            if near is not None and near.id:
                text = tr("Meter not changed: {name}, {when}", name=name, when=format_time(near.time_ms))
                found.append((text, partial(self._take_back, near.id)))
                continue
            time_ms = near.time_ms if near is not None else int(when_s * 1000)
            found.append((tr("Meter changed here: {name}…", name=name), partial(self.open_dialog, series, time_ms)))
        return found

    def open_menu(self, when_s: float, at: QPoint) -> None:
        """Opens the context menu for a time at a screen position; does nothing without a meter."""
        entries = self.menu_entries(when_s)
        if not entries:
            return
        menu = QMenu(self._panel)
        for text, do in entries:
            menu.addAction(entry(text)).triggered.connect(calling(do))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    def open_dialog(self, series: PlotSeries, time_ms: int) -> MeterDialog:
        """Opens the dialog for time and readings, filled with the known readings."""
        dialog = MeterDialog(self._panel, series, self._name(series.point), time_ms)
        dialog.accepted.connect(lambda: self._mark(series.point, dialog))
        dialog.open()
        return dialog

    def _mark(self, point: Point, dialog: MeterDialog) -> None:
        self._feed.when(self._feed.api.mark_meter(point.id, dialog.time_ms(), *dialog.readings()), lambda _: None)

    def _take_back(self, id: str) -> None:
        self._feed.when(self._feed.api.unmark_meter(id), lambda _: None)

    def _name(self, point: Point) -> str:
        device = self._feed.twin.device_of.get(point.device)
        return device.name if device is not None else point_title(point.title)


class MeterDialog(Dialog):
    """Dialog for a meter replacement: time, last reading of the old meter, first of the new; both are optional."""

    def __init__(self, parent: QWidget, series: PlotSeries, name: str, time_ms: int) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Meter changed"))
        self.setMinimumWidth(420)
        self._point, self._exact_ms = series.point, time_ms
        self.when = QDateTimeEdit()
        self.when.setTimeZone(site_zone())
        self.when.setDateTime(site_moment(time_ms))
        self.when.setDisplayFormat("yyyy-MM-dd HH:mm:ss")
        self.when.setCalendarPopup(True)
        self._shown = self.when.dateTime()
        self.old, self.new = (QLineEdit(self._text(series.at(at))) for at in (time_ms / 1000 - 0.001, time_ms / 1000))
        unit = display_unit(series.point.capability)
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 20, 22, 18)
        column.setSpacing(10)
        column.addWidget(text_label(tr("The meter of {name} was changed", name=name), "heading", wrap=True))
        why = tr("Counted up to the old reading and on from the new one. Leave empty what nobody read.")
        column.addWidget(text_label(why, "muted", wrap=True))
        form = QFormLayout()
        form.addRow(tr("When"), self.when)
        form.addRow(tr("Final reading of the old meter ({unit})", unit=unit), self.old)
        form.addRow(tr("First reading of the new meter ({unit})", unit=unit), self.new)
        column.addLayout(form)
        no, self.yes = QPushButton(tr("Cancel")), QPushButton(tr("Mark"))
        self.yes.setObjectName("primary")
        self.yes.setDefault(True)
        no.clicked.connect(self.reject)
        self.yes.clicked.connect(self.accept)
        for field in (self.old, self.new):
            field.textChanged.connect(self._check)
        column.addLayout(row(1, no, self.yes))

    def time_ms(self) -> int:
        """The chosen time in UTC ms; the exact initial time if it was not changed."""
        chosen = self.when.dateTime()
        return self._exact_ms if chosen == self._shown else chosen.toMSecsSinceEpoch()

    def readings(self) -> tuple[float | None, float | None]:
        """Final reading of the old and first of the new meter, canonical; None if empty. ValueError if no number."""
        old, new = (self._value(field.text()) for field in (self.old, self.new))
        return old, new

    def _value(self, text: str) -> float | None:
        text = text.strip().replace(",", ".")
        return from_display(self._point.capability, float(text)) if text else None

    def _check(self) -> None:
        try:
            self.readings()
        except ValueError:
            self.yes.setEnabled(False)
        else:
            self.yes.setEnabled(True)

    def _text(self, value: float) -> str:
        return f"{to_display(self._point.capability, value):.10g}" if value == value else ""
