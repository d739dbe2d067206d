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
    """The file a building was read from; unchanged sha256 and importer version mean the cached mesh is good."""

    path: str
    sha256: str
    importer: str
    """Importer name and version, e.g. `ifc 1`."""
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Building:
    """Storeys from bottom to top, rooms, doors, device placeholders and the mesh."""

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
    """How a building is merged into a project that has one, or more, already."""

    source: str = "1"
    """Id of the building file in the project: its previous contents are replaced, those of other files stay."""
    keep: Mapping[RoomId, RoomId] = field(default_factory=dict[RoomId, RoomId])
    """Its rooms that the project knows, by the ids that they have there."""
    moves: Mapping[RoomId, RoomId] = field(default_factory=dict[RoomId, RoomId])
    """For rooms that go: where the devices in them belong now. The rest become orphans."""
    others: tuple[Door | Placeholder, ...] = ()
    """Doors and devices of the other files whose room changed with it."""
    placed: str = ""
    """Tells its mesh apart from the one that the file alone would have; empty where it was not moved."""
