"""Menu entries of devices that are planned and not there yet."""

from __future__ import annotations

from collections.abc import Callable

from app.i18n import tr
from app.view.feed import Feed
from twin.model.ids import RoomId


def room_entries(feed: Feed, id: str) -> list[tuple[str, str, Callable[[], object]]]:
    """Menu entries that put a placeholder into a room: its candidate rooms, else up to 40 rooms of its storey."""
    holder = next((holder for holder in feed.twin.placeholders if holder.id == id), None)
    if holder is None:
        return []
    rooms = [room for room in feed.twin.rooms if room.id in holder.candidates]
    near = rooms or [room for room in feed.twin.rooms if room.storey == holder.storey][:40]

    def put(room: RoomId) -> None:
        feed.when(feed.api.place_in_room(holder.id, room), lambda _: None)

    return [(tr("Put into {room}", room=r.title), "room", lambda r=r: put(r.id)) for r in near]
