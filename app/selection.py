"""What is picked and which moment is shown: plain observers, no Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from twin.model.ident import DeviceId, RoomId, StoreyId


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """The state of the selection; every field is a value, so comparing tells whether anything changed."""

    devices: frozenset[DeviceId] = frozenset()
    room: RoomId | None = None
    storey: StoreyId | None = None
    """The storey in focus; None shows the whole building."""
    colour_by: str = "temperature"
    """A capability id, or empty for plain rooms."""
    moment_ms: int | None = None
    """A past moment, or None for live."""


@dataclass(slots=True)
class Selection:
    """Holds Picked and tells its observers (old, new) when, and only when, something changed."""

    picked: Picked = field(default_factory=Picked)
    _observers: list[Callable[[Picked, Picked], None]] = field(default_factory=list[Callable[[Picked, Picked], None]])

    def observe(self, observer: Callable[[Picked, Picked], None]) -> Callable[[], None]:
        """Adds an observer; the answer removes it again."""
        self._observers.append(observer)
        return lambda: self._observers.remove(observer)

    def change(self, **fields: object) -> None:
        """Sets the given fields of Picked."""
        old, self.picked = self.picked, replace(self.picked, **fields)  # pyright: ignore[reportArgumentType]
        if old != self.picked:
            for observer in tuple(self._observers):
                observer(old, self.picked)

    def pick_device(self, device: DeviceId, *, add: bool = False) -> None:
        """Selects one device, or toggles it within the selection."""
        devices = self.picked.devices ^ {device} if add else frozenset({device})
        self.change(devices=devices, room=None)

    def pick_room(self, room: RoomId | None) -> None:
        """Selects a room (or nothing) and lets go of the devices."""
        self.change(devices=frozenset(), room=room)
