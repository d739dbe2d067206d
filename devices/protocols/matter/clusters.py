"""Converts a Matter node's attributes to devices and points of the twin. Pure.

One node is one device with everything on its endpoints (a plug and its meter); a bridge is one device, and one more for
each device behind it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from devices.protocols.matter.attribute_table import (
    AIR_QUALITY,
    BUTTON,
    CHARGER,
    CHARGER_STATES,
    COLOUR,
    CONCENTRATIONS,
    DUST_UNITS,
    IDENTIFY,
    KINDS,
    PARTS_UNITS,
    ROWS,
    UNIT,
    UNIT_WORDS,
    AttributeRow,
    Read,
    X,
    Y,
    number,
    times,
)  # fmt: skip
from twin.model.capability import CAPABILITIES
from twin.model.device import DeviceInfo, PointInfo
from twin.model.ids import clean_name
from twin.model.observation import Value
from twin.model.quantity import Quantity

FEATURES = 65532
PROBED_S = 30.0
"""Longest seconds between two signs of life of an online node, ensured by probes; the report interval of its devices.
"""
MAX_ENDPOINTS = 1024
_BASIC, _BRIDGED, _DESCRIPTOR, _ICD = 40, 57, 29, 70
_BRIDGE, _BRIDGED_TYPE, _SPEAKER = 0x0E, 0x13, 0x22
_BY_CLUSTER: dict[int, tuple[AttributeRow, ...]] = {
    cluster: tuple(row for row in ROWS if row.cluster == cluster)
    for cluster in dict.fromkeys(row.cluster for row in ROWS)
}

type Attributes = Mapping[str, Any]
"""Path `endpoint/cluster/attribute` to raw JSON value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributePoint:
    """A point and the attributes that it is read from."""

    endpoint: int
    cluster: int
    attributes: tuple[int, ...]
    read: Read
    info: PointInfo

    @property
    def paths(self) -> tuple[str, ...]:
        """Attribute paths (`endpoint/cluster/attribute`) that the point is read from."""
        return tuple(f"{self.endpoint}/{self.cluster}/{attribute}" for attribute in self.attributes)

    def reported(self, attributes: Attributes) -> bool:
        """Whether the node reported all attributes of the point, including null ("no value")."""
        return bool(self.attributes) and all(path in attributes for path in self.paths)

    def value(self, attributes: Attributes) -> Value:
        """The canonical value; None where it is unknown or invalid."""
        raw = [attributes.get(path) for path in self.paths]
        if not raw or any(part is None for part in raw):
            return None
        return self.read(raw[0] if len(raw) == 1 else raw)


@dataclass(frozen=True, slots=True, kw_only=True)
class MatterDevice:
    """One device of a node: the node itself, or one behind a bridge (`endpoint` not 0)."""

    node: int
    endpoint: int
    info: DeviceInfo
    spots: Mapping[str, AttributePoint] = field(default_factory=dict[str, AttributePoint])

    def button(self, endpoint: int) -> str | None:
        """The key of the button on this endpoint; None where it has none."""
        return next((k for k, s in self.spots.items() if s.cluster == BUTTON and s.endpoint == endpoint), None)


def matter_devices(node: int, attributes: Attributes, *, address: str = "") -> tuple[MatterDevice, ...]:
    """The devices of a node, the node itself first."""
    ends = _endpoints(attributes)
    bridged = {end: _branch(attributes, end) & set(ends) for end in ends if _BRIDGED_TYPE in types(attributes, end)}
    carried = set[int]().union(*bridged.values()) if bridged else set[int]()
    own = [end for end in ends if end not in carried]
    uid = _identity(attributes, 0, _BASIC) or f"node-{node}"
    made = [_thing(node, 0, own, attributes, uid=uid, address=address)]
    for end, branch in bridged.items():
        inner = _text(attributes, end, _BRIDGED, 18) or _text(attributes, end, _BRIDGED, 15) or str(end)
        made.append(_thing(node, end, sorted(branch), attributes, uid=f"{uid}/{inner}", via=uid, address=address))
    return tuple(made)


def reachable(device: MatterDevice, attributes: Attributes) -> bool:
    """Whether the bridge can reach a bridged device; True for a device of the node itself."""
    return device.endpoint == 0 or attributes.get(f"{device.endpoint}/{_BRIDGED}/17") is not False


