"""Exceptions of a schedule: single days, public holidays, and days of a calendar file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path

from msgspec.structs import replace
from PySide6.QtCore import QDate, Signal
from PySide6.QtWidgets import QFileDialog, QLineEdit, QVBoxLayout, QWidget

from app.calendars import events_of_file, holiday_calendar, named_days_ahead
from app.i18n import current_language, in_full, tr
from app.site_time import zone_name, zone_of
from app.view.control.form_fields import ChoiceBox, DateBox
from app.view.control.slots import calling
from app.view.control.widgets import ElidedLabel, IconButton, button, row, text_label
from app.view.feed import Feed
from app.view.formatting import format_date
from app.view.panel.panel_base import clear
from app.view.panel.rule_fields import ValueField
from app.view.panel.schedule_exception_dialog import ExceptionDialog
from app.view.panel.schedule_week import day_name, span_clock
from twin.model.calendar_event import CalendarEvent
from twin.model.problem import Problem
from twin.rules.calendar_days import CalendarDay
from twin.rules.calendar_events import calendar_of_events, exceptions_of_events
from twin.rules.day_calendar import DayCalendar
from twin.rules.schedule import Schedule, ScheduleDays, ScheduleException
from twin.rules.schedule_edit import DATE_PRIORITY, SUNDAY, holiday_exceptions, with_exception
from twin.rules.schedule_spans import spans_of
from twin.rules.wall_clock import local

MOST_SHOWN = 30
"""Maximum number of listed exceptions; the rest is counted."""
PLACE_PX = 150
"""Least width of the field of a country, in pixels: its example is read in it."""
DAYS_SHOWN = 8
"""Maximum number of listed days that calendars bring."""


class ExceptionList(QWidget):
    """Lists exceptions, and adds or removes them; calendars that they need are saved with the schedule."""

    changed = Signal()

    def __init__(
        self,
        feed: Feed,
        text_of: Callable[[float], str],
        value: Callable[[], float],
        make_value: Callable[[], ValueField],
        calendars: Mapping[str, DayCalendar],
    ) -> None:
        """`make_value` makes a field for the schedule's values; `calendars` are those of the project."""
        super().__init__()
        self._feed, self._text_of, self._value, self._make_value = feed, text_of, value, make_value
        self._known = calendars
        self.exceptions: tuple[ScheduleException, ...] = ()
        self._asked = 0
        """Number of the last question for the days ahead."""
        self.calendars: dict[str, DayCalendar] = {}
        """New calendars by id."""
        today = local(feed.api.now_ms(), zone_of(feed.twin.site)).date()
        self._today, day = today, QDate(today.year, today.month, today.day)
        self.first, self.last = DateBox(day), DateBox(day)
        self.first.setAccessibleName(tr("First day"))
        self.last.setAccessibleName(tr("Last day"))
        self.like = ChoiceBox()
        self.like.addItem(tr("the chosen value all day"), None)
        for weekday in range(7):
            self.like.addItem(tr("like {day}", day=day_name(weekday)), weekday)
        self.like.setCurrentIndex(SUNDAY + 1)
        self.like.setAccessibleName(tr("These days are"))
        self.place = _place_field()
        self.add_days, self.add_holidays = button(tr("Add days")), button(tr("Add public holidays"))
        self.add_file, self.why = button(tr("Calendar file (.ics)…")), text_label("", "reason", wrap=True)
        self.first.dateChanged.connect(calling(self._bound))
        self.add_days.clicked.connect(calling(self._days))
        self.place.textChanged.connect(lambda: self.add_holidays.setEnabled(bool(self.place.text().strip())))
        self.add_holidays.setEnabled(False)
        self.add_holidays.clicked.connect(calling(self.ask_holidays))
        self.add_file.clicked.connect(calling(self._choose_file))
        self.why.hide()
        self._lay()

    def _lay(self) -> None:
        self._rows, self._ahead = QVBoxLayout(), QVBoxLayout()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._rows)
        column.addLayout(self._ahead)
        column.addLayout(row(self.first, text_label("–"), self.last, self.like, self.add_days, 1))
        column.addLayout(row(self.place, self.add_holidays, self.add_file, 1))
        column.addWidget(self.why)

    def show_exceptions(self, exceptions: Sequence[ScheduleException]) -> None:
        """Shows other exceptions."""
        self.exceptions = tuple(exceptions)
        clear(self._rows)
        for at, one in enumerate(self.exceptions[:MOST_SHOWN]):
            text, remove = self._text(one), IconButton("remove", tr("Delete"), size=16)
            remove.setAccessibleName(f"{tr('Delete')}: {text}")
            remove.clicked.connect(calling(partial(self._remove, at)))
            edit = IconButton("rename", tr("Edit…"), size=16)
            edit.setAccessibleName(f"{tr('Edit…')}: {text}")
            edit.clicked.connect(calling(partial(self.edit, at)))
            line = row(ElidedLabel(text), edit, remove)
            line.setStretch(0, 1)
            self._rows.addLayout(line)
        if (more := len(self.exceptions) - MOST_SHOWN) > 0:
            self._rows.addWidget(text_label(tr("%n more exceptions", more), "faint"))
        self._ask_days_ahead()

    def _ask_days_ahead(self) -> None:
        """Asks for the next days of the calendars, whose names come from a library that takes a moment to load."""
        self._asked += 1
        calendars = {**self._known, **self.calendars}
        asked = self._feed.api.compute(
            partial(named_days_ahead, self.exceptions, calendars, self._today, DAYS_SHOWN, current_language())
        )
        self._feed.when(asked, partial(self._show_days_ahead, self._asked))

    def _show_days_ahead(self, asked: int, found: Sequence[tuple[CalendarDay, str]]) -> None:
        if asked != self._asked:  # the exceptions have changed meanwhile
            return
        clear(self._ahead)
        if found:
            self._ahead.addWidget(text_label(tr("The next days of these calendars"), "muted"))
        for one, name in found:
            text = f"{_day_text(one.day)} · "
            what = tr("worked weekend day") if one.worked else name
            text += " · ".join(part for part in (what, self._times_text(one.exception)) if part)
            self._ahead.addWidget(ElidedLabel(text, "faint"))

    def _text(self, one: ScheduleException) -> str:
        days = ", ".join(self._days_text(days) for days in one.days)
        times = self._times_text(one)
        place = one.days[0].calendar.partition(":")[2] if one.days else ""
        title = "" if one.title in (place, days) else one.title
        return " · ".join(part for part in (title, days, times) if part)

    def _times_text(self, one: ScheduleException) -> str:
        """What applies on the days of an exception."""
        if one.like_weekday is not None:
            return tr("like {day}", day=day_name(one.like_weekday))
        return ", ".join(f"{span_clock(span)} {self._text_of(span.value)}" for span in spans_of(one.times))

    def _days_text(self, days: ScheduleDays) -> str:
        if days.calendar:
            made = self.calendars.get(days.calendar) or self._known.get(days.calendar)
            title = made.title if made is not None else days.calendar
            if days.calendar.startswith("holidays:"):
                title = tr("public holidays {place}", place=title)
                return tr("weekends worked for {calendar}", calendar=title) if days.worked else title
            return title
        if days.first is not None and days.last is not None:
            first, last = _day_text(days.first), _day_text(days.last)
            return first if days.first == days.last else f"{first} – {last}"
        return tr("days by a pattern")

    def _bound(self) -> None:
        self.last.setMinimumDate(self.first.date())

    def _add(self, *found: ScheduleException) -> None:
        schedule = Schedule(id="", exceptions=self.exceptions)
        for one in found:
            schedule = with_exception(schedule, one)
        self.why.hide()
        self.show_exceptions(schedule.exceptions)
        self.changed.emit()

    def edit(self, at: int) -> None:
        """Opens the dialog of an exception."""
        dialog = ExceptionDialog(self, self.exceptions[at], self._make_value)
        dialog.accepted.connect(lambda: self._edited(at, dialog.exception()))
        dialog.open()

    def _edited(self, at: int, exception: ScheduleException) -> None:
        self.show_exceptions((*self.exceptions[:at], exception, *self.exceptions[at + 1 :]))
        self.changed.emit()

    def _remove(self, at: int) -> None:
        self.show_exceptions((*self.exceptions[:at], *self.exceptions[at + 1 :]))
        self.changed.emit()

    def _days(self) -> None:
        first, last = self.first.date().toPython(), self.last.date().toPython()
        days, like = ScheduleDays(first=first, last=last), self.like.currentData()  # pyright: ignore[reportArgumentType]
        times = ((0, self._value()),) if like is None else ()
        self._add(ScheduleException(days=(days,), times=times, like_weekday=like, priority=DATE_PRIORITY))

    def ask_holidays(self) -> None:
        """Looks up the public holidays of the typed place and adds them."""
        asked = self._feed.api.compute(partial(holiday_calendar, self.place.text(), self._today))
        self._feed.when(asked, self._took_holidays, self._refused)

    def _took_holidays(self, found: DayCalendar) -> None:
        self.calendars[found.id] = found
        like = self.like.currentData()
        self._add(*holiday_exceptions(found, SUNDAY if like is None else like))

    def _choose_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, tr("Calendar file (.ics)…"), "", "iCalendar (*.ics);;*")
        if path:
            self.read_file(path)

    def read_file(self, path: str) -> None:
        """Reads a calendar file: whole days are days off, events with a time have the chosen value."""
        asked = self._feed.api.compute(
            partial(events_of_file, Path(path), self._today, zone_name(self._feed.twin.site))
        )
        self._feed.when(asked, partial(self._took_events, Path(path).stem), self._refused)

    def _took_events(self, title: str, events: Sequence[CalendarEvent]) -> None:
        timed = [one for one in events if not one.all_day]
        found = [replace(one, title=title) for one in exceptions_of_events(timed, self._value())]
        calendar = calendar_of_events(f"file:{title}", events, title)
        if calendar.days:
            self.calendars[calendar.id] = calendar
            like = self.like.currentData()
            found += holiday_exceptions(calendar, SUNDAY if like is None else like)
        if found:
            self._add(*found)
        else:
            self.why.setText(tr("The calendar file has no events in the next 400 days."))
            self.why.show()

    def _refused(self, problem: Problem) -> None:
        self.why.setText(in_full(problem))
        self.why.show()


def _day_text(day: date) -> str:
    return format_date(QDate(day.year, day.month, day.day), "yMMMd")


def _place_field() -> QLineEdit:
    made = QLineEdit()
    made.setPlaceholderText(tr("CN, DE-BY, US-CA…"))
    made.setAccessibleName(tr("Country, or a part of one"))
    made.setMaxLength(12)
    made.setMinimumWidth(PLACE_PX)
    return made
