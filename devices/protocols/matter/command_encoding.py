"""Encodes a command of the twin as a Matter cluster command or attribute write. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from devices.contract import RefusedError
from devices.protocols.matter.attribute_table import CHARGER, FAN_MODES, SYSTEM_MODES, WATER_HEATER
from twin.model.observation import Value
from twin.model.text import Text

TIMED_MS = 1000
IDENTIFY_S = 5
_UNBOLT = 1 << 12
BOOST_S = 3600
LEAST_MA = 6000
"""The least current (mA) with which a car can be charged (IEC 61851-1, annex A)."""
MOST_MA = 80_000
"""The most (mA) with which a charger is asked to charge; it limits that to its circuit and cable itself (9.3.9.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedCommand:
    """A cluster command (`command`), or an attribute write where that is empty."""

    cluster: int
    command: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict[str, Any])
    timed: bool = False
    attribute: int = 0
    value: Any = None


type Features = int
"""The feature map of the cluster (65532)."""
type Make = Callable[[str, Value, Features], EncodedCommand]


def encode_command(capability: str, verb: str, value: Value, *, features: int = 0, cluster: int = 0) -> EncodedCommand:
    """The encoded command, of `cluster` where several have the capability. Raises RefusedError where Matter has none for
    this capability, verb or value."""
    make = _OF_CLUSTER.get((cluster, capability)) or _MAKERS.get(capability)
    if make is None:
        raise RefusedError(Text("matter.no_command"))
    return make(verb, value, features)


def _amount(value: Value) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    raise RefusedError(Text("reason.takes_number"))


def _switch(verb: str, value: Value, features: int) -> EncodedCommand:
    name = {"on": "On", "off": "Off", "toggle": "Toggle"}.get(verb)
    if name is None:
        name = "On" if value else "Off"
    return EncodedCommand(cluster=6, command=name)


def _charging(verb: str, value: Value, features: int) -> EncodedCommand:
    if _wants_off(verb, value):
        return EncodedCommand(cluster=CHARGER, command="Disable", timed=True)
    limits = {"chargingEnabledUntil": None, "minimumChargeCurrent": LEAST_MA, "maximumChargeCurrent": MOST_MA}
    return EncodedCommand(cluster=CHARGER, command="EnableCharging", payload=limits, timed=True)


def _boost(verb: str, value: Value, features: int) -> EncodedCommand:
    if _wants_off(verb, value):
        return EncodedCommand(cluster=WATER_HEATER, command="CancelBoost")
    return EncodedCommand(cluster=WATER_HEATER, command="Boost", payload={"boostInfo": {"duration": BOOST_S}})


def _wants_off(verb: str, value: Value) -> bool:
    if verb == "toggle":  # a command of the cluster 6 only
        raise RefusedError(Text("matter.no_command"))
    return verb == "off" or (verb == "set" and not value)


def _level(verb: str, value: Value, features: int) -> EncodedCommand:
    amount = _amount(value)
    quiet = {"transitionTime": 0, "optionsMask": 0, "optionsOverride": 0}
    if verb == "step":
        size = min(round(abs(amount) * 2.54), 254)
        return EncodedCommand(
            cluster=8, command="StepWithOnOff", payload={"stepMode": int(amount < 0), "stepSize": size, **quiet}
        )
    return EncodedCommand(cluster=8, command="MoveToLevelWithOnOff", payload={"level": round(amount * 2.54), **quiet})


_WHILE_OFF = {"transitionTime": 0, "optionsMask": 1, "optionsOverride": 1}


def _warmth(verb: str, value: Value, features: int) -> EncodedCommand:
    mireds = min(max(round(1e6 / max(_amount(value), 1.0)), 1), 0xFEFF)
    payload = {"colorTemperatureMireds": mireds, **_WHILE_OFF}
    return EncodedCommand(cluster=768, command="MoveToColorTemperature", payload=payload)


def _colour(verb: str, value: Value, features: int) -> EncodedCommand:
    if not isinstance(value, tuple):
        raise RefusedError(Text("reason.takes_colour"))
    x, y = (min(max(round(part * 65536), 0), 0xFEFF) for part in value)
    return EncodedCommand(cluster=768, command="MoveToColor", payload={"colorX": x, "colorY": y, **_WHILE_OFF})


def _written(cluster: int, attribute: int, factor: float) -> Make:
    def make(verb: str, value: Value, features: int) -> EncodedCommand:
        return EncodedCommand(cluster=cluster, attribute=attribute, value=round(_amount(value) * factor))

    return make


def _enum_writer(cluster: int, attribute: int, options: tuple[str, ...]) -> Make:
    def make(verb: str, value: Value, features: int) -> EncodedCommand:
        if not isinstance(value, str) or value not in options:
            raise RefusedError(Text("matter.no_word", value=str(value)))
        return EncodedCommand(cluster=cluster, attribute=attribute, value=options.index(value))

    return make


def _position(verb: str, value: Value, features: int) -> EncodedCommand:
    name = {"open": "UpOrOpen", "close": "DownOrClose", "stop": "StopMotion"}.get(verb)
    if name is not None:
        return EncodedCommand(cluster=258, command=name)
    payload = {"liftPercent100thsValue": round(10000 - _amount(value) * 100)}
    return EncodedCommand(cluster=258, command="GoToLiftPercentage", payload=payload)


def _tilt(verb: str, value: Value, features: int) -> EncodedCommand:
    payload = {"tiltPercent100thsValue": round(10000 - _amount(value) * 100)}
    return EncodedCommand(cluster=258, command="GoToTiltPercentage", payload=payload)


def _valve(verb: str, value: Value, features: int) -> EncodedCommand:
    if verb == "close" or (verb == "set" and _amount(value) <= 0):
        return EncodedCommand(cluster=129, command="Close")
    return EncodedCommand(
        cluster=129, command="Open", payload={"targetLevel": round(_amount(value))} if verb == "set" else {}
    )


def _lock(verb: str, value: Value, features: int) -> EncodedCommand:
    if verb == "unlatch" and not features & _UNBOLT:
        raise RefusedError(Text("reason.no_latch"))
    name = {"lock": "LockDoor", "unlatch": "UnlockDoor"}.get(verb) or (
        "UnboltDoor" if features & _UNBOLT else "UnlockDoor"
    )
    return EncodedCommand(cluster=257, command=name, timed=True)


def _identify(verb: str, value: Value, features: int) -> EncodedCommand:
    return EncodedCommand(cluster=3, command="Identify", payload={"identifyTime": IDENTIFY_S})


_OF_CLUSTER: dict[tuple[int, str], Make] = {(CHARGER, "on_off"): _charging, (WATER_HEATER, "on_off"): _boost}
_MAKERS: dict[str, Make] = {
    "on_off": _switch,
    "level": _level,
    "color_temperature": _warmth,
    "color": _colour,
    "setpoint_heat": _written(513, 18, 100),
    "setpoint_cool": _written(513, 17, 100),
    "hvac_mode": _enum_writer(513, 28, SYSTEM_MODES),
    "fan_speed": _written(514, 2, 1),
    "fan_mode": _enum_writer(514, 0, FAN_MODES),
    "position": _position,
    "tilt": _tilt,
    "valve": _valve,
    "lock": _lock,
    "identify": _identify,
}
