"""A building as drawn by the user: walls by their axes, openings in them, room names. Metres, y to the north."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any, cast

from twin.model.ids import clean_name
from twin.model.problem import Problem, ProblemError
from twin.model.space import Room

type Spot = tuple[float, float]

GRID_M = 1e-4
"""Resolution of coordinates: 0.1 mm, so that two ends that meet are equal."""
FARTHEST_M = 10_000.0
SHORTEST_M = 0.05
THICKNESS_M = (0.02, 2.0)
HEIGHT_M = (0.3, 50.0)
WIDEST_LEAF_M = 1.25
MOST_WALLS = 5_000
MOST_STOREYS = 200


class OpeningKind(StrEnum):
    """Kind of an opening in a wall."""

    DOOR = "door"
    WINDOW = "window"
    PASSAGE = "passage"
    """An opening to walk through, without a leaf."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnWall:
    """A straight wall along its axis from a to b, metres."""

    id: int
    a: Spot
    b: Spot
    thickness_m: float = 0.12
    height_m: float = 0.0
    """Height in metres; 0 means that of its storey."""

    @property
    def length_m(self) -> float:
        """Length of the wall's axis, metres."""
        return math.dist(self.a, self.b)

    @property
    def along(self) -> Spot:
        """Direction of unit length from a to b."""
        length = self.length_m or 1.0
        return (self.b[0] - self.a[0]) / length, (self.b[1] - self.a[1]) / length

    def at(self, offset_m: float) -> Spot:
        """Coordinates of the point on the axis at this distance from a, metres."""
        x, y = self.along
        return self.a[0] + x * offset_m, self.a[1] + y * offset_m

    def offset(self, spot: Spot) -> float:
        """Distance along the axis from a to the projection of the spot, metres; negative before a."""
        x, y = self.along
        return (spot[0] - self.a[0]) * x + (spot[1] - self.a[1]) * y

    def distance(self, spot: Spot) -> float:
        """Distance of a spot from the axis between a and b, metres."""
        return math.dist(spot, self.at(min(max(self.offset(spot), 0.0), self.length_m)))


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnOpening:
    """A door, window or passage; `offset_m` is its middle along the wall's axis from a."""

    id: int
    wall: int
    offset_m: float
    width_m: float
    height_m: float
    sill_m: float
    kind: OpeningKind
    hinge_at_end: bool = False
    """The hinge is on the side of the wall's end b."""
    swings_right: bool = False
    """The leaf opens to the right of the direction from a to b."""

    @property
    def leaves(self) -> int:
        """Number of leaves of a door of this width: 1 or 2."""
        return 2 if self.width_m > WIDEST_LEAF_M else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomName:
    """Name of the room that contains the spot `at`."""

    id: int
    name: str
    at: Spot


