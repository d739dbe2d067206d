"""Devices, their points and links, as adapters describe them and as the twin keeps them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
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
    """A shorter name, which other points of the device may share. A known point without an alias whose key equals it
    is the same point as keyed by an earlier version.
    """
    label: str = ""
    unit: str = ""
    """Unit of the device's reports; empty means the capability's canonical unit."""
    scale: float = 1.0
    """Factor on a raw report before its unit is converted."""
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    options: tuple[str, ...] = ()
    """Options of an enum point in code order; empty means those of the capability."""
    writable: bool = False
    reports: bool = True
    """False where the device never reports the value: a command can be accepted but not confirmed."""
    optimistic: bool = False
    """True where the device may accept a command without reporting (Home Assistant's `optimistic`): such a command
    ends as sent, not failed.
    """
    expires_s: float = 0.0
    """Seconds after which a value that was not reported again expires; 0 means never."""


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
    """The uid of the bridge that it is connected through."""
    interval_s: float = 0.0
    """Longest time between two reports, seconds; 0 where the device reports on change only."""
    entities: tuple[str, ...] = ()
    """Home Assistant entity ids of the device (`light.kitchen`), the certain ones first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A connection to a system of devices: a broker, a Matter server, a host. Its secret is stored elsewhere under the
    id.
    """

    id: LinkId
    protocol: str
    address: str
    title: str = ""
    options: tuple[tuple[str, str], ...] = ()

    @property
    def is_simulated(self) -> bool:
        """Whether its devices are simulated by this program, so that recording gaps lose nothing."""
        return self.protocol == "simulated"

    def option(self, name: str, default: str = "") -> str:
        """The value of an option, or the default."""
        return dict(self.options).get(name, default)


MAX_UNIT = 24
"""Longest unit symbol shown, characters."""


@lru_cache(maxsize=4096)
def _with_unit(row: Capability, unit: str, resolution: float) -> Capability:
    return replace(row, own_unit=symbol_of(unit)[:MAX_UNIT], resolution=resolution)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One value of a device in the twin."""

    id: PointId
    device: DeviceId
    info: PointInfo

    @property
    def capability(self) -> Capability:
        """The row of the capability table; for a raw number with the device's own unit and step."""
        info = self.info
        row = CAPABILITIES[info.capability]
        own = row.id == "raw_number" and (info.unit or info.step)
        return _with_unit(row, info.unit, info.step or row.resolution) if own else row

    @property
    def writable(self) -> bool:
        """Whether the point accepts commands."""
        return self.info.writable

    @property
    def options(self) -> tuple[str, ...]:
        """Options of an enum or bool point in code order."""
        return self.info.options or self.capability.options

    @property
    def title(self) -> str:
        """Title as shown to users: the point's label, else its capability's title."""
        return self.info.label or self.capability.title

    @property
    def range(self) -> tuple[float | None, float | None]:
        """Lowest and highest value accepted, canonical unit; None for no limit."""
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
    """Room name that the device's own system gives; used to suggest a room."""
    via: DeviceId | None = None
    interval_s: float = 0.0
    reported_name: str = ""
    """Name given by the device's own system; while `name` equals it, the name follows changes of it."""
    room: RoomId | None = None
    position_m: Position | None = None
    reported_kind: str = ""
    """Kind given by its own system or derived from its points; a different `kind` is the user's choice."""

    def point(self, key: str) -> Point | None:
        """The point with this key, else the only one with this alias, else the first with this capability; None where
        there is none.
        """
        named = [point for point in self.points if point.info.alias == key]
        found = [point for point in self.points if point.info.key == key] or (named if len(named) == 1 else [])
        return next(iter(found), None) or next((point for point in self.points if point.info.capability == key), None)


@dataclass(frozen=True, slots=True)
class Orphan:
    """A device whose room a re-import removed, and its former place; kept until the user decides."""

    device: DeviceId
    room: RoomId
    title: str
    """Title of the lost room."""
    position_m: Position | None


def device_from_description(info: DeviceInfo, link: Link, id_of: Callable[[str], DeviceId] | None = None) -> Device:
    """The twin's device for an adapter's description. `id_of` gives the ids of the link's devices by uid; without it, the
    same protocol and uid always give the same id."""
    id_of = id_of or (lambda uid: device_id(link.protocol, uid))
    id = id_of(info.uid)
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
        via=id_of(info.via) if info.via else None,
        interval_s=info.interval_s,
        reported_name=info.name or info.uid,
        reported_kind=kind,
    )


def merged_description(known: Device, fresh: Device) -> Device:
    """The device with a new description; room, position and names and kinds chosen by the user are kept.

    A name or kind that the user did not change follows the description. Points that were there keep their ids, even
    under another key, and so their history.
    """
    followed = known.name == known.reported_name and fresh.reported_name
    return replace(
        fresh,
        name=fresh.name if followed else known.name,
        kind=fresh.kind if known.kind == known.reported_kind else known.kind,
        room=known.room,
        position_m=known.position_m,
        points=continued(known.points, fresh.points),
    )


def continued(known: Iterable[Point], fresh: tuple[Point, ...]) -> tuple[Point, ...]:
    """The fresh points, each with the id of the known point that it continues: same key, else predecessor (`heirs`). What is
    measured in another unit continues nothing: its values are no longer those of the known point.
    """
    known, others = tuple(known), {was.info.key: was.id for was, _ in in_other_units(known, fresh)}
    ids = {point.info.key: point.id for point in known if point.info.key not in others}
    ids |= {one[0].info.key: was.id for was, one in heirs(known, fresh)}
    taken = {id for point in fresh if (id := ids.get(point.info.key))} | set(others.values())
    return tuple(_with_id(point, ids.get(point.info.key), taken) for point in fresh)


def in_other_units(known: Iterable[Point], fresh: Iterable[Point]) -> tuple[tuple[Point, Point], ...]:
    """The known points that are described with another unit now, each beside its fresh point. A unit that was not told before,
    or is not told any more, is none.
    """
    now = {point.info.key: point for point in fresh}
    pairs = ((was, now[was.info.key]) for was in known if was.info.key in now)
    units = ((was, one, {was.capability.unit, one.capability.unit}) for was, one in pairs if was.info is not one.info)
    return tuple((was, one) for was, one, both in units if len(both) > 1 and "" not in both)


def heirs(known: Iterable[Point], fresh: tuple[Point, ...]) -> tuple[tuple[Point, tuple[Point, ...]], ...]:
    """For each known point whose key is only an alias now: the point and the fresh points that may continue it.

    The likeliest comes first: most equal fields, then described last.
    """
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
