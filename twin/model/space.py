"""Storeys, rooms and doors. Metres, right-handed, z up; polygons are rings without the closing vertex."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from twin.model.ids import DeviceId, DoorId, PlaceholderId, RoomId, StoreyId

Ring = tuple[tuple[float, float], ...]
"""(n, 2) metres in plan; counter-clockwise for an outline, clockwise for a hole."""

Position = tuple[float, float, float]
"""(x, y, z) metres in the project's coordinate system."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Site of the building. Latitude and longitude in degrees (WGS 84); None where not known."""

    name: str = ""
    latitude: float | None = None
    longitude: float | None = None
    elevation_m: float = 0.0
    north_deg: float = 0.0
    """Angle from the project's +y axis to true north, clockwise positive."""
    origin_m: Position = (0.0, 0.0, 0.0)
    """Offset subtracted from the file's coordinates, metres, so that float32 meshes stay exact."""
    time_zone: str = ""
    """IANA name, e.g. Europe/Berlin; empty where not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Storey:
    """One level of the building, ordered by elevation."""

    id: StoreyId
    name: str
    elevation_m: float
    height_m: float
    source_id: str = ""

    @property
    def extent(self) -> tuple[object, ...]:
        """Everything that the storey's shape depends on: id and heights, not the name."""
        return self.id, self.elevation_m, self.height_m


@dataclass(frozen=True, slots=True)
class Classified:
    """A classification reference: system (Uniclass, OmniClass …), code and title; any of them may be empty."""

    system: str
    code: str
    name: str = ""

    @property
    def title(self) -> str:
        """Title as shown to users: code and name, then the system in brackets."""
        text = " ".join(part for part in (self.code, self.name) if part)
        return f"{text} ({self.system})" if self.system and text else text or self.system


SAID_AREA = ("NetFloorArea", "GrossFloorArea", "GSA BIM Area")
SAID_VOLUME = ("NetVolume", "GrossVolume")
SAID_HEIGHT = ("Height", "FinishCeilingHeight", "ClearHeight", "NominalHeight")
"""Names of a room's quantities in building files, the best first (Qto_SpaceBaseQuantities of IFC4, and older names)."""

