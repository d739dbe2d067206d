"""A device that cannot be made to blink says so, in its menu and wherever a button would make it blink."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fake_api import FakeDesk
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu, QPushButton

from app.view.actions.device_entries import blink_entry
from app.view.control.identify_button import offer_identify
from app.view.menu_entry import unavailable
from app.view.panel.candidate_card import AddedDevice
from app.view.window import MainWindow
from twin.model.device import Device

REASON = "This device cannot be made to blink"


@pytest.fixture
def silent(api: FakeDesk) -> Device:
    """The first device without the point."""
    device = api.twin.devices[0]
    assert device.point("identify") is not None
    return replace(device, points=tuple(one for one in device.points if one.capability.id != "identify"))


def test_the_menu_greys_what_cannot_be_done_with_the_reason(window: MainWindow, api: FakeDesk, silent: Device) -> None:
    assert blink_entry(window.feed, silent)[::2] == (REASON, unavailable)
    assert blink_entry(window.feed, api.twin.devices[0])[0] == "Blink"
    window.feed.twin = replace(api.twin, devices=(silent, *api.twin.devices[1:]))
    window.effects.menu("device", silent.id, QPoint(10, 10))
    menu = window.findChildren(QMenu)[-1]
    shown = {action.text(): action.isEnabled() for action in menu.actions()}
    assert shown[REASON] is False
    assert shown["Rename"] is True
    menu.close()


def test_a_button_is_greyed_with_the_reason_and_works_where_one_of_the_devices_can(
    window: MainWindow, api: FakeDesk, silent: Device
) -> None:
    button = QPushButton()
    for devices, can in (((silent,), False), ((silent, api.twin.devices[0]), True), ((), False)):
        offer_identify(button, devices)
        assert button.isEnabled() is can
        assert button.toolTip() == ("" if can else REASON)
        assert button.accessibleDescription() == button.toolTip()
    button.deleteLater()


def test_a_new_device_offers_to_blink_only_where_it_can(window: MainWindow, api: FakeDesk, silent: Device) -> None:
    for device, can in ((silent, False), (api.twin.devices[0], True)):
        added = AddedDevice(window.feed, device)
        (blink,) = added.findChildren(QPushButton)
        assert (blink.isEnabled(), blink.isHidden()) == (can, False)
        blink.click()
        added.deleteLater()
    orders = [args for what, args in api.asked if what == "command"]
    assert [verb for _, verb, _ in orders] == ["identify"]
