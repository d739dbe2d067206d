"""Which sensors are compared with which: like sensors of the rooms of a building."""

from __future__ import annotations

from dataclasses import dataclass

from twin.insight.air_handler_points import air_handler_points
from twin.model.capability import ValueType
from twin.model.device import Device, Point
from twin.model.twin import Twin

LEAST_GROUP = 4
"""Fewest sensors of a group whose median stands for what the weather and the plant do to all of them."""
_AT_A_SOURCE = frozenset(
    {"radiator", "thermostat", "air_conditioner", "heat_pump", "boiler", "refrigerator", "freezer"}
)
"""Kinds of devices whose own temperature is not that of the room."""


@dataclass(frozen=True, slots=True)
class SensorClass:
    """Sensors of one capability: their resolution and the smallest deviation of interest, canonical units."""

    capability: str
    step: float
    floor: float


CLASSES = (
    SensorClass("temperature", 0.1, 1.0), SensorClass("humidity", 1.0, 6.0), SensorClass("co2", 5.0, 120.0),
)  # fmt: skip
"""Capabilities that rooms of a building have in common."""


@dataclass(frozen=True, slots=True)
class PeerSensor:
    """A sensor of a group."""

    device: Device
    point: Point


def room_sensors(twin: Twin, capability: str) -> tuple[PeerSensor, ...]:
    """The sensors of a capability that measure the air of a room, in the order of the twin; those of an air handler that is
    placed in one measure its ducts."""
    in_ducts = air_handler_points(twin)
    return tuple(
        PeerSensor(device, point)
        for device in twin.devices
        if device.room in twin.room_of and device.kind not in _AT_A_SOURCE
        for point in device.points
        if point.capability.id == capability and point.info.reports and not point.writable and point.id not in in_ducts
    )


def reporting(device: Device) -> tuple[Point, ...]:
    """The points of a device whose silence is a symptom: those that it reports by itself, without events."""
    return tuple(
        point
        for point in device.points
        if point.info.reports and point.capability.type not in (ValueType.EVENT, ValueType.TEXT)
    )
