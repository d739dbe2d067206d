"""Default alarms of a project: a table by capability, and the silence of devices and links."""

from __future__ import annotations

from msgspec.structs import replace

from twin.model.device import Device, Link, Point
from twin.model.twin import Twin
from twin.rules.alarm_book import with_parents
from twin.rules.alarm_definition import (
    HOUR_MS,
    MINUTE_MS,
    AlarmClass,
    AlarmCondition,
    AlarmDefinition,
    AlarmPriority,
    Equals,
    High,
    Low,
    Silent,
)
from twin.rules.rule_view import online_key

LINK_NOTICED_MS = 30_000
"""Longest time, ms, until a link's protocol detects a lost connection (keep-alive)."""
LINK_LOST_MS = 60_000
"""Time, ms, for which a gateway may be away (its own reconnects) before it is an alarm."""

_P, _C = AlarmPriority, AlarmClass


def _row(
    capability: str, id: str, condition: AlarmCondition, priority: AlarmPriority, category: AlarmClass
) -> AlarmDefinition:
    return AlarmDefinition(id=id, key=capability, condition=condition, priority=priority, category=category)


_TRUE = Equals(1.0)
_QUARTER = {"on_ms": 15 * MINUTE_MS, "off_ms": 15 * MINUTE_MS}
# fmt: off
DEFAULTS: tuple[AlarmDefinition, ...] = (
    replace(_row("smoke", "smoke", _TRUE, _P.CRITICAL, _C.SAFETY), off_ms=MINUTE_MS, latching=True),
    replace(_row("co_alarm", "co_alarm", _TRUE, _P.CRITICAL, _C.SAFETY), off_ms=MINUTE_MS, latching=True),
    replace(_row("gas_alarm", "gas_alarm", _TRUE, _P.CRITICAL, _C.SAFETY), off_ms=MINUTE_MS, latching=True),
    replace(_row("fall", "fall", _TRUE, _P.CRITICAL, _C.CARE), off_ms=MINUTE_MS, latching=True),
    replace(_row("water_leak", "water_leak", _TRUE, _P.CRITICAL, _C.PROPERTY), on_ms=5_000, off_ms=10 * MINUTE_MS, latching=True),
    replace(_row("tamper", "tamper", _TRUE, _P.HIGH, _C.SECURITY), on_ms=10_000, off_ms=MINUTE_MS),
    replace(_row("fault", "fault", _TRUE, _P.HIGH, _C.SERVICE), on_ms=10_000, off_ms=MINUTE_MS),
    replace(_row("battery", "battery", Low(10.0), _P.LOW, _C.SERVICE), on_ms=6 * HOUR_MS, off_ms=24 * HOUR_MS, deadband=5.0),
    replace(_row("battery_low", "battery_low", _TRUE, _P.LOW, _C.SERVICE), on_ms=6 * HOUR_MS, off_ms=24 * HOUR_MS),
    replace(_row("temperature", "frost", Low(5.0), _P.HIGH, _C.PROPERTY), deadband=0.5, **_QUARTER),
    replace(_row("temperature", "too_cold", Low(17.0), _P.LOW, _C.COMFORT), deadband=0.5, limit_source="EN 16798-1:2019 II - 3 K", **_QUARTER),
    replace(_row("temperature", "too_warm", High(29.0), _P.LOW, _C.COMFORT), deadband=0.5, limit_source="EN 16798-1:2019 II + 3 K", **_QUARTER),
    replace(_row("co2", "co2", High(1400.0), _P.LOW, _C.COMFORT), deadband=100.0, limit_source="EN 13779:2007 IDA 4", **_QUARTER),
)
# fmt: on
"""Templates: `key` is the capability, `id` the first part of the alarm's id and of its texts."""

ROOM_CLIMATE = frozenset(("temperature", "co2"))
"""Capabilities with alarms for rooms only: values in a freezer or a machine mean something else."""
ROOM_KINDS = frozenset(
    ("climate_sensor", "temperature_sensor", "air_sensor", "thermostat", "motion_sensor", "occupancy_sensor")
)


def default_alarms(twin: Twin) -> tuple[AlarmDefinition, ...]:
    """The default alarms of all links, devices and points, with parents. Climate alarms only for room sensors that are
    in a room.
    """
    made = [_link_lost(link) for link in twin.links]
    for device in twin.devices:
        made.append(device_silent(device))
        for point in device.points:
            made += [_of_point(row, device, point) for row in DEFAULTS if _fits(row, device, point)]
    return with_parents(made, twin)


def _fits(row: AlarmDefinition, device: Device, point: Point) -> bool:
    if row.key != point.capability.id:
        return False
    return row.key not in ROOM_CLIMATE or (device.room is not None and device.kind in ROOM_KINDS)


def _of_point(row: AlarmDefinition, device: Device, point: Point) -> AlarmDefinition:
    return replace(
        row,
        id=f"{row.id}:{point.id}",
        key=point.id,
        room=device.room or "",
        interval_ms=round(device.interval_s * 1000),
    )


def _link_lost(link: Link) -> AlarmDefinition:
    return AlarmDefinition(
        id=f"link_lost:{link.id}", key=online_key(link.id), condition=Equals(0.0), priority=_P.HIGH, on_ms=LINK_LOST_MS,
        off_ms=MINUTE_MS, notice_ms=LINK_NOTICED_MS,
    )  # fmt: skip


def device_silent(device: Device, usual_gap_ms: int = 0) -> AlarmDefinition:
    """Alarm for a device that is offline or silent.

    Silent means no sign of life for the longest of three report intervals, three times `usual_gap_ms` (the 99th
    percentile of its gaps) and an hour. The online key is 1 with every sign of life, 0 where the protocol reports it
    offline. A device without a known interval alarms only when offline.
    """
    interval_ms = round(device.interval_s * 1000)
    after_ms = max(3 * interval_ms, 3 * usual_gap_ms, HOUR_MS)
    return AlarmDefinition(
        id=f"silent:{device.id}", key=online_key(device.id), condition=Silent(after_ms) if interval_ms else Equals(0.0),
        priority=_P.MEDIUM, on_ms=0 if interval_ms else MINUTE_MS, off_ms=0, room=device.room or "", interval_ms=interval_ms,
    )  # fmt: skip
