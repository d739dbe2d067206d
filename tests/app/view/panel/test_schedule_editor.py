"""The editor of schedules: a week drawn by mouse and keys, exceptions, holidays, calendar files, one undo step a save."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from fake_api import FakeDesk
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QDate, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from turns import run_turns

from app.view.control.widgets import ElidedLabel
from app.view.formatting import format_date
from app.view.panel.rules import RulesPanel
from app.view.panel.schedule_editor import ScheduleEditor
from app.view.panel.schedule_exception_dialog import ExceptionDialog
from app.view.panel.schedule_exceptions import DAYS_SHOWN
from app.view.panel.schedule_week import WeekBars
from app.view.window import MainWindow
from tests.english import words
from twin.model.definition import DefinitionKind, Definitions
from twin.model.device import Point
from twin.model.observation import Quality
from twin.model.rule_status import RuleStatus
from twin.rules.day_calendar import DayCalendar
from twin.rules.definition_body import definition_of, read_body
from twin.rules.scene import Scene
from twin.rules.schedule import Entries, Schedule, ScheduleDays, ScheduleException, ScheduleTarget
from twin.rules.schedule_spans import DaySpan, entries_of, spans_of, with_span
from twin.rules.selector import of_point


def fan_point(api: FakeDesk) -> Point:
    fan = next(one for one in api.twin.devices if one.name == "Fan")
    return next(one for one in fan.points if one.capability.id == "fan_speed")


def office(api: FakeDesk) -> Schedule:
    work: Entries = ((420, 60.0), (1080, None))
    return Schedule(
        id="office",
        title="Office",
        week=(work, work, work, work, work, (), ()),
        default=10.0,
        targets=(ScheduleTarget(selector=of_point(fan_point(api).id)),),
        exceptions=(ScheduleException(days=(ScheduleDays(month=12, day=25),), times=((0, 5.0),)),),
    )


@pytest.fixture
def window(make_window: Callable[[FakeDesk], MainWindow], api: FakeDesk) -> MainWindow:
    scenes = tuple(definition_of(Scene(id=id, title=id.title())) for id in ("day", "night"))
    api.twin = replace(api.twin, definitions=Definitions(schedules=(definition_of(office(api)),), scenes=scenes))
    api.rule_statuses = (RuleStatus(kind="schedule", id="office", title=words("Office"), enabled=True),)
    made = make_window(api)
    made.show_activity("rules")
    run_turns(made)
    made.show()
    settle(made)
    return made


def settle(window: MainWindow) -> None:
    for _ in range(40):
        window.feed.tick()
    run_turns(window)


def opened(window: MainWindow, id: str = "") -> ScheduleEditor:
    page = window.panel("rules")
    assert isinstance(page, RulesPanel)
    if id:
        page.edit(DefinitionKind.SCHEDULE, id)
    else:
        page.add_schedule.click()
    settle(window)
    return next(one for one in page.findChildren(ScheduleEditor) if one.isVisible())


def saved(window: MainWindow, api: FakeDesk, editor: ScheduleEditor) -> Schedule:
    before = len(api.asked)
    editor.save.click()
    settle(window)
    (edits,) = [args[0] for what, args in api.asked[before:] if what == "change_definitions"]  # type: ignore[attr-defined]
    made = read_body(DefinitionKind.SCHEDULE, edits[-1].definition)
    assert isinstance(made, Schedule)
    return made


def drag(bars: WeekBars, day: int, begin: int, end: int) -> None:
    """Presses on a day at one minute, and lets go at another."""
    first, last = bars.place(day, begin).toPoint(), bars.place(day, end).toPoint()
    QTest.mousePress(bars, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, first)
    QTest.mouseMove(bars, QPoint((first.x() + last.x()) // 2, first.y()))
    QTest.mouseMove(bars, last)
    QTest.mouseRelease(bars, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, last)


def test_a_schedule_that_is_opened_and_saved_is_the_same(window: MainWindow, api: FakeDesk) -> None:
    assert saved(window, api, opened(window, "office")) == office(api)


def test_a_span_is_drawn_moved_resized_and_deleted_by_mouse(window: MainWindow, api: FakeDesk) -> None:
    editor = opened(window, "office")
    bars = editor.bars
    drag(bars, 5, 540, 720)
    assert bars.week[5] == (DaySpan(540, 720, bars.new_value),)
    drag(bars, 5, 630, 690)
    assert [(one.begin, one.end) for one in bars.week[5]] == [(600, 780)]
    drag(bars, 5, 779, 840)
    assert [(one.begin, one.end) for one in bars.week[5]] == [(600, 840)]
    editor.value.number.setValue(25.0)
    assert saved(window, api, editor).week[5] == ((600, 25.0), (840, None))
    editor = opened(window, "office")
    drag(editor.bars, 0, 700, 700)
    editor.delete.click()
    assert saved(window, api, editor).week[0] == ()


def test_a_new_span_has_the_value_that_is_shown(window: MainWindow, api: FakeDesk) -> None:
    editor = opened(window, "office")
    assert editor.value.value() == 60.0
    drag(editor.bars, 5, 540, 720)
    assert editor.bars.week[5] == (DaySpan(540, 720, 60.0),)
    editor.value.number.setValue(25.0)
    drag(editor.bars, 0, 700, 700)
    assert editor.value.value() == 60.0
    drag(editor.bars, 6, 540, 720)
    assert editor.bars.week[6] == (DaySpan(540, 720, 60.0),), "the value of the span that was chosen last"


def test_the_week_is_edited_by_keys_and_each_choice_has_a_name_for_screen_readers(
    window: MainWindow, api: FakeDesk
) -> None:
    bars = opened(window, "office").bars
    assert bars.accessibleName() == "Week: Monday, 07:00–18:00 60 %"
    for key, held in (
        (Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier),
        (Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier),
    ):
        QTest.keyClick(bars, key, held)
    assert bars.accessibleName() == "Week: Monday, 07:15–18:00 60 %"
    QTest.keyClick(bars, Qt.Key.Key_Up)
    assert bars.accessibleName() == "Week: Sunday, no span"
    QTest.keyClick(bars, Qt.Key.Key_Insert)
    assert bars.week[6] == (DaySpan(480, 540, bars.new_value),)
    QTest.keyClick(bars, Qt.Key.Key_Delete)
    assert bars.week[6] == ()


def test_a_new_schedule_needs_a_name_and_what_it_controls_and_may_set_scenes(window: MainWindow, api: FakeDesk) -> None:
    editor = opened(window)
    editor.title.setText("Moods")
    assert not editor.save.isEnabled()
    editor.sets_scenes.setChecked(True)
    drag(editor.bars, 0, 420, 1320)
    editor.scene.setCurrentIndex(1)
    editor.to_all.click()
    made = saved(window, api, editor)
    assert (made.title, made.scenes, made.targets) == ("Moods", ("day", "night"), ())
    assert set(made.week) == {((420, 1.0), (1320, None))}


def test_a_value_becomes_no_scene_and_a_scene_no_value_and_a_switch_that_is_taken_back_changes_nothing(
    window: MainWindow, api: FakeDesk
) -> None:
    editor = opened(window, "office")
    editor.sets_scenes.setChecked(True)
    assert not editor.save.isEnabled()
    assert editor.missing.text() == "Choose a value for each time."
    assert editor.bars.accessibleName() == "Week: Monday, 07:00–18:00 –"
    editor.sets_scenes.setChecked(False)
    assert editor.missing.text() == ""
    editor.sets_scenes.setChecked(True)
    editor.scene.setCurrentIndex(1)
    editor.to_all.click()
    assert not editor.save.isEnabled(), "the exception's time has no scene yet"
    editor.exceptions._remove(0)
    made = saved(window, api, editor)
    assert (made.scenes, made.targets, made.default) == (("day", "night"), (), None)
    assert set(made.week) == {((420, 1.0), (1080, None))}


def test_a_switch_between_points_and_scenes_that_is_taken_back_saves_the_schedule_as_it_was(
    window: MainWindow, api: FakeDesk
) -> None:
    editor = opened(window, "office")
    editor.sets_scenes.setChecked(True)
    editor.sets_scenes.setChecked(False)
    assert saved(window, api, editor) == office(api)


def test_holidays_are_days_like_sunday_and_worked_weekends_like_monday_saved_in_one_step(
    window: MainWindow, api: FakeDesk
) -> None:
    editor = opened(window, "office")
    editor.exceptions._took_holidays(
        DayCalendar(
            id="holidays:CN", title="CN", days=frozenset({date(2026, 2, 17)}), worked=frozenset({date(2026, 2, 14)})
        )
    )
    made = saved(window, api, editor)
    assert [(one.days[0].calendar, one.days[0].worked, one.like_weekday) for one in made.exceptions[1:]] == [
        ("holidays:CN", False, 6), ("holidays:CN", True, 0),
    ]  # fmt: skip
    edits = next(args[0] for what, args in reversed(api.asked) if what == "change_definitions")  # type: ignore[attr-defined]
    assert [one.kind for one in edits] == [DefinitionKind.CALENDAR, DefinitionKind.SCHEDULE]


def in_the_window(api: FakeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The window's own work is done at once, and what it raises comes back."""

    def compute(work: Callable[[], object]) -> Future[object]:
        answer: Future[object] = Future()
        try:
            answer.set_result(work())
        except Exception as error:
            answer.set_exception(error)
        return answer

    monkeypatch.setattr(api, "compute", compute)


