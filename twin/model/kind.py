"""The table of device kinds; icon, tree entry, marker and demo values of a kind follow from its row."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of device. `expects` are its typical capabilities; `glyph` names its icon."""

    id: str
    title: str
    group: str
    glyph: str
    expects: tuple[str, ...]
    primary: str
    """Capability that a click on the device acts on or shows."""
    mounts_at_m: float = 1.1
    """Usual height above the floor, used where the position is not known."""
    click_toggles: bool = False
    """Whether one click in the 3D view switches it; only for kinds that are harmless and silent."""


ROWS: tuple[Kind, ...] = (
    Kind("light", "Light", "Lighting", "light", ("on_off", "level"), "on_off", 2.4, click_toggles=True),
    Kind("lamp", "Lamp", "Lighting", "lamp", ("on_off",), "on_off", 1.2, click_toggles=True),
    Kind("switch", "Switch", "Lighting", "switch", ("on_off",), "on_off", 1.1),
    Kind("button", "Button", "Lighting", "button", ("button",), "button", 1.1),
    Kind("plug", "Plug", "Energy", "plug", ("on_off", "power"), "on_off", 0.3),
    Kind("outlet", "Outlet", "Energy", "outlet", (), "power", 0.3),
    Kind("meter", "Meter", "Energy", "meter", ("power", "energy_import"), "power", 1.5),
    Kind("board", "Distribution board", "Energy", "board", (), "power", 1.6),
    Kind("solar", "Solar inverter", "Energy", "solar", ("power", "energy_export"), "power", 1.5),
    Kind("battery_storage", "Battery storage", "Energy", "storage", ("battery", "power"), "battery", 0.8),
    Kind("charger", "Car charger", "Energy", "charger", ("on_off", "power"), "power", 1.2),
    Kind(
        "thermostat",
        "Thermostat",
        "Climate",
        "thermostat",
        ("temperature", "setpoint_heat", "hvac_mode"),
        "setpoint_heat",
        1.5,
    ),
    Kind(
        "radiator",
        "Radiator valve",
        "Climate",
        "radiator",
        ("temperature", "setpoint_heat", "valve"),
        "setpoint_heat",
        0.5,
    ),
    Kind(
        "air_conditioner",
        "Air conditioner",
        "Climate",
        "air_conditioner",
        ("temperature", "setpoint_cool", "hvac_mode"),
        "setpoint_cool",
        2.2,
    ),
    Kind("heat_pump", "Heat pump", "Climate", "heat_pump", ("temperature", "power"), "power", 1.0),
    Kind("boiler", "Boiler", "Climate", "boiler", ("temperature",), "temperature", 1.2),
    Kind("fan", "Fan", "Climate", "fan", ("fan_speed",), "fan_speed", 2.4),
    Kind("air_terminal", "Air terminal", "Climate", "air_terminal", ("flow",), "flow", 2.6),
    Kind(
        "climate_sensor", "Climate sensor", "Sensors", "climate_sensor", ("temperature", "humidity"), "temperature", 1.6
    ),
    Kind("temperature_sensor", "Temperature sensor", "Sensors", "temperature", ("temperature",), "temperature", 1.6),
    Kind("humidity_sensor", "Humidity sensor", "Sensors", "humidity", ("humidity",), "humidity", 1.6),
    Kind("air_sensor", "Air quality sensor", "Sensors", "air", ("co2",), "co2", 1.6),
    Kind("light_sensor", "Light sensor", "Sensors", "light_sensor", ("illuminance",), "illuminance", 2.4),
    Kind("pressure_sensor", "Pressure sensor", "Sensors", "pressure", ("pressure",), "pressure", 1.6),
    Kind("flow_sensor", "Flow sensor", "Sensors", "flow", ("flow",), "flow", 1.0),
    Kind("motion_sensor", "Motion sensor", "Sensors", "motion", ("motion",), "motion", 2.3),
    Kind("occupancy_sensor", "Occupancy sensor", "Sensors", "occupancy", ("occupancy",), "occupancy", 2.5),
    Kind("contact_sensor", "Door or window sensor", "Security", "contact", ("contact",), "contact", 2.0),
    Kind("lock", "Lock", "Security", "lock", ("lock",), "lock", 1.0),
    Kind("smoke_alarm", "Smoke alarm", "Security", "smoke", ("smoke",), "smoke", 2.6),
    Kind("leak_sensor", "Leak sensor", "Security", "leak", ("water_leak",), "water_leak", 0.05),
    Kind("camera", "Camera", "Security", "camera", (), "motion", 2.4),
    Kind("cover", "Blind or shade", "Comfort", "cover", ("position",), "position", 2.0),
    Kind("garage_door", "Garage door or gate", "Security", "door", ("position",), "position", 2.0),
    Kind("valve", "Valve", "Comfort", "valve", ("valve",), "valve", 0.5),
    Kind("speaker", "Speaker", "Media", "speaker", ("volume",), "volume", 1.0),
    Kind("tv", "Television", "Media", "tv", ("on_off", "volume"), "on_off", 1.1),
    Kind("bridge", "Bridge", "System", "bridge", (), "signal", 0.8),
    Kind("controller", "Controller", "System", "controller", (), "fault", 1.6),
    Kind("device", "Device", "System", "device", (), "", 1.1),
)

KINDS: dict[str, Kind] = {row.id: row for row in ROWS}

_BY_SPECIFICITY = (
    ("smoke", "smoke_alarm"), ("co_alarm", "smoke_alarm"), ("lock", "lock"), ("valve", "radiator"),
    ("setpoint_heat", "thermostat"), ("setpoint_cool", "air_conditioner"), ("position", "cover"),
    ("fan_speed", "fan"), ("level", "light"), ("color_temperature", "light"), ("color", "light"),
)  # fmt: skip
_LATER = (
    ("co2", "air_sensor"), ("pm25", "air_sensor"), ("voc", "air_sensor"), ("air_quality", "air_sensor"),
    ("water_leak", "leak_sensor"), ("occupancy", "occupancy_sensor"), ("presence", "occupancy_sensor"),
    ("motion", "motion_sensor"), ("contact", "contact_sensor"), ("illuminance", "light_sensor"),
    ("pressure", "pressure_sensor"), ("button", "button"), ("energy_import", "meter"), ("power", "meter"),
    ("flow", "flow_sensor"), ("volume", "speaker"),
)  # fmt: skip


def kind_of(capabilities: frozenset[str]) -> str:
    """The kind that fits best for this set of capabilities; `device` where none fits."""
    for capability, kind in _BY_SPECIFICITY:
        if capability in capabilities:
            return kind
    if "on_off" in capabilities:
        return "plug" if capabilities & {"power", "energy_import"} else "switch"
    if {"temperature", "humidity"} <= capabilities and not capabilities & {"co2", "pm25", "voc", "air_quality"}:
        return "climate_sensor"
    for capability, kind in _LATER:
        if capability in capabilities:
            return kind
    if "temperature" in capabilities:
        return "temperature_sensor"
    return "humidity_sensor" if "humidity" in capabilities else "device"
