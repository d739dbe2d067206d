"""The page of rules: each with its state, last and next run; made and edited as sentences of fields, tried on recorded days."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from typing import Any, override

import msgspec
import pytest
from fake_api import FakeDesk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QDate, QEvent, QModelIndex, QPoint, QPointF, QStringListModel, Qt, QTime
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDoubleSpinBox,
    QLabel,
    QLineEdit,
    QSpinBox,
    QTimeEdit,
    QWidget,
)
from turns import run_turns

from app.i18n import tr
from app.view.control.widgets import ToggleSwitch
from app.view.formatting import format_time
from app.view.panel import rule_fields
from app.view.panel.alarm_editor import AlarmEditor
from app.view.panel.rule_card import RuleCard, facts
from app.view.panel.rule_editor import RuleEditor
from app.view.panel.rule_event_rows import AlarmedFields, EveryFields, PressedFields
from app.view.panel.rule_preview_box import DAY_MS, StartStrip, summary
from app.view.panel.rule_rows import (
    AtFields,
    BecameFields,
    BetweenFields,
    DoFields,
    HoldsFields,
    NotifyFields,
    PartFields,
    SunFields,
    SunIsFields,
    WaitFields,
)
from app.view.panel.rule_sentences import action_text
from app.view.panel.rule_subjects import event_subjects, subjects
from app.view.panel.rules import RulesPanel
from app.view.panel.scene_dialog import RenameDialog, SceneDialog
from app.view.panel.timeline import TimelinePanel
from app.view.site_clock import set_site, site_midnight
from app.view.window import MainWindow
from tests.english import words
from twin.model.change import TwinChanged
from twin.model.definition import DefinitionEdit, DefinitionKind, Definitions
from twin.model.device import Point
from twin.model.problem import Problem, ProblemError
from twin.model.rule_status import RuleClash, RulePreview, RuleStatus, RunLogEntry, SceneOutcome
from twin.model.space import Site
from twin.model.text import Text
from twin.model.twin import Twin
from twin.rules.alarm_definition import AlarmDefinition, AlarmPriority, Low
from twin.rules.alarm_proposals import proposals
from twin.rules.automation import (
    Activate,
    At,
    Automation,
    Became,
    Between,
    Do,
    Holds,
    Notify,
    NotOf,
    RuleDays,
    RunMode,
    Scheduled,
    SunEvent,
    SunIs,
    Wait,
)
from twin.rules.definition_body import definition_of, read_body
from twin.rules.scene import Scene, SceneTarget
from twin.rules.schedule import Schedule
from twin.rules.selector import of_point, of_room

NOW = 1_795_000_000_000
MINUTE = 60_000


def point(twin: Twin, device: str, capability: str) -> Point:
    found = next(one for one in twin.devices if one.name == device)
    return next(one for one in found.points if one.capability.id == capability)


def warm_rule(twin: Twin) -> Automation:
    temperature, fan = point(twin, "Bedroom climate", "temperature"), point(twin, "Fan", "fan_speed")
    return Automation(
        id="warm",
        title="Too warm",
        mode=RunMode.RESTART,
        triggers=(
            Became(selector=of_point(temperature.id), above=26.0, for_ms=5 * MINUTE, deadband=0.3),
            At(minute=420),
        ),
        conditions=(
            Holds(selector=of_point(point(twin, "Motion", "motion").id), equals=1.0),
            Between(begin=480, end=1320, days=RuleDays(weekdays=(0, 1, 2, 3, 4))),
        ),
        actions=(
            Do(selector=of_point(fan.id), verb="set", value=60.0),
            Wait(for_ms=10 * MINUTE),
            Notify(text="Cooler now"),
        ),
    )


@pytest.fixture
def window(make_window: Callable[[FakeDesk], MainWindow], api: FakeDesk) -> MainWindow:
    twin = api.twin
    warm = definition_of(warm_rule(twin))
    known = Definitions(
        automations=(warm,),
        schedules=(definition_of(Schedule(id="days", title="Days")),),
        scenes=(definition_of(Scene(id="evening", title="Evening")),),
    )
    api.twin = replace(twin, definitions=known)
    api.rule_statuses = (
        RuleStatus(
            kind="automation",
            id="warm",
            title=words("Too warm"),
            enabled=True,
            last_run_ms=NOW,
            next_run_ms=NOW + MINUTE,
        ),
        RuleStatus(kind="schedule", id="days", title=words("Days"), enabled=False),
        RuleStatus(kind="scene", id="evening", title=words("Evening"), enabled=True),
    )
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


def page(window: MainWindow) -> RulesPanel:
    found = window.panel("rules")
    assert isinstance(found, RulesPanel)
    return found


def card(window: MainWindow, id: str) -> RuleCard:
    return next(
        one for one in page(window).findChildren(RuleCard) if one.status.id == id and one.isVisibleTo(page(window))
    )


def shown(widget: object) -> str:
    return " | ".join(label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget))  # type: ignore[attr-defined]


def edits(api: FakeDesk) -> list[DefinitionEdit]:
    return [edit for what, args in api.asked if what == "change_definitions" for edit in args[0]]  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def previews_only_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on whether the editor's own timer fires in between."""
    made = RuleEditor.__init__

    def without_timer(editor: RuleEditor, *args: Any, **options: Any) -> None:
        made(editor, *args, **options)
        editor._soon.timeout.disconnect()
        editor._soon.stop()

    monkeypatch.setattr(RuleEditor, "__init__", without_timer)


