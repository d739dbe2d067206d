"""Suggests the room that a device's own system names: once when it arrives, and in its menu."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QObject

from app.i18n import tr
from app.view.feed import Feed
from twin.model.change import Change, TwinChanged
from twin.model.ids import DeviceId, RoomId

INBOX = "install"
"""The activity whose page lists the suggestions."""


class SuggestionHost(Protocol):
    """The methods of the window that room suggestions use."""

    def show_activity(self, activity: str) -> None: ...
    def is_panel_shown(self, name: str) -> bool: ...
    def offer(self, text: str, verb: str, do: Callable[[], object]) -> None: ...


class RoomSuggestions(QObject):
    """Checks every new twin for suggested rooms; no device is placed before the user confirms."""

    def __init__(self, host: SuggestionHost, feed: Feed) -> None:
        super().__init__()
        self.host, self.feed = host, feed
        self._seen: str | None = None
        """Path of the project whose twin was checked last; None before the first."""
        feed.changed.connect(self._changed)

    def menu_entries(self, kind: str, id: str) -> list[tuple[str, str, Callable[[], object]]]:
        """Menu entry that puts a device without a room into the room that its own system names."""
        twin = self.feed.twin
        device = twin.device_of.get(DeviceId(id)) if kind == "device" else None
        room = twin.suggested_room(device) if device is not None else None
        if device is None or room is None:
            return []
        return [(tr("Put into {room}", room=room.title), "room", lambda: self._put({device.id: room.id}))]

    def _changed(self, change: Change) -> None:
        if not isinstance(change, TwinChanged):
            return
        before, self._seen = self._seen, self.feed.api.project()
        if before != self._seen:
            return  # what is there when a project is opened was offered when it came
        found = self.feed.twin.suggested_rooms([device.id for device in self.feed.diff.came])
        if found and not self.host.is_panel_shown(INBOX):
            text = tr("%n devices say in which room they are.", len(found))
            self.host.offer(text, tr("Show"), lambda: self.host.show_activity(INBOX))

    def place_all(self) -> None:
        """Puts every device into the room that its own system names, as one edit."""
        self._put(self.feed.twin.suggested_rooms())

    def _put(self, places: dict[DeviceId, RoomId]) -> None:
        self.feed.when(self.feed.api.bind_all(places), lambda _: None)
