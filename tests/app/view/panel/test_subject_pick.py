"""The subject of a rule is picked in the building: the editor steps aside, a click selects and never commands."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fake_api import FakeDesk
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from turns import run_turns

from app.view.panel.pick_bar import PickBar
from app.view.panel.rule_editor import RuleEditor
from app.view.panel.rule_rows import BecameFields, DoFields
from app.view.panel.rules import RulesPanel
from app.view.panel.schedule_editor import ScheduleEditor
from app.view.panel.subject_pick import PickButton
from app.view.scene_widget import SceneWidget
from app.view.window import MainWindow
from app.view.wiring import connect_scene
from twin.model.device import Device
from twin.model.ids import RoomId


@pytest.fixture
def window(make_window: Callable[[FakeDesk], MainWindow], api: FakeDesk) -> MainWindow:
    made = make_window(api)
    made.show_activity("rules")
    run_turns(made)
    made.show()
    return made


@pytest.fixture
def view(window: MainWindow) -> SceneWidget:
    made = SceneWidget(window)
    connect_scene(made, window.effects)
    return made


def settle(window: MainWindow) -> None:
    for _ in range(4):
        window.feed.tick()
    run_turns(window)


def editor_of(window: MainWindow) -> RuleEditor:
    panel = window.panel("rules")
    assert isinstance(panel, RulesPanel)
    panel.add.click()
    settle(window)
    return next(one for one in panel.findChildren(RuleEditor) if one.isVisible())


def row_of[Fields: (BecameFields, DoFields)](editor: RuleEditor, kind: type[Fields]) -> Fields:
    """A new row of this kind, whose subject is being picked."""
    rows = editor.triggers if kind is BecameFields else editor.steps
    rows._chose(1)
    fields = rows.rows[-1].fields
    assert isinstance(fields, kind)
    fields.findChildren(PickButton)[0].click()
    return fields


def device(api: FakeDesk, name: str) -> Device:
    found = api.twin.find_device(name)
    assert found is not None
    return found


def bar(window: MainWindow) -> PickBar:
    found = window.parts["pick_bar"]
    assert isinstance(found, PickBar)
    return found


def commands(api: FakeDesk) -> list[object]:
    return [args for what, args in api.asked if what == "command"]


def test_a_click_on_a_lamp_becomes_the_subject_and_switches_nothing(
    window: MainWindow, view: SceneWidget, api: FakeDesk
) -> None:
    editor, lamp = editor_of(window), device(api, "Floor lamp")
    window.feed.selection.pick_room(RoomId("Study"))
    before = window.feed.selection.state
    fields = row_of(editor, DoFields)
    assert not editor.isVisible()
    assert bar(window).isVisibleTo(window)
    view.device_clicked.emit(lamp.id)
    settle(window)
    subject = fields.subject.subject()
    assert subject is not None
    assert subject.selector.point == lamp.points[0].id
    assert editor.isVisible()
    assert not bar(window).isVisibleTo(window)
    assert window.feed.selection.state == before
    assert commands(api) == []
    view.device_clicked.emit(lamp.id)
    assert commands(api) == [(lamp.points[0].id, "off", None)], "afterwards a click switches again"


def test_a_double_click_and_a_choice_in_the_tree_are_answers_too(
    window: MainWindow, view: SceneWidget, api: FakeDesk
) -> None:
    editor, sensor = editor_of(window), device(api, "Climate sensor")
    fields = row_of(editor, BecameFields)
    view.device_activated.emit(sensor.id)
    settle(window)
    first = fields.subject.subject()
    assert first is not None
    assert first.selector.point in {point.id for point in sensor.points}
    other = device(api, "Bedroom climate")
    humidity = next(point for point in sensor.points if point.capability.id == "humidity")
    fields.subject.choose_of({humidity.id})
    fields.findChildren(PickButton)[0].click()
    window.feed.selection.pick_device(other.id)
    settle(window)
    second = fields.subject.subject()
    assert second is not None
    assert (second.selector.point, second.row.id) == (other.point("humidity").id, "humidity"), "the quantity stays"  # type: ignore[union-attr]


def test_a_room_is_picked_with_all_its_points_of_one_kind(window: MainWindow, view: SceneWidget, api: FakeDesk) -> None:
    twin = api.twin
    fields = row_of(editor_of(window), DoFields)
    room = next(one.selector.room for one in fields.subject.subjects if one.selector.room)
    view.room_clicked.emit(room)
    settle(window)
    subject = fields.subject.subject()
    assert subject is not None
    assert subject.selector.room == room
    assert room in twin.room_of


def test_what_does_not_fit_is_said_in_the_bar_and_the_question_stays(
    window: MainWindow, view: SceneWidget, api: FakeDesk
) -> None:
    editor, sensor = editor_of(window), device(api, "Climate sensor")
    fields = row_of(editor, DoFields)
    for _ in range(2):  # the same click again is heard again
        bar(window).text.setText("")
        view.device_clicked.emit(sensor.id)
        settle(window)
        assert bar(window).text.text().startswith("Climate sensor has nothing that fits here. Click a device")
    assert not editor.isVisible()
    assert fields.subject.subject() is None
    bar(window).back.click()
    assert editor.isVisible()


@pytest.mark.parametrize("way", ["Esc", "bar", "new rule", "close"])
def test_going_back_changes_nothing(window: MainWindow, api: FakeDesk, way: str) -> None:
    editor = editor_of(window)
    fields = row_of(editor, BecameFields)
    window.feed.pick.cancel()
    fields.subject.setCurrentIndex(2)
    before = fields.subject.subject()
    fields.findChildren(PickButton)[0].click()
    assert not editor.isVisible()
    if way == "Esc":
        QTest.keyClick(window, Qt.Key.Key_Escape)
        if not editor.isVisible():  # this platform gives no window the keyboard
            window.effects.run("deselect")
    elif way == "bar":
        bar(window).back.click()
    elif way == "new rule":
        window.panel("rules").add.click()  # type: ignore[attr-defined]
        settle(window)
    else:
        assert not window.close(), "what is being edited would be lost"
    assert editor.isVisible()
    assert fields.subject.subject() == before
    assert [one for one in window.panel("rules").findChildren(RuleEditor) if one.isVisible()] == [editor]


def test_leaving_the_project_ends_the_question_with_its_editor(
    window: MainWindow, view: SceneWidget, api: FakeDesk
) -> None:
    editor, lamp = editor_of(window), device(api, "Floor lamp")
    row_of(editor, DoFields)
    api.path = "/another.oikos"
    window.feed.tick()
    assert not window.feed.pick.is_open
    assert not bar(window).isVisibleTo(window)
    assert not [one for one in window.panel("rules").findChildren(RuleEditor) if one.isVisible()]
    view.device_clicked.emit(lamp.id)
    settle(window)


def test_meanwhile_no_menu_opens_and_nothing_is_bound(window: MainWindow, view: SceneWidget, api: FakeDesk) -> None:
    lamp = device(api, "Floor lamp")
    row_of(editor_of(window), DoFields)
    view.menu_wanted.emit("device", lamp.id, QPoint(0, 0))
    view.device_dropped.emit(lamp.id, "Study", None)
    assert not [one for one in window.findChildren(QMenu) if one.isVisible()]
    assert not [what for what, _ in api.asked if what in ("bind", "command")]
    assert window.feed.pick.is_open


def test_the_point_of_a_schedule_is_picked_in_the_same_way(
    window: MainWindow, view: SceneWidget, api: FakeDesk
) -> None:
    panel, lamp = window.panel("rules"), device(api, "Floor lamp")
    panel.add_schedule.click()  # type: ignore[attr-defined]
    settle(window)
    (editor,) = panel.findChildren(ScheduleEditor)
    editor.pick.click()
    assert not editor.isVisible()
    view.device_clicked.emit(lamp.id)
    settle(window)
    subject = editor.subject.subject()
    assert editor.isVisible()
    assert subject is not None
    assert subject.selector.point == lamp.points[0].id
    assert commands(api) == []