def opened(window: MainWindow) -> RuleEditor:
    settle(window)
    return next(one for one in page(window).findChildren(RuleEditor) if one.isVisible())


def test_a_card_says_what_a_rule_does_in_words_and_when_it_ran_last_and_runs_next(window: MainWindow) -> None:
    said = shown(card(window, "warm"))
    for part in (
        "Too warm", "automation", "last run ", "next run ", "Bedroom climate · Temperature rises above 26.0 °C for 5 minutes",
        "only if Hall · Motion · Motion is Motion", "between 08:00 and 22:00 (Monday to Friday)",
        "Fan · Fan speed → 60 %, then wait 10 minutes, then tell “Cooler now”",
    ):  # fmt: skip
        assert part in said, (part, said)
    assert list(card(window, "days").buttons) == ["runs", "edit"]
    assert list(card(window, "evening").buttons) == ["set", "preview", "rename"]


def test_rules_are_run_set_turned_off_and_deleted_with_one_change_each(window: MainWindow, api: FakeDesk) -> None:
    card(window, "warm").buttons["run"].click()
    settle(window)
    card(window, "evening").buttons["set"].click()
    settle(window)
    assert [(what, args) for what, args in api.asked if what in ("run_rule", "set_scene")] == [
        ("run_rule", ("warm",)),
        ("set_scene", ("evening",)),
    ]
    card(window, "warm").switch.click()
    card(window, "days").switch.click()
    card(window, "evening").delete.click()
    found = [(one.kind.name, one.id, one.definition and one.definition.enabled) for one in edits(api)]
    assert found == [("AUTOMATION", "warm", False), ("SCHEDULE", "days", True), ("SCENE", "evening", None)]


def run_entry(code: str, run: int = 0, /, **args: object) -> RunLogEntry:
    return RunLogEntry(time_ms=NOW, rule="warm", run=run, reason=Text(code, **args))


ASKED, DARK = Text("trigger.asked_by", who="Ada"), Text("run.no_answer")


@pytest.mark.parametrize(
    ("log", "said"),
    [
        ((run_entry("run.refused", cause=ASKED, why=DARK),), "It did not start upon “Ada asked for it”: a command was not answered"),
        ((run_entry("run.busy", run=4),), "It was running already (run 4)"),
        (
            (run_entry("run.finished", 5), run_entry("run.command", 5), run_entry("run.started", 5, cause=ASKED)),
            "It started: Ada asked for it",
        ),
        (
            (
                run_entry("run.finished", 5), run_entry("run.nothing_to_command", 5, key="Kitchen"),
                run_entry("run.started", 5, cause=ASKED), run_entry("run.refused", cause=Text("trigger.asked"), why=DARK),
            ),
            "Kitchen has nothing that could be commanded",
        ),
        ((), "Whether it started is not known."),
    ],
)  # fmt: skip
def test_run_now_tells_at_once_that_it_ran_or_why_not_in_the_words_of_its_log(
    window: MainWindow, api: FakeDesk, log: tuple[RunLogEntry, ...], said: str
) -> None:
    api.run_rows = (run_entry("run.refused", cause=Text("trigger.asked"), why=Text("earlier")),)
    api.start_rows = log
    card(window, "warm").buttons["run"].click()
    settle(window)
    settle(window)
    assert window.toast.label.text() == f"Too warm · {said}"
    assert window.toast.isVisible()
    assert said in shown(card(window, "warm"))


def test_what_a_scene_did_not_set_is_a_problem_with_names_and_reasons(window: MainWindow, api: FakeDesk) -> None:
    lamp = point(api.twin, "Desk lamp", "on_off")
    api.scene_outcome = SceneOutcome(failed=((str(lamp.id), Text("reason.offline")),))
    card(window, "evening").buttons["set"].click()
    settle(window)
    problem = window.feed.problems[-1]
    assert problem.code == "rules.scene_partly"
    assert "Study · Desk lamp · " in problem.args["points"][0]


def test_a_button_keeps_the_keyboard_when_its_card_says_something_new(window: MainWindow, api: FakeDesk) -> None:
    window.activateWindow()
    card(window, "warm").buttons["why"].setFocus()
    if QApplication.focusWidget() is not card(window, "warm").buttons["why"]:
        pytest.skip("this platform gives no window the keyboard")
    api.rule_statuses = (replace(api.rule_statuses[0], running=1), *api.rule_statuses[1:])
    page(window).ask_again()
    settle(window)
    assert "running" in shown(card(window, "warm"))
    assert QApplication.focusWidget() is card(window, "warm").buttons["why"]


def test_why_not_is_answered_in_the_card(window: MainWindow) -> None:
    made = card(window, "warm")
    made.buttons["why"].click()
    settle(window)
    assert "It has no trigger: it is started by hand only" in shown(made)


