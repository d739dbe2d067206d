"""Preview of reading a building file again: the changes to the project, applied when the user accepts them."""

from __future__ import annotations

from dataclasses import dataclass

from twin.model.building import Building
from twin.model.ids import DeviceId, RoomId
from twin.model.problem import Problem
from twin.model.space import Room

CHANGED = "building.changed"
"""Code of the problem that the building file changed since it was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """A room of the project and the same room in the file."""

    old: Room
    """The project's room, with the name that the file gave it."""
    new: Room
    by: str
    """Property by which the room was recognised: guid, name or shape."""
    moved: bool = False
    renamed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LostRoom:
    """A room that is missing from the file, with the devices in it."""

    room: Room
    devices: tuple[DeviceId, ...] = ()
    suggestion: RoomId | None = None
    """The room that is now at the place of the lost one."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Review:
    """Comparison of project and file before anything is applied: each room of either is kept, moved, renamed, lost or
    new.
    """

    id: str = ""
    """Id of the review in the engine; empty where it was made without an engine."""
    path: str
    source: str
    """Id of the project's file to be replaced, or the new id where the file is added."""
    files: tuple[tuple[str, str], ...]
    """(id, file name) of the building files in the project."""
    building: Building
    """The building as read, before it is merged into the project."""
    pairs: tuple[Recognised, ...] = ()
    new: tuple[Room, ...] = ()
    lost: tuple[LostRoom, ...] = ()
    rooms: tuple[Room, ...] = ()
    """All rooms after the import, with the project's ids."""
    unchanged: bool = False
    """True where the file is byte for byte the one that was read last."""

    @property
    def first(self) -> bool:
        """Whether the project had no building before."""
        return not self.files

    @property
    def added(self) -> bool:
        """Whether the file is added beside the project's files."""
        return bool(self.files) and all(id != self.source for id, _ in self.files)

    @property
    def kept(self) -> tuple[Recognised, ...]:
        """Rooms that the import leaves unchanged."""
        return tuple(pair for pair in self.pairs if not pair.moved and not pair.renamed)

    @property
    def moved(self) -> tuple[Recognised, ...]:
        """Rooms that moved and kept their name."""
        return tuple(pair for pair in self.pairs if pair.moved and not pair.renamed)

    @property
    def renamed(self) -> tuple[Recognised, ...]:
        """Rooms that were renamed, moved or not."""
        return tuple(pair for pair in self.pairs if pair.renamed)

    @property
    def at_stake(self) -> tuple[LostRoom, ...]:
        """Lost rooms with devices in them, for which the user must decide."""
        return tuple(room for room in self.lost if room.devices)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Problems found while reading the file."""
        return self.building.problems