def types(attributes: Attributes, endpoint: int) -> tuple[int, ...]:
    """The device types of an endpoint."""
    device_types = attributes.get(f"{endpoint}/{_DESCRIPTOR}/0")
    entries = cast("list[object]", device_types) if isinstance(device_types, list) else []
    fields = (cast("dict[str, object]", entry) for entry in entries if isinstance(entry, dict))
    found = (entry.get("0", entry.get("deviceType")) for entry in fields)
    return tuple(one for one in found if isinstance(one, int))


def is_intermittently_connected(attributes: Attributes) -> bool:
    """Whether the node is intermittently connected (ICD, cluster 70): battery-powered, must not be probed."""
    return any(path.startswith(f"0/{_ICD}/") for path in attributes)


def _thing(
    node: int, main: int, ends: list[int], attributes: Attributes, *, uid: str, via: str = "", address: str = ""
) -> MatterDevice:
    spots: dict[str, AttributePoint] = {}
    for end in ends:
        for spot in _spots(end, attributes):
            key = spot.info.key
            if key in spots:
                if key == "identify":
                    continue
                key = f"{end}.{key}"
            spots[key] = _renamed(spot, key, end)
    cluster = _BRIDGED if main else _BASIC
    text = {name: _text(attributes, main, cluster, number) for name, number in _FACTS}
    shown = [kind for end in ends if end or main for type in types(attributes, end) if (kind := KINDS.get(type))]
    info = DeviceInfo(
        uid=uid,
        name=text["label"] or text["product"] or f"Matter {node}" + (f".{main}" if main else ""),
        points=tuple(spot.info for spot in spots.values()),
        kind=shown[0] if shown else "",
        maker=text["vendor"],
        model=text["product"],
        serial=text["serial"],
        firmware=text["firmware"],
        address=address,
        via=via,
        interval_s=0.0 if is_intermittently_connected(attributes) else PROBED_S,
    )
    return MatterDevice(node=node, endpoint=main, info=info, spots=spots)


_FACTS = (("vendor", 1), ("product", 3), ("label", 5), ("firmware", 10), ("serial", 15))
"""Attribute numbers shared by Basic Information (40) and Bridged Device Basic Information (57)."""


def _renamed(point: AttributePoint, key: str, end: int) -> AttributePoint:
    info = point.info
    if key == info.key:
        return point
    title = info.label or CAPABILITIES[info.capability].title
    fresh = PointInfo(
        key=key,
        capability=info.capability,
        label=f"{title} {end}",
        minimum=info.minimum,
        maximum=info.maximum,
        options=info.options,
        writable=info.writable,
        reports=info.reports,
    )
    return AttributePoint(
        endpoint=point.endpoint, cluster=point.cluster, attributes=point.attributes, read=point.read, info=fresh
    )


def _spots(end: int, attributes: Attributes) -> Iterator[AttributePoint]:
    stated_types = frozenset(types(attributes, end))
    for cluster, rows in _BY_CLUSTER.items():
        for row in rows:
            there = _there(attributes, end, cluster, row.attribute) and not _there(
                attributes, end, cluster, row.instead
            )
            if (
                there
                and (not row.types or row.types & stated_types)
                and not (cluster == 8 and _SPEAKER in stated_types)
            ):
                yield _from_row(end, row, attributes)
    if _there(attributes, end, COLOUR, X) and _there(attributes, end, COLOUR, Y):
        yield _spot(end, COLOUR, (X, Y), _xy, PointInfo(key="color", capability="color", writable=True))
    for cluster, (name, label) in CONCENTRATIONS.items():
        if _there(attributes, end, cluster, 0):
            yield _concentration(end, cluster, name, label, attributes.get(f"{end}/{cluster}/{UNIT}"))
    if _there(attributes, end, BUTTON, 1):
        yield _spot(end, BUTTON, (), number, PointInfo(key="button", capability="button"))
    if end and _there(attributes, end, IDENTIFY, 0):
        info = PointInfo(key="identify", capability="identify", writable=True, reports=False)
        yield _spot(end, IDENTIFY, (), number, info)


def _from_row(end: int, row: AttributeRow, attributes: Attributes) -> AttributePoint:
    low, high = _range(end, row, attributes)
    info = PointInfo(
        key=row.name,
        capability=row.capability,
        label=row.label,
        unit=row.unit,
        minimum=low,
        maximum=high,
        options=_options(end, row, attributes),
        writable=row.writable,
    )
    return _spot(end, row.cluster, (row.attribute,), row.read, info)


def _spot(end: int, cluster: int, attributes: tuple[int, ...], read: Read, info: PointInfo) -> AttributePoint:
    return AttributePoint(endpoint=end, cluster=cluster, attributes=attributes, read=read, info=info)