def test_why_not_is_asked_of_the_past_moment_that_is_shown(window: MainWindow, api: FakeDesk) -> None:
    made, then = card(window, "warm"), api.now_ms() - 3_600_000
    for moment in (then, None):
        window.feed.selection.change(moment_ms=moment)
        settle(window)
        made.buttons["why"].click()
        settle(window)
    assert [args for what, args in api.asked if what == "why_not"] == [("warm", then), ("warm", 0)]


def test_a_rule_is_edited_as_fields_and_saved_whole_as_one_change(window: MainWindow, api: FakeDesk) -> None:
    card(window, "warm").buttons["edit"].click()
    editor = opened(window)
    assert editor.rule() == warm_rule(api.twin), "nothing is lost by looking at it"
    fields = editor.triggers.rows[0].fields
    assert isinstance(fields, BecameFields)
    fields.value.number.setValue(24.5)
    editor.title.setText("Warm")
    editor.save.click()
    settle(window)
    (edit,) = edits(api)
    assert edit.definition is not None
    saved = read_body(DefinitionKind.AUTOMATION, edit.definition)
    before = warm_rule(api.twin)
    first = msgspec.structs.replace(before.triggers[0], above=24.5)
    assert saved == msgspec.structs.replace(before, title="Warm", triggers=(first, before.triggers[1]))


def test_a_new_rule_is_made_by_choosing_and_saved_only_once_it_is_whole(window: MainWindow, api: FakeDesk) -> None:
    page(window).add.click()
    editor = opened(window)
    assert not editor.save.isEnabled()
    editor.triggers.add.activated.emit(1)
    editor.steps.add.activated.emit(1)
    trigger, step = editor.triggers.rows[0].fields, editor.steps.rows[0].fields
    assert isinstance(trigger, BecameFields)
    assert isinstance(step, DoFields)
    contact, lamp = point(api.twin, "Door contact", "contact"), point(api.twin, "Desk lamp", "on_off")
    trigger.subject.choose(of_point(contact.id))
    assert editor.rule() is None, "the action names nothing yet"
    step.subject.choose(of_point(lamp.id))
    step.verb.setCurrentIndex(step.verb.findData("on"))
    assert not editor.save.isEnabled(), "it has no name"
    editor.title.setText("Door lamp")
    editor.save.click()
    settle(window)
    (edit,) = edits(api)
    assert edit.definition is not None
    assert edit.definition.enabled
    saved = read_body(DefinitionKind.AUTOMATION, edit.definition)
    assert isinstance(saved, Automation)
    assert saved.triggers == (Became(selector=of_point(contact.id), to=1.0),)
    assert saved.actions == (Do(selector=of_point(lamp.id), verb="on"),)


def test_the_preview_follows_the_fields_and_an_older_answer_is_not_shown(window: MainWindow, api: FakeDesk) -> None:
    clash = RuleClash(
        kind="against", rules=("warm", "x"), titles=(words("Too warm"), words("Other")), name=words("Fan")
    )
    week = RulePreview(from_ms=NOW - 7 * 86_400_000, to_ms=NOW)
    api.previews = [
        replace(week, starts_ms=(NOW - 5, NOW - 2), happened_ms=(NOW - 5,), refused=3, readings=9, clashes=(clash,))
    ]
    card(window, "warm").buttons["edit"].click()
    editor = opened(window)
    editor._ask_preview()
    settle(window)
    said = shown(editor.preview)
    assert "In the last 7 days it would have started 2 times." in said
    assert "3 more starts were prevented by its conditions. It really started 1 time." in said
    assert "Too warm, Other: set one point to different values (Fan)" in said
    kind, definition, *_ = next(args for what, args in api.asked if what == "preview_rule")
    assert (kind, definition.id) == (DefinitionKind.AUTOMATION, "warm")  # type: ignore[attr-defined]
    editor._show_preview(editor._asked - 1, replace(week, readings=1))
    assert shown(editor.preview) == said
    assert summary(week) == "Nothing that it reads was recorded in the last 7 days."


def fill(field: QWidget, data: st.DataObject) -> None:
    """Anything that a person can enter in a field."""
    match field:
        case QComboBox() if field.count():
            field.setCurrentIndex(data.draw(st.integers(0, field.count() - 1)))
        case QSpinBox():
            field.setValue(data.draw(st.integers(field.minimum(), field.maximum())))
        case QDoubleSpinBox():
            field.setValue(data.draw(st.floats(field.minimum(), field.maximum())))
        case QTimeEdit():
            field.setTime(QTime(0, 0).addSecs(60 * data.draw(st.integers(0, 1439))))
        case QLineEdit() if not isinstance(field.parent(), QComboBox | QSpinBox | QDoubleSpinBox | QTimeEdit):
            field.setText(data.draw(st.text(st.characters(codec="utf-8"), max_size=20)))
        case _:
            pass


