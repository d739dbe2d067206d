"""What reading a building file again would do to a project: shown first, done when the user says so."""

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
    """By the name that the file had for it."""
    new: Room
    by: str
    """How it was recognised: guid, name or shape."""
    moved: bool = False
    renamed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LostRoom:
    """A room that the file no longer has, and what is in it."""

    room: Room
    devices: tuple[DeviceId, ...] = ()
    suggestion: RoomId | None = None
    """The room that lies there now."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Review:
    """Nothing has changed yet. Every room of project and file is in one of five groups."""

    id: str = ""
    """By which the engine that made it knows it; empty where it was made without one."""
    path: str
    source: str
    """Which of the project's files it replaces, by id, or the id that it gets where it is added."""
    files: tuple[tuple[str, str], ...]
    """(id, file name) of the files that the project has."""
    building: Building
    """As the file has it, before it is put into the project."""
    pairs: tuple[Recognised, ...] = ()
    new: tuple[Room, ...] = ()
    lost: tuple[LostRoom, ...] = ()
    rooms: tuple[Room, ...] = ()
    """The rooms that there are afterwards, by the project's ids."""
    unchanged: bool = False
    """The file is, byte for byte, the one that was read last."""

    @property
    def first(self) -> bool:
        """Whether there was no building before."""
        return not self.files

    @property
    def added(self) -> bool:
        """Whether it comes beside the files that are there."""
        return bool(self.files) and all(id != self.source for id, _ in self.files)

    @property
    def kept(self) -> tuple[Recognised, ...]:
        """Rooms that the import leaves unchanged."""
        return tuple(pair for pair in self.pairs if not pair.moved and not pair.renamed)

    @property
    def moved(self) -> tuple[Recognised, ...]:
        """Rooms that lie elsewhere and are called as before."""
        return tuple(pair for pair in self.pairs if pair.moved and not pair.renamed)

    @property
    def renamed(self) -> tuple[Recognised, ...]:
        """Rooms that are called otherwise, wherever they lie."""
        return tuple(pair for pair in self.pairs if pair.renamed)

    @property
    def at_stake(self) -> tuple[LostRoom, ...]:
        """Lost rooms that have devices in them: somebody has to decide."""
        return tuple(room for room in self.lost if room.devices)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What reading the file found."""
        return self.building.problems
