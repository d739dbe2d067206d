"""Menu entries of a device that open a dialog."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from app.view.actions.device_replacement import replacement_entries
from app.view.actions.sharing import sharing_entries
from app.view.feed import Feed
from app.view.panel.second_person import second_person_entries
from twin.model.device import Device


def device_entries(window: QWidget, feed: Feed, device: Device) -> list[tuple[str, str, Callable[[], object]]]:
    """Entries for sharing and replacing a device, and for the second person's approval of its commands."""
    return [
        entry
        for make in (sharing_entries, replacement_entries, second_person_entries)
        for entry in make(window, feed, device)
    ]
