"""Devices and their points: what the twin knows about a thing that measures or acts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from twin.model.capability import CAPABILITIES, Capability
from twin.model.ids import DeviceId, LinkId, PointId, RoomId, device_id, point_id
from twin.model.kind import kind_of
from twin.model.quantity import symbol_of
from twin.model.space import Position


@dataclass(frozen=True, slots=True, kw_only=True)
class PointInfo:
    """A point as its adapter describes it. `key` is unique within the device (`on_off`, `2.power`)."""

    key: str
    capability: str
    alias: str = ""
    """A shorter name for it, which another point of the device may have too. Where the project knows a point without one
    whose key it is, that is this point as an earlier version keyed it."""
    label: str = ""
    unit: str = ""
    """The unit that the device reports in; empty means the capability's canonical unit."""
    scale: float = 1.0
    """Multiplies a raw report before the unit is applied."""
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    options: tuple[str, ...] = ()
    """The words of an enum point, in code order; empty means the capability's own words."""
    writable: bool = False
    reports: bool = True
    """False where the device never tells the value, so that a command can only be accepted, not confirmed."""
    optimistic: bool = False
    """True where the device may take a command and stay silent (Home Assistant's `optimistic`): then it is sent, not
    failed."""
    expires_s: float = 0.0
    """A value that was not said again for so long is none any more; 0 where it holds until another one is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceInfo:
    """A device as its adapter describes it. `uid` is stable for the protocol, across restarts and addresses."""

    uid: str
    name: str
    points: tuple[PointInfo, ...]
    kind: str = ""
    maker: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""
    address: str = ""
    area: str = ""
    via: str = ""
    """The uid of the bridge that carries it."""
    interval_s: float = 0.0
    """How often it speaks at least; 0 where it only speaks on change."""
    entities: tuple[str, ...] = ()
    """The ids that Home Assistant gives to what it has (`light.kitchen`), those that are sure first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One way into a world of devices: a broker, a Matter server, a host. Its secret lives elsewhere, under the id."""

    id: LinkId
    protocol: str
    address: str
    title: str = ""
    options: tuple[tuple[str, str], ...] = ()

    @property
    def is_simulated(self) -> bool:
        """Whether its devices are played by this program: nothing is lost where nobody records them."""
        return self.protocol == "simulated"

    def option(self, name: str, default: str = "") -> str:
        """The value of an option, or the default."""
        return dict(self.options).get(name, default)


MAX_UNIT = 24
"""Characters of a unit that are shown."""


@lru_cache(maxsize=4096)
def _with_unit(row: Capability, unit: str, resolution: float) -> Capability:
    return replace(row, own_unit=symbol_of(unit)[:MAX_UNIT], resolution=resolution)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One value of a device, taken into the twin."""

    id: PointId
    device: DeviceId
    info: PointInfo

    @property
    def capability(self) -> Capability:
        """The row of the capability table; a raw number's has the device's own unit and step."""
        info = self.info
        row = CAPABILITIES[info.capability]
        own = row.id == "raw_number" and (info.unit or info.step)
        return _with_unit(row, info.unit, info.step or row.resolution) if own else row

    @property
    def writable(self) -> bool:
        """Whether this point takes commands."""
        return self.info.writable

    @property
    def options(self) -> tuple[str, ...]:
        """The words of an enum or bool point in code order."""
        return self.info.options or self.capability.options

    @property
    def title(self) -> str:
        """Title as shown to users: the point's label, else its capability's title."""
        return self.info.label or self.capability.title

    @property
    def range(self) -> tuple[float | None, float | None]:
        """Lowest and highest value it takes, canonical unit."""
        low = self.info.minimum if self.info.minimum is not None else self.capability.minimum
        high = self.info.maximum if self.info.maximum is not None else self.capability.maximum
        return low, high


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A device in the twin."""

    id: DeviceId
    link: LinkId
    protocol: str
    uid: str
    name: str
    kind: str
    points: tuple[Point, ...] = ()
    maker: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""
    address: str = ""
    area: str = ""
    """The room's name as the device's own system knows it; a hint for binding."""
    via: DeviceId | None = None
    interval_s: float = 0.0
    said_name: str = ""
    """The name that its own system gives it; where it is the name, the user gave none and a new one is taken over."""
    room: RoomId | None = None
    position_m: Position | None = None
    said_kind: str = ""
    """The kind that its own system gives it, or that follows from its points; another one is the user's choice."""

    def point(self, key: str) -> Point | None:
        """The point with this key, or the only one with this alias, or the first with this capability; None without."""
        named = [point for point in self.points if point.info.alias == key]
        found = [point for point in self.points if point.info.key == key] or (named if len(named) == 1 else [])
        return next(iter(found), None) or next((point for point in self.points if point.info.capability == key), None)