def test_an_unknown_country_and_a_hostile_file_are_refused_in_words_where_they_were_asked_for(
    window: MainWindow, api: FakeDesk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    in_the_window(api, monkeypatch)
    editor = opened(window, "office")
    exceptions = editor.exceptions
    assert not exceptions.add_holidays.isEnabled(), "no place was typed"
    exceptions.place.setText("XX")
    exceptions.add_holidays.click()
    settle(window)
    assert exceptions.why.text().startswith("Nothing is known of the public holidays of XX")
    file = tmp_path / "x.ics"
    file.write_text("BEGIN:VCALENDAR\r\n" + "X" * (1 << 20))
    exceptions.read_file(str(file))
    settle(window)
    assert exceptions.why.text().startswith("The calendar file is larger than 1 MB")
    assert len(exceptions.exceptions) == 1


def test_a_day_off_is_told_as_a_date_of_the_language(window: MainWindow) -> None:
    editor = opened(window, "office")
    for last in (date(2026, 12, 24), date(2026, 12, 26)):
        days = ScheduleDays(first=date(2026, 12, 24), last=last)
        editor.exceptions.show_exceptions((ScheduleException(days=(days,), like_weekday=6),))
        told = format_date(QDate(2026, 12, 24), "yMMMd")
        until = "" if last == date(2026, 12, 24) else f" – {format_date(QDate(2026, 12, 26), 'yMMMd')}"
        assert any(one.text() == f"{told}{until} · like Sunday" for one in editor.exceptions.findChildren(ElidedLabel))


def test_days_are_added_and_removed_and_the_next_day_is_said(window: MainWindow, api: FakeDesk) -> None:
    editor = opened(window, "office")
    editor.exceptions.add_days.click()
    assert len(editor.exceptions.exceptions) == 2
    editor.exceptions._remove(0)
    assert [one.like_weekday for one in saved(window, api, editor).exceptions] == [6]
    assert opened(window, "office").strip.accessibleDescription() != ""


MINUTES = st.integers(0, 95).map(lambda quarter: quarter * 15)
DAYS = st.lists(st.tuples(MINUTES, st.sampled_from([None, 0.0, 1.0])), max_size=5, unique_by=lambda one: one[0])


def level(entries: Entries, minute: int) -> float | None:
    begun = [value for at, value in entries if at <= minute]
    return begun[-1] if begun else None


@given(DAYS, MINUTES, st.integers(1, 96), st.sampled_from([0.0, 1.0]))
def test_a_drawn_span_is_in_force_for_its_time_and_the_rest_of_the_day_as_before(
    drawn: list[tuple[int, float | None]], begin: int, quarters: int, value: float
) -> None:
    before: Entries = tuple(sorted(drawn))
    end = min(1440, begin + quarters * 15)
    after = entries_of(with_span(spans_of(before), DaySpan(begin, end, value)))
    for minute in range(0, 1440, 15):
        assert level(after, minute) == (value if begin <= minute < end else level(before, minute))


def choose(editor: ScheduleEditor, api: FakeDesk, capability: str) -> None:
    point = next(one for device in api.twin.devices for one in device.points if one.capability.id == capability)
    editor.subject.choose(of_point(point.id))


def test_values_of_another_kind_of_point_mean_nothing_and_a_choice_that_is_taken_back_changes_nothing(
    window: MainWindow, api: FakeDesk
) -> None:
    editor = opened(window, "office")
    choose(editor, api, "on_off")
    assert editor.missing.text() == "Choose a value for each time."
    assert editor.bars.accessibleName() == "Week: Monday, 07:00–18:00 –"
    assert not editor.has_otherwise.isChecked()
    choose(editor, api, "fan_speed")
    assert editor.missing.text() == ""
    assert saved(window, api, editor) == office(api)


def test_the_times_of_an_exception_are_edited_and_wrong_ones_are_refused_in_words(
    window: MainWindow, api: FakeDesk
) -> None:
    editor = opened(window, "office")
    editor.exceptions.edit(0)
    dialog = next(one for one in editor.findChildren(ExceptionDialog) if one.isVisible())
    (first,) = dialog.rows
    first.end.set_minute(12 * 60)
    first.value.set_value(20.0)
    dialog.add.click()
    second = dialog.rows[1]
    assert second.span() == DaySpan(720, 780, 20.0)
    second.begin.set_minute(11 * 60)
    assert (dialog.why.text(), dialog.save.isEnabled()) == ("Two times overlap.", False)
    second.begin.set_minute(13 * 60)
    assert (dialog.why.text(), dialog.save.isEnabled()) == ("A time ends before it begins.", False)
    second.end.set_minute(0)
    dialog.save.click()
    made = saved(window, api, editor)
    assert made.exceptions == (
        ScheduleException(
            days=(ScheduleDays(month=12, day=25),), times=((0, 20.0), (720, None), (780, 20.0)),
        ),
    )  # fmt: skip


def test_an_exceptions_times_whose_scene_is_gone_need_one_and_its_dates_can_be_moved(
    window: MainWindow, api: FakeDesk
) -> None:
    editor = opened(window, "office")
    days = ScheduleDays(first=date(2026, 12, 24), last=date(2026, 12, 26))
    editor.exceptions.show_exceptions([ScheduleException(days=(days,), times=((0, 5.0),))])
    editor.sets_scenes.setChecked(True)
    editor.exceptions.edit(0)
    dialog = next(one for one in editor.findChildren(ExceptionDialog) if one.isVisible())
    assert (dialog.why.text(), dialog.save.isEnabled()) == ("Choose a value for each time.", False)
    dialog.rows[0].value.word.setCurrentIndex(1)
    dialog.last.setDate(QDate(2027, 1, 2))
    dialog.save.click()
    (made,) = editor.exceptions.exceptions
    assert (made.times, made.days[0].last) == (((0, 1.0),), date(2027, 1, 2))


def test_the_first_value_of_a_new_schedule_is_what_its_point_reports_now(window: MainWindow, api: FakeDesk) -> None:
    at = window.feed.live.index(fan_point(api).id)
    assert at is not None
    window.feed.live.value[at], window.feed.live.quality[at] = 40.0, Quality.GOOD
    editor = opened(window)
    editor.subject.choose(of_point(fan_point(api).id))
    assert editor.value.value() == 40.0
    assert editor.otherwise.value() == 40.0
    drag(editor.bars, 0, 540, 720)
    assert editor.bars.week[0] == (DaySpan(540, 720, 40.0),)


def test_the_next_holidays_are_listed_with_their_names_and_what_applies(window: MainWindow, api: FakeDesk) -> None:
    editor = opened(window, "office")
    lines = [one.text() for one in editor.exceptions.findChildren(QLabel)]
    assert "The next days of these calendars" not in lines, "a date that was typed is listed already"
    editor.exceptions.place.setText("cn")
    editor.exceptions.ask_holidays()
    settle(window)
    lines = [one.text() for one in editor.exceptions.findChildren(QLabel) if not one.isHidden()]
    begin = lines.index("The next days of these calendars")
    assert 1 < len([one for one in lines[begin:] if "like Sunday" in one and "20" in one]) <= DAYS_SHOWN
    assert any("New Year" in one or "Spring Festival" in one for one in lines[begin:])