_LIMITS = {"setpoint_heat": (21, 22), "setpoint_cool": (23, 24)}
_MIREDS_HIGH, _MIREDS_LOW = 16396, 16395


def _range(end: int, row: AttributeRow, attributes: Attributes) -> tuple[float | None, float | None]:
    if row.capability in _LIMITS:
        low, high = (number(attributes.get(f"{end}/513/{limit}")) for limit in _LIMITS[row.capability])
        return (None if low is None else low / 100), (None if high is None else high / 100)
    if row.capability == "color_temperature":
        cold, warm = (number(attributes.get(f"{end}/{COLOUR}/{limit}")) for limit in (_MIREDS_LOW, _MIREDS_HIGH))
        return (round(1e6 / warm) if warm else None), (round(1e6 / cold) if cold else None)
    return None, None


FAN_WORDS = (
    ("off", "low", "medium", "high"), ("off", "low", "high"), ("off", "low", "medium", "high", "auto"),
    ("off", "low", "high", "auto"), ("off", "high", "auto"), ("off", "high"),
)  # fmt: skip
"""Options by FanModeSequence (4.4.6.2)."""


def _options(end: int, row: AttributeRow, attributes: Attributes) -> tuple[str, ...]:
    if row.capability == "fan_mode":
        sequence = attributes.get(f"{end}/514/1")
        return FAN_WORDS[sequence] if isinstance(sequence, int) and 0 <= sequence < len(FAN_WORDS) else ()
    if row.key == "air_quality":
        return AIR_QUALITY[1:]
    if row.cluster == CHARGER and row.capability == "raw_enum":
        return CHARGER_STATES
    if row.capability == "hvac_mode":
        features = attributes.get(f"{end}/513/{FEATURES}")
        bits = features if isinstance(features, int) else 0b11
        words = (("heat", 0b1), ("cool", 0b10), ("auto", 0b100000))
        return ("off", *(word for word, bit in words if bits & bit))
    return ()


def _concentration(end: int, cluster: int, name: str, label: str, unit: object) -> AttributePoint:
    code = unit if isinstance(unit, int) and 0 <= unit < len(UNIT_WORDS) else -1
    row = CAPABILITIES.get(name)
    factors = {} if row is None else PARTS_UNITS if row.quantity is Quantity.PARTS else DUST_UNITS
    if row is not None and code in factors:
        return _spot(end, cluster, (0,), times(factors[code]), PointInfo(key=name, capability=name))
    title = label or (row.title if row else name)
    shown = f"{title} ({UNIT_WORDS[code]})" if code >= 0 else title
    return _spot(end, cluster, (0,), times(1), PointInfo(key=name, capability="raw_number", label=shown))


def _xy(raw: object) -> Value:
    pair = [number(part) for part in cast("list[object]", raw)] if isinstance(raw, list) else []
    return (
        (pair[0] / 65536, pair[1] / 65536) if len(pair) == 2 and pair[0] is not None and pair[1] is not None else None
    )


def _there(attributes: Attributes, end: int, cluster: int, attribute: int) -> bool:
    return f"{end}/{cluster}/{attribute}" in attributes


def _endpoints(attributes: Attributes) -> list[int]:
    found = {int(head) for path in attributes if (head := path.partition("/")[0]).isdecimal() and len(head) < 6}
    return sorted(found)[:MAX_ENDPOINTS]


def _branch(attributes: Attributes, end: int) -> set[int]:
    """An endpoint and everything below it."""
    seen: set[int] = set()
    todo = [end]
    while todo:
        one = todo.pop()
        if one in seen or one == 0:
            continue
        seen.add(one)
        parts = attributes.get(f"{one}/{_DESCRIPTOR}/3")
        todo += (
            [part for part in cast("list[object]", parts) if isinstance(part, int)] if isinstance(parts, list) else []
        )
    return seen


def _text(attributes: Attributes, end: int, cluster: int, attribute: int) -> str:
    value = attributes.get(f"{end}/{cluster}/{attribute}")
    return clean_name(value) if isinstance(value, str) else ""


def _identity(attributes: Attributes, end: int, cluster: int) -> str:
    """Vendor, product and serial number: the same after pairing again, which the node id is not."""
    serial = _text(attributes, end, cluster, 15) or _text(attributes, end, cluster, 18)
    if not serial:
        return ""
    vendor, product = (attributes.get(f"{end}/{cluster}/{number}") for number in (2, 4))
    words = [f"{part:04X}" for part in (vendor, product) if isinstance(part, int)]
    return "-".join((*words, serial))