@dataclass(frozen=True, slots=True)
class Orphan:
    """A device whose room a re-import took away, and where it was; until the user decides."""

    device: DeviceId
    room: RoomId
    title: str
    """Title of the lost room."""
    position_m: Position | None


def device_from_description(info: DeviceInfo, link: Link) -> Device:
    """The twin's device for an adapter's description: same uid, same id, for ever."""
    id = device_id(link.protocol, info.uid)
    kind = info.kind or kind_of(frozenset(point.capability for point in info.points))
    return Device(
        id=id,
        link=link.id,
        protocol=link.protocol,
        uid=info.uid,
        name=info.name or info.uid,
        kind=kind,
        points=tuple(Point(id=point_id(id, point.key), device=id, info=point) for point in info.points),
        maker=info.maker,
        model=info.model,
        serial=info.serial,
        firmware=info.firmware,
        address=info.address,
        area=info.area,
        via=device_id(link.protocol, info.via) if info.via else None,
        interval_s=info.interval_s,
        said_name=info.name or info.uid,
        said_kind=kind,
    )


def merged_description(known: Device, fresh: Device) -> Device:
    """A device described again: new facts and points, the user's own name, kind, room and spot kept; a kind and a name
    that nobody chose follow what the device turns out to be. Points that were
    there keep their ids, whatever they are keyed by now, and with them all that was recorded."""
    followed = known.name == known.said_name and fresh.said_name
    return replace(
        fresh,
        name=fresh.name if followed else known.name,
        kind=fresh.kind if known.kind == known.said_kind else known.kind,
        room=known.room,
        position_m=known.position_m,
        points=continued(known.points, fresh.points),
    )


def continued(known: Iterable[Point], fresh: tuple[Point, ...]) -> tuple[Point, ...]:
    """The fresh points, with the ids of the known ones that they are: those with their key, then their predecessors."""
    known = tuple(known)
    ids = {point.info.key: point.id for point in known}
    ids |= {one[0].info.key: was.id for was, one in heirs(known, fresh)}
    taken = {id for point in fresh if (id := ids.get(point.info.key))}
    return tuple(_with_id(point, ids.get(point.info.key), taken) for point in fresh)


def heirs(known: Iterable[Point], fresh: tuple[Point, ...]) -> tuple[tuple[Point, tuple[Point, ...]], ...]:
    """Points that an earlier version knew by what is only an alias now, and the points that each may have been: the one
    that it most probably was comes first, since it was described last and in the same words."""
    known, there = tuple(known), {point.info.key for point in fresh}
    left = [point for point in known if not point.info.alias and point.info.key not in there]
    before = {point.info.key for point in known} if left else set[str]()
    new = [point for point in fresh if point.info.key not in before]
    found: list[tuple[Point, tuple[Point, ...]]] = []
    for was in left:
        mine = [point for point in reversed(new) if point.info.alias == was.info.key]
        if mine:
            found.append((was, tuple(sorted(mine, key=lambda point: _likeness(was, point), reverse=True))))
    return tuple(found)


def _likeness(one: Point, other: Point) -> int:
    names = ("capability", "label", "unit", "writable", "minimum", "maximum", "options")
    return sum(getattr(one.info, name) == getattr(other.info, name) for name in names)


def _with_id(point: Point, known: PointId | None, taken: set[PointId]) -> Point:
    if known is None and point.id in taken:  # its own id is what an older point with another key goes by
        return replace(point, id=PointId(f"{point.id}~"))
    return point if known in (None, point.id) else replace(point, id=known)
