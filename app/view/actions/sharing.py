"""Menu entry of a device that may belong to several homes."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from app.i18n import tr
from app.view.feed import Feed
from twin.model.device import Device
from twin.model.device_sharing import SHARING_PROTOCOLS


def sharing_entries(window: QWidget, feed: Feed, device: Device) -> list[tuple[str, str, Callable[[], object]]]:
    """Entry that shows the device's homes and software; none for devices of other protocols, or behind a bridge."""
    link = next((one for one in feed.twin.links if one.id == device.link), None)
    shared = link is not None and link.protocol in SHARING_PROTOCOLS and device.via is None
    return [(tr("Homes and software…"), "pair", lambda: open_sheet(window, feed, device))] if shared else []


def open_sheet(window: QWidget, feed: Feed, device: Device) -> None:
    """Opens the dialog."""
    from app.view.panel.sharing_sheet import SharingSheet

    SharingSheet(feed, device, window).open()
