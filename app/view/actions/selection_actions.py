"""Selection actions: rubber band, measuring, hiding and isolating; a mixin of the effects."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from app.i18n import tr
from app.selection import SelectionState, Thing, VisibilityFilter
from app.view.feed import Feed
from app.view.menu_entry import MenuEntry
from twin.model import grouping
from twin.model.ids import DeviceId, RoomId, StoreyId

_GROUPS = 6
"""Maximum number of zones or systems that a menu offers."""


class SelectionTools(Protocol):
    """The methods of the 3D view that selection actions call."""

    def set_band(self, on: bool) -> None: ...
    def set_measure(self, on: bool) -> None: ...
    def shows_storey(self, storey: StoreyId) -> bool: ...


class SelectionHost(Protocol):
    """The attributes and methods of the window that selection actions use."""

    @property
    def scene(self) -> SelectionTools | None: ...
    @property
    def feed(self) -> Feed: ...
    def check(self, action: str, on: bool) -> None: ...
    def notify(self, text: str) -> None: ...
    def offer(self, text: str, verb: str, do: Callable[[], object]) -> None: ...


class SelectionActions[S: SelectionHost]:
    """Selection actions; a mixin of `ActionEffects`."""

    host: S

    def band(self, on: bool) -> None:
        """Switches mouse drags between selecting devices (`on`) and turning the camera."""
        if self.host.scene:
            self.host.scene.set_band(on)

    def measure(self, on: bool) -> None:
        """Switches clicks between measuring (`on`) and selecting."""
        if self.host.scene:
            self.host.scene.set_measure(on)

    def tool_left(self, action: str) -> None:
        """Unchecks the menu entry of a tool that was left in the 3D view."""
        self.host.check(action, on=False)

    def deselect(self) -> None:
        """Clears the selection and returns from a past moment to the present; while the user is asked to pick something, takes
        only the question back."""
        if self.host.feed.pick.is_open:
            self.host.feed.pick.cancel()
            return
        self.host.feed.selection.change(devices=frozenset[DeviceId](), room=None, moment_ms=None, compare_ms=None)

    def answer_pick(self, thing: str) -> bool:
        """Selects a device or room that was double-clicked while the user is asked to pick one; returns whether that was asked."""
        pick, twin = self.host.feed.pick, self.host.feed.twin
        if not pick.is_open:
            return False
        if (device := DeviceId(thing)) in twin.device_of:
            self.host.feed.selection.pick_device(device)
        elif (room := RoomId(thing)) in twin.room_of:
            self.host.feed.selection.pick_room(room)
        return True

    def pick_many(self, devices: frozenset[DeviceId], add: bool) -> None:
        """Selects the devices inside the rubber band; `add` keeps the devices selected before."""
        selection = self.host.feed.selection
        selection.change(devices=selection.state.devices | devices if add else devices, room=None)

    def pick_also(self, device: str) -> None:
        """Adds a device to the selection, or removes it if it is selected."""
        if DeviceId(device) in self.host.feed.twin.device_of:
            self.host.feed.selection.pick_device(DeviceId(device), add=True)

    # leaving things out of the picture

    def show_all(self) -> None:
        """Shows everything that was hidden."""
        self.host.feed.selection.change(visibility=VisibilityFilter())

    def reveal(self, old: SelectionState, new: SelectionState) -> None:
        """Makes a newly selected single device or room visible: focuses its storey and unhides it."""
        one = next(iter(new.devices)) if len(new.devices) == 1 else new.room
        if one is None or (old.devices, old.room) == (new.devices, new.room):
            return
        (storey,) = self._storeys_of([("device" if new.devices else "room", one)]) or (None,)
        if storey is not None and not self._in_sight(storey, new.storey):
            self.host.feed.selection.change(storey=storey)
        self.show_hidden(one)

    def _in_sight(self, storey: StoreyId, focus: StoreyId | None) -> bool:
        if focus is None and self.host.scene is not None:  # the whole building: what stands on top covers the others
            return self.host.scene.shows_storey(storey)
        return focus in (None, storey)

    def show_hidden(self, id: str) -> None:
        """Shows everything again if this storey, room or device is hidden."""
        twin, selection = self.host.feed.twin, self.host.feed.selection
        visibility, device = selection.state.visibility, twin.device_of.get(DeviceId(id))
        room = twin.room_of.get(RoomId(id) if device is None else device.room or RoomId(""))
        storey = twin.storey_of.get(StoreyId(id))
        seen = (device is None or visibility.shows(device, room)) and (room is None or visibility.shows_room(room))
        if storey is not None:
            seen = visibility.shows_storey(storey, (r for r in twin.rooms if r.storey == storey.id))
        if not seen:
            self.show_all()

    def filter_entries(self, kind: str, id: str) -> list[MenuEntry]:
        """Menu entries that hide or isolate a thing or its kind, or show everything again."""
        things = self._things(kind, id)
        entries: list[MenuEntry] = []
        if things:
            entries.append(
                (tr("Show only these") if len(things) > 1 else _ONLY[kind](), "eye", lambda: self.isolate(things))
            )
            entries.append(
                (tr("Hide these") if len(things) > 1 else _HIDE[kind](), "eye_off", lambda: self._hide(things))
            )
        if kind == "device" and (device := self.host.feed.twin.device_of.get(DeviceId(id))) is not None:
            sort: frozenset[Thing] = frozenset({("kind", device.kind)})
            entries.append((tr("Show only this kind"), "eye", lambda: self.isolate(sort)))
            entries.append((tr("Hide this kind"), "eye_off", lambda: self._hide(sort)))
        entries += self._groups(kind, id)
        if entries and self.host.feed.selection.state.visibility:
            entries.append((tr("Show all again"), "fit", self.show_all))
        return entries

    def _groups(self, kind: str, id: str) -> list[MenuEntry]:
        """Menu entries that isolate the zones of a room or the systems of a device."""
        twin = self.host.feed.twin
        entries: list[MenuEntry] = []
        if kind == "room" and (room := twin.room_of.get(RoomId(id))) is not None:
            all_zones = grouping.zones(twin.rooms)
            for zone in room.zones[:_GROUPS]:
                rooms: frozenset[Thing] = frozenset(("room", one.id) for one in all_zones[zone])
                text = tr("Show only the zone {zone}", zone=zone)
                entries.append((text, "eye", lambda these=rooms: self.isolate(these)))
        if kind == "device" and (device := twin.device_of.get(DeviceId(id))) is not None:
            place = grouping.place_of(twin, device)
            for system in place.systems[:_GROUPS] if place is not None else ():
                parts: frozenset[Thing] = frozenset(("device", one) for one in grouping.devices_in_system(twin, system))
                text = tr("Show only the system {system}", system=system)
                entries.append((text, "eye", lambda these=parts: self.isolate(these)))
        return entries

    def _things(self, kind: str, id: str) -> frozenset[Thing]:
        if kind not in _ONLY:
            return frozenset()
        picked = self.host.feed.selection.state.devices
        if kind == "device" and DeviceId(id) in picked:
            return frozenset(("device", one) for one in picked)
        return frozenset({(kind, id)})

    def isolate(self, things: frozenset[Thing]) -> None:
        """Shows only these things; moves the focus to a storey of theirs if it is on another one."""
        selection, storeys = self.host.feed.selection, self._storeys_of(things)
        fields: dict[str, object] = {"visibility": VisibilityFilter(only=things)}
        if storeys and selection.state.storey not in (None, *storeys):
            fields["storey"] = storeys[0]
        selection.change(**fields)
        self._offer_all()

    def _hide(self, things: frozenset[Thing]) -> None:
        twin, selection = self.host.feed.twin, self.host.feed.selection
        visibility = VisibilityFilter(selection.state.visibility.only, selection.state.visibility.hidden | things)
        left = [s.id for s in twin.storeys if visibility.shows_storey(s, (r for r in twin.rooms if r.storey == s.id))]
        if twin.storeys and not left:
            self.host.notify(tr("Then nothing would be left to see."))
            return
        gone = selection.state.storey is not None and selection.state.storey not in left
        selection.change(visibility=visibility, **({"storey": left[0] if len(left) == 1 else None} if gone else {}))
        self._offer_all()

    def _storeys_of(self, things: Iterable[Thing]) -> list[StoreyId]:
        """The storeys of these storeys, rooms and devices, lowest first."""
        twin = self.host.feed.twin
        found: set[StoreyId] = set()
        for sort, id in things:
            device = twin.device_of.get(DeviceId(id)) if sort == "device" else None
            room = twin.room_of.get(RoomId(id) if device is None else device.room or RoomId(""))
            if sort == "storey":
                found.add(StoreyId(id))
            elif room is not None:
                found.add(room.storey)
        return [storey.id for storey in twin.storeys if storey.id in found]

    def _offer_all(self) -> None:
        self.host.offer(tr("Some things are hidden."), tr("Show all again"), self.show_all)


_ONLY: dict[str, Callable[[], str]] = {
    "storey": lambda: tr("Show only this storey"),
    "room": lambda: tr("Show only this room"),
    "device": lambda: tr("Show only this device"),
}
_HIDE: dict[str, Callable[[], str]] = {
    "storey": lambda: tr("Hide this storey"),
    "room": lambda: tr("Hide this room"),
    "device": lambda: tr("Hide this device"),
}