@dataclass(frozen=True, slots=True, kw_only=True)
class Backdrop:
    """An image to trace over; its bytes are kept apart, under their SHA-256."""

    picture: str
    size_px: tuple[int, int]
    m_per_px: float
    origin: Spot
    """Position of the picture's top left corner."""
    opacity: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnStorey:
    """One level. Ids are unique within it."""

    id: int
    name: str
    elevation_m: float = 0.0
    height_m: float = 2.6
    walls: tuple[DrawnWall, ...] = ()
    openings: tuple[DrawnOpening, ...] = ()
    names: tuple[RoomName, ...] = ()
    backdrop: Backdrop | None = None

    @property
    def next_id(self) -> int:
        """The next free id for a wall, an opening or a name."""
        return 1 + max((thing.id for thing in (*self.walls, *self.openings, *self.names)), default=0)

    def wall(self, id: int) -> DrawnWall | None:
        """The wall with this id; None where there is none."""
        return next((wall for wall in self.walls if wall.id == id), None)

    def opening(self, id: int) -> DrawnOpening | None:
        """The opening with this id; None where there is none."""
        return next((opening for opening in self.openings if opening.id == id), None)

    def height_of(self, wall: DrawnWall) -> float:
        """Height of a wall, metres; the storey's where it has none of its own."""
        return wall.height_m or self.height_m


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A whole building, storeys from bottom to top. `site` is part of the ids that it makes, so that two drawings
    differ.
    """

    name: str = ""
    site: str = ""
    storeys: tuple[DrawnStorey, ...] = ()

    def with_storey(self, storey: DrawnStorey) -> Drawing:
        """The same drawing with this storey in place of the one with its id."""
        return replace(self, storeys=tuple(storey if one.id == storey.id else one for one in self.storeys))

    def storey(self, id: int) -> DrawnStorey | None:
        """The storey with this id; None where there is none."""
        return next((storey for storey in self.storeys if storey.id == id), None)

    @property
    def pictures(self) -> frozenset[str]:
        """SHA-256 of the images that are traced."""
        return frozenset(storey.backdrop.picture for storey in self.storeys if storey.backdrop)


@dataclass(frozen=True, slots=True)
class DrawingWithPictures:
    """A drawing with the images it traces, by SHA-256 (PNG or JPEG bytes)."""

    drawing: Drawing
    pictures: Mapping[str, bytes] = field(default_factory=dict[str, bytes])


def empty(name: str = "", site: str = "", *, storey: str = "Ground floor") -> Drawing:
    """A new drawing with one empty storey."""
    return Drawing(name=name, site=site, storeys=(DrawnStorey(id=1, name=storey),))


def named(drawing: Drawing, rooms: Iterable[Room]) -> Drawing:
    """The drawing with the room names that were changed outside the plan editor since."""
    given = {room.source_id: room.name for room in rooms if room.source_id}
    for storey in drawing.storeys:
        names = tuple(replace(one, name=given.get(f"{storey.id}/{one.id}", one.name)) for one in storey.names)
        drawing = drawing.with_storey(replace(storey, names=names))
    return drawing


def spot(x: float, y: float) -> Spot:
    """The coordinates rounded to 0.1 mm. Raises ProblemError for NaN or beyond FARTHEST_M."""
    if not (abs(x) <= FARTHEST_M and abs(y) <= FARTHEST_M):  # also false for NaN
        raise ProblemError(refusal("drawing.far", km=FARTHEST_M / 1000))
    return round(x, 4) + 0.0, round(y, 4) + 0.0


def refusal(code: str, **args: object) -> Problem:
    """The problem for a refused edit of the drawing."""
    return Problem(code=code, args=args)


def as_json(drawing: Drawing) -> str:
    """The drawing as canonical JSON: equal drawings give equal text."""
    return json.dumps(asdict(drawing), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def from_json(text: str) -> Drawing:
    """The drawing in a JSON text. Raises ValueError where it is not valid."""
    try:
        return _Reader().drawing(json.loads(text))
    except (TypeError, KeyError, AttributeError, RecursionError, ProblemError) as error:
        raise ValueError(f"not a drawing: {type(error).__name__} {error}") from error


@dataclass(slots=True)
class _Reader:
    """Reads a drawing from untrusted JSON."""

    ids: set[int] = field(default_factory=set[int])

    def drawing(self, row: Mapping[str, Any]) -> Drawing:
        storeys = tuple(self.storey(one) for one in _rows(row["storeys"], MOST_STOREYS))
        if not storeys or len({storey.id for storey in storeys}) != len(storeys):
            raise ValueError("no storeys, or two that share an id")
        return Drawing(name=clean_name(row["name"]), site=clean_name(row["site"]), storeys=storeys)

    def storey(self, row: Mapping[str, Any]) -> DrawnStorey:
        self.ids = set()
        walls = tuple(self.wall(one) for one in _rows(row["walls"], MOST_WALLS))
        there = {wall.id for wall in walls}
        back = row["backdrop"]
        return DrawnStorey(
            id=int(row["id"]),
            name=clean_name(row["name"]),
            elevation_m=_between(row["elevation_m"], -1000.0, FARTHEST_M),
            height_m=_between(row["height_m"], *HEIGHT_M),
            walls=walls,
            openings=tuple(self.opening(one, there) for one in _rows(row["openings"], MOST_WALLS)),
            names=tuple(self.name(one) for one in _rows(row["names"], MOST_WALLS)),
            backdrop=None if back is None else _backdrop(back),
        )

    def wall(self, row: Mapping[str, Any]) -> DrawnWall:
        a, b = spot(*row["a"]), spot(*row["b"])
        if math.dist(a, b) < SHORTEST_M / 2:  # corners are rounded
            raise ValueError("a wall without length")
        height = 0.0 if not row["height_m"] else _between(row["height_m"], *HEIGHT_M)
        thickness = _between(row["thickness_m"], *THICKNESS_M)
        return DrawnWall(id=self.id(row), a=a, b=b, thickness_m=thickness, height_m=height)

    def opening(self, row: Mapping[str, Any], walls: set[int]) -> DrawnOpening:
        if row["wall"] not in walls:
            raise ValueError("an opening without its wall")
        return DrawnOpening(
            id=self.id(row),
            wall=int(row["wall"]),
            offset_m=_between(row["offset_m"], 0.0, 2 * FARTHEST_M),
            width_m=_between(row["width_m"], 0.01, 100.0),
            height_m=_between(row["height_m"], 0.01, HEIGHT_M[1]),
            sill_m=_between(row["sill_m"], 0.0, HEIGHT_M[1]),
            kind=OpeningKind(row["kind"]),
            hinge_at_end=bool(row["hinge_at_end"]),
            swings_right=bool(row["swings_right"]),
        )

    def name(self, row: Mapping[str, Any]) -> RoomName:
        return RoomName(id=self.id(row), name=clean_name(row["name"]), at=spot(*row["at"]))

    def id(self, row: Mapping[str, Any]) -> int:
        id = int(row["id"])
        if id in self.ids or not 0 < id < 1 << 31:
            raise ValueError("an id that is given twice or is none")
        self.ids.add(id)
        return id


def _rows(value: object, most: int) -> Sequence[Mapping[str, Any]]:
    if not isinstance(value, list) or len(cast("list[object]", value)) > most:
        raise ValueError("no list, or too long")
    return cast("Sequence[Mapping[str, Any]]", value)


def _between(value: object, low: float, high: float) -> float:
    number = float(cast("float", value))
    if not low <= number <= high:
        raise ValueError(f"{number} is not between {low} and {high}")
    return number


def _backdrop(row: Mapping[str, Any]) -> Backdrop:
    picture = str(row["picture"])
    if len(picture) != 64 or set(picture) - set("0123456789abcdef"):
        raise ValueError("a picture without its digest")
    width, height = (int(n) for n in row["size_px"])
    if not (0 < width <= 1 << 16 and 0 < height <= 1 << 16):
        raise ValueError("a picture without size")
    return Backdrop(
        picture=picture,
        size_px=(width, height),
        m_per_px=_between(row["m_per_px"], 1e-6, 1e3),
        origin=spot(*row["origin"]),
        opacity=_between(row["opacity"], 0.0, 1.0),
    )
