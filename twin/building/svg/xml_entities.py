"""Entity ids of Home Assistant, which ha-floorplan gives to elements of its plans, and their device kinds.

Domains and the form `domain.object_id`: Home Assistant, "Entities and domains" of its documentation.
"""

from __future__ import annotations

import re

KINDS = {
    "light": "light", "switch": "switch", "sensor": "temperature_sensor", "binary_sensor": "motion_sensor", "climate": "thermostat",
    "cover": "cover", "lock": "lock", "camera": "camera", "fan": "fan", "media_player": "speaker", "valve": "valve",
    "vacuum": "device", "humidifier": "device", "alarm_control_panel": "controller", "button": "button", "input_boolean": "switch",
    "water_heater": "boiler", "lawn_mower": "device", "siren": "device", "event": "button",
}  # fmt: skip
"""Device kind by domain."""
AREAS = ("area", "room", "zone")
_CLASSES = {
    "sensor": {
        "temperature": "temperature_sensor", "humidity": "humidity_sensor", "carbon_dioxide": "air_sensor", "carbon_monoxide": "air_sensor",
        "pm25": "air_sensor", "pm10": "air_sensor", "pm1": "air_sensor", "aqi": "air_sensor", "volatile_organic_compounds": "air_sensor",
        "volatile_organic_compounds_parts": "air_sensor", "illuminance": "light_sensor", "pressure": "pressure_sensor",
        "atmospheric_pressure": "pressure_sensor", "power": "meter", "energy": "meter", "current": "meter", "voltage": "meter",
        "gas": "meter", "water": "meter", "volume_flow_rate": "flow_sensor", "energy_storage": "battery_storage",
    },
    "binary_sensor": {
        "motion": "motion_sensor", "moving": "motion_sensor", "occupancy": "occupancy_sensor", "presence": "occupancy_sensor",
        "door": "contact_sensor", "window": "contact_sensor", "garage_door": "contact_sensor", "opening": "contact_sensor",
        "lock": "lock", "smoke": "smoke_alarm", "gas": "smoke_alarm", "carbon_monoxide": "smoke_alarm", "moisture": "leak_sensor",
    },
    "switch": {"outlet": "plug", "switch": "switch"},
    "media_player": {"tv": "tv", "speaker": "speaker", "receiver": "speaker"},
}  # fmt: skip
"""Device kind by domain and device class."""
_ID = re.compile(r"([a-z_]+)\.([a-z0-9_]+)(?:[.\-].*)?$")
_WORDS = (
    ("door", "contact_sensor"), ("window", "contact_sensor"), ("smoke", "smoke_alarm"), ("leak", "leak_sensor"), ("moisture", "leak_sensor"),
    ("humidity", "humidity_sensor"), ("co2", "air_sensor"), ("lux", "light_sensor"), ("illuminance", "light_sensor"),
    ("power", "meter"), ("energy", "meter"), ("fan", "fan"), ("tv", "tv"),
)  # fmt: skip


def entity(id: str) -> tuple[str, str] | None:
    """(domain, object id) of an element's id, without suffixes; None where it is no entity or area."""
    found = _ID.match(id.strip().casefold())
    if found is None or (found[1] not in KINDS and found[1] not in AREAS):
        return None
    return found[1], found[2]


def kind(domain: str, object_id: str, device_class: str = "") -> str:
    """The device kind of an entity, by domain and device class; without a class, by words in the object id."""
    if device_class and (known := _CLASSES.get(domain)) is not None:
        return known.get(device_class, "device" if "sensor" in domain else KINDS[domain])
    if domain in ("sensor", "binary_sensor", "switch"):
        return next((kind for word, kind in _WORDS if word in object_id), KINDS[domain])
    return KINDS.get(domain, "device")


def title(object_id: str) -> str:
    """The object id as a title: `living_area` becomes `Living area`."""
    return object_id.replace("_", " ").strip().capitalize()
