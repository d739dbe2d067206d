"""What a device lists of its alarms, by the points and alarms of the project."""

from __future__ import annotations

from collections.abc import Iterable

from twin.model.device import Device
from twin.model.device_alarm import DeviceAlarm, DeviceAlarmKind
from twin.model.ids import PointId
from twin.rules.device_alarm_definition import device_alarm_id

type AlarmsAbout = list[tuple[PointId, DeviceAlarm]]
"""Alarms of a device with the points that they are about."""


def alarms_about(device: Device, alarms: Iterable[DeviceAlarm]) -> AlarmsAbout:
    """The alarms about points that the project has, with these."""
    ids = ids_by_key(device)
    return [(point, one) for one in alarms if (point := ids.get(one.key)) is not None]


def ids_by_key(device: Device) -> dict[str, PointId]:
    """The ids of a device's points by their keys: a point that replaced another, or has another unit, goes by another id."""
    return {point.info.key: point.id for point in device.points}


def standing_events(about: AlarmsAbout) -> dict[str, tuple[str, ...]]:
    """What raised the alarms that stand, by their ids, in order."""
    found: dict[str, set[str]] = {}
    for point, one in about:
        if one.stands:
            found.setdefault(device_alarm_id(one.kind, point), set()).add(one.event)
    return {id: tuple(sorted(events)) for id, events in found.items()}


def is_of(one: DeviceAlarm, kind: DeviceAlarmKind) -> bool:
    """Whether a listed alarm is one of this kind; of one that has ended the device may not tell."""
    return one.kind is kind if one.stands else one.kind.is_acknowledged_with(kind)
