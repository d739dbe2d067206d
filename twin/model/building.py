"""Result of an importer: a whole building, whatever file it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from twin.model.ids import RoomId
from twin.model.mesh import Mesh
from twin.model.problem import Problem
from twin.model.space import Door, Placeholder, Room, Site, Storey


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The file that a building was read from; while `sha256` and `importer` are unchanged, the cached mesh is valid."""

    path: str
    sha256: str
    importer: str
    """Importer name and version, e.g. `ifc 1`."""
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Building:
    """A building: storeys from bottom to top, rooms, doors, device placeholders and the mesh."""

    source: Source
    site: Site = field(default_factory=Site)
    storeys: tuple[Storey, ...] = ()
    rooms: tuple[Room, ...] = ()
    doors: tuple[Door, ...] = ()
    placeholders: tuple[Placeholder, ...] = ()
    mesh: Mesh = field(default_factory=Mesh)
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Instructions for merging a building into a project that has one or more already."""

    source: str = "1"
    """Id of the building file in the project: its previous contents are replaced, those of other files stay."""
    keep: Mapping[RoomId, RoomId] = field(default_factory=dict[RoomId, RoomId])
    """Ids of the file's rooms mapped to the ids of the same rooms in the project."""
    moves: Mapping[RoomId, RoomId] = field(default_factory=dict[RoomId, RoomId])
    """For rooms that are removed: the room that their devices move to. Devices of rooms not listed become orphans."""
    others: tuple[Door | Placeholder, ...] = ()
    """Doors and placeholders of the project's other files whose room changes with this import."""
    placed: str = ""
    """Distinguishes the mesh of a building that was moved from the unmoved one of the same file; empty where it was
    not moved.
    """
