"""Ready automations in the editor: chosen by kind and room, they fill the sentences, and every part can be changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fake_api import FakeDesk

from app.view.panel.ready_bar import ready_title
from app.view.panel.rule_editor import RuleEditor
from app.view.panel.rule_rows import BecameFields
from app.view.panel.rule_subjects import subjects
from app.view.window import MainWindow
from tests.twin.rules.ready_home import ready_home
from twin.model.ids import RoomId
from twin.rules.automation import Became
from twin.rules.ready_automations import ReadyKind, ready_automations


def editor_of(window: MainWindow, api: FakeDesk) -> RuleEditor:
    home = ready_home()
    api.change(replace(api.twin, rooms=(*api.twin.rooms, *home.rooms), devices=home.devices), "Move in")
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
