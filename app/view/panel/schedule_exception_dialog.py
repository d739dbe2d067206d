"""Dialog for one exception of a schedule: its days and its times with their values."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from itertools import pairwise

from msgspec.structs import replace
from PySide6.QtCore import QDate, Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from app.i18n import tr
from app.view.control.dialog import Dialog
from app.view.control.form_fields import ChoiceBox, DateBox
from app.view.control.slots import calling
from app.view.control.widgets import IconButton, button, row, text_label
from app.view.panel.panel_base import scrolled
from app.view.panel.rule_fields import ClockField, ValueField
from app.view.panel.schedule_week import NEW_MINUTES, day_name
from app.view.site_clock import site_today
from twin.rules.schedule import ScheduleDays, ScheduleException
from twin.rules.schedule_edit import NO_VALUE
from twin.rules.schedule_spans import DaySpan, DaySpans, entries_of, spans_of
from twin.rules.wall_clock import DAY_MINUTES


class SpanRow(QWidget):
    """Fields of one span: begin, end and value."""

    changed = Signal()

    def __init__(self, span: DaySpan, value: ValueField) -> None:
        super().__init__()
        self.begin, self.end = ClockField(tr("Begins"), span.begin), ClockField(tr("Ends"), span.end)
        self.value, self.remove = value, IconButton("remove", tr("Delete"), size=16)
        value.set_value(span.value)
        line = row(self.begin, text_label("–"), self.end, self.value, self.remove, 1)
        line.setContentsMargins(0, 0, 0, 0)
        self.setLayout(line)
        for one in (self.begin, self.end):
            one.timeChanged.connect(calling(self.changed.emit))
        self.value.changed.connect(self.changed)

    def span(self) -> DaySpan:
        """The span of the fields; an end at 00:00 is midnight."""
        return DaySpan(self.begin.minute(), self.end.minute() or DAY_MINUTES, self.value.value())


class ExceptionDialog(Dialog):
    """Edits the days of an exception, where they are dates, and its times; or makes it follow a weekday."""

    def __init__(self, parent: QWidget, exception: ScheduleException, make_value: Callable[[], ValueField]) -> None:
        """`make_value` makes a field for the values of the schedule."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Exception"))
        self.setMinimumSize(460, 340)
        self._base, self._make_value = exception, make_value
        self._make_dates()
        self.like = ChoiceBox()
        self.like.addItem(tr("own times"), None)
        for weekday in range(7):
            self.like.addItem(tr("like {day}", day=day_name(weekday)), weekday)
        self.like.setCurrentIndex(0 if exception.like_weekday is None else exception.like_weekday + 1)
        self.like.setAccessibleName(tr("These days are"))
        self.rows: list[SpanRow] = []
        inside = QWidget()
        self._spans, self.add = QVBoxLayout(inside), button(tr("Add a time"))
        self._spans.addStretch(1)
        self.why = text_label("", "muted", wrap=True)
        self.cancel, self.save = QPushButton(tr("Cancel")), QPushButton(tr("Take over"))
        self.save.setObjectName("primary")
        self._lay(inside)
        for span in spans_of(exception.times):
            self._put(span)
        self.like.currentIndexChanged.connect(calling(self._check))
        self.add.clicked.connect(calling(self._add))
        self.cancel.clicked.connect(self.reject)
        self.save.clicked.connect(self.accept)
        self._check()

    def _make_dates(self) -> None:
        days = self._base.days[0] if len(self._base.days) == 1 else None
        bounds = (None, None) if days is None else (days.first, days.last)
        self._dated = None not in bounds and days == ScheduleDays(first=bounds[0], last=bounds[1])
        self.first, self.last = DateBox(_date(bounds[0])), DateBox(_date(bounds[1]))
        self.first.setAccessibleName(tr("First day"))
        self.last.setAccessibleName(tr("Last day"))
        self.first.dateChanged.connect(calling(self._bound))

    def _lay(self, inside: QWidget) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 18, 22, 14)
        column.setSpacing(10)
        dates = QWidget()
        dates.setLayout(row(self.first, text_label("–"), self.last, 1))
        dates.setVisible(self._dated)
        column.addWidget(dates)
        column.addLayout(row(self.like, self.add, 1))
        column.addWidget(scrolled(inside), 1)
        column.addWidget(self.why)
        column.addLayout(row(1, self.cancel, self.save))

    def exception(self) -> ScheduleException:
        """The exception of the fields; what they do not show is kept."""
        days = self._base.days
        if self._dated:
            days = (ScheduleDays(first=self.first.date().toPython(), last=self.last.date().toPython()),)  # pyright: ignore[reportArgumentType]
        like = self.like.currentData()
        times = () if like is not None else entries_of(self._sorted())
        return replace(self._base, days=days, like_weekday=like, times=times)

    def _sorted(self) -> DaySpans:
        return tuple(sorted(one.span() for one in self.rows))

    def _bound(self) -> None:
        self.last.setMinimumDate(self.first.date())

    def _add(self) -> None:
        spans = self._sorted()
        begin = min(spans[-1].end, DAY_MINUTES - NEW_MINUTES) if spans else 8 * 60
        self._put(DaySpan(begin, begin + NEW_MINUTES, spans[-1].value if spans else self._make_value().value()))

    def _put(self, span: DaySpan) -> None:
        made = SpanRow(span, self._make_value())
        self.rows.append(made)
        self._spans.insertWidget(len(self.rows) - 1, made)
        made.changed.connect(self._check)
        made.remove.clicked.connect(calling(partial(self._remove, made)))
        self._check()

    def _remove(self, made: SpanRow) -> None:
        self.rows.remove(made)
        self._spans.removeWidget(made)
        made.hide()
        made.deleteLater()
        self._check()

    def _check(self) -> None:
        own = self.like.currentData() is None
        self.add.setEnabled(own)
        for one in self.rows:
            one.setEnabled(own)
        why = self._wrong() if own else ""
        self.why.setText(why)
        self.save.setEnabled(not why)

    def _wrong(self) -> str:
        """Why the times cannot be taken over; empty where they can."""
        spans = self._sorted()
        if not spans:
            return tr("Add a time, or choose a weekday.")
        if any(one.begin >= one.end for one in spans):
            return tr("A time ends before it begins.")
        if any(one.end > after.begin for one, after in pairwise(spans)):
            return tr("Two times overlap.")
        return tr("Choose a value for each time.") if any(one.value == NO_VALUE for one in spans) else ""


def _date(day: date | None) -> QDate:
    return site_today() if day is None else QDate(day.year, day.month, day.day)