@pytest.mark.usefixtures("window")
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_the_fields_can_say_is_read_again_as_it_was_saved(
    app: QApplication, api: FakeDesk, data: st.DataObject
) -> None:
    read, commanded = subjects(api.twin, commanded=False), subjects(api.twin, commanded=True)
    triggers: list[PartFields] = [
        BecameFields(read), AtFields(), SunFields(), EveryFields(), PressedFields(event_subjects(api.twin)),
        AlarmedFields([("frost", words("Frost"))]),
    ]  # fmt: skip
    conditions: list[PartFields] = [HoldsFields(read), BetweenFields(), SunIsFields()]
    actions: list[PartFields] = [DoFields(commanded), WaitFields(), NotifyFields()]
    rule = Automation(id="any")
    for name, choices in (("triggers", triggers), ("conditions", conditions), ("actions", actions)):
        for fields in choices:
            for one in fields.findChildren(QWidget):
                fill(one, data)
        parts = tuple(part for fields in choices if (part := fields.part()) is not None)
        rule = msgspec.structs.replace(rule, **{name: parts})
    assert read_body(DefinitionKind.AUTOMATION, definition_of(rule)) == rule


@pytest.mark.parametrize("offset", [-180, -1, 0, 180])
def test_a_rule_starts_before_the_sun_sets_as_well_as_after(app: QApplication, offset: int) -> None:
    fields = SunFields()
    fields.offset.setValue(offset)
    part = fields.part()
    assert isinstance(part, SunEvent)
    assert part.offset_ms == offset * MINUTE
    rule = Automation(id="dusk", triggers=(part,))
    assert read_body(DefinitionKind.AUTOMATION, definition_of(rule)) == rule
    far = msgspec.structs.replace(
        rule, triggers=(SunEvent(event="sunset", offset_ms=(-13 if offset < 0 else 13) * 3_600_000),)
    )
    with pytest.raises(ProblemError):
        read_body(DefinitionKind.AUTOMATION, definition_of(far))


def test_what_the_fields_cannot_say_is_kept_and_said_in_words(window: MainWindow, api: FakeDesk) -> None:
    rule = msgspec.structs.replace(
        warm_rule(api.twin),
        triggers=(Scheduled(schedule="office"),),
        conditions=(NotOf(SunIs(up=True)),),
        actions=(Activate(scene="gone"),),
    )
    read, commanded = subjects(api.twin, commanded=False), subjects(api.twin, commanded=True)
    editor = RuleEditor(page(window), window.feed, read, commanded, rule)
    assert editor.rule() == rule
    said = " | ".join(one.text() for one in editor.findChildren(QLabel))
    assert "another trigger (Scheduled)" in said
    assert "not: the sun is up" in said
    editor.triggers.rows[0].remove.click()
    assert editor.rule() == msgspec.structs.replace(rule, triggers=())
    editor.close()


def test_two_clicks_open_one_editor_and_it_goes_with_its_project(window: MainWindow, api: FakeDesk) -> None:
    page(window).add.click()
    page(window).add.click()
    editor = opened(window)
    assert [one for one in page(window).findChildren(RuleEditor) if one.isVisible()] == [editor]
    window.feed.project_left.emit()
    assert not editor.isVisible()
    page(window)._open("another project", None, enabled=True, lists=((), (), ()))
    assert not [one for one in page(window).findChildren(RuleEditor) if one.isVisible()]


@pytest.mark.parametrize("bound", [21.3, 22.2, 21.0])
def test_a_number_that_its_unit_shows_rounded_stays_as_it_was_until_it_is_changed(
    window: MainWindow, api: FakeDesk, bound: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rule_fields, "to_display", lambda _row, value: value * 1.8 + 32)
    monkeypatch.setattr(rule_fields, "from_display", lambda _row, shown: (shown - 32) / 1.8)
    warm = point(api.twin, "Bedroom climate", "temperature")
    fields = BecameFields(subjects(api.twin, commanded=False))
    assert fields.show_part(Became(selector=of_point(warm.id), above=bound))
    fields.value.number.setValue(75.0)
    changed = fields.part()
    assert isinstance(changed, Became)
    assert changed.above == pytest.approx(43 / 1.8, abs=1e-5)


def test_a_long_title_is_kept_whole(window: MainWindow, api: FakeDesk) -> None:
    rule = msgspec.structs.replace(warm_rule(api.twin), title="T" * 120)
    editor = RuleEditor(page(window), window.feed, (), (), rule)
    assert editor.rule() == rule
    editor.close()


def test_the_failure_of_an_older_preview_leaves_the_newer_one(window: MainWindow, api: FakeDesk) -> None:
    editor = RuleEditor(page(window), window.feed, (), (), warm_rule(api.twin))
    editor._ask_preview()
    settle(window)
    before = editor.preview.summary.text()
    assert before
    editor._no_preview(editor._asked - 1, Problem(code="store.locked"))
    assert editor.preview.summary.text() == before
    editor._no_preview(editor._asked, Problem(code="store.locked"))
    assert not editor.preview.summary.text()
    editor.close()


