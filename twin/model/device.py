"""Devices, their points and links, as adapters describe them and as the twin keeps them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from twin.model.capability import CAPABILITIES, Capability
from twin.model.ids import DeviceId, LinkId, PointId, RoomId, derived, device_id, point_id
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


RAW_NUMBER = "raw_number"
"""The capability of numbers whose meaning is not known: they have the unit that their device tells, if any."""
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
        own = row.id == RAW_NUMBER and (info.unit or info.step)
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
        there is none. What a user types may mean several: see `points_called`.
        """
        return next(iter(self.points_called(key)), None)

    def points_called(self, key: str) -> tuple[Point, ...]:
        """All points that this may mean: the one with this key, else the only one with this alias, else those with this
        capability.
        """
        named = [point for point in self.points if point.info.alias == key]
        found = [point for point in self.points if point.info.key == key] or (named if len(named) == 1 else [])
        return tuple(found or self.points_of(key))

    def points_of(self, capability: str) -> tuple[Point, ...]:
        """All points with this capability: a switch of two gangs has two."""
        return tuple(point for point in self.points if point.info.capability == capability)


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


type RecordedUnit = Callable[[PointId], str | None]
"""The unit in which the history has a point's values, empty for none; None where it has none of the point."""


def merged_description(known: Device, fresh: Device, recorded: RecordedUnit | None = None) -> Device:
    """The device with a new description; room, position and names and kinds chosen by the user are kept.

    A name or kind that the user did not change follows the description. Points that were there keep their ids, even
    under another key, and so their history, as long as their unit is the same (`continued`).
    """
    followed = known.name == known.reported_name and fresh.reported_name
    return replace(
        fresh,
        name=fresh.name if followed else known.name,
        kind=fresh.kind if known.kind == known.reported_kind else known.kind,
        room=known.room,
        position_m=known.position_m,
        points=continued(known.points, fresh.points, recorded),
    )


def continued(
    known: Iterable[Point], fresh: tuple[Point, ...], recorded: RecordedUnit | None = None
) -> tuple[Point, ...]:
    """The fresh points, each with the id of the known point that it continues: same key, else predecessor (`heirs`).

    What is measured in another unit than its values were before, or are `recorded` in, continues nothing: it has an id of its own
    unit. A unit that is not told any more stays. Without `recorded`, fresh ids that are not those of their keys were chosen with
    it and stay.
    """
    known = tuple(known)
    before = {point.info.key: point for point in known}
    before |= {one[0].info.key: was for was, one in heirs(known, fresh)}
    pairs = [(point, before.get(point.info.key)) for point in fresh]
    taken = {was.id for _, was in pairs if was is not None}
    return tuple(
        _with_own_id(point, taken, recorded)
        if was is None or not _continues(was, point, recorded)
        else _in_place_of(was, point, recorded)
        for point, was in pairs
    )


def described_anew(device: Device, recorded: RecordedUnit) -> Device:
    """A described device that is not in the twin. It may have been here before, and an earlier version may have recorded it under
    other keys: its points go on as these were `recorded`."""
    aliases = {point.info.alias for point in device.points if point.info.alias}
    ids = {point_id(device.id, alias): alias for alias in aliases}
    before = [
        Point(
            id=id, device=device.id, info=PointInfo(key=key, capability=RAW_NUMBER if unit else "raw_text", unit=unit)
        )
        for id, key in ids.items()
        if (unit := recorded(id)) is not None
    ]
    return replace(device, points=continued(before, device.points, recorded))


def in_other_units(known: Iterable[Point], merged: Iterable[Point]) -> tuple[tuple[Point, Point], ...]:
    """The known points whose values are recorded apart from now on, each beside the merged point of its key."""
    now = {point.info.key: point for point in merged}
    pairs = ((was, now[was.info.key]) for was in known if was.info.key in now)
    return tuple((was, one) for was, one in pairs if was.id != one.id)


def _continues(was: Point, now: Point, recorded: RecordedUnit | None) -> bool:
    """Whether `now` measures what `was` did. One of both units may not be told, as long as no value is converted."""
    if recorded is None and now.id != point_id(now.device, now.info.key):
        return now.id == was.id
    unit = _recorded_unit(was, recorded)
    if unit == now.capability.unit:
        return True
    if _is_untold(now):
        return was.info.capability == RAW_NUMBER
    told = symbol_of(now.info.unit) in ("", now.capability.unit)
    return not unit and _is_untold(was) and told and was.info.scale == now.info.scale


def _recorded_unit(point: Point, recorded: RecordedUnit | None) -> str:
    return (recorded and recorded(point.id)) or point.capability.unit


def _is_untold(point: Point) -> bool:
    """Whether the device does not tell in which unit it measures."""
    return point.info.capability == RAW_NUMBER and not point.capability.unit


def _in_place_of(was: Point, point: Point, recorded: RecordedUnit | None) -> Point:
    """The point with the id of the known one, and with its unit where that is not told any more."""
    unit = _recorded_unit(was, recorded)
    info = replace(point.info, unit=unit) if unit and _is_untold(point) else point.info
    return point if (point.id, point.info) == (was.id, info) else replace(point, id=was.id, info=info)


def _with_own_id(point: Point, taken: set[PointId], recorded: RecordedUnit | None) -> Point:
    """The point with its own id, where neither an older point goes by that nor values in another unit are recorded under it."""
    unit, id = point.capability.unit, point.id
    if id in taken or not (recorded is None or recorded(id) in (None, unit)):
        id = PointId(f"{id}~{derived('unit', unit)[:8]}")
    while id in taken or not (recorded is None or recorded(id) in (None, unit)):
        id = PointId(f"{id}~")
    return point if id == point.id else replace(point, id=id)


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
