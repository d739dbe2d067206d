"""Device classes of ESPHome's sensors (those of Home Assistant) as capabilities."""

from __future__ import annotations

from twin.model.capability import CAPABILITIES
from twin.model.quantity import Quantity, to_canonical

SENSOR = {
    "temperature": "temperature", "humidity": "humidity", "atmospheric_pressure": "pressure", "pressure": "pressure",
    "carbon_dioxide": "co2", "carbon_monoxide": "co", "pm25": "pm25", "pm10": "pm10",
    "volatile_organic_compounds_parts": "voc", "aqi": "air_quality", "illuminance": "illuminance",
    "sound_pressure": "noise", "moisture": "moisture", "power": "power", "energy": "energy_import", "voltage": "voltage",
    "current": "current", "frequency": "frequency", "power_factor": "power_factor", "apparent_power": "apparent_power",
    "reactive_power": "reactive_power", "water": "water_volume", "gas": "gas_volume", "volume_flow_rate": "flow",
    "battery": "battery", "signal_strength": "signal",
}  # fmt: skip
BINARY = {
    "motion": "motion", "occupancy": "occupancy", "presence": "presence", "door": "contact", "window": "contact",
    "opening": "contact", "garage_door": "contact", "moisture": "water_leak", "smoke": "smoke",
    "carbon_monoxide": "co_alarm", "gas": "gas_alarm", "tamper": "tamper", "problem": "fault", "vibration": "vibration",
    "battery": "battery_low",
}  # fmt: skip


def sensor_capability(device_class: str, unit: str) -> str:
    """The capability of a sensor; a raw number where its unit is none of the capability's quantity."""
    capability = SENSOR.get(device_class, "raw_number")
    quantity = CAPABILITIES[capability].quantity
    if quantity is Quantity.NONE:
        return capability if unit in ("", CAPABILITIES[capability].unit) else "raw_number"
    return capability if to_canonical(1.0, unit, quantity) is not None else "raw_number"
