"""What a drawn building is made of. Metres, z up, y north; angles in degrees, counter-clockwise."""

from __future__ import annotations

from dataclasses import dataclass, field

from twin.model.space import Position, Ring

type Spot = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanWall:
    """A straight wall along its axis."""

    start: Spot
    end: Spot
    thickness_m: float
    height_m: float = 0.0
    """0 means up to the next level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRoom:
    """A room by its clear outline."""

    name: str
    outline: Ring
    usage: str
    floor: str
    """Colour of the floor, `#rrggbb`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A thing that stands or hangs somewhere: `model` names a shape of furniture.py, `kind` is piece, door, window or light."""

    model: str
    name: str
    at: Spot
    size: tuple[float, float, float]
    """Width, depth, height."""
    angle_deg: float = 0.0
    lift_m: float = 0.0
    kind: str = "piece"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDevice:
    """A device that lives in the demo: what it is, where, and the room it belongs to."""

    uid: str
    name: str
    kind: str
    room: str
    at: Position
    """Height is above the level's floor."""
    facts: tuple[tuple[str, float | str], ...] = ()


@dataclass(slots=True, kw_only=True)
class Level:
    """One storey."""

    name: str
    elevation_m: float
    height_m: float
    walls: list[PlanWall] = field(default_factory=list[PlanWall])
    rooms: list[PlanRoom] = field(default_factory=list[PlanRoom])
    pieces: list[Piece] = field(default_factory=list[Piece])
    devices: list[PlanDevice] = field(default_factory=list[PlanDevice])

    def box_room(self, name: str, low: Spot, high: Spot, *, usage: str, floor: str) -> None:
        """A rectangular room between two corners."""
        ring = (low, (high[0], low[1]), high, (low[0], high[1]))
        self.rooms.append(PlanRoom(name=name, outline=ring, usage=usage, floor=floor))

    def put(
        self,
        model: str,
        at: Spot,
        size: tuple[float, float, float],
        *,
        name: str = "",
        angle: float = 0.0,
        lift: float = 0.0,
        kind: str = "piece",
    ) -> None:
        """A piece; without a name it is called by its model."""
        title = name or model.replace("_", " ").capitalize()
        self.pieces.append(Piece(model=model, name=title, at=at, size=size, angle_deg=angle, lift_m=lift, kind=kind))


@dataclass(slots=True, kw_only=True)
class Plan:
    """A whole building."""

    name: str
    latitude: float
    longitude: float
    levels: list[Level]
    north_deg: float = 0.0
