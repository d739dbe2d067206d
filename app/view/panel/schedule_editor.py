"""Editor of a schedule: what it controls, its week as bars, its exceptions, and the next 24 hours."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from secrets import token_hex
from typing import cast

from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.i18n import tr
from app.i18n.numbers import format_significant
from app.site_time import zone_of
from app.view.control.dialog import Dialog
from app.view.control.form_fields import ChoiceBox
from app.view.control.slots import calling, taking
from app.view.control.widgets import IconButton, button, row, text_label
from app.view.feed import Feed
from app.view.panel.panel_base import scrolled
from app.view.panel.rule_fields import ClockField, SubjectField, ValueField
from app.view.panel.rule_subjects import RuleSubject
from app.view.panel.schedule_day_ahead import DayAheadStrip
from app.view.panel.schedule_exceptions import ExceptionList
from app.view.panel.schedule_week import WeekBars
from app.view.panel.subject_pick import PickButton, pick_subject
from twin.model.definition import DefinitionEdit, DefinitionKind
from twin.model.ids import PointId
from twin.model.problem import Problem
from twin.rules.day_calendar import DayCalendar
from twin.rules.definition_body import definition_of
from twin.rules.schedule import Schedule, ScheduleTarget
from twin.rules.schedule_edit import NO_VALUE, ValueMeaning, Week, means_something, with_meaning, with_values
from twin.rules.schedule_outlook import clock_jumps, spans_ahead
from twin.rules.schedule_spans import DaySpan, entries_of, spans_of
from twin.rules.wall_clock import DAY_MINUTES, DAY_MS

MOST_LETTERS = 80


class ScheduleEditor(Dialog):
    """Edits a schedule, or a new one; saved with its new calendars as one undo step."""

    def __init__(
        self,
        parent: QWidget,
        feed: Feed,
        commanded: Sequence[RuleSubject],
        schedule: Schedule | None = None,
        *,
        enabled: bool = True,
        calendars: Mapping[str, DayCalendar] | None = None,
    ) -> None:
        """`calendars`: those of the project, with their days of the coming years."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Schedule"))
        self.setMinimumSize(640, 620)
        self.resize(660, 720)
        self.feed, self._enabled, self._known = feed, enabled, dict(calendars or {})
        self._base = schedule or Schedule(id=f"schedule-{token_hex(4)}")
        self._scenes = self._base.scenes + tuple(
            one.id for one in feed.twin.definitions.scenes if one.id not in self._base.scenes
        )
        self._make_title()
        self.subject, self.sets_scenes = SubjectField(commanded), QCheckBox(tr("Set scenes"))
        self.pick = PickButton(self.subject)
        self.sets_scenes.setEnabled(bool(self._scenes))
        self.sets_scenes.setChecked(bool(self._base.scenes))
        self.others = text_label("", "faint", wrap=True)
        self.bars, self.strip = WeekBars(self._text_of), DayAheadStrip(self._text_of)
        self._make_span_fields()
        self.otherwise, self.has_otherwise = ValueField(), QCheckBox(tr("Otherwise"))
        self.exceptions = ExceptionList(feed, self._text_of, self._value, self._value_field, self._known)
        self.cancel, self.save = QPushButton(tr("Cancel")), QPushButton(tr("Save"))
        self.missing = text_label("", "muted", wrap=True)
        self.save.setObjectName("primary")
        self._show_schedule()
        self._lay()
        self._connect()
        self.title.setFocus()
        self._check()

    def _make_title(self) -> None:
        self.title = QLineEdit(self._base.title)
        self.title.setMaxLength(max(MOST_LETTERS, len(self._base.title)))
        self.title.setPlaceholderText(tr("Name of the schedule"))
        self.title.setAccessibleName(tr("Name of the schedule"))

    def _make_span_fields(self) -> None:
        self._switched: tuple[Schedule, Schedule, object] | None = None
        """The schedule before and after its values were last converted, and what they meant before."""
        self._meant: ValueMeaning | None = None
        """What the values mean that are shown; None for scenes, and while no known point is chosen."""
        self.begin, self.end = ClockField(tr("Begins"), 0), ClockField(tr("Ends"), 0)
        self.value, self.scene = ValueField(), ChoiceBox()
        self.scene.setAccessibleName(tr("Scene"))
        titles = {one.id: one.title or one.id for one in self.feed.twin.definitions.scenes}
        for at, id in enumerate(self._scenes):
            self.scene.addItem(titles.get(id, id), at)
        self.add, self.delete = button(tr("Add")), IconButton("remove", tr("Delete"), size=16)
        self.to_workdays, self.to_all = button(tr("Copy to Mon–Fri")), button(tr("Copy to all days"))

    def _show_schedule(self) -> None:
        schedule = self._base
        if schedule.targets:
            self.subject.choose(schedule.targets[0].selector)
        if len(schedule.targets) > 1:
            self.others.setText(tr("and %n more points, which are kept", len(schedule.targets) - 1))
        self._follow()
        self._meant = self._meaning()
        shows_default = schedule.default is not None and not schedule.scenes
        self.has_otherwise.setChecked(shows_default)
        if shows_default and schedule.default is not None:
            self.otherwise.set_value(schedule.default)
        self.exceptions.show_exceptions(schedule.exceptions)
        self.bars.show_week([spans_of(one) for one in schedule.week])
        self.bars.new_value = self._value()
        self._chosen()

    def _lay(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(22, 18, 22, 12)
        column.setSpacing(10)
        column.addWidget(self.title)
        what = row(self.subject, self.pick, self.sets_scenes)
        what.setStretch(0, 1)
        column.addLayout(what)
        column.addWidget(self.others)
        column.addWidget(self.bars)
        column.addLayout(row(self.begin, text_label("–"), self.end, self.value, self.scene, self.add, self.delete, 1))
        column.addLayout(row(self.to_workdays, self.to_all, 1, self.has_otherwise, self.otherwise))
        column.addWidget(text_label(tr("Exceptions"), "paneltitle"))
        column.addWidget(self.exceptions)
        column.addWidget(text_label(tr("The next 24 hours"), "paneltitle"))
        column.addWidget(self.strip)
        column.addStretch(1)
        self.others.setVisible(bool(self.others.text()))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 14)
        outer.addWidget(scrolled(inside), 1)
        foot = row(self.missing, self.cancel, self.save)
        foot.setContentsMargins(22, 0, 22, 0)
        foot.setStretch(0, 1)
        outer.addLayout(foot)

    def _connect(self) -> None:
        self.bars.chosen.connect(self._chosen)
        for one in (self.bars.changed, self.exceptions.changed, self.otherwise.changed):
            one.connect(self._check)
        for one in (self.begin.timeChanged, self.end.timeChanged, self.value.changed, self.scene.currentIndexChanged):
            one.connect(calling(self._typed))
        self.title.textChanged.connect(calling(self._check))
        self.subject.picked.connect(self._changed_subject)
        self.pick.wanted.connect(taking(SubjectField, partial(pick_subject, self, self.feed)))
        self.sets_scenes.toggled.connect(calling(self._changed_kind))
        self.has_otherwise.toggled.connect(calling(self._check))
        self.add.clicked.connect(calling(self.bars.add))
        self.delete.clicked.connect(calling(self.bars.remove))
        self.to_workdays.clicked.connect(lambda: self.bars.copy_day(range(5)))
        self.to_all.clicked.connect(lambda: self.bars.copy_day(range(7)))
        self.cancel.clicked.connect(self.reject)
        self.save.clicked.connect(self._save)
        self.feed.project_left.connect(self.reject)

    # -- values

    def _text_of(self, value: float) -> str:
        """A value in words: a scene's title, a word, or a number with its unit."""
        if value == NO_VALUE:
            return "–"
        if self.sets_scenes.isChecked():
            return self.scene.itemText(int(value)) if 0 <= value < self.scene.count() else format_significant(value)
        subject = self.subject.subject()
        return format_significant(value) if subject is None else subject.value_text(value)

    def _value(self) -> float:
        if not self.sets_scenes.isChecked():
            return self.value.value()
        at = self.scene.currentIndex()
        return NO_VALUE if at < 0 else float(at)

    def _value_field(self) -> ValueField:
        """A new field for one value of the schedule."""
        made = ValueField()
        if self.sets_scenes.isChecked():
            made.follow_words([self.scene.itemText(at) for at in range(self.scene.count())])
        else:
            made.follow(self.subject.subject())
        return made

    def _follow(self) -> None:
        """Shows the fields of what is controlled."""
        scenes, subject = self.sets_scenes.isChecked(), self.subject.subject()
        self.subject.setEnabled(not scenes)
        self.pick.setEnabled(not scenes)
        self.value.setVisible(not scenes)
        self.scene.setVisible(scenes)
        self.value.follow(subject)
        self.otherwise.follow(subject)
        for one in (self.has_otherwise, self.otherwise):
            one.setVisible(not scenes)

    def _meaning(self) -> ValueMeaning | None:
        subject = self.subject.subject()
        return None if subject is None or self.sets_scenes.isChecked() else subject.meaning

    def _changed_subject(self) -> None:
        """Values of the point before that are none of the new one need a new value, unless the choice is taken back
        before anything else."""
        now = self._meaning()
        before, self._meant = self._meant, now or self._meant
        if now is not None and now != before:
            self._convert(before, now, lambda shown: with_meaning(shown, before, now))
        self._follow()
        if before is None:
            self._offer_present_value()
        self.bars.new_value = self._value()
        self._chosen()
        self.bars.update()
        self._check()

    def _offer_present_value(self) -> None:
        """Offers what the chosen point reports now as the first value, instead of the least of its range."""
        subject = self.subject.subject()
        point = self.feed.twin.point_of.get(PointId(subject.selector.point)) if subject is not None else None
        value = self.feed.value(point)[0] if point is not None else None
        if subject is not None and not subject.options and isinstance(value, int | float):
            for field in (self.value, self.otherwise):
                field.set_value(float(value))

    def _changed_kind(self) -> None:
        """Values of points name no scene, and scenes are no values of points: each time needs a new one, unless the
        switch is taken back before anything else."""
        scenes = self.sets_scenes.isChecked()
        self._convert(not scenes, scenes, lambda shown: with_values(shown, lambda _: NO_VALUE))
        self._changed_subject()

    def _convert(self, before: object, now: object, convert: Callable[[Schedule], Schedule]) -> None:
        """Shows the schedule with the values that `convert` gives it; with those it had when they last meant `now`."""
        default = self.otherwise.value() if self.has_otherwise.isChecked() else None
        shown = replace(Schedule(id=""), week=self._week(), exceptions=self.exceptions.exceptions, default=default)
        last = self._switched
        after = last[0] if last is not None and last[1:] == (shown, now) else convert(shown)
        self._follow()
        has_default = after.default not in (None, NO_VALUE)
        self.has_otherwise.setChecked(has_default)
        if has_default and after.default is not None:
            self.otherwise.set_value(after.default)
            after = replace(after, default=self.otherwise.value())
        else:
            after = replace(after, default=None)
        self._switched = shown, after, before
        self.exceptions.show_exceptions(after.exceptions)
        self.bars.show_week([spans_of(one) for one in after.week])

    def _chosen(self) -> None:
        """Shows the chosen span in the fields."""
        span = self.bars.span
        for one in (self.begin, self.end, self.delete):
            one.setEnabled(span is not None)
        if span is None:
            return
        fields = (self.begin, self.end, self.value, self.scene)
        before = [one.blockSignals(True) for one in fields]
        self.begin.set_minute(span.begin)
        self.end.set_minute(span.end)
        if span.value == NO_VALUE:
            self.scene.setCurrentIndex(-1)
        else:
            self.scene.setCurrentIndex(int(span.value))
            self.value.set_value(span.value)
        for one, was in zip(fields, before, strict=True):
            one.blockSignals(was)
        self.bars.new_value = self._value()

    def _typed(self) -> None:
        """Takes the fields over to the chosen span; without one the value is that of the next span."""
        value = self.bars.new_value = self._value()
        span = self.bars.span
        if span is None:
            return
        begin, end = self.begin.minute(), self.end.minute() or DAY_MINUTES
        if begin < end and (begin, end, value) != span:
            self.bars.put(DaySpan(begin, end, value))

    # -- saving

    def schedule(self) -> Schedule:
        """The schedule of the fields; what they do not show is kept."""
        scenes, subject = self.sets_scenes.isChecked(), self.subject.subject()
        targets = self._base.targets
        if scenes:
            targets = ()
        elif subject is not None and (not targets or targets[0].selector != subject.selector):
            verb = "set" if "set" in subject.verbs or not subject.verbs or subject.options else subject.verbs[0]
            targets = (ScheduleTarget(selector=subject.selector, verb=verb), *targets[1:])
        default = self.otherwise.value() if self.has_otherwise.isChecked() and not scenes else None
        if scenes and self._base.scenes:
            default = self._base.default
        return replace(
            self._base,
            title=self.title.text().strip(),
            week=self._week(),
            exceptions=self.exceptions.exceptions,
            default=default,
            targets=targets,
            scenes=self._scenes if scenes else (),
        )

    def _week(self) -> Week:
        return cast("Week", tuple(entries_of(one) for one in self.bars.week))

    def _calendars(self) -> dict[str, DayCalendar]:
        return {**self._known, **self.exceptions.calendars}

    def _check(self) -> None:
        schedule, now_ms, zone = self.schedule(), self.feed.api.now_ms(), zone_of(self.feed.twin.site)
        until_ms = now_ms + DAY_MS
        spans = spans_ahead(schedule, zone, self._calendars(), now_ms, until_ms)
        self.strip.show_spans(spans, clock_jumps(zone, now_ms, until_ms), zone)
        controls = bool(schedule.scenes or schedule.targets)
        valued = means_something(schedule)
        self.save.setEnabled(bool(schedule.title) and controls and valued)
        named = tr("It needs a name.") if not schedule.title else ""
        told = "" if valued else tr("Choose a value for each time.")
        self.missing.setText(named or (told if controls else tr("Choose what it controls.")))

    def _save(self) -> None:
        schedule = self.schedule()
        self.save.setEnabled(False)
        used = {days.calendar for one in schedule.exceptions for days in one.days}
        edits = [
            DefinitionEdit(DefinitionKind.CALENDAR, id, definition_of(one))
            for id, one in self.exceptions.calendars.items()
            if id in used
        ]
        made = definition_of(schedule, enabled=self._enabled)
        edits.append(DefinitionEdit(DefinitionKind.SCHEDULE, schedule.id, made))
        self.feed.when(self.feed.api.change_definitions(edits), calling(self.accept), self._refused)

    def _refused(self, problem: Problem) -> None:
        self.feed.raise_problem(problem)
        self._check()
