"""Preview of reading a building file again: the changes to the project, applied when the user accepts them."""

from __future__ import annotations

from dataclasses import dataclass

from twin.model.building import Building
from twin.model.ids import DeviceId, RoomId
from twin.model.problem import Problem
from twin.model.space import Room

CHANGED = "building.changed"
"""Code of the problem that says: the building's file is another than the one that was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """A room of the project and the same room in the file."""

    old: Room
    """The project's room, with the name that the file had for it."""
    new: Room
    by: str
    """Property by which the room was recognised: guid, name or shape."""
    moved: bool = False
    renamed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LostRoom:
    """A room that the file no longer has, and what is in it."""

    room: Room
    devices: tuple[DeviceId, ...] = ()
    suggestion: RoomId | None = None
    """The room that is now at the place of the lost one."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Review:
    """Comparison of project and file before anything changes. Every room of both is in one of five groups."""

    id: str = ""
    """Id by which the engine knows the review; empty where it was made without an engine."""
    path: str
    source: str
    """Id of the project's file that is replaced, or the new id where the file is added."""
    files: tuple[tuple[str, str], ...]
    """(id, file name) of the files that the project has."""
    building: Building
    """The building as the file has it, before it is merged into the project."""
    pairs: tuple[Recognised, ...] = ()
    new: tuple[Room, ...] = ()
    lost: tuple[LostRoom, ...] = ()
    rooms: tuple[Room, ...] = ()
    """All rooms after the import, with the project's ids."""
    unchanged: bool = False
    """The file is, byte for byte, the one that was read last."""

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
        """Lost rooms that have devices in them: somebody has to decide."""
        return tuple(room for room in self.lost if room.devices)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Problems found while reading the file."""
        return self.building.problems
