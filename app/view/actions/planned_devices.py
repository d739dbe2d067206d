"""Menu entries of devices that are planned and not there yet, and of the room in which one is planned."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtWidgets import QWidget

from app.i18n import tr
from app.view.feed import Feed
from app.view.formatting import kind_title
from app.view.menu_entry import MenuEntry
from twin.model.checkout_tally import stands_for
from twin.model.device import Device
from twin.model.ids import DeviceId, PlaceholderId, RoomId
from twin.model.space import Placeholder, Position
from twin.model.twin import Twin


def planned_entries(
    window: QWidget, feed: Feed, id: str, pair: Callable[[PlaceholderId], object]
) -> Iterable[MenuEntry]:
    """Menu entries of a placeholder: `pair` opens the pairing dialog for it; one in no room is put into a room first."""
    holder = next((holder for holder in feed.twin.placeholders if holder.id == id and holder.device is None), None)
    if holder is None:
        return
    if holder.room is None:
        yield from _room_entries(feed, holder)
    else:
        yield tr("Pair a device for {name}…", name=holder.name), "pair", lambda: pair(holder.id)
        if feed.twin.devices:
            yield tr("Put a device there…"), "device", lambda: _choose(window, feed, holder)
    if holder.by_hand:
        yield tr("Remove from the plan"), "remove", lambda: feed.when(feed.api.unplan_device(holder.id), lambda _: None)


def plan_entry(window: QWidget, feed: Feed, room: str) -> MenuEntry:
    """Menu entry that plans a device in a room."""

    def ask() -> None:
        from app.view.panel.plan_device_dialog import PlanDeviceDialog

        if (where := feed.twin.room_of.get(RoomId(room))) is not None:
            dialog = PlanDeviceDialog(feed, where, window)
            dialog.finished.connect(dialog.deleteLater)
            dialog.open()

    return tr("Plan a device here…"), "add", ask


def place_at(twin: Twin, room: str, position: Position | None) -> Placeholder | None:
    """The planned place without a device at exactly this position of a room, on which a device was dropped."""
    free = (one for one in twin.placeholders if one.device is None and one.room == room)
    return next((one for one in free if one.position_m == position), None)


def take_place(feed: Feed, device: DeviceId, holder: Placeholder, notify: Callable[[str], None]) -> None:
    """Puts a device into a planned place; `notify` is told where it is of another kind than planned."""

    def taken(_: None) -> None:
        there = feed.twin.device_of.get(device)
        if there is not None and not stands_for(there, holder):
            planned = tr("planned is: {kind}", kind=kind_title(holder.kind))
            notify(f"{there.name} · {kind_title(there.kind)} · {planned}")

    feed.when(feed.api.take_place(device, holder.id), taken)


def _room_entries(feed: Feed, holder: Placeholder) -> Iterable[MenuEntry]:
    """Menu entries that put a placeholder into a room: its candidate rooms, else up to 40 rooms of its storey."""
    rooms = [room for room in feed.twin.rooms if room.id in holder.candidates]
    near = rooms or [room for room in feed.twin.rooms if room.storey == holder.storey][:40]

    def put(room: RoomId) -> None:
        feed.when(feed.api.place_in_room(holder.id, room), lambda _: None)

    return [(tr("Put into {room}", room=r.title), "room", lambda r=r: put(r.id)) for r in near]


def _choose(window: QWidget, feed: Feed, holder: Placeholder) -> None:
    """Opens the list of devices that may take the place: those in no room first, then of the same kind."""
    from app.view.panel.palette import CommandPalette
    from app.view.panel.palette_entries import PaletteEntry

    twin = feed.twin

    def put(device: Device) -> None:
        feed.when(feed.api.take_place(device.id, holder.id), lambda _: feed.selection.pick_device(device.id))

    def entry(one: Device) -> PaletteEntry:
        room = twin.room_of[one.room].title if one.room in twin.room_of and one.room else tr("In no room")
        other = "" if stands_for(one, holder) else tr("planned is: {kind}", kind=kind_title(holder.kind))
        hint = " · ".join(part for part in (other, room, one.maker, one.model, one.serial) if part)
        return PaletteEntry(one.name, hint, "device", lambda: put(one), also=one.serial)

    there = sorted(twin.devices, key=lambda one: (one.room is not None, one.kind != holder.kind, one.name.casefold()))
    title = tr("Which device goes where {name} is planned?", name=holder.name)
    CommandPalette(map(entry, there), window, title).show()
