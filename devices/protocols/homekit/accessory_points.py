"""The points of an accessory: how its characteristics are read and written, and its description as a device."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from devices.contract import RefusedError
from devices.protocols.homekit import characteristics as table
from devices.protocols.homekit.accessory_database import Accessory, AccessoryService, Characteristic
from devices.protocols.homekit.codecs import CODECS, HapValue
from twin.model.capability import CAPABILITIES, ValueType
from twin.model.colour import hs_from_xy, xy_from_hs
from twin.model.device import DeviceInfo, PointInfo
from twin.model.ids import clean_name
from twin.model.observation import Value
from twin.model.quantity import to_canonical
from twin.model.text import Text

type Values = Mapping[int, object]
"""Values of an accessory by instance id."""

_UNITS = {"celsius": "°C", "percentage": "%", "arcdegrees": "°", "lux": "lx", "seconds": "s"}
_NUMBERS = ("uint8", "uint16", "uint32", "uint64", "int", "float")
_FIXED: dict[str, Value] = {
    "on": True,
    "off": False,
    "open": 100.0,
    "close": 0.0,
    "lock": "locked",
    "unlock": "unlocked",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessoryPoint:
    """One point, the characteristics that it is read from, and those that it is written to (instance ids)."""

    info: PointInfo
    reads: tuple[int, ...]
    codec: str = "number"
    options: tuple[str, ...] = ()
    """The words of an enumeration, all of them in the order of their numbers."""
    writes: int | None = None
    whole: bool = False
    """Whether the written characteristic takes whole numbers only."""
    stop: int | None = None
    fires: bool = False
    """Whether the values are passing events, which a read does not repeat."""

    def decoded(self, values: Values) -> Value:
        """The point's value; None where there is none."""
        if self.codec == "colour":
            hue, saturation = (values.get(iid) for iid in self.reads)
            if isinstance(hue, int | float) and isinstance(saturation, int | float):
                return xy_from_hs(hue, saturation)
            return None
        return CODECS[self.codec].read(values.get(self.reads[0]), self.options)

    def encoded(self, verb: str, value: Value, before: Value) -> list[tuple[int, HapValue]]:
        """The values to write. Raises RefusedError where the command has none."""
        if verb == "stop" and self.stop is not None:
            return [(self.stop, True)]
        if self.writes is None:
            raise RefusedError(Text("homekit.read_only"))
        if verb == "identify":
            return [(self.writes, True)]
        wanted = _wanted(verb, value, before)
        if self.codec == "colour":
            if not isinstance(wanted, tuple) or not all(math.isfinite(part) for part in wanted):
                raise RefusedError(Text("reason.meaningless", verb=verb, value=str(value)))
            return list(zip(self.reads, hs_from_xy(wanted), strict=True))
        raw = CODECS[self.codec].write(wanted, self.options)
        return [(self.writes, round(raw) if self.whole and isinstance(raw, float) else raw)]


def _wanted(verb: str, value: Value, before: Value) -> Value:
    if verb in _FIXED:
        return _FIXED[verb]
    if verb == "toggle":
        if not isinstance(before, bool):
            raise RefusedError(Text("reason.nothing_to_toggle"))
        return not before
    if verb == "step" and isinstance(value, int | float):
        if isinstance(before, bool) or not isinstance(before, int | float):
            raise RefusedError(Text("reason.nothing_to_step"))
        return min(100.0, max(0.0, before + value))
    if verb != "set":
        raise RefusedError(Text("reason.meaningless", verb=verb, value=str(value)))
    return value


def points_of(accessory: Accessory, known_name: Callable[[str], str]) -> tuple[AccessoryPoint, ...]:
    """Every point of an accessory; `known_name` is the name of a type that is not in the table (empty: none)."""
    found: list[AccessoryPoint] = []
    for service in accessory.services:
        if service.type in table.PASSED_OVER:
            continue
        service_name = clean_name(_service_name(service))
        found += _service_points(service, service_name, known_name)
    alike = Counter(_name(one) for one in found)
    return tuple(_told_apart(one, alike) for one in found)


def _told_apart(point: AccessoryPoint, alike: Counter[tuple[str, str]]) -> AccessoryPoint:
    """A point without the name of its service where no other one is called so."""
    service, _, label = point.info.label.rpartition("\0")
    if alike[_name(point)] > 1 and service:
        title = label or CAPABILITIES[point.info.capability].title
        label = service if not label and service != title else f"{service} {title}"
    return replace(point, info=replace(point.info, label=label))


def _name(point: AccessoryPoint) -> tuple[str, str]:
    """What a point is called without its service."""
    return point.info.capability, point.info.label.rpartition("\0")[2]


def _service_name(service: AccessoryService) -> str:
    return next((one.description for one in service.characteristics if one.type == table.CONFIGURED_NAME), "")


def _service_points(service: AccessoryService, name: str, known_name: Callable[[str], str]) -> Iterator[AccessoryPoint]:
    present = {one.type: one for one in service.characteristics}
    rows = {type: table.ROWS[type] for type in present if type in table.ROWS}
    written = {row.target for row in rows.values()} | {row.stop for row in rows.values()}
    for one in service.characteristics:
        if one.type in written or one.type in table.SILENT or one.type == table.SATURATION:
            continue
        if service.type == table.INFORMATION and one.type != "14":
            continue
        if one.type == table.HUE:
            point = _colour(one, present.get(table.SATURATION))
        elif (row := rows.get(one.type)) is not None:
            point = _known(one, row, present)
        else:
            point = _raw(one, known_name(one.type))
        if point is not None:
            yield replace(point, info=replace(point.info, label=f"{name}\0{point.info.label}"))


