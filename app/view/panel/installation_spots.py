"""Where a new device may go, for a list to choose from."""

from __future__ import annotations

from app.i18n import tr
from twin.model.ids import PlaceholderId, RoomId
from twin.model.space import Placeholder
from twin.model.twin import Twin


def spots(
    twin: Twin, picked: RoomId | None, wanted: PlaceholderId | None
) -> list[tuple[str, RoomId, PlaceholderId | None]]:
    """Where a device may go: the rooms, the picked one first, each before its planned places without a device; and above
    all the wanted place. Title, room, place.
    """
    free: dict[RoomId | None, list[Placeholder]] = {}
    for holder in twin.placeholders:
        if holder.device is None:
            free.setdefault(holder.room, []).append(holder)
    found: list[tuple[str, RoomId, PlaceholderId | None]] = []
    for room in sorted(twin.rooms, key=lambda room: (room.id != picked, room.title.casefold())):
        found.append((room.title, room.id, None))
        for holder in sorted(free.get(room.id, ()), key=lambda holder: holder.name.casefold()):
            title = tr("{room}: {name} (planned)", room=room.title, name=holder.name)
            found.insert(0 if holder.id == wanted else len(found), (title, room.id, holder.id))
    return found
