"""Table of Matter attributes that the twin maps (Application Cluster Specification 1.4).

`read` converts the raw JSON value to the capability's canonical unit, or to None where the device does not know it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from twin.model.observation import Value

type Raw = object
type Read = Callable[[Raw], Value]

NOBODY = frozenset[int]()
_TOO_LARGE = 1 << 64


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeRow:
    """One attribute. `types`: only on endpoints with one of these device types; empty means any."""

    cluster: int
    attribute: int
    capability: str
    read: Read
    label: str = ""
    key: str = ""
    """The point's key where it differs from the capability's name."""
    types: frozenset[int] = NOBODY
    unit: str = ""
    """Unit of a raw number; the others are read in their canonical one."""
    writable: bool = False
    instead: int = -1
    """Attribute that is preferred: the row is skipped on endpoints that have it."""

    @property
    def name(self) -> str:
        """Key of the point within its device."""
        return self.key or self.capability


def number(raw: Raw) -> float | None:
    """A number, or None: null means unknown in Matter, and numbers over 64 bits are invalid."""
    real = isinstance(raw, int | float) and not isinstance(raw, bool) and abs(raw) < _TOO_LARGE
    return float(raw) if real else None  # pyright: ignore[reportArgumentType] - real says so


def times(factor: float) -> Read:
    """Reader of a number times a factor."""

    def read(raw: Raw) -> Value:
        value = number(raw)
        return None if value is None else round(value * factor, 9)

    return read


def truth(raw: Raw) -> Value:
    """Reads a boolean attribute."""
    return raw if isinstance(raw, bool) else None


def untruth(raw: Raw) -> Value:
    """Reads a boolean attribute inverted: a contact sensor reports true while closed (1.7, table 2)."""
    return not raw if isinstance(raw, bool) else None


def bit_zero(raw: Raw) -> Value:
    """Reads the lowest bit of a bitmap, which servers encode as a number or an object."""
    if isinstance(raw, dict):
        fields = cast("dict[str, Raw]", raw)
        return bool(fields.get("0", fields.get("occupied", False)))
    return bool(raw & 1) if isinstance(raw, int) else None


def door_open(raw: Raw) -> Value:
    """Reads DoorStateEnum: 0 open, 1 closed, 2 jammed, 3 forced open, 4 unspecified error, 5 ajar (5.2.6.2)."""
    return {0.0: True, 1.0: False, 3.0: True, 5.0: True}.get(value) if (value := number(raw)) is not None else None


def above_zero(raw: Raw) -> Value:
    """Reads an alarm state as bool: 0 is normal, 1 a warning, 2 critical."""
    value = number(raw)
    return None if value is None else value > 0


def enum_option(*options: str) -> Read:
    """Reader of an enum as the option with its number; None for an empty option or an unknown number."""

    def read(raw: Raw) -> Value:
        code = number(raw)
        known = code is not None and 0 <= code < len(options)
        return (options[int(code)] or None) if known and code is not None else None

    return read


def lux(raw: Raw) -> Value:
    """Reads illuminance, encoded as 10000 x log10(lux) + 1; 0 means too dark to measure (2.2.5.1)."""
    value = number(raw)
    if value is None or value > 0xFFFE:
        return None
    return 0.0 if value < 1 else float(round(10 ** ((value - 1) / 10000), 2))


def kelvin(raw: Raw) -> Value:
    """Reads mireds as kelvin."""
    value = number(raw)
    return round(1e6 / value, 1) if value else None


def openness(raw: Raw) -> Value:
    """Reads hundredths of a percent closed as percent open."""
    value = number(raw)
    return None if value is None else 100 - value / 100


def ajar(raw: Raw) -> Value:
    """Reads ValveStateEnum: 0 closed, 1 open, 2 moving (4.6.6.1); None while moving."""
    return {0.0: 0.0, 1.0: 100.0}.get(value) if (value := number(raw)) is not None else None


def energy(raw: Raw) -> Value:
    """Reads EnergyMeasurementStruct as Wh: field 0 is mWh."""
    value = number(cast("dict[str, Raw]", raw).get("0") if isinstance(raw, dict) else raw)
    return None if value is None else value / 1000


def running(raw: Raw) -> Value:
    """Reads ThermostatRunningState: bits heat, cool, fan, heat 2, cool 2, fan 2, fan 3."""
    if not isinstance(raw, int):
        return None
    for bits, name in ((0b1001, "heating"), (0b10010, "cooling"), (0b1100100, "fan")):
        if raw & bits:
            return name
    return "idle"


def supplied(raw: Raw) -> Value:
    """Reads SupplyStateEnum of a car charger: 0 disabled, 1 charging enabled, 2 discharging enabled, 3 disabled by an error,
    4 by diagnostics, 5 both enabled (9.3.7.3); whether it may charge."""
    return (
        {0.0: False, 1.0: True, 2.0: False, 3.0: False, 4.0: False, 5.0: True}.get(value)
        if (value := number(raw)) is not None
        else None
    )


def boosted(raw: Raw) -> Value:
    """Reads BoostStateEnum of a water heater: 0 inactive, 1 active (9.5.6.2)."""
    return {0.0: False, 1.0: True}.get(value) if (value := number(raw)) is not None else None


def demand(raw: Raw) -> Value:
    """Reads HeatDemand of a water heater: a bitmap of the heat sources that are asked for heat (9.5.7.2)."""
    return ("heating" if raw else "idle") if isinstance(raw, int) and not isinstance(raw, bool) else None


CONTACT, LEAK, FREEZE, RAIN = frozenset({0x15}), frozenset({0x43}), frozenset({0x41}), frozenset({0x44})
SYSTEM_MODES = ("off", "auto", "", "cool", "heat", "heat", "", "fan_only", "dry", "")
FAN_MODES = ("off", "low", "medium", "high", "high", "auto", "auto")
CHARGER_STATES = ("unplugged", "no demand", "demand", "charging", "discharging", "ending", "fault")
"""Options by StateEnum of a car charger (9.3.7.2)."""
ON_OFF, CHARGER, WATER_HEATER = 6, 153, 148
AIR_QUALITY = ("", "good", "fair", "moderate", "poor", "very poor", "extremely poor")

# fmt: off
ROWS: tuple[AttributeRow, ...] = (
    AttributeRow(cluster=ON_OFF, attribute=0, capability="on_off", read=truth, writable=True),
    AttributeRow(cluster=8, attribute=0, capability="level", read=times(100 / 254), writable=True),
    AttributeRow(cluster=768, attribute=7, capability="color_temperature", read=kelvin, writable=True),
    AttributeRow(cluster=1026, attribute=0, capability="temperature", read=times(0.01)),
    AttributeRow(cluster=1029, attribute=0, capability="humidity", read=times(0.01)),
    AttributeRow(cluster=1027, attribute=0, capability="pressure", read=times(100)),
    AttributeRow(cluster=1028, attribute=0, capability="flow", read=times(0.1)),
    AttributeRow(cluster=1024, attribute=0, capability="illuminance", read=lux),
    AttributeRow(cluster=1030, attribute=0, capability="occupancy", read=bit_zero),
    AttributeRow(cluster=69, attribute=0, capability="contact", read=untruth, types=CONTACT),
    AttributeRow(cluster=69, attribute=0, capability="water_leak", read=truth, types=LEAK),
    AttributeRow(cluster=69, attribute=0, capability="freeze", read=truth, types=FREEZE),
    AttributeRow(cluster=69, attribute=0, capability="rain", read=truth, types=RAIN),
    AttributeRow(cluster=91, attribute=0, capability="air_class", key="air_quality", read=enum_option(*AIR_QUALITY)),
    AttributeRow(cluster=513, attribute=0, capability="temperature", read=times(0.01)),
    AttributeRow(cluster=513, attribute=18, capability="setpoint_heat", read=times(0.01), writable=True),
    AttributeRow(cluster=513, attribute=17, capability="setpoint_cool", read=times(0.01), writable=True),
    AttributeRow(cluster=513, attribute=28, capability="hvac_mode", read=enum_option(*SYSTEM_MODES), writable=True),
    AttributeRow(cluster=513, attribute=41, capability="hvac_action", read=running),
    AttributeRow(cluster=258, attribute=14, capability="position", read=openness, writable=True),
    AttributeRow(cluster=258, attribute=15, capability="tilt", read=openness, writable=True),
    AttributeRow(cluster=129, attribute=6, capability="valve", read=times(1), writable=True),
    AttributeRow(cluster=129, attribute=4, capability="valve", read=ajar, writable=True, instead=6),
    AttributeRow(cluster=257, attribute=0, capability="lock", read=enum_option("jammed", "locked", "unlocked", "unlocked"), writable=True),
    AttributeRow(cluster=257, attribute=3, capability="contact", read=door_open),
    AttributeRow(cluster=92, attribute=1, capability="smoke", read=above_zero),
    AttributeRow(cluster=92, attribute=2, capability="co_alarm", read=above_zero),
    AttributeRow(cluster=92, attribute=3, capability="battery_low", read=above_zero),
    AttributeRow(cluster=92, attribute=6, capability="fault", read=truth),
    AttributeRow(cluster=514, attribute=2, capability="fan_speed", read=times(1), writable=True),
    AttributeRow(cluster=514, attribute=0, capability="fan_mode", read=enum_option(*FAN_MODES), writable=True),
    AttributeRow(cluster=CHARGER, attribute=1, capability="on_off", read=supplied, writable=True),
    AttributeRow(cluster=CHARGER, attribute=0, capability="raw_enum", key="state", read=enum_option(*CHARGER_STATES)),
    AttributeRow(cluster=CHARGER, attribute=2, capability="fault", read=above_zero),
    AttributeRow(cluster=CHARGER, attribute=7, capability="current", key="current_limit", label="Current limit", read=times(0.001)),
    AttributeRow(cluster=WATER_HEATER, attribute=1, capability="hvac_action", key="heat_demand", label="Heating", read=demand),
    AttributeRow(cluster=WATER_HEATER, attribute=4, capability="raw_number", key="hot_water", label="Hot water", unit="%", read=times(1)),
    AttributeRow(cluster=WATER_HEATER, attribute=5, capability="on_off", key="boost", label="Boost", read=boosted, writable=True),
    AttributeRow(cluster=144, attribute=8, capability="power", read=times(0.001)),
    AttributeRow(cluster=144, attribute=4, capability="voltage", read=times(0.001)),
    AttributeRow(cluster=144, attribute=5, capability="current", read=times(0.001)),
    AttributeRow(cluster=144, attribute=14, capability="frequency", read=times(0.001)),
    AttributeRow(cluster=144, attribute=17, capability="power_factor", read=times(0.0001)),
    AttributeRow(cluster=145, attribute=1, capability="energy_import", read=energy),
    AttributeRow(cluster=145, attribute=2, capability="energy_export", read=energy),
    AttributeRow(cluster=47, attribute=12, capability="battery", read=times(0.5)),
    AttributeRow(cluster=47, attribute=14, capability="battery_low", read=above_zero),
    AttributeRow(cluster=54, attribute=4, capability="signal", read=times(1)),
)
# fmt: on

COLOUR, BUTTON, IDENTIFY = 768, 59, 3
X, Y = 3, 4
UNIT = 8
CONCENTRATIONS: dict[int, tuple[str, str]] = {
    1037: ("co2", ""), 1036: ("co", ""), 1066: ("pm25", ""), 1069: ("pm10", ""), 1070: ("voc", ""),
    1043: ("nitrogen_dioxide", ""), 1045: ("ozone", ""), 1067: ("formaldehyde", ""), 1068: ("pm1", ""), 1071: ("radon", "Radon"),
}  # fmt: skip
"""Cluster to capability or key, and the label where there is no capability. Value in attribute 0, unit in 8."""
PARTS_UNITS = {0: 1.0, 1: 1e-3, 2: 1e-6}
DUST_UNITS = {3: 1e3, 4: 1.0, 5: 1e-3}
"""MeasurementUnitEnum to the factor to ppm and to µg/m³ (2.10.5.3)."""
UNIT_WORDS = ("ppm", "ppb", "ppt", "mg/m³", "µg/m³", "ng/m³", "1/m³", "Bq/m³")

KINDS: dict[int, str] = {
    0x0E: "bridge",
    0x100: "light", 0x101: "light", 0x10C: "light", 0x10D: "light", 0x10A: "plug", 0x10B: "plug", 0x110: "light",
    0x103: "switch", 0x104: "switch", 0x105: "switch", 0x0F: "button",
    0x15: "contact_sensor", 0x43: "leak_sensor", 0x302: "temperature_sensor", 0x307: "humidity_sensor",
    0x305: "pressure_sensor", 0x306: "flow_sensor", 0x106: "light_sensor", 0x107: "occupancy_sensor",
    0x2C: "air_sensor", 0x2D: "fan", 0x2B: "fan", 0x301: "thermostat", 0x72: "air_conditioner", 0x309: "heat_pump",
    0x202: "cover", 0x0A: "lock", 0x76: "smoke_alarm", 0x42: "valve", 0x22: "speaker", 0x23: "tv", 0x28: "tv",
    0x17: "solar", 0x18: "battery_storage", 0x50C: "charger", 0x50F: "boiler", 0x510: "meter", 0x514: "meter",
}  # fmt: skip
"""Device type (Device Library 1.4) to device kind; the first endpoint's first known type decides."""
