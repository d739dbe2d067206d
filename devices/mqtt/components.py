"""The table of components: what a discovery payload's platform means. A new one is one row."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from devices.mqtt import lights, machines, plain
from devices.mqtt.discovery import Config
from devices.mqtt.entity import Draft, Entity

type Rules = Callable[[Draft], None]

COMPONENTS: Mapping[str, Rules] = {
    "binary_sensor": plain.binary_sensor,
    "button": plain.button,
    "climate": machines.climate,
    "cover": machines.cover,
    "device_automation": plain.device_automation,
    "device_tracker": plain.device_tracker,
    "event": plain.event,
    "fan": machines.fan,
    "humidifier": machines.humidifier,
    "light": lights.light,
    "lock": machines.lock,
    "number": plain.number,
    "scene": plain.scene,
    "select": plain.select,
    "sensor": plain.sensor,
    "siren": plain.siren,
    "switch": plain.switch,
    "text": plain.text,
    "update": plain.update,
    "valve": machines.valve,
}

SUBSCRIBED = (
    *COMPONENTS, "device", "alarm_control_panel", "camera", "image", "lawn_mower", "notify", "tag", "vacuum",
    "water_heater",
)  # fmt: skip
"""Discovery is subscribed component by component: a broker silently cuts one long wildcard snapshot short."""

UNREAD = ("last_seen",)
"""Entities that are left out on purpose: they say what we know ourselves."""

KINDS: Mapping[str, str] = {
    "light": "light", "cover": "cover", "fan": "fan", "lock": "lock", "valve": "valve", "climate": "thermostat",
}  # fmt: skip
"""What a device with such a component is, whatever else it has."""


def kind(config: Config) -> str:
    """What a device with this entity is; empty where the component does not say."""
    if config.component == "cover" and config.text("device_class") in ("garage", "gate"):
        return "garage_door"
    modes = set(config.words("modes"))
    if config.component == "climate" and ({"dry", "fan_only"} & modes or ("cool" in modes and "heat" not in modes)):
        return "air_conditioner"
    return KINDS.get(config.component, "")


def entity(config: Config) -> Entity:
    """The configuration's points; a component without rules keeps its state as text, and that is said."""
    draft = Draft(config)
    COMPONENTS.get(config.component, plain.unknown)(draft)
    draft.check(*config.asides())
    made = draft.entity()
    if config.component not in COMPONENTS:
        end = "only its state is shown, as text" if made.points else "it is left out"
        draft.skip(f"Oikos does not know the component {config.component}: {end}")
    elif not made.points and not made.skipped and config.object not in UNREAD:
        draft.skip("It has no topic that could be read or commanded")
    return draft.entity()
