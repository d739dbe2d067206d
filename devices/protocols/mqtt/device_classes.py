"""Maps Home Assistant device classes and Zigbee2MQTT names to capabilities.

Sources: Home Assistant 2026.11 documentation (sensor, binary sensor device classes), Zigbee2MQTT 2.14 discovery.
"""

from __future__ import annotations

from collections.abc import Mapping

from twin.model.capability import CAPABILITIES
from twin.model.quantity import Quantity, find_unit

SENSOR_CLASS: Mapping[str, str] = {
    "temperature": "temperature", "humidity": "humidity", "pressure": "pressure", "atmospheric_pressure": "pressure",
    "carbon_dioxide": "co2", "carbon_monoxide": "co", "pm25": "pm25", "pm10": "pm10", "aqi": "air_quality",
    "pm1": "pm1", "ozone": "ozone", "nitrogen_dioxide": "nitrogen_dioxide",
    "volatile_organic_compounds_parts": "voc", "illuminance": "illuminance", "sound_pressure": "noise",
    "moisture": "moisture", "power": "power", "energy": "energy_import", "voltage": "voltage", "current": "current",
    "frequency": "frequency", "power_factor": "power_factor", "apparent_power": "apparent_power",
    "reactive_power": "reactive_power", "water": "water_volume", "gas": "gas_volume", "volume_flow_rate": "flow",
    "battery": "battery", "signal_strength": "signal",
}  # fmt: skip

SENSOR_NAME: Mapping[str, tuple[str, str, float]] = {
    "linkquality": ("link_quality", "", 100 / 255),
    "soil_moisture": ("moisture", "%", 1.0),
    "co2": ("co2", "ppm", 1.0),
    "illuminance_lux": ("illuminance", "lx", 1.0),
    "noise": ("noise", "dB", 1.0),
    "air_quality_index": ("air_quality", "", 1.0),
    "pi_heating_demand": ("valve", "%", 1.0),
}
"""Names that devices use without a class: capability, unit, scale."""

MEANT_ALSO: Mapping[str, tuple[str, ...]] = {"power": ("reactive_power", "apparent_power")}
"""Capabilities of quantities published under another device class; the unit decides (Tasmota: VAr and VA with class
power).
"""

EXPORTED = ("export", "produced", "returned", "fed_in", "feed_in")
"""Parts of a name that mark an energy counter as counting exported energy."""

TRUTH_CLASS: Mapping[str, str] = {
    "motion": "motion", "moving": "motion", "occupancy": "occupancy", "presence": "presence", "door": "contact",
    "window": "contact", "garage_door": "contact", "opening": "contact", "smoke": "smoke",
    "carbon_monoxide": "co_alarm", "gas": "gas_alarm", "moisture": "water_leak", "tamper": "tamper",
    "problem": "fault", "vibration": "vibration", "battery": "battery_low",
}  # fmt: skip
"""Capability by binary sensor class; for all of them "on" means that the named condition is true."""

TRUTH_NAME: Mapping[str, str] = {"rain": "rain"}
"""Capability by the name of a binary sensor without class."""

BUTTON_WORDS: Mapping[str, str] = {
    "button_short_press": "press", "button_short_release": "release", "button_long_press": "long",
    "button_long_release": "release", "button_double_press": "double", "single": "press", "double": "double",
    "hold": "long", "release": "release", "press": "press", "long": "long", "on": "press", "off": "press",
}  # fmt: skip

MODES = frozenset(CAPABILITIES["hvac_mode"].options)
ACTIONS: Mapping[str, str] = {
    "off": "off", "idle": "idle", "heating": "heating", "preheating": "heating", "cooling": "cooling",
    "drying": "drying", "fan": "fan", "defrosting": "heating",
}  # fmt: skip


def sensor_meaning(name: str, device_class: str, unit: str, *, diagnostic: bool) -> tuple[str, str, float]:
    """Capability, unit and scale of a sensor; empty capability where none fits the name, class and unit."""
    if not device_class and name in SENSOR_NAME:
        capability, known_unit, scale = SENSOR_NAME[name]
        return capability, known_unit if unit in ("", known_unit) else unit, scale
    capability = SENSOR_CLASS.get(device_class, "")
    if not capability and device_class == "volatile_organic_compounds" and unit in ("ppb", "ppm"):
        capability = "voc"
    if capability == "temperature" and diagnostic:
        return "", unit, 1.0  # the chip's own warmth, not the room's
    if capability == "energy_import" and any(part in name.lower() for part in EXPORTED):
        capability = "energy_export"
    if capability == "power_factor" and unit == "%":
        return capability, "", 0.01
    if capability and not _fits(capability, unit):
        capability = next((other for other in MEANT_ALSO.get(device_class, ()) if _fits(other, unit)), "")
    if not capability:
        return "", unit, 1.0
    return capability, unit, 1.0


def _fits(capability: str, unit: str) -> bool:
    quantity = CAPABILITIES[capability].quantity
    return not unit or quantity is Quantity.NONE or find_unit(unit, quantity) is not None
