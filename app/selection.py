"""The selection and the moment shown, with observers; no Qt."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from twin.model.device import Device
from twin.model.ids import DeviceId, RoomId, StoreyId
from twin.model.space import Room, Storey

type Thing = tuple[str, str]
"""Something that can be hidden: (`storey`, `room`, `kind` (of devices) or `device`, its id)."""


@dataclass(frozen=True, slots=True)
class VisibilityFilter:
    """What is hidden in the view. `only` isolates (empty shows all); `hidden` hides within the rest."""

    only: frozenset[Thing] = frozenset()
    hidden: frozenset[Thing] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.only or self.hidden)

    def shows_storey(self, storey: Storey, rooms: Iterable[Room]) -> bool:
        """Whether a storey or one of its rooms is shown; isolating devices or kinds does not hide storeys."""
        own = ("storey", storey.id)
        if own in self.hidden or not self._places:
            return own not in self.hidden
        return own in self.only or any(("room", room.id) in self.only for room in rooms)

    def hidden_storeys(self, storeys: Sequence[Storey], rooms: Sequence[Room]) -> frozenset[int]:
        """Indices of the storeys that are hidden."""
        shown = (self.shows_storey(one, (r for r in rooms if r.storey == one.id)) for one in storeys if self)
        return frozenset(place for place, there in enumerate(shown) if not there)

    def shows_room(self, room: Room) -> bool:
        """Whether the room's name and devices may be shown."""
        own = {("room", room.id), ("storey", room.storey)}
        return own.isdisjoint(self.hidden) and (not self._places or not own.isdisjoint(self.only))

    def shows(self, device: Device, room: Room | None) -> bool:
        """Whether a device is shown; `room` is where it is."""
        own: set[Thing] = {("device", device.id), ("kind", device.kind)}
        if room is not None:
            own |= {("room", room.id), ("storey", room.storey)}
        return own.isdisjoint(self.hidden) and (not self.only or not own.isdisjoint(self.only))

    @property
    def _places(self) -> bool:
        return any(sort in ("storey", "room") for sort, _ in self.only)


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionState:
    """The state of the selection; every field is a value, so comparing tells whether anything changed."""

    devices: frozenset[DeviceId] = frozenset()
    room: RoomId | None = None
    storey: StoreyId | None = None
    """The storey in focus; None shows the whole building."""
    colour_by: str = "temperature"
    """Id of the capability that colours the rooms, or empty for plain rooms."""
    smooth: bool = False
    """Whether colours run from sensor to sensor instead of filling rooms."""
    moment_ms: int | None = None
    """The past moment shown (UTC ms), or None for live."""
    compare_ms: int | None = None
    """The moment (UTC ms) to compare with, when differences are shown; None shows values."""
    visibility: VisibilityFilter = VisibilityFilter()
    """Storeys, rooms, kinds and devices that are hidden."""


@dataclass(slots=True)
class Selection:
    """Holds the SelectionState and calls its observers with (old, new) whenever it changed."""

    state: SelectionState = field(default_factory=SelectionState)
    _observers: list[Callable[[SelectionState, SelectionState], None]] = field(
        default_factory=list[Callable[[SelectionState, SelectionState], None]]
    )

    def observe(self, observer: Callable[[SelectionState, SelectionState], None]) -> Callable[[], None]:
        """Adds an observer; returns the function that removes it."""
        self._observers.append(observer)
        return lambda: self._observers.remove(observer)

    def change(self, **fields: object) -> None:
        """Sets fields of the SelectionState and calls the observers where it changed."""
        old, self.state = self.state, replace(self.state, **fields)  # pyright: ignore[reportArgumentType]
        if old != self.state:
            for observer in tuple(self._observers):
                observer(old, self.state)

    def pick_device(self, device: DeviceId, *, add: bool = False) -> None:
        """Selects one device, or toggles it within the selection."""
        devices = self.state.devices ^ {device} if add else frozenset({device})
        self.change(devices=devices, room=None)

    def pick_room(self, room: RoomId | None) -> None:
        """Selects a room (or none) and deselects devices."""
        self.change(devices=frozenset[DeviceId](), room=room)
