"""Devices whose system names their room: offered once, in their menu, and nothing moves without a yes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from fake_api import FakeDesk, home
from PySide6.QtCore import Qt

from app.view.window import MainWindow
from twin.model.change import TwinChanged
from twin.model.device import Device
from twin.model.ids import DeviceId
from twin.model.twin import Twin


def newcomer(api: FakeDesk, area: str) -> Device:
    """A device more, in no room, whose system says that it is in `area`."""
    one = replace(api.twin.devices[0], id=DeviceId("fresh"), name="Fresh", room=None, area=area, points=())
    api.twin = replace(api.twin, devices=(*api.twin.devices, one))
    return one


def offered(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], object]]:
    """What the window is asked to offer."""
    found: list[Callable[[], object]] = []
    monkeypatch.setattr(window.effects.room_suggestions.host, "offer", lambda words, verb, do: found.append(do))
    return found


def show(window: MainWindow, api: FakeDesk, live: Callable[..., None]) -> None:
    """The window hears of the desk's twin."""
    api.inbox.put_change(TwinChanged(api.twin))
    live(window)


def bound(api: FakeDesk) -> list[Any]:
    """Every wish to put devices into rooms: which into which."""
    return [call[1][0] for call in api.asked if call[0] == "bind_all"]


def test_a_new_device_whose_system_names_a_room_is_told_once_and_placed_from_the_inbox(
    window: MainWindow, api: FakeDesk, live: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    offers, room = offered(window, monkeypatch), api.twin.rooms[1]
    show(window, api, live)
    one = newcomer(api, room.name.upper())
    show(window, api, live)
    show(window, api, live)
    assert len(offers) == 1
    assert api.twin.suggested_rooms([one.id]) == {one.id: room.id}
    offers[0]()
    assert not bound(api)  # it shows where the offer stands; nothing moves without a yes
    inbox = window.panel("install")
    assert inbox.isVisible()
    assert inbox.proposal.isVisible()
    inbox.put.click()
    assert bound(api) == [{one.id: room.id}]


def test_who_sees_the_offer_in_the_inbox_is_not_told_of_it_besides(
    window: MainWindow, api: FakeDesk, live: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    offers = offered(window, monkeypatch)
    window.show_activity("install")
    show(window, api, live)
    newcomer(api, api.twin.rooms[1].name)
    show(window, api, live)
    assert offers == []
    assert window.panel("install").proposal.isVisible()
    api.twin = replace(api.twin, devices=api.twin.devices[:-1])
    show(window, api, live)
    assert not window.panel("install").proposal.isVisible()


def test_its_menu_and_its_tip_say_the_room(window: MainWindow, api: FakeDesk, live: Callable[..., None]) -> None:
    room = api.twin.rooms[1]
    one = newcomer(api, room.name)
    show(window, api, live)
    ((words, _, _),) = window.effects.room_suggestions.menu_entries("device", one.id)
    assert room.title in words
    lines = window.parts["tree"].model  # type: ignore[attr-defined]
    assert room.title in str(lines.data(lines.index_of(one.id), Qt.ItemDataRole.ToolTipRole))
    assert window.effects.room_suggestions.menu_entries("room", room.id) == []


def test_an_area_that_is_no_room_is_no_proposal(window: MainWindow, api: FakeDesk, live: Callable[..., None]) -> None:
    one = newcomer(api, "The moon")
    show(window, api, live)
    assert window.effects.room_suggestions.menu_entries("device", one.id) == []


def test_the_rooms_of_thousands_of_devices_are_looked_up_once_per_area(monkeypatch: pytest.MonkeyPatch) -> None:
    twin, asked = home(), list[str]()
    one = replace(twin.devices[0], room=None, area=twin.rooms[0].name)
    many = replace(twin, devices=tuple(replace(one, id=DeviceId(f"d{i}")) for i in range(2000)))
    find = Twin.find_room
    monkeypatch.setattr(Twin, "find_room", lambda self, text: (asked.append(text), find(self, text))[1])
    assert {many.suggested_room(device) for device in many.devices} == {twin.rooms[0]}
    assert asked == [twin.rooms[0].name]
