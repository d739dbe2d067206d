"""What commanding a point does to its room: heating, cooling; and which contacts tell that its window is open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from twin.model.device import Device
from twin.model.ids import RoomId
from twin.model.twin import Twin
from twin.rules.rule_view import room_key


class EffectKind(StrEnum):
    """Kinds of effects of a point on its room."""

    HEATS = "heats"
    """Heats while its value is above 0."""
    COOLS = "cools"
    HEATS_TO = "heats_to"
    """Set-point of heating: heats up to its value."""
    COOLS_TO = "cools_to"
    """Set-point of cooling: cools down to its value."""
    MODE = "mode"
    """Heats or cools by the name of its mode."""
    WINDOW = "window"
    """Contact of a window or door: 1 is open."""


class RoomEffect(NamedTuple):
    """The effect of a point, or of all points of a room with one capability, on the room."""

    kind: EffectKind
    room: str

    def heats_to(self, value: float | str | None) -> float | None:
        """Up to which temperature (°C) the room is heated by this value; infinity without a set-point, None: not."""
        match self.kind, value:
            case EffectKind.HEATS_TO, int() | float():
                return float(value)
            case (EffectKind.HEATS, int() | float()) if value > 0:
                return float("inf")
            case EffectKind.MODE, "heat":
                return float("inf")
            case _:
                return None

    def cools_to(self, value: float | str | None) -> float | None:
        """Down to which temperature (°C) the room is cooled; minus infinity without a set-point, None: not."""
        match self.kind, value:
            case EffectKind.COOLS_TO, int() | float():
                return float(value)
            case (EffectKind.COOLS, int() | float()) if value > 0:
                return float("-inf")
            case EffectKind.MODE, "cool" | "dry":
                return float("-inf")
            case _:
                return None


_BY_CAPABILITY = {
    "setpoint_heat": EffectKind.HEATS_TO,
    "setpoint_cool": EffectKind.COOLS_TO,
    "hvac_mode": EffectKind.MODE,
    "contact": EffectKind.WINDOW,
}
_BY_KIND = {
    ("radiator", "valve"): EffectKind.HEATS,
    ("radiator", "on_off"): EffectKind.HEATS,
    ("thermostat", "on_off"): EffectKind.HEATS,
    ("boiler", "on_off"): EffectKind.HEATS,
    ("air_conditioner", "on_off"): EffectKind.COOLS,
}
"""By kind of device and capability; a valve of another device is no heating (water)."""


def room_effects(twin: Twin) -> Mapping[str, RoomEffect]:
    """Effects by key of `RuleView`: of each point, and of a room's points of one capability where all have the same."""
    found: dict[str, RoomEffect] = {}
    by_room: dict[str, set[RoomEffect | None]] = {}
    for device in twin.devices:
        if device.room is not None:
            for id, capability, effect in _effects(device, device.room):
                by_room.setdefault(room_key(device.room, capability), set()).add(effect)
                if effect is not None:
                    found[id] = effect
    for key, effects in by_room.items():
        only = effects.pop() if len(effects) == 1 else None
        if only is not None:
            found[key] = only
    return found


def _effects(device: Device, room: RoomId) -> Iterator[tuple[str, str, RoomEffect | None]]:
    for point in device.points:
        capability = point.capability.id
        kind = _BY_CAPABILITY.get(capability) or _BY_KIND.get((device.kind, capability))
        yield point.id, capability, RoomEffect(kind, room) if kind is not None else None
