"""Maps each MQTT discovery component to the function that adds its points."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from devices.protocols.mqtt import actuator_components, lights, value_components
from devices.protocols.mqtt.discovery_payload import EntityConfig
from devices.protocols.mqtt.entity import EntityDraft, MqttEntity
from twin.model.text import Text

type Rules = Callable[[EntityDraft], None]

COMPONENTS: Mapping[str, Rules] = {
    "binary_sensor": value_components.binary_sensor,
    "button": value_components.button,
    "climate": actuator_components.climate,
    "cover": actuator_components.cover,
    "device_automation": value_components.device_automation,
    "device_tracker": value_components.device_tracker,
    "event": value_components.event,
    "fan": actuator_components.fan,
    "humidifier": actuator_components.humidifier,
    "light": lights.light,
    "lock": actuator_components.lock,
    "number": value_components.number,
    "scene": value_components.scene,
    "select": value_components.select,
    "sensor": value_components.sensor,
    "siren": value_components.siren,
    "switch": value_components.switch,
    "text": value_components.text,
    "update": value_components.update,
    "valve": actuator_components.valve,
}

SUBSCRIBED = (
    *COMPONENTS, "device", "alarm_control_panel", "camera", "image", "lawn_mower", "notify", "tag", "vacuum",
    "water_heater",
)  # fmt: skip
"""Components whose discovery topics are subscribed one by one: brokers silently truncate one long wildcard snapshot."""

UNREAD = ("last_seen",)
"""Objects that are left out without a note, because Oikos measures the same itself."""

KINDS: Mapping[str, str] = {
    "light": "light", "cover": "cover", "fan": "fan", "lock": "lock", "valve": "valve", "climate": "thermostat",
}  # fmt: skip
"""Device kind by component; it overrides the device's other entities."""


def kind(config: EntityConfig) -> str:
    """The device kind that an entity implies; empty where it implies none."""
    if config.component == "cover" and config.text("device_class") in ("garage", "gate"):
        return "garage_door"
    modes = set(config.options("modes"))
    if config.component == "climate" and ({"dry", "fan_only"} & modes or ("cool" in modes and "heat" not in modes)):
        return "air_conditioner"
    return KINDS.get(config.component, "")


def entity(config: EntityConfig) -> MqttEntity:
    """Builds the entity of a configuration. An unknown component keeps its state as text, with a note in `skipped`."""
    draft = EntityDraft(config)
    COMPONENTS.get(config.component, value_components.unknown)(draft)
    draft.check(*config.asides())
    made = draft.entity()
    if config.component not in COMPONENTS:
        code = "mqtt.unknown_shown" if made.points else "mqtt.unknown_left_out"
        draft.skip(Text(code, component=config.component))
    elif not made.points and not made.skipped and config.object not in UNREAD:
        draft.skip(Text("mqtt.topicless"))
    return draft.entity()