def _known(one: Characteristic, row: table.Row, present: Mapping[str, Characteristic]) -> AccessoryPoint | None:
    target = present.get(row.target) if row.target else one
    stop = present.get(row.stop)
    writes = target.iid if target is not None and "pw" in target.perms else None
    readable, fires = "pr" in one.perms or "ev" in one.perms, CAPABILITIES[row.capability].type is ValueType.EVENT
    if not readable and writes is None:
        return None
    limits = target or one
    low, high = _limits(limits, row)
    valid = tuple(word for n, word in enumerate(row.options) if not limits.valid or n in limits.valid)
    info = PointInfo(
        key=f"{row.capability}.{one.iid}",
        capability=row.capability,
        label=row.label,
        unit=row.unit or ("" if row.codec == "mired" else _unit(one, row.capability)),
        minimum=low,
        maximum=high,
        step=one.step if row.codec == "number" else None,
        options=valid if CAPABILITIES[row.capability].type is ValueType.ENUM else (),
        writable=writes is not None and (CAPABILITIES[row.capability].writable or row.capability.startswith("raw_")),
        reports=readable and row.capability != "identify",
    )
    return AccessoryPoint(
        info=info,
        reads=(one.iid,),
        codec=row.codec,
        options=row.options,
        writes=writes if info.writable else None,
        whole=limits.format in _NUMBERS and limits.format != "float",
        stop=stop.iid if stop is not None and "pw" in stop.perms else None,
        fires=fires,
    )


def _limits(one: Characteristic, row: table.Row) -> tuple[float | None, float | None]:
    """Narrower limits than the capability's, in canonical units; None where the accessory names none."""
    low, high, known = one.minimum, one.maximum, CAPABILITIES[row.capability]
    if row.codec == "mired":
        low, high = (1e6 / high if high else None), (1e6 / low if low else None)
    elif row.codec != "number":
        return None, None
    unit = _unit(one, row.capability)
    low, high = (_canonical(limit, unit, row.capability) for limit in (low, high))
    if low is not None and known.minimum is not None:
        low = max(low, known.minimum)
    if high is not None and known.maximum is not None:
        high = min(high, known.maximum)
    return low, high


def _canonical(limit: float | None, unit: str, capability: str) -> float | None:
    if limit is None or not unit:
        return limit
    converted = to_canonical(limit, unit, CAPABILITIES[capability].quantity)
    return limit if converted is None else converted


def _unit(one: Characteristic, capability: str) -> str:
    unit = _UNITS.get(one.unit, "")
    row = CAPABILITIES[capability]
    return unit if row.group == "raw" or to_canonical(1.0, unit, row.quantity) is not None else ""


def _colour(hue: Characteristic, saturation: Characteristic | None) -> AccessoryPoint | None:
    if saturation is None:
        return _raw(hue, "Hue")
    writable = "pw" in hue.perms and "pw" in saturation.perms
    info = PointInfo(key=f"color.{hue.iid}", capability="color", writable=writable)
    return AccessoryPoint(
        info=info, reads=(hue.iid, saturation.iid), codec="colour", writes=hue.iid if writable else None
    )


def _raw(one: Characteristic, name: str) -> AccessoryPoint | None:
    """What is not in the table, with the accessory's own words and unit; None where it cannot be shown."""
    label = clean_name(one.description or name)
    if not label or "pr" not in one.perms:
        return None
    writable = "pw" in one.perms
    if one.format == "bool":
        capability, codec = "raw_bool", "bool"
    elif one.format in _NUMBERS:
        capability, codec = "raw_number", "number"
    elif one.format == "string":
        capability, codec, writable = "raw_text", "text", False
    else:
        return None
    info = PointInfo(
        key=f"{capability}.{one.iid}",
        capability=capability,
        label=label,
        unit=_UNITS.get(one.unit, clean_name(one.unit, 24)) if capability == "raw_number" else "",
        minimum=one.minimum if capability == "raw_number" else None,
        maximum=one.maximum if capability == "raw_number" else None,
        step=one.step if capability == "raw_number" else None,
        writable=writable,
    )
    whole = one.format in _NUMBERS and one.format != "float"
    return AccessoryPoint(info=info, reads=(one.iid,), codec=codec, writes=one.iid if writable else None, whole=whole)


def described(
    accessory: Accessory, points: tuple[AccessoryPoint, ...], values: Values, *, uid: str, via: str, address: str
) -> DeviceInfo:
    """The accessory as a device."""
    information = next((one for one in accessory.services if one.type == table.INFORMATION), None)

    def stated(type: str) -> str:
        one = information.has(type) if information else None
        text = values.get(one.iid) if one else None
        return clean_name(text) if isinstance(text, str) else ""

    return DeviceInfo(
        uid=uid,
        name=stated(table.NAME) or "HomeKit",
        points=tuple(point.info for point in points),
        kind=_kind(accessory, via),
        maker=stated(table.MAKER),
        model=stated(table.MODEL),
        serial=stated(table.SERIAL),
        firmware=stated(table.FIRMWARE),
        address=address,
        via=via,
    )


def _kind(accessory: Accessory, via: str) -> str:
    """The kind that the services make; empty where it follows from the points, `bridge` for one without any of them."""
    kinds = list(dict.fromkeys(table.KINDS[one.type] for one in accessory.services if one.type in table.KINDS))
    if not kinds and not via and all(one.type in table.PASSED_OVER | {table.INFORMATION} for one in accessory.services):
        return "bridge"
    return kinds[0] if len(kinds) == 1 else ""
