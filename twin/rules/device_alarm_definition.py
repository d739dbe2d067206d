"""Alarms that devices raise by themselves, as definitions: one for each kind and point, active while the device reports it."""

from __future__ import annotations

from twin.model.device_alarm import DeviceAlarmKind
from twin.model.ids import PointId
from twin.rules.alarm_definition import AlarmClass, AlarmDefinition, AlarmPriority, SetByRule

DEVICE_ALARM = "device_alarm:"
"""First part of the keys."""
TEMPLATES = tuple(f"device_{kind.value}" for kind in DeviceAlarmKind)
"""First parts of the ids."""


def device_alarm_id(kind: DeviceAlarmKind, point: PointId) -> str:
    """Id of the alarm of a kind about a point."""
    return f"device_{kind.value}:{point}"


def device_alarm_ids(point: PointId) -> tuple[str, ...]:
    """Ids of all alarms that a device may raise about a point."""
    return tuple(device_alarm_id(kind, point) for kind in DeviceAlarmKind)


def device_alarm_point(id: str) -> PointId:
    """The point that the alarm with this id is about."""
    return PointId(id.partition(":")[2])


def device_alarm_kind(id: str) -> DeviceAlarmKind:
    """The kind of the alarm with this id."""
    return DeviceAlarmKind(id.partition(":")[0].removeprefix("device_"))


def is_device_alarm(id: str) -> bool:
    """Whether the alarm with this id is one that a device raises."""
    return id.partition(":")[0] in TEMPLATES


def device_alarm_definition(id: str, priority: int, *, notice: bool) -> AlarmDefinition:
    """An alarm that a device raises. An event that is no alarm needs no acknowledgement."""
    safety = id.startswith(f"device_{DeviceAlarmKind.LIFE_SAFETY.value}:")
    return AlarmDefinition(
        id=id, key=f"{DEVICE_ALARM}{device_alarm_point(id)}/{id.partition(':')[0]}", condition=SetByRule(), priority=AlarmPriority(priority),
        category=AlarmClass.SAFETY if safety else AlarmClass.SERVICE, needs_ack=not notice, ack_return=not notice,
    )  # fmt: skip
