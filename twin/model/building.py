"""What an importer hands over: a whole building, whatever file it came from."""

from __future__ import annotations

from dataclasses import dataclass, field

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
