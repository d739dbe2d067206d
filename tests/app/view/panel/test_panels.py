"""Panels, each as its user meets it."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace

import numpy as np
import pytest
from fake_api import CANDIDATES, FakeDesk, home, room_id
from PySide6.QtCore import QEvent, QModelIndex, Qt
from PySide6.QtGui import QAccessible, QGuiApplication, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot
from shiboken6 import delete
from turns import run_turns

from app.i18n import what
from app.view.panel.building_tree_model import BuildingTreeModel, pack, unpack
from app.view.panel.building_tree_nodes import grown, walk
from app.view.panel.discover import DiscoverPanel
from app.view.panel.problems import ProblemsPanel
from app.view.panel.tree import TreePanel
from app.view.panel.trends import MAX_POINTS, TrendsPanel
from app.view.window import MainWindow
from tests.english import plain, words
from twin.model.batch import Batch
from twin.model.candidate import CommissioningStage, StageState
from twin.model.change import CandidatesChanged, CommissioningStageChanged, DeviceOnline, ProblemRaised, TwinChanged
from twin.model.device import Device
from twin.model.ids import DeviceId
from twin.model.problem import ProblemError

type Live = Callable[..., None]


def tree_of(window: MainWindow) -> TreePanel:
    """The tree panel."""
    panel = window.parts["tree"]
    assert isinstance(panel, TreePanel)
    return panel


# tree


def test_the_tree_lists_storeys_rooms_and_devices_and_last_what_has_no_room() -> None:
    root = grown(home(), "")
    assert [node.title for node in root.children] == ["Ground floor", "Upper floor", "Not in a room yet"]
    assert [node.title for node in root.children[0].children] == ["Bath", "Hall", "Kitchen", "Living room", "Study"]
    assert root.children[0].count() == 18


def test_numbers_in_names_sort_as_numbers() -> None:
    twin = home()
    rooms = tuple(replace(r, name=f"Room {n}") for r, n in zip(twin.rooms, (10, 2, 1, 20, 3, 4, 5, 6, 7), strict=True))
    titles = [node.title for node in grown(replace(twin, rooms=rooms), "").children[0].children]
    assert titles == ["Room 1", "Room 2", "Room 3", "Room 10", "Room 20"]


@pytest.mark.parametrize(("text", "found"), [("blind", 1), ("LAMP", 3), ("kitchen", 4), ("no such thing", 0)])
def test_search_keeps_what_matches_and_the_way_to_it(text: str, found: int) -> None:
    assert grown(home(), text).count() == found


def test_devices_are_carried_by_their_own_mime_type_and_nothing_else_is_taken() -> None:
    ids = (DeviceId("a"), DeviceId("b"))
    assert unpack(pack(ids)) == ids
    model = BuildingTreeModel(lambda _: "")
    model.show_twin(home(), "")
    bath = model.index_of(room_id("Bath"))
    assert model.canDropMimeData(pack(ids), Qt.DropAction.MoveAction, -1, -1, bath)
    assert not model.canDropMimeData(pack(ids), Qt.DropAction.MoveAction, -1, -1, QModelIndex())


def test_a_device_dropped_on_a_room_is_bound_and_moves_when_the_engine_says_so(
    window: MainWindow, api: FakeDesk
) -> None:
    tree, plug = tree_of(window), api.twin.find_device("New plug")
    assert plug is not None
    target = tree.model.index_of(room_id("Study"))
    tree.model.dropMimeData(pack((plug.id,)), Qt.DropAction.MoveAction, -1, -1, target)
    assert api.asked[-1] == ("bind", (plug.id, room_id("Study"), None))
    window.feed.tick()
    parent = tree.model.node(tree.model.index_of(plug.id)).parent
    assert parent is not None
    assert parent.title == "Study"


def test_a_dropped_device_that_nobody_knows_is_ignored(window: MainWindow, api: FakeDesk) -> None:
    tree = tree_of(window)
    target = tree.model.index_of(room_id("Study"))
    tree.model.dropMimeData(pack((DeviceId("ghost"),)), Qt.DropAction.MoveAction, -1, -1, target)
    assert not [what for what, _ in api.asked if what == "bind"]


def test_a_name_is_edited_in_place(window: MainWindow, api: FakeDesk) -> None:
    tree, lamp = tree_of(window), api.twin.find_device("Floor lamp")
    assert lamp is not None
    assert tree.model.setData(tree.model.index_of(lamp.id), "  Reading lamp ")
    assert api.asked[-1] == ("rename", (lamp.id, "Reading lamp"))
    assert not tree.model.setData(tree.model.index_of(lamp.id), "   ")


def test_tree_and_selection_follow_each_other(window: MainWindow, api: FakeDesk) -> None:
    tree, lamp = tree_of(window), api.twin.find_device("Floor lamp")
    assert lamp is not None
    window.feed.selection.pick_device(lamp.id)
    assert [tree.model.node(i).id for i in tree.view.selectionModel().selectedIndexes()] == [lamp.id]
    tree.view.setCurrentIndex(tree.model.index_of(room_id("Bath")))
    assert window.feed.selection.state.room == room_id("Bath")
    assert not window.feed.selection.state.devices


def test_ctrl_a_in_the_tree_selects_all_devices_it_holds_those_of_collapsed_rooms_too(
    window: MainWindow, api: FakeDesk
) -> None:
    tree, selection = tree_of(window), window.feed.selection
    tree.view.collapseAll()
    QTest.keyClick(tree.view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert selection.state.devices == {device.id for device in api.twin.devices}
    assert selection.state.storey is None
    tree.search.setText("floor lamp")
    QTest.keyClick(tree.view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    picked = tree.model.nodes_of(tree.view.selectionModel().selection())
    assert selection.state.devices == {node.id for node in picked if node.kind == "device"}
    assert [node.title for node in picked] == ["Floor lamp"]


def test_what_a_search_opened_closes_with_it(window: MainWindow) -> None:
    tree = tree_of(window)
    tree.view.collapse(tree.model.index_of(room_id("Kitchen")))
    tree.search.setText("kitchen")
    assert tree.view.isExpanded(tree.model.index_of(room_id("Kitchen")))
    tree.search.clear()
    assert not tree.view.isExpanded(tree.model.index_of(room_id("Kitchen")))
    assert tree.view.isExpanded(tree.model.index_of(room_id("Bath")))


def test_a_tree_filtered_by_offline_follows_devices_that_go_and_come_back(window: MainWindow, api: FakeDesk) -> None:
    tree, lamp = tree_of(window), api.twin.find_device("Floor lamp")
    assert lamp is not None
    tree.search.setText("offline")
    assert not tree.model.index_of(lamp.id).isValid()
    for online in (False, True):
        api.inbox.put_change(DeviceOnline(lamp.id, online, api.now_ms()))
        window.feed.tick()
        tree.on_slow(np.empty(0, np.intp))
        assert tree.model.index_of(lamp.id).isValid() is not online


def test_a_tree_filtered_by_low_battery_or_silent_follows_values_and_time(window: MainWindow, api: FakeDesk) -> None:
    tree = tree_of(window)
    sensor = next(device for device in api.twin.devices if device.point("battery"))
    battery = sensor.point("battery")
    assert battery is not None

    def found() -> bool:
        window.feed.tick()
        row = window.feed.state.index(battery.id)
        tree.on_slow(np.array([] if row is None else [row], np.intp))
        return tree.model.index_of(sensor.id).isValid()

    def report(charge: float) -> None:
        api.clock_ms += 10_000
        api.inbox.put(Batch.of([api.report(battery, charge, api.clock_ms)]))

    tree.search.setText("low battery")
    for charge in (80.0, 9.0, 8.0, 60.0):
        report(charge)
        assert found() is (charge < 15.0)
    tree.search.setText("silent")
    assert not found()
    api.clock_ms += 25 * 3_600_000
    assert found()
    report(60.0)
    assert not found()


def test_the_tree_survives_a_rebuild_with_what_was_open_and_picked(window: MainWindow, api: FakeDesk) -> None:
    tree = tree_of(window)
    tree.view.collapse(tree.model.index_of(room_id("Kitchen")))
    tree.view.setCurrentIndex(tree.model.index_of(room_id("Bath")))
    api.change(replace(api.twin, name="New name"))
    window.feed.tick()
    assert not tree.view.isExpanded(tree.model.index_of(room_id("Kitchen")))
    assert tree.view.isExpanded(tree.model.index_of(room_id("Bath")))
    assert tree.model.node(tree.view.currentIndex()).id == room_id("Bath")


def test_the_screen_reader_hears_name_and_value(window: MainWindow, api: FakeDesk) -> None:
    tree, lamp = tree_of(window), api.twin.find_device("Floor lamp")
    away = api.twin.find_device("Guest lamp")
    assert lamp is not None
    assert away is not None
    role = Qt.ItemDataRole.AccessibleTextRole
    assert tree.model.index_of(lamp.id).data(role) == "Floor lamp, On"
    assert tree.model.index_of(away.id).data(role) == "Guest lamp, offline"


def test_a_screen_reader_is_told_the_changed_value_of_the_selected_device_and_of_no_other(
    window: MainWindow, api: FakeDesk, live: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = list[str]()
    monkeypatch.setattr(QAccessible, "updateAccessibility", lambda event: told.append(event.message()))
    lamp = api.twin.find_device("Floor lamp")
    climate = next(device.point("temperature") for device in api.twin.devices if device.point("temperature"))
    assert lamp is not None
    window.feed.selection.pick_device(lamp.id)
    live(window)
    for point, value in ((lamp.points[0], False), (lamp.points[0], True), (climate, 3.0)):
        api.clock_ms += 5_000
        api.inbox.put(Batch.of([api.report(point, value, api.clock_ms)]))
        window.feed.tick()
        for _ in range(8):
            window.parts["inspector"].on_slow(np.empty(0, np.intp))
    assert told == ["Power switch: Off", "Power switch: On"]


def test_page_keys_in_the_tree_do_not_change_the_storey(window: MainWindow, qtbot: QtBot) -> None:
    tree = tree_of(window)
    window.activateWindow()
    tree.view.setFocus()
    qtbot.keyClick(tree.view, Qt.Key.Key_PageDown)
    assert window.feed.selection.state.storey is None


def test_home_goes_to_the_top_of_the_tree_and_there_shows_everything(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = tree_of(window).view
    rows = view.model()

    def is_the_trees(key: Qt.Key) -> bool:
        press = QKeyEvent(QEvent.Type.ShortcutOverride, key, Qt.KeyboardModifier.NoModifier)
        press.ignore()
        view.event(press)
        return press.isAccepted()

    view.setCurrentIndex(rows.index(0, 0, rows.index(0, 0)))
    assert is_the_trees(Qt.Key.Key_Home)
    view.setCurrentIndex(rows.index(0, 0))
    assert not is_the_trees(Qt.Key.Key_Home)
    assert is_the_trees(Qt.Key.Key_End)
    assert window.actions_by_id["fit"].shortcut().toString() == "Home"


def test_five_thousand_devices_are_listed_quickly() -> None:
    import time

    twin = home()
    many = tuple(replace(twin.devices[i % 20], id=DeviceId(f"d{i}"), name=f"Device {i}") for i in range(5000))
    started = time.process_time()
    root = grown(replace(twin, devices=many), "")
    assert len(walk(root)) > 5000
    assert time.process_time() - started < 1.0


# install


def test_looking_starts_when_the_panel_is_seen_and_ends_when_it_goes(window: MainWindow, api: FakeDesk) -> None:
    window.show_activity("install")
    run_turns(window)
    assert ("discover", (True,)) in api.asked
    window.show_activity("live")
    assert api.asked[-1] == ("discover", (False,))


def test_each_candidate_says_what_it_needs(window: MainWindow, api: FakeDesk) -> None:
    window.show_activity("install")
    run_turns(window)
    window.feed.tick()
    run_turns(window)
    panel = window.parts["install"]
    assert isinstance(panel, DiscoverPanel)
    words = " ".join(label.text() for label in panel.findChildren(QLabel))
    for need in ("Needs its pairing code", "Needs a login", "Recognised; not supported yet"):
        assert need in words
    assert window.parts["bar"].inbox.text().strip() == "3"


def unplaced(api: FakeDesk) -> Device:
    """A device that is in no room yet."""
    return next(device for device in api.twin.devices if device.room is None)


def answered(device: Device) -> Future[object]:
    made: Future[object] = Future()
    made.set_result((device,))
    return made


def test_what_can_be_added_stands_above_what_is_only_recognised(window: MainWindow, api: FakeDesk) -> None:
    window.show_activity("install")
    run_turns(window)
    window.feed.tick()
    run_turns(window)
    panel = window.parts["install"]
    assert (panel.addable.label.text(), panel.known.label.text()) == ("CAN BE ADDED · 2", "RECOGNISED · 1")
    assert panel.addable.isAncestorOf(panel.cards["matter:3840"])
    assert panel.known.isAncestorOf(panel.cards["hue:1"])


def test_what_is_added_goes_into_the_picked_room_with_one_request_if_it_is_a_single_device(
    window: MainWindow, api: FakeDesk
) -> None:
    window.show_activity("install")
    found(window)
    coming: Future[object] = Future()
    coming.set_result(api.twin.devices[:1])
    api.answers["add"] = coming
    window.feed.selection.pick_room(room_id("Study"))
    window.parts["install"].url.setText("pretend://hub")
    window.parts["install"].by_url.click()
    window.feed.tick()
    asked = [(what, args) for what, args in api.asked if what in ("add", "bind", "bind_all")]
    assert asked == [("add", ("pretend://hub", "", "", room_id("Study"), "only one"))]


def test_what_is_ignored_is_not_counted_and_comes_back_from_below(window: MainWindow, api: FakeDesk) -> None:
    window.show_activity("install")
    panel = window.parts["install"]
    found(window)
    assert panel.show_ignored.isHidden()
    panel.cards["matter:3840"].ignore.setFocus()
    panel.cards["matter:3840"].ignore.click()
    found(window)
    assert "matter:3840" not in panel.cards
    assert window.parts["bar"].inbox.text().strip() == "2"
    assert panel.show_ignored.text() == "Show 1 ignored device"
    panel.show_ignored.click()
    assert panel.ignored.isAncestorOf(panel.cards["matter:3840"])
    assert panel.cards["matter:3840"].button.isHidden()
    panel.cards["matter:3840"].ignore.click()
    found(window)
    assert panel.addable.isAncestorOf(panel.cards["matter:3840"])
    assert panel.show_ignored.isHidden()


def found(window: MainWindow) -> None:
    """Lets news of candidates arrive and their cards be made."""
    for _ in range(2):
        run_turns(window)
        window.feed.tick()
    run_turns(window)


def test_what_was_found_can_be_searched(window: MainWindow, api: FakeDesk) -> None:
    window.show_activity("install")
    run_turns(window)
    window.feed.tick()
    run_turns(window)
    panel = window.parts["install"]
    for wanted, keys in (("kitchen", {"matter:3840"}), ("MQTT 192.0.2.4", {"mqtt:broker"}), ("xyzzy", set[str]())):
        panel.search.setText(wanted)
        run_turns(window)
        assert set(panel.cards) == keys
    assert not panel.empty.isHidden()
    assert panel.empty.sentence.text() == "Nothing found is called like that."
    panel.search.clear()
    run_turns(window)
    assert len(panel.cards) == 3


def test_a_thousand_found_things_are_not_a_thousand_cards(window: MainWindow, api: FakeDesk) -> None:
    window.show_activity("install")
    run_turns(window)
    many = tuple(replace(CANDIDATES[2], key=f"hue:{number}", name=f"Bridge {number}") for number in range(1000))
    api.inbox.put_change(CandidatesChanged(many))
    window.feed.tick()
    panel = window.parts["install"]
    assert 0 < len(panel.cards) < 60, "a few in each turn, so that input is handled in between"
    run_turns(window)
    assert len(panel.cards) == 60
    assert panel.known.more.text() == "940 more: search for them"
    panel.search.setText("bridge 999")
    run_turns(window)
    assert set(panel.cards) == {"hue:999"}


def test_what_was_just_added_leaves_when_it_is_in_a_room(window: MainWindow, api: FakeDesk) -> None:
    window.show_activity("install")
    run_turns(window)
    window.feed.tick()
    run_turns(window)
    panel, plug = window.parts["install"], unplaced(api)
    panel.show_fresh((plug, api.twin.devices[0]))
    assert set(panel.fresh) == {plug.id}
    assert not panel.taken_label.isHidden()
    api.bind(plug.id, room_id("Bath"))
    window.feed.tick()
    assert not panel.fresh
    assert panel.taken_label.isHidden()


def test_of_a_thousand_devices_just_added_a_few_are_listed_and_the_next_follow(
    window: MainWindow, api: FakeDesk
) -> None:
    window.show_activity("install")
    run_turns(window)
    panel, plug = window.parts["install"], unplaced(api)
    many = [replace(plug, id=DeviceId(f"new-{number}"), name=f"New {number}") for number in range(1000)]
    panel.show_fresh(many)
    assert len(panel.fresh) == 60
    assert panel.taken_label.text() == "JUST ADDED · 1000"
    api.twin = replace(api.twin, devices=(*api.twin.devices, *many[60:]))  # the first were taken out again
    api.inbox.put_change(TwinChanged(api.twin, words("Remove")))
    window.feed.tick()
    assert set(panel.fresh) == {one.id for one in many[60:120]}
    assert panel.taken_label.text() == "JUST ADDED · 940"


def test_a_login_is_asked_for_inline_and_handed_on_once(window: MainWindow, api: FakeDesk) -> None:
    window.show_activity("install")
    run_turns(window)
    window.feed.tick()
    run_turns(window)
    card = window.parts["install"].cards["mqtt:broker"]
    card.button.click()
    assert not card.form.isHidden()
    card.user.setText("me")
    card.password.setText("secret")
    api.answers["add"] = answered(unplaced(api))
    card.button.click()
    assert api.asked[-1] == ("add", (CANDIDATES[1], "me", "secret", None))
    window.feed.tick()
    assert not card.password.text()
    assert window.parts["install"].fresh


def test_a_refused_login_says_why_and_keeps_the_form(window: MainWindow, api: FakeDesk) -> None:
    bad: Future[object] = Future()
    bad.set_exception(ProblemError(plain("The password is wrong", "Type it again", code="x")))
    api.answers["add"] = bad
    window.show_activity("install")
    run_turns(window)
    window.feed.tick()
    run_turns(window)
    card = window.parts["install"].cards["mqtt:broker"]
    card.button.click()
    card.button.click()
    window.feed.tick()
    assert card.reason.text() == "The password is wrong. Type it again."
    assert not card.form.isHidden()
    assert window.focusWidget() is card.password
    assert card.password.selectedText() == card.password.text()
    assert not window.feed.problems


def test_a_form_in_which_somebody_types_stays_when_the_network_changes(window: MainWindow, api: FakeDesk) -> None:
    window.show_activity("install")
    run_turns(window)
    window.feed.tick()
    run_turns(window)
    panel = window.parts["install"]
    card = panel.cards["mqtt:broker"]
    card.user.setText("me")
    api.inbox.put_change(CandidatesChanged((*CANDIDATES[:2], replace(CANDIDATES[2], name="Other"))))
    window.feed.tick()
    assert panel.cards["mqtt:broker"] is card
    assert panel.cards["hue:1"].candidate.name == "Other"


# pair


def test_a_code_is_checked_while_it_is_typed_and_before_any_radio(window: MainWindow, api: FakeDesk) -> None:
    window.effects.pair()
    dialog = window.effects._pairing
    assert dialog is not None
    dialog.code.setText("123")
    dialog.check()
    window.feed.tick()
    assert dialog.verdict.text() == "A pairing code has 11 digits. Type it again."
    assert not dialog.start.isEnabled()
    dialog.begin()
    window.feed.tick()
    assert not [what for what, _ in api.asked if what == "pair"]
    dialog.code.setText("3497-011-2332")
    dialog.check()
    window.feed.tick()
    assert dialog.start.isEnabled()


def test_enter_pairs_and_a_second_enter_does_not_pair_twice(window: MainWindow, api: FakeDesk, qtbot: QtBot) -> None:
    api.answers["pair"] = Future[object]()
    window.effects.pair()
    dialog = window.effects._pairing
    assert dialog is not None
    assert dialog.focusWidget() is dialog.code
    qtbot.keyClicks(dialog.code, "3497-011-2332")  # the check waits for a pause in typing; Enter does not
    qtbot.keyClick(dialog.code, Qt.Key.Key_Return)
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    window.feed.tick()
    assert dialog.isVisible()
    assert [what for what, _ in api.asked] == ["pair"]


def test_enter_on_an_incomplete_code_says_why_and_lets_one_go_on_typing(
    window: MainWindow, api: FakeDesk, qtbot: QtBot
) -> None:
    window.effects.pair()
    dialog = window.effects._pairing
    assert dialog is not None
    qtbot.keyClicks(dialog.code, "3497")
    qtbot.keyClick(dialog.code, Qt.Key.Key_Return)
    window.feed.tick()
    assert (dialog.isVisible(), dialog.focusWidget() is dialog.code) == (True, True)
    assert dialog.verdict.text() == "A pairing code has 11 digits. Type it again."


def test_pairing_with_keys_alone_ends_with_the_device_in_its_room(
    window: MainWindow, api: FakeDesk, qtbot: QtBot
) -> None:
    window.effects.pair()
    dialog = window.effects._pairing
    assert dialog is not None
    qtbot.keyClicks(dialog.code, "3497-011-2332")
    qtbot.keyClick(dialog.code, Qt.Key.Key_Return)
    window.feed.tick()
    window.feed.tick()
    assert dialog.focusWidget() is dialog.filter
    qtbot.keyClicks(dialog.filter, "stud")
    qtbot.keyClick(dialog.filter, Qt.Key.Key_Return)
    assert [what for what, _ in api.asked if what == "bind"] == ["bind"]
    assert not dialog.isVisible()


def test_a_pasted_web_address_is_not_cut_off(window: MainWindow) -> None:
    window.effects.pair()
    dialog = window.effects._pairing
    assert dialog is not None
    address = "https://example.com/" + "x" * 300 + "?data=MT%3AY.K904QI148-.548G00"
    QGuiApplication.clipboard().setText(address)
    dialog._paste()
    assert dialog.code.text() == address


def test_pairing_shows_its_stages_then_asks_for_the_room(window: MainWindow, api: FakeDesk) -> None:
    future: Future[object] = Future()
    api.answers["pair"] = future
    window.effects.pair()
    dialog = window.effects._pairing
    assert dialog is not None
    dialog.code.setText("3497-011-2332")
    dialog.begin()
    window.feed.tick()
    for state in (StageState.STARTED, StageState.DONE):
        api.inbox.put_change(
            CommissioningStageChanged(
                CommissioningStage(stage="find", title=words("Finding the device"), state=state, seconds=2.41)
            )
        )
    window.feed.tick()
    assert dialog.stages["find"].seconds.text() == "2.4 s"
    lamp = unplaced(api)
    future.set_result((lamp,))
    window.feed.tick()
    run_turns(window)
    assert lamp.id in window.parts["install"].fresh
    assert dialog.pages.currentIndex() == 2
    dialog.filter.setText("stud")
    dialog._place()
    assert api.asked[-1] == ("bind", (lamp.id, room_id("Study"), None))
    window.feed.tick()
    assert lamp.id not in window.parts["install"].fresh


def test_a_failure_of_pairing_says_what_to_do_and_lets_one_try_again(window: MainWindow, api: FakeDesk) -> None:
    future: Future[object] = Future()
    api.answers["pair"] = future
    window.effects.pair()
    dialog = window.effects._pairing
    assert dialog is not None
    dialog.code.setText("3497-011-2332")
    dialog.begin()
    window.feed.tick()
    api.inbox.put_change(
        CommissioningStageChanged(
            CommissioningStage(stage="pase", title=words("Opening"), state=StageState.STARTED, seconds=0.0)
        )
    )
    window.feed.tick()
    future.set_exception(ProblemError(plain("The code is wrong", "Look again", code="matter.wrong_code")))
    window.feed.tick()
    assert dialog.remedy.text() == "Look again"
    assert dialog.stages["pase"].stage.state is StageState.FAILED
    dialog.again.click()
    assert dialog.pages.currentIndex() == 0
    dialog.reject()
    assert window.effects._pairing is None


def test_a_verdict_on_a_code_that_was_typed_on_meanwhile_is_not_shown(window: MainWindow, api: FakeDesk) -> None:
    slow: list[Future[object]] = []
    api.check_code = lambda code: slow.append(Future()) or slow[-1]  # type: ignore[method-assign,return-value]
    window.effects.pair()
    dialog = window.effects._pairing
    assert dialog is not None
    dialog.code.setText("3497-011-2332")
    dialog.check()
    dialog.code.setText("3497-011-23")
    slow[0].set_result(None)
    window.feed.tick()
    assert (dialog.verdict.text(), dialog.start.isEnabled()) == ("", False)
    dialog.begin()
    slow[-1].set_exception(ProblemError(plain("The engine is gone", "Wait", code="engine.gone")))
    window.feed.tick()
    assert "The engine is gone" in dialog.verdict.text()
    assert not [what for what, _ in api.asked if what == "pair"]


def test_a_dialog_that_is_gone_before_its_code_is_checked_costs_nobody_an_answer(
    window: MainWindow, api: FakeDesk
) -> None:
    checked: Future[object] = Future()
    api.check_code = lambda code: checked  # type: ignore[method-assign,return-value]
    window.effects.pair()
    dialog = window.effects._pairing
    assert dialog is not None
    dialog.code.setText("3497-011-2332")
    dialog.check()
    dialog.reject()
    delete(dialog)
    other, heard = Future[str](), list[str]()
    window.feed.when(other, heard.append)
    checked.set_result(None)
    other.set_result("!")
    window.feed.tick()
    assert heard == ["!"]
    assert not window.feed.problems


# trends


def trends_of(window: MainWindow) -> TrendsPanel:
    """The trends panel, shown."""
    window.show_activity("trends")
    panel = window.parts["trends"]
    assert isinstance(panel, TrendsPanel)
    return panel


def charted(api: FakeDesk) -> list[tuple[object, ...]]:
    """What was asked for the chart's points; the strip of the home's state is asked for by itself."""
    asked = [args for what, args in api.asked if what == "columns"]
    return [args for args in asked if not all(str(id).startswith("home:") for id in args[0])]


def test_the_chart_asks_for_no_more_columns_than_it_has_pixels(window: MainWindow, api: FakeDesk) -> None:
    panel = trends_of(window)
    point = api.twin.find_point("Climate sensor/temperature")
    assert point is not None
    panel.show_point(point.id)
    window.feed.tick()
    ids, from_ms, to_ms, columns = next(args for args in reversed(charted(api)))
    assert ids == (point.id,)
    assert to_ms - from_ms == pytest.approx(86_400_000, abs=2000)
    assert panel.plot is not None
    assert columns <= panel.plot.width()
    assert len(panel.plot.series[0].line()[0]) > 100


def test_points_of_different_units_get_their_own_lane(window: MainWindow, api: FakeDesk) -> None:
    panel = trends_of(window)
    for path in ("Climate sensor/temperature", "Bedroom climate/temperature", "Air sensor/co2", "Floor lamp/on_off"):
        point = api.twin.find_point(path)
        assert point is not None
        panel.show_point(point.id)
    assert panel.plot is not None
    assert [len(lane.series) for lane in panel.plot.lanes] == [2, 1, 1]
    panel.drop_point(panel.points[0])
    assert [len(lane.series) for lane in panel.plot.lanes] == [1, 1, 1]


def test_many_points_at_once_make_the_chart_anew_once(window: MainWindow, api: FakeDesk) -> None:
    panel = trends_of(window)
    asked_before = len(charted(api))
    points = [point.id for device in api.twin.devices for point in device.points][:MAX_POINTS]
    panel.show_points([*points, points[0]])
    assert panel.points == points
    window.feed.tick()
    assert len(charted(api)) == asked_before + 1


def test_a_gap_in_history_is_a_gap_on_the_chart(window: MainWindow, api: FakeDesk) -> None:
    import numpy as np

    panel = trends_of(window)
    point = api.twin.find_point("Climate sensor/temperature")
    assert point is not None
    panel.show_point(point.id)
    window.feed.tick()
    assert panel.plot is not None
    assert np.isnan(panel.plot.series[0].line()[1]).any()


def test_a_live_value_is_appended_behind_history(window: MainWindow, api: FakeDesk, live: Live) -> None:
    panel = trends_of(window)
    point = api.twin.find_point("Climate sensor/temperature")
    assert point is not None
    panel.show_point(point.id)
    window.feed.tick()
    api.clock_ms += 60_000
    api.inbox.put(Batch.of([api.report(point, 23.0, api.clock_ms)]))
    live(window)
    assert panel.plot is not None
    x, y = panel.plot.series[0].line()
    assert x[-1] == api.clock_ms / 1000
    assert y[-1] == window.feed.value(point)[0]


def test_an_answer_to_an_older_question_is_not_drawn(window: MainWindow, api: FakeDesk) -> None:
    panel = trends_of(window)
    point = api.twin.find_point("Climate sensor/temperature")
    assert point is not None
    panel.show_point(point.id)
    window.feed.tick()
    assert panel.plot is not None
    before = panel.plot.series[0].past
    panel._answered(panel._asked - 1, [])
    assert panel.plot.series[0].past is before


def test_moving_the_chart_by_hand_stops_following_and_a_range_button_follows_again(
    window: MainWindow, api: FakeDesk
) -> None:
    panel = trends_of(window)
    point = api.twin.find_point("Climate sensor/temperature")
    assert point is not None
    panel.show_point(point.id)
    assert panel.plot is not None
    panel.plot.pan(-0.5)
    assert not panel.following
    panel.show_last(3600.0)
    assert panel.following
    low, high = panel.plot.span
    assert high - low == pytest.approx(3600)


def test_the_crosshair_tells_the_value_that_held_then(window: MainWindow, api: FakeDesk) -> None:
    panel = trends_of(window)
    point = api.twin.find_point("Climate sensor/temperature")
    assert point is not None
    panel.show_point(point.id)
    window.feed.tick()
    assert panel.plot is not None
    low, high = panel.plot.span
    panel.plot.pointed.emit(low + (high - low) * 0.9)
    then = panel.legends[point.id].value.text()
    assert then.endswith("°C")
    assert panel.when.text()
    panel.plot.pointed.emit(math.nan)
    assert not panel.when.text()


def test_the_chart_takes_eight_points_and_no_more(window: MainWindow, api: FakeDesk) -> None:
    panel = trends_of(window)
    for point in api.twin.points[: MAX_POINTS + 4]:
        panel.show_point(point.id)
    assert len(panel.points) == MAX_POINTS


def test_removing_a_device_takes_its_curve_away(window: MainWindow, api: FakeDesk) -> None:
    panel = trends_of(window)
    sensor = api.twin.find_device("Climate sensor")
    assert sensor is not None
    panel.show_point(sensor.points[0].id)
    api.remove(sensor.id)
    window.feed.tick()
    assert not panel.points


# problems, palette


def test_a_problem_is_listed_once_however_often_it_happens(window: MainWindow, api: FakeDesk) -> None:
    problem = plain("Wrong password", "Enter it again", code="mqtt.login", where="broker", detail="rc=5")
    for _ in range(3):
        api.inbox.put_change(ProblemRaised(problem))
    window.feed.tick()
    window.actions_by_id["problems"].trigger()
    panel = window.parts["problems"]
    words = [label.text() for label in panel.list.findChildren(QLabel) if not label.isHidden()]
    assert words.count("Wrong password  ×3") == 1
    panel.copy_all.click()
    assert "Enter it again\nrc=5\n[mqtt.login]" in QGuiApplication.clipboard().text()
    panel.forget.click()
    assert not window.feed.problems
    assert not window.parts["bar"].problems.text().strip()


def test_hundreds_of_problems_are_listed_when_somebody_looks_and_only_new_ones_are_made(
    window: MainWindow, api: FakeDesk, live: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    there = ProblemsPanel._card
    monkeypatch.setattr(
        ProblemsPanel, "_card", lambda self, problem, times: made.append(what(problem)) or there(self, problem, times)
    )

    def raised(what: str) -> ProblemRaised:
        return ProblemRaised(plain(what, "None", code="x"))

    for at in range(300):
        api.inbox.put_change(raised(f"Trouble {at}"))
    live(window)
    assert not made
    window.show_panel("problems", True)
    live(window)
    run_turns(window)
    assert made == [f"Trouble {at}" for at in range(299, 199, -1)]
    api.inbox.put_change(raised("One more"))
    live(window)
    run_turns(window)
    assert made[100:] == ["One more"]
    first = window.parts["problems"].cards._column.itemAt(0).widget()  # type: ignore[attr-defined]
    assert any(label.text() == "One more" for label in first.findChildren(QLabel))


def test_an_edit_elsewhere_leaves_the_inspector_as_it_is(window: MainWindow, api: FakeDesk) -> None:
    inspector, lamp = window.parts["inspector"], api.twin.find_device("Floor lamp")
    plug = api.twin.find_device("New plug")
    assert lamp is not None
    assert plug is not None
    window.feed.selection.pick_device(lamp.id)
    before = inspector.page
    api.bind(plug.id, room_id("Bath"))
    window.feed.tick()
    assert inspector.page is before
    api.rename(lamp.id, "Reading lamp")
    window.feed.tick()
    assert inspector.page is not before


def test_what_devices_say_of_their_rooms_waits_in_the_inbox_until_it_is_taken(
    window: MainWindow, api: FakeDesk
) -> None:
    panel = window.parts["install"]
    assert isinstance(panel, DiscoverPanel)
    lamp, room = api.twin.devices[0], api.twin.rooms[0]
    loose = replace(lamp, room=None, area=room.title)
    api.inbox.put_change(TwinChanged(replace(api.twin, devices=(loose, *api.twin.devices[1:]))))
    window.feed.tick()
    panel.retranslate()
    assert not panel.proposal.isHidden()
    panel.put.click()
    assert ("bind_all", ({lamp.id: room.id},)) in api.asked


def test_big_values_are_whole_also_on_a_page_that_is_full(window: MainWindow, live: Live) -> None:
    window.feed.selection.pick_room(room_id("Living room"))
    live(window)
    big = [button for button in window.parts["inspector"].findChildren(QPushButton) if button.objectName() == "big"]
    for button in big:
        button.ensurePolished()
    assert big
    assert all(button.minimumSizeHint().height() >= button.fontMetrics().height() for button in big)
    assert all(button.minimumHeight() >= button.fontMetrics().height() - 1 for button in big)
