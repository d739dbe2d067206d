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
"""The activity in which the offer stands."""


class SuggestionHost(Protocol):
    """What proposing needs of the window."""

    def show_activity(self, activity: str) -> None: ...
    def is_panel_shown(self, name: str) -> bool: ...
    def offer(self, text: str, verb: str, do: Callable[[], object]) -> None: ...


class RoomSuggestions(QObject):
    """Looks at every new snapshot; nothing moves before a person says yes."""

    def __init__(self, host: SuggestionHost, feed: Feed) -> None:
        super().__init__()
        self.host, self.feed = host, feed
        self._seen: str | None = None
        """The project that was looked at."""
        feed.changed.connect(self._changed)

    def offers(self, kind: str, id: str) -> list[tuple[str, str, Callable[[], object]]]:
        """What the menu of a device that is in no room offers: the room that its system names."""
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
        """Puts every device into the room that its system names: one edit. The inbox offers it until it is done."""
        self._put(self.feed.twin.suggested_rooms())

    def _put(self, places: dict[DeviceId, RoomId]) -> None:
        self.feed.when(self.feed.api.bind_all(places), lambda _: None)
