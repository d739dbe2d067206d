"""Undo of another person's edit asks first; the menu says whose it is."""

from __future__ import annotations

from collections.abc import Callable

from fake_api import FakeDesk
from PySide6.QtWidgets import QPushButton

from app.view.window import MainWindow

type Made = Callable[[FakeDesk], MainWindow]


def undo(window: MainWindow) -> None:
    window.trigger("undo")
    window.feed.tick()


def press(window: MainWindow, text: str) -> None:
    (button,) = [one for one in window.findChildren(QPushButton) if one.text() == text and one.isVisible()]
    button.click()
    window.feed.tick()


def test_anothers_edit_is_undone_when_a_person_says_so(make_window: Made, api: FakeDesk) -> None:
    window = make_window(api)
    device = api.twin.devices[0]
    api.rename(device.id, "Sun")
    api.undo_author = "Anna"
    window.menus.name_undo(window.feed.api)
    assert "(Anna)" in window.actions_by_id["undo"].text()
    undo(window)
    assert api.twin.device_of[device.id].name == "Sun", "not before it is meant"
    press(window, "Cancel")
    assert api.twin.device_of[device.id].name == "Sun"
    undo(window)
    press(window, "Undo")
    assert api.twin.device_of[device.id].name == device.name
    assert not window.feed.problems
    window.menus.name_undo(window.feed.api)
    assert "(" not in window.actions_by_id["undo"].text()


def test_ones_own_edit_is_undone_at_once(make_window: Made, api: FakeDesk) -> None:
    window = make_window(api)
    device = api.twin.devices[0]
    api.rename(device.id, "Sun")
    undo(window)
    assert api.twin.device_of[device.id].name == device.name