def test_a_room_is_offered_where_several_points_say_the_same(api: FakeDesk) -> None:
    found = {one.title: one for one in subjects(api.twin, commanded=True)}
    rooms = [title for title in found if "all:" in title]
    assert any("Living room" in title for title in rooms)
    one = found[rooms[0]]
    assert one.selector == of_room(one.selector.room, one.selector.capability)


def test_watched_alarms_are_listed_and_turned_off(window: MainWindow, api: FakeDesk) -> None:
    offer = proposals(api.twin)[0]
    alarms = tuple(edit.definition for edit in offer.edits if edit.definition and edit.kind is DefinitionKind.ALARM)
    api.twin = replace(api.twin, definitions=replace(api.twin.definitions, alarms=alarms))
    window.feed.inbox.put_change(TwinChanged(api.twin))
    settle(window)
    assert "Watched alarms" in shown(page(window))
    switch = next(
        one
        for one in page(window).findChildren(ToggleSwitch)
        if one.accessibleName().startswith("On: ") and not isinstance(one.parent(), RuleCard)
    )
    switch.click()
    assert [(one.kind, one.id, one.definition and one.definition.enabled) for one in edits(api)] == [
        (DefinitionKind.ALARM, alarms[0].id, False)
    ]


def test_the_page_and_the_editor_speak_chinese(window: MainWindow) -> None:
    window.set_language("zh_CN")
    settle(window)
    said = shown(page(window))
    assert "升至高于" in said
    assert "上次运行" in said
    card(window, "warm").buttons["edit"].click()
    assert "仅当以下条件全部满足" in shown(opened(window))


def test_a_preview_of_only_the_newest_readings_says_from_when_on(window: MainWindow, api: FakeDesk) -> None:
    cut = RulePreview(from_ms=NOW - 86_400_000, to_ms=NOW, readings=9, shortened=True)
    assert f"It was tried from {format_time(cut.from_ms)} on" in summary(cut)
    assert "tried from" not in summary(replace(cut, shortened=False))


def test_an_older_previews_failure_is_not_shown(window: MainWindow) -> None:
    card(window, "warm").buttons["edit"].click()
    editor = opened(window)
    editor._ask_preview()
    settle(window)
    said, problems = shown(editor.preview), len(window.feed.problems)
    editor._no_preview(editor._asked - 1, Problem(code="rules.preview_dropped"))
    assert (shown(editor.preview), len(window.feed.problems)) == (said, problems)


