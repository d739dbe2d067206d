"""Devices that are planned first and come later: in menus, in the tree, in the pairing dialog, and dropped on their place."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace

import pytest
from fake_api import FakeDesk, room_id
from PySide6.QtWidgets import QApplication, QMenu
from turns import run_turns

from app.view.panel.building_tree_nodes import grown
from app.view.panel.installation_spots import spots
from app.view.panel.pair_dialog import MOST_SPOTS, PLACE_ROLE, PairDialog
from app.view.panel.palette import CommandPalette
from app.view.panel.plan_device_dialog import PlanDeviceDialog
from app.view.window import MainWindow
from twin.model.change import TwinChanged
from twin.model.device import Device
from twin.model.ids import PlaceholderId
from twin.model.space import Placeholder

STUDY = room_id("Study")


@pytest.fixture
def smoke(window: MainWindow, api: FakeDesk) -> Placeholder:
    """A smoke alarm that is planned in the study."""
    api.plan_device(STUDY, "smoke_alarm", "Smoke study").result(60)
    window.feed.tick()
    run_turns(window)
    return api.twin.placeholders[-1]


def entries(window: MainWindow, kind: str, id: str) -> dict[str, object]:
    return {text: do for text, _, do in window.effects._entries(kind, id)}


def test_a_device_is_planned_from_the_menu_of_its_room(window: MainWindow, api: FakeDesk) -> None:
    entries(window, "room", STUDY)["Plan a device here…"]()  # type: ignore[operator]
    dialog = window.findChildren(PlanDeviceDialog)[-1]
    assert dialog.name.text() == "Smoke alarm Study"
    dialog.kind.setCurrentIndex(dialog.kind.findData("light"))
    assert dialog.name.text() == "Light Study"
    dialog.name.setText("  ")
    dialog.plan.click()
    window.feed.tick()
    assert dialog.isVisible()
    assert not dialog.reason.isHidden()
    dialog.name.setText("Reading light")
    dialog.plan.click()
    window.feed.tick()
    assert api.asked[-1] == ("plan", (STUDY, "light", "Reading light"))
    assert not dialog.isVisible()


def test_what_is_planned_is_listed_until_a_device_has_its_place(api: FakeDesk) -> None:
    api.plan_device(STUDY, "smoke_alarm", "Smoke study").result(60)
    (group,) = [node for node in grown(api.twin, "").children if node.id == "planned"]
    assert [node.title for node in group.children] == ["Smoke study · Study"]
    assert [node.title for node in grown(api.twin, "smoke st").children] == ["Planned, not there yet"]
    api.take_place(api.twin.devices[0].id, api.twin.placeholders[-1].id).result(60)
    assert [node for node in grown(api.twin, "").children if node.id == "planned"] == []


def test_the_menu_of_what_is_planned_pairs_chooses_and_removes(
    window: MainWindow, api: FakeDesk, smoke: Placeholder
) -> None:
    offered = entries(window, "planned", smoke.id)
    assert [*offered] == ["Pair a device for Smoke study…", "Put a device there…", "Remove from the plan"]
    window.effects.menu("planned", smoke.id, window.pos())
    popup = QApplication.activePopupWidget()
    assert isinstance(popup, QMenu)
    popup.close()
    offered["Remove from the plan"]()  # type: ignore[operator]
    assert api.asked[-1] == ("unplan", (smoke.id,))
    filed = replace(smoke, source_id="guid")
    window.feed.twin = replace(api.twin, placeholders=(filed,))
    assert "Remove from the plan" not in entries(window, "planned", filed.id)


def test_a_device_that_is_paired_for_a_place_takes_it_by_enter(
    window: MainWindow, api: FakeDesk, smoke: Placeholder
) -> None:
    found: Future[tuple[Device, ...]] = Future()
    api.answers["pair"] = found
    entries(window, "planned", smoke.id)["Pair a device for Smoke study…"]()  # type: ignore[operator]
    run_turns(window)
    dialog = window.effects._pairing
    assert isinstance(dialog, PairDialog)
    dialog.code.setText("3497-011-2332")
    dialog.begin()
    window.feed.tick()
    device = next(one for one in api.twin.devices if one.room is None)
    found.set_result((device,))
    window.feed.tick()
    run_turns(window)
    assert dialog.rooms.currentItem().text() == "Study: Smoke study (planned)"
    assert dialog.rooms.currentItem().data(PLACE_ROLE) == smoke.id
    dialog.filter.returnPressed.emit()
    assert api.asked[-1] == ("take", (device.id, smoke.id))


def test_all_devices_of_one_code_go_into_their_room_as_one_edit(window: MainWindow, api: FakeDesk) -> None:
    dialog = PairDialog(window.feed, window)
    dialog._done(api.twin.devices[:2])
    dialog.filter.setText("study")
    dialog._place()
    assert api.asked[-1] == ("bind_all", ({one.id: STUDY for one in api.twin.devices[:2]},))
    assert "bind" not in {what for what, _ in api.asked}
    dialog.close()


def test_the_list_of_devices_for_a_place_names_the_planned_kind_where_a_device_is_of_another(
    window: MainWindow, api: FakeDesk, smoke: Placeholder
) -> None:
    entries(window, "planned", smoke.id)["Put a device there…"]()  # type: ignore[operator]
    (palette,) = window.findChildren(CommandPalette)
    hints = {one.text: one.hint for one in palette._entries}
    for one in api.twin.devices:
        assert hints[one.name].startswith("planned is: Smoke alarm · ") is (one.kind != "smoke_alarm")
    palette.close()


def test_of_thousands_of_places_some_are_listed_and_the_search_finds_the_others(
    window: MainWindow, api: FakeDesk, smoke: Placeholder
) -> None:
    many = tuple(replace(smoke, id=PlaceholderId(f"p{n}"), name=f"Lamp {n:04}") for n in range(3000))
    window.feed.twin = replace(api.twin, placeholders=many)
    dialog = PairDialog(window.feed, window)
    dialog._done(())
    assert dialog.rooms.count() == MOST_SPOTS
    dialog.filter.setText("lamp 2999")
    assert [dialog.rooms.item(row).text() for row in range(dialog.rooms.count())] == ["Study: Lamp 2999 (planned)"]
    dialog.close()


def test_the_pairing_dialog_asked_for_without_a_place_has_none(
    window: MainWindow, api: FakeDesk, smoke: Placeholder
) -> None:
    window.effects.pair_for(smoke.id)
    run_turns(window)
    dialog = window.effects._pairing
    assert isinstance(dialog, PairDialog)
    assert dialog.wanted == smoke.id
    window.effects.pair()
    run_turns(window)
    assert window.effects._pairing is dialog
    assert dialog.wanted is None


def test_rooms_are_before_their_places_and_the_picked_room_is_first(api: FakeDesk) -> None:
    api.plan_device(STUDY, "smoke_alarm", "Smoke study").result(60)
    listed = spots(api.twin, STUDY, None)
    assert [title for title, _, _ in listed[:3]] == ["Study", "Study: Smoke study (planned)", "Bath"]
    assert len(listed) == len(api.twin.rooms) + 1


def test_a_device_that_is_dropped_on_a_planned_place_takes_it(
    window: MainWindow, api: FakeDesk, smoke: Placeholder
) -> None:
    device = api.twin.devices[0]
    window.effects.drop_device(device.id, STUDY, (1.0, 1.0, 9.0))
    assert api.asked[-1] == ("bind", (device.id, STUDY, (1.0, 1.0, 9.0)))
    window.effects.drop_device(device.id, STUDY, smoke.position_m)
    assert api.asked[-1] == ("take", (device.id, smoke.id))


@pytest.mark.parametrize(
    ("kind", "told"), [("light", "Smoke study · Light · planned is: Smoke alarm"), ("smoke_alarm", "Put in")]
)
def test_a_device_that_is_dropped_on_a_place_planned_for_another_kind_says_so_at_once(
    window: MainWindow, api: FakeDesk, smoke: Placeholder, kind: str, told: str
) -> None:
    window.toast.notify("")
    device = next(one for one in api.twin.devices if one.kind == kind)
    window.effects.drop_device(device.id, STUDY, smoke.position_m)
    window.feed.tick()
    run_turns(window)
    assert window.toast.label.text() == told


def test_a_code_with_several_devices_for_a_planned_place_is_one_edit(
    window: MainWindow, api: FakeDesk, smoke: Placeholder
) -> None:
    dialog = PairDialog(window.feed, window)
    dialog.wanted = smoke.id
    devices = api.twin.devices[:3]
    dialog._done(devices)
    dialog._place()
    assert api.asked[-1] == ("take", (devices[0].id, smoke.id, devices[1].id, devices[2].id))
    assert {what for what, _ in api.asked}.isdisjoint({"bind", "bind_all"})
    dialog.close()


def test_a_place_that_went_meanwhile_is_not_offered(window: MainWindow, api: FakeDesk, smoke: Placeholder) -> None:
    api.inbox.put_change(TwinChanged(replace(api.twin, placeholders=())))
    window.feed.tick()
    assert entries(window, "planned", PlaceholderId(smoke.id)) == {}