NAMELESS = "Room"
"""Title of a room without number and name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """One room (IfcSpace): outline, holes, and the heights between which it extends."""

    id: RoomId
    storey: StoreyId
    name: str
    number: str = ""
    outline: Ring = ()
    holes: tuple[Ring, ...] = ()
    floor_m: float = 0.0
    ceiling_m: float = 2.5
    area_m2: float = 0.0
    volume_m3: float = 0.0
    source_id: str = ""
    usage: str = ""
    zones: tuple[str, ...] = ()
    """Names of the zones that the room belongs to, from its file."""
    classes: tuple[Classified, ...] = ()
    stated_sizes: tuple[tuple[str, float], ...] = ()
    """Sizes stated in the building file, by their names there (SAID_*): metres, m², m³."""

    def stated_size(self, names: tuple[str, ...]) -> float | None:
        """The stated size under the first of these names that the file has, metres, m² or m³; None where it has none."""
        known = dict(self.stated_sizes)
        return next((known[name] for name in names if name in known), None)

    @property
    def extent(self) -> tuple[object, ...]:
        """Everything that the room's drawn shape depends on, not the names. The file's id is included because a slab
        with that id gives the floor its colour.
        """
        return (
            self.id, self.storey, self.outline, self.holes, self.floor_m, self.ceiling_m, self.area_m2, self.source_id,
        )  # fmt: skip

    @property
    def title(self) -> str:
        """Title as shown to users: number and name, else NAMELESS."""
        return " ".join(part for part in (self.number, self.name) if part) or NAMELESS

    def contains(self, x: float, y: float) -> bool:
        """Whether the point in plan (metres) lies inside the outline and outside every hole."""
        return ring_contains(self.outline, x, y) and not any(ring_contains(hole, x, y) for hole in self.holes)


@dataclass(frozen=True, slots=True)
class DoorLeaf:
    """One leaf of a swing door: it reaches `width_m` from its hinge (x, y; metres in plan), in direction `closed_deg`
    (counter-clockwise from +x) when closed and `closed_deg + open_deg` when fully open.
    """

    hinge: tuple[float, float]
    closed_deg: float
    open_deg: float
    """Signed: positive opens counter-clockwise as seen from above."""
    width_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A door or opening and the rooms it connects: two, one (to the outside), or none where the geometry gives none."""

    id: DoorId
    storey: StoreyId
    name: str
    rooms: tuple[RoomId, ...]
    position_m: Position
    width_m: float = 0.9
    height_m: float = 2.0
    angle_deg: float = 0.0
    """Direction of its wall, degrees counter-clockwise from +x."""
    source_id: str = ""
    swing: tuple[DoorLeaf, ...] = ()
    """Leaves of a swing door; empty where it slides, folds, has no leaf or the file does not state it. See `leaf_source`."""
    stated_rooms: tuple[RoomId, ...] = ()
    """Rooms that its file relates it to; empty where the file states none."""

    @property
    def disputed(self) -> bool:
        """Whether its file relates it to other rooms than those next to it by geometry."""
        return bool(self.stated_rooms) and set(self.stated_rooms) != set(self.rooms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placeholder:
    """A device described in the building file, with or without a connected device."""

    id: PlaceholderId
    kind: str
    name: str
    storey: StoreyId | None
    room: RoomId | None
    candidates: tuple[RoomId, ...] = ()
    """Rooms that contain it, where more than one does."""
    position_m: Position = (0.0, 0.0, 0.0)
    source_id: str = ""
    device: DeviceId | None = None
    """The device that replaced the placeholder."""
    power: float | None = None
    """A light's brightness as a share of the brightest, 0 to 1; None where not known."""
    colour: str = ""
    """A light's colour as `#rrggbb`; empty where not known."""
    systems: tuple[str, ...] = ()
    """Names of the systems that it belongs to, from its file."""
    classes: tuple[Classified, ...] = ()

    @property
    def by_hand(self) -> bool:
        """Whether the user planned it; no building file has it."""
        return not self.source_id


def leaf_source(source_id: str, number: int) -> str:
    """The `source_id` of the mesh element that is leaf `number` (from 0) of a door.

    Files that do not separate leaf and frame have no such element.
    """
    return f"{source_id} leaf {number + 1}"


def still_named(room: Room, before: Room) -> Room:
    """A room read again, with its former number and name where the file has none any more."""
    if room.number or room.name not in ("", NAMELESS, before.number):
        return replace(room, number=room.number or before.number, name=room.name or before.name)
    return replace(room, number=before.number, name=before.name)


def leaf_door(source_id: str) -> str:
    """The `source_id` of the door that a leaf belongs to; empty for anything else. Inverse of `leaf_source`."""
    door, mark, number = source_id.rpartition(" leaf ")
    return door if mark and number.isdecimal() else ""


def ring_contains(ring: Ring, x: float, y: float) -> bool:
    """Whether the point lies inside the ring (even-odd rule)."""
    inside = False
    for i, (x1, y1) in enumerate(ring):
        x0, y0 = ring[i - 1]
        if (y1 > y) != (y0 > y) and x < (x0 - x1) * (y - y1) / (y0 - y1) + x1:
            inside = not inside
    return inside


def ring_area(ring: Ring) -> float:
    """Signed area in m², positive for a counter-clockwise ring (shoelace formula)."""
    return 0.5 * sum(ring[i - 1][0] * y - x * ring[i - 1][1] for i, (x, y) in enumerate(ring))


def room_at(rooms: Iterable[Room], position_m: Position, *, reach_m: float = 0.3) -> tuple[RoomId, ...]:
    """Ids of all rooms that contain the position, floor and ceiling extended by `reach_m` metres."""
    x, y, z = position_m
    return tuple(
        room.id for room in rooms if room.floor_m - reach_m <= z <= room.ceiling_m + reach_m and room.contains(x, y)
    )