def test_the_editor_reads_no_title_of_a_long_list_that_it_does_not_show(
    window: MainWindow, api: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []

    class CountedTitles(QStringListModel):
        @override
        def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:  # type: ignore[override]
            read.append(index.row())
            return super().data(index, role)

    monkeypatch.setattr(rule_fields, "QStringListModel", CountedTitles)
    few = subjects(api.twin, commanded=False)
    many = (*few, *(replace(few[0], title=f"Room {n}", selector=of_point(f"p{n}")) for n in range(3_000)))
    RuleEditor(page(window), window.feed, many, subjects(api.twin, commanded=True), warm_rule(api.twin)).show()
    run_turns(window)
    assert len(read) < len(many)


def test_the_wheel_over_a_field_scrolls_the_page_and_changes_nothing(window: MainWindow, api: FakeDesk) -> None:
    page(window).edit(DefinitionKind.AUTOMATION, "warm")
    editor = opened(window)
    before = editor.rule()
    for field in editor.findChildren(QComboBox) + editor.findChildren(QAbstractSpinBox):  # type: ignore[operator]
        turned = QWheelEvent(
            QPointF(5, 5), QPointF(5, 5), QPoint(0, -120), QPoint(0, -120), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        field.wheelEvent(turned)
        assert not turned.isAccepted()
    assert editor.rule() == before


def many_rules(api: FakeDesk, count: int) -> None:
    """So many more automations than there are."""
    warm = warm_rule(api.twin)
    more = tuple(definition_of(msgspec.structs.replace(warm, id=f"w{n:03}", title=f"Rule {n}")) for n in range(count))
    api.twin = replace(api.twin, definitions=replace(api.twin.definitions, automations=more))
    api.rule_statuses = tuple(
        RuleStatus(kind="automation", id=one.id, title=words(one.title), enabled=True) for one in more
    )
    api.inbox.put_change(TwinChanged(api.twin, words("More rules")))


def test_of_many_rules_the_first_are_there_at_once_more_come_in_turns_of_their_own_and_the_rest_when_asked_for(
    window: MainWindow, api: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.view.panel.card_list.SLICE_S", 0.0)
    asked: list[object] = []
    add = window.feed.turns.add
    monkeypatch.setattr(window.feed.turns, "add", lambda work: (asked.append(work), add(work)))
    many_rules(api, 110)
    settle(window)
    page(window).ask_again()
    settle(window)

    def there() -> list[str]:
        found = [one for one in page(window).findChildren(RuleCard) if one.isVisibleTo(page(window))]
        return [one.status.id for one in sorted(found, key=lambda one: one.y())]

    assert len(asked) >= 88
    assert there() == [f"w{n:03}" for n in range(100)]
    more = page(window).cards.more
    assert (more.isVisibleTo(page(window)), more.text()) == (True, "Show 10 more")
    more.click()
    settle(window)
    QApplication.processEvents()
    assert there() == [f"w{n:03}" for n in range(110)]
    assert not more.isVisibleTo(page(window))


def test_a_card_that_gives_way_to_a_rule_before_it_is_never_asked_to_show_anything_again(
    window: MainWindow, api: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.view.panel.card_list.PAGE", 3)
    page(window).cards.clear()
    many_rules(api, 4)
    settle(window)
    page(window).ask_again()
    settle(window)
    first, *others = api.rule_statuses
    api.rule_statuses = (replace(first, id="w"), first, *others)
    page(window).ask_again()
    settle(window)
    assert ("automation", "w002") not in page(window)._by_rule
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    api.rule_statuses = tuple(replace(one, last_run_ms=NOW) for one in api.rule_statuses)
    page(window).ask_again()
    settle(window)
    assert {id for _, id in page(window)._by_rule} == {"w", "w000", "w001"}
    assert "last run" in shown(card(window, "w001"))


def test_an_answer_that_changes_one_rule_renews_one_card_and_reads_no_definition_again(
    window: MainWindow, api: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    many_rules(api, 30)
    settle(window)
    before = dict(page(window)._by_rule)
    renewed: list[str] = []
    show = RuleCard._show

    def counted(self: RuleCard, definition: object) -> None:
        renewed.append(self.status.id)
        show(self, definition)  # type: ignore[arg-type]

    monkeypatch.setattr(RuleCard, "_show", counted)
    monkeypatch.setattr("app.view.panel.rule_card.read_body", lambda *_: pytest.fail("read again"))
    first, *others = api.rule_statuses
    api.rule_statuses = (replace(first, last_run_ms=NOW), *others)
    page(window).ask_again()
    settle(window)
    assert renewed == ["w000"]
    assert page(window)._by_rule == before
    assert "last run" in shown(card(window, "w000"))


def test_a_rule_that_is_turned_off_keeps_the_keyboard_and_a_deleted_one_leaves_it_to_the_next(
    window: MainWindow, api: FakeDesk
) -> None:
    many_rules(api, 4)
    settle(window)
    card(window, "w001").switch.setFocus()
    first, second, *others = api.rule_statuses
    api.rule_statuses = (first, replace(second, enabled=False), *others)
    page(window).ask_again()
    settle(window)
    assert window.focusWidget() is card(window, "w001").switch
    run_turns(window)
    card(window, "w001").delete.setFocus()
    api.rule_statuses = (first, *others)
    page(window).ask_again()
    settle(window)
    assert window.focusWidget() is card(window, "w002").delete


def test_the_switch_of_a_watched_alarm_keeps_the_keyboard(window: MainWindow, api: FakeDesk) -> None:
    offered = [edit.definition for one in proposals(api.twin) for edit in one.edits][:3]
    known = replace(api.twin.definitions, alarms=tuple(one for one in offered if one is not None))
    api.twin = replace(api.twin, definitions=known)
    api.inbox.put_change(TwinChanged(api.twin, words("Alarms")))
    settle(window)
    switches = [one for one in page(window).findChildren(ToggleSwitch) if "Off" not in one.accessibleName()]
    switches[-2].setFocus()
    name = switches[-2].accessibleName().partition(": ")[2]
    changed = tuple(replace(one, enabled=False) if n == 1 else one for n, one in enumerate(known.alarms))
    api.twin = replace(api.twin, definitions=replace(known, alarms=changed))
    api.inbox.put_change(TwinChanged(api.twin, words("Off")))
    settle(window)
    focused = window.focusWidget()
    assert isinstance(focused, ToggleSwitch)
    assert (focused.accessibleName(), focused.isChecked()) == (f"Off: {name}", False)


def test_a_list_that_the_engine_cannot_tell_is_said_and_asked_for_again(
    window: MainWindow, api: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused() -> Future[tuple[RuleStatus, ...]]:
        found: Future[tuple[RuleStatus, ...]] = Future()
        found.set_exception(ProblemError(Problem(code="rules.off", where="x")))
        return found

    with monkeypatch.context() as patched:
        patched.setattr(api, "rules", refused)
        page(window).ask_again()
        settle(window)
        assert page(window).unknown.isVisibleTo(page(window))
        assert "How the rules stand is not known" in page(window).unknown.text()
    for _ in range(4):
        settle(window)
    assert not page(window).unknown.isVisibleTo(page(window))


def evening(api: FakeDesk) -> tuple[Point, Point]:
    """The scene `evening` dims the lamp of the living room and switches it on; the points of both."""
    level = next(p for p in api.twin.points if p.capability.id == "level" and p.writable)
    on = next(p for p in api.twin.device_of[level.device].points if p.capability.id == "on_off")
    targets = (
        SceneTarget(selector=of_point(level.id), verb="set", value=33.0),
        SceneTarget(selector=of_point(on.id), verb="on"),
    )
    scene = definition_of(Scene(id="evening", title="Evening", targets=targets))
    api.twin = replace(api.twin, definitions=replace(api.twin.definitions, scenes=(scene,)))
    api.inbox.put_change(TwinChanged(api.twin, words("Evening")))
    return level, on


def test_a_previewed_scene_is_painted_and_sends_nothing_until_it_is_set_or_the_page_is_left(
    window: MainWindow, api: FakeDesk
) -> None:
    level, _ = evening(api)
    settle(window)
    at = window.feed.live.index(level.id)
    assert at is not None
    before = float(window.feed.state.value[at])
    asked = len([what for what, _ in api.asked if what in ("set_scene", "command_many", "send")])
    button = card(window, "evening").buttons["preview"]
    button.click()
    assert (float(window.feed.state.value[at]), float(window.feed.live.value[at]), button.isChecked()) == (
        33.0,
        before,
        True,
    )
    button.click()
    assert (window.feed.past, button.isChecked()) == (None, False)
    button.click()
    card(window, "evening").buttons["set"].click()
    assert window.feed.past is None
    button.click()
    window.show_activity("alarms")
    run_turns(window)
    assert window.feed.past is None
    assert len([what for what, _ in api.asked if what in ("set_scene", "command_many", "send")]) == asked + 1


def test_a_scene_says_whether_it_stands_and_is_put_back_where_that_is_known(window: MainWindow, api: FakeDesk) -> None:
    level, _ = evening(api)
    first, second, scene = api.rule_statuses
    assert "put_back" not in card(window, "evening").buttons
    api.rule_statuses = (first, second, replace(scene, matches=2, differs=(level.id,), can_put_back=True))
    page(window).ask_again()
    settle(window)
    assert "nearly: 1 point differs" in shown(card(window, "evening"))
    card(window, "evening").buttons["put_back"].click()
    settle(window)
    assert ("put_back_scene", ("evening",)) in api.asked


def test_a_colour_that_is_set_is_told_in_three_digits(api: FakeDesk, app: object) -> None:
    lamp = next(point for point in api.twin.points if point.capability.id == "color")
    do = Do(selector=of_point(lamp.id), verb="set", value=(0.4500038147554742, 0.4099946))
    assert action_text(do, api.twin).endswith(" → 0.450, 0.410")


def test_a_scene_is_made_of_what_a_room_reports_without_what_is_left_out(window: MainWindow, api: FakeDesk) -> None:
    evening(api)
    settle(window)
    captured = api.twin.definitions.scenes[0]
    api.captured = replace(captured, id="scene-7", title="")
    page(window).add_scene.click()
    settle(window)
    dialog = next(one for one in page(window).findChildren(SceneDialog) if one.isVisible())
    assert [box.text().rpartition(" → ")[2] for box, _ in dialog.chosen] == ["33 %", "on"]
    assert not dialog.save.isEnabled(), "it has no name yet"
    dialog.title.setText("Late")
    dialog.chosen[1][0].setChecked(False)
    dialog.save.click()
    settle(window)
    (made,) = [edit.definition for edit in edits(api)]
    assert made is not None
    scene = read_body(DefinitionKind.SCENE, made)
    assert isinstance(scene, Scene)
    assert (made.id, scene.title, [one.value for one in scene.targets]) == ("scene-7", "Late", [33.0])


def test_an_alarms_limit_delays_priority_and_instruction_are_edited_and_the_rest_of_it_is_kept(
    window: MainWindow, api: FakeDesk
) -> None:
    temperature = point(api.twin, "Bedroom climate", "temperature")
    frost = AlarmDefinition(
        id="frost", key=str(temperature.id), condition=Low(5.0), deadband=0.333333, on_ms=90_000, latching=True
    )
    dialog = AlarmEditor(page(window), window.feed, definition_of(frost))
    assert dialog.alarm() == frost, "nothing is rounded that nobody changed"
    dialog.limit.setValue(7.5)
    dialog.on_delay.setValue(15)
    dialog.priority.setCurrentIndex(0)
    dialog.what_to_do.setText("Turn the heating on")
    dialog.save.click()
    settle(window)
    (made,) = [edit.definition for edit in edits(api)]
    assert made is not None
    assert read_body(DefinitionKind.ALARM, made) == msgspec.structs.replace(
        frost, condition=Low(7.5), on_ms=15 * MINUTE, priority=AlarmPriority.CRITICAL, what_to_do="Turn the heating on"
    )


def test_a_scene_is_renamed_as_one_change(window: MainWindow, api: FakeDesk) -> None:
    card(window, "evening").buttons["rename"].click()
    dialog = next(one for one in page(window).findChildren(RenameDialog) if one.isVisible())
    dialog.title.setText("  ")
    assert not dialog.save.isEnabled()
    dialog.title.setText("Late evening")
    dialog.save.click()
    ((edit,),) = [args[0] for what, args in api.asked if what == "change_definitions"]  # type: ignore[attr-defined]
    before = window.feed.twin.definitions.find(DefinitionKind.SCENE, "evening")
    assert before is not None
    assert edit.definition == replace(before, title="Late evening")


def test_a_card_says_its_times_by_the_clock_of_the_site() -> None:
    status = RuleStatus(kind="schedule", id="s", title=words("S"), enabled=True, next_run_ms=1_795_910_400_000)
    hours = list[str]()
    for zone in ("Asia/Shanghai", "America/New_York"):
        set_site(Site(time_zone=zone))
        hours.append("".join(facts(status)).rpartition(" ")[2])
    set_site(Site())
    assert hours == ["08:00", "19:00"]


def test_words_of_a_name_find_a_point_in_any_order_and_the_main_point_of_a_device_comes_first(
    window: MainWindow, api: FakeDesk
) -> None:
    field = rule_fields.SubjectField(subjects(api.twin, commanded=False))
    field.offered.search("motion hall")
    found = [field.offered.index(row, 0).data() for row in range(field.offered.rowCount())]
    device = next(one for one in api.twin.devices if one.name == "Motion")
    assert [one.split(" · ")[-1] for one in found if " · Motion · " in one] == [tr(one.title) for one in device.points]
    field.offered.search("")
    assert field.offered.rowCount() == len(field.subjects)
    field.offered.search("hall submarine")
    assert field.offered.rowCount() == 0


def test_words_that_fit_one_point_only_choose_it_when_the_field_is_left(window: MainWindow, api: FakeDesk) -> None:
    field = rule_fields.SubjectField(subjects(api.twin, commanded=False))
    edit = field.lineEdit()
    assert edit is not None
    QTest.keyClicks(edit, "speed fan")
    assert field.offered.rowCount() == 1
    edit.editingFinished.emit()
    found = field.subject()
    assert found is not None
    assert found.title.endswith("Fan · Fan speed")


def test_the_second_of_two_points_with_one_title_stays_chosen_when_the_field_is_left(
    window: MainWindow, api: FakeDesk
) -> None:
    first, second, *_ = subjects(api.twin, commanded=False)
    field = rule_fields.SubjectField((first, replace(second, title=first.title)))
    field.setCurrentIndex(1)
    edit = field.lineEdit()
    assert edit is not None
    edit.editingFinished.emit()
    assert field.currentIndex() == 1


def test_enter_after_a_name_that_fits_nothing_keeps_the_editor_open(window: MainWindow) -> None:
    page(window).add.click()
    editor = opened(window)
    editor.title.setText("Night light")
    QTest.keyClick(editor.title, Qt.Key.Key_Return)
    assert editor.isVisible()
    assert editor.title.text() == "Night light"
    editor.close()


def test_no_card_is_wider_than_the_page_when_all_its_buttons_are_there(window: MainWindow, api: FakeDesk) -> None:
    api.rule_statuses = tuple(replace(one, can_put_back=True) for one in api.rule_statuses)
    page(window).ask_again()
    settle(window)
    evening = card(window, "evening")
    assert list(evening.buttons) == ["set", "preview", "put_back", "rename"]
    assert evening.minimumSizeHint().width() < 250


def test_a_preview_outlasts_a_selection_and_ends_with_the_present(window: MainWindow, api: FakeDesk) -> None:
    lamp = point(api.twin, "Desk lamp", "on_off")
    evening = Scene(id="evening", title="Evening", targets=(SceneTarget(selector=of_point(lamp.id), verb="on"),))
    known = replace(api.twin.definitions, scenes=(definition_of(evening),))
    api.twin = replace(api.twin, definitions=known)
    api.inbox.put_change(TwinChanged(api.twin))
    settle(window)
    timeline = window.panel("timeline")
    assert isinstance(timeline, TimelinePanel)
    card(window, "evening").buttons["preview"].click()
    assert not timeline.live.isChecked()
    assert timeline.when.text() == "Preview of a scene"
    window.feed.selection.pick_device(lamp.device)
    settle(window)
    assert window.feed.is_previewing
    timeline.live.click()
    settle(window)
    assert timeline.live.isChecked()
    assert not window.feed.is_previewing
    assert not card(window, "evening").buttons["preview"].isChecked()


def test_a_scene_that_nearly_stands_names_the_points_that_differ_under_the_mouse(
    window: MainWindow, api: FakeDesk
) -> None:
    lamp = point(api.twin, "Desk lamp", "on_off")
    api.rule_statuses = tuple(
        replace(one, matches=3, differs=(lamp.id,)) if one.id == "evening" else one for one in api.rule_statuses
    )
    page(window).ask_again()
    settle(window)
    tips = [one.toolTip() for one in card(window, "evening").findChildren(QLabel)]
    assert any("Study · Desk lamp · " in tip for tip in tips)


def test_no_name_of_a_day_is_cut_at_the_end_of_the_strip_of_starts(window: MainWindow) -> None:
    strip, midnight = StartStrip(), site_midnight(QDate(2026, 11, 30)).toMSecsSinceEpoch()
    strip.resize(480, strip.sizeHint().height())
    for hours in (1, 6, 12):
        to_ms = midnight + hours * 3_600_000
        strip.show_preview(RulePreview(from_ms=to_ms - 7 * DAY_MS, to_ms=to_ms))
        image = strip.grab().toImage()
        edge = [image.pixelColor(image.width() - 1, y).name() for y in range(image.height() - 14, image.height())]
        assert set(edge) == {edge[0]}
