"""Ready automations in the editor: chosen by kind and room, they fill the sentences, and every part can be changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fake_api import FakeDesk
from PySide6.QtWidgets import QDialog
from turns import run_turns

from app.view.panel.part_list import MADE_AT_ONCE
from app.view.panel.ready_bar import ready_title
from app.view.panel.rule_editor import RuleEditor
from app.view.panel.rule_rows import BecameFields
from app.view.panel.rule_subjects import subjects
from app.view.window import MainWindow
from tests.twin.rules.ready_home import placed, ready_home
from twin.model.device import Device
from twin.model.ids import RoomId
from twin.rules.automation import Became
from twin.rules.ready_automations import ReadyKind, ready_automations


def editor_of(window: MainWindow, api: FakeDesk, *more: Device) -> RuleEditor:
    home = ready_home()
    devices = (*home.devices, *more)
    api.change(replace(api.twin, rooms=(*api.twin.rooms, *home.rooms), devices=devices), "Move in")
    window.feed.tick()
    twin = window.feed.twin
    ready = ready_automations(twin, leak_found="Leak", air_the_room="Open a window")
    read, commanded = subjects(twin, commanded=False), subjects(twin, commanded=True)
    return RuleEditor(window, window.feed, read, commanded, ready=ready)


def choose(editor: RuleEditor, kind: ReadyKind) -> None:
    assert editor.ready is not None
    at = editor.ready.kind.findText(ready_title(kind))
    editor.ready.kind.setCurrentIndex(at)
    editor.ready.kind.activated.emit(at)


def test_every_ready_automation_fills_fields_that_say_the_same(
    make_window: Callable[[FakeDesk], MainWindow], api: FakeDesk
) -> None:
    window = make_window(api)
    editor = editor_of(window, api)
    for one in ready_automations(window.feed.twin, leak_found="Leak", air_the_room="Open a window"):
        choose(editor, one.kind)
        made = editor.rule()
        assert made is not None, one.kind
        assert (made.triggers, made.conditions, made.actions) == (
            one.rule.triggers,
            one.rule.conditions,
            one.rule.actions,
        )
        assert ready_title(one.kind) in made.title
        lists = (editor.triggers, editor.conditions, editor.steps)
        assert all(row.fields is not None for parts in lists for row in parts.rows), (
            f"{one.kind}: a part cannot be changed"
        )
        assert editor.save.isEnabled()
    editor.close()


def test_a_new_row_begins_with_what_is_selected_in_the_building(
    make_window: Callable[[FakeDesk], MainWindow], api: FakeDesk
) -> None:
    window = make_window(api)
    editor_of(window, api).close()
    window.feed.selection.pick_room(RoomId("cellar"))
    editor = editor_of(window, api)
    editor.triggers._chose(1)
    fields = editor.triggers.rows[0].fields
    assert isinstance(fields, BecameFields)
    part = fields.part()
    assert isinstance(part, Became)
    assert part.selector.point == next(one for one in window.feed.twin.devices if one.name == "Leak").points[0].id
    editor.close()


def test_the_rows_of_a_ready_automation_for_many_lamps_are_made_in_turns_and_it_can_be_saved_before(
    make_window: Callable[[FakeDesk], MainWindow], api: FakeDesk
) -> None:
    window = make_window(api)
    many = (placed(f"lamp{n}", "lamp", "kitchen", "on_off") for n in range(60))
    editor = editor_of(window, api, *many)
    choose(editor, ReadyKind.NIGHT)
    assert len(editor.steps.rows) <= MADE_AT_ONCE
    assert not editor.steps.add.isEnabled()
    begun = editor.rule()
    assert begun is not None
    assert len(begun.actions) == 62
    assert editor.save.isEnabled()
    run_turns(window)
    assert len(editor.steps.rows) == 62
    assert editor.steps.add.isEnabled()
    assert editor.rule() == begun
    choose(editor, ReadyKind.AWAY_LIGHT)
    choose(editor, ReadyKind.LEAK)
    run_turns(window)
    assert len(editor.steps.rows) == 2
    editor.close()


def test_what_a_person_entered_is_replaced_by_a_ready_automation_only_when_confirmed(
    make_window: Callable[[FakeDesk], MainWindow], api: FakeDesk
) -> None:
    window = make_window(api)
    editor = editor_of(window, api)
    choose(editor, ReadyKind.NIGHT)
    choose(editor, ReadyKind.PRESENCE_LIGHT_ON)
    assert not question(editor), "nothing was entered yet"
    editor.steps.rows[0].remove.click()
    entered = editor._entered()
    choose(editor, ReadyKind.LEAK)
    asked = question(editor)
    assert asked is not None
    asked.reject()
    assert editor._entered() == entered
    assert editor.ready is not None
    assert editor.ready.kind.currentText() == ready_title(ReadyKind.PRESENCE_LIGHT_ON)
    assert editor.ready.room.currentText() == "Kitchen"
    choose(editor, ReadyKind.LEAK)
    asked = question(editor)
    assert asked is not None
    asked.accept()
    assert editor.title.text() == ready_title(ReadyKind.LEAK)
    editor.close()


def question(editor: RuleEditor) -> QDialog | None:
    """The dialog that asks, if one is open."""
    return next((one for one in editor.findChildren(QDialog) if one.isVisible()), None)
