"""Menu entries of a device: that it shall blink, and those that open a dialog."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from app.i18n import tr
from app.view import dialog_factory
from app.view.actions.device_replacement import replacement_entries
from app.view.actions.sharing import sharing_entries
from app.view.control.identify_button import cannot_blink
from app.view.feed import Feed
from app.view.menu_entry import MenuEntry, unavailable
from app.view.panel.second_person import second_person_entries
from twin.model.device import Device
from twin.model.setup_code import CODE_PROTOCOLS


def blink_entry(feed: Feed, device: Device) -> MenuEntry:
    """Entry that makes a device blink; greyed, with the reason, where it cannot."""
    if (blink := device.point("identify")) is None:
        return cannot_blink(), "identify", unavailable
    return tr("Blink"), "identify", lambda: feed.order(blink.id, "identify")


def setup_code_entries(window: QWidget, feed: Feed, device: Device) -> list[tuple[str, str, Callable[[], object]]]:
    """Entry that shows or keeps the setup code of a device; none for devices of other protocols, or behind a bridge."""
    has_code = any(one.id == device.link and one.protocol in CODE_PROTOCOLS for one in feed.twin.links)
    if device.via is not None or not has_code or not feed.api.may("setup_codes"):
        return []
    return [(tr("Setup code…"), "pair", lambda: dialog_factory.setup_codes(feed, window, device))]


def device_entries(window: QWidget, feed: Feed, device: Device) -> list[tuple[str, str, Callable[[], object]]]:
    """Entries for sharing and replacing a device, and for the second person's approval of its commands."""
    return [
        entry
        for make in (sharing_entries, setup_code_entries, replacement_entries, second_person_entries)
        for entry in make(window, feed, device)
    ]
