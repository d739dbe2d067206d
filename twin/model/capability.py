"""The capability table: one row per quantity that a point can report or command.

Sources: research vocabulary (Matter 1.4 application clusters, Home Assistant device classes, KNX DPTs, BACnet units
compared); Brick 1.4 classes; Project Haystack 4 tags.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from twin.model.quantity import CANONICAL, Quantity


class ValueType(StrEnum):
    """Type of a value: number, bool, one of the row's options, CIE xy colour, free text, or a momentary event."""

    NUMBER = "number"
    BOOL = "bool"
    ENUM = "enum"
    XY = "xy"
    TEXT = "text"
    EVENT = "event"


class Aggregate(StrEnum):
    """How the values within a time span combine into one."""

    MEAN = "mean"
    LAST = "last"
    SUM = "sum"
    TIME_IN_STATE = "time_in_state"
    COUNT = "count"


class Group(StrEnum):
    """Purpose of a capability; panels and filters use it."""

    ACTUATOR = "actuator"
    SENSOR = "sensor"
    ALARM = "alarm"
    METER = "meter"
    HEALTH = "health"
    MEDIA = "media"
    EVENT = "event"
    RAW = "raw"


class Reveals(StrEnum):
    """What recorded values tell of people."""

    NOTHING = "nothing"
    PRESENCE = "presence"
    IDENTITY = "identity"
    HABITS = "habits"
    HEALTH = "health"


REVEALS: dict[str, Reveals] = {
    **dict.fromkeys(("motion", "occupancy", "presence", "contact", "vibration", "co2", "noise"), Reveals.PRESENCE),
    "lock": Reveals.IDENTITY,
    **dict.fromkeys(("power", "energy_import", "flow", "water_volume", "gas_volume"), Reveals.HABITS),
    **dict.fromkeys(("energy_export", "current", "apparent_power", "reactive_power", "power_factor"), Reveals.HABITS),
    **dict.fromkeys(
        ("on_off", "level", "button", "media_state", "volume", "mute", "source", "position"), Reveals.HABITS
    ),
    "fall": Reveals.HEALTH,
}
"""By capability; all others reveal nothing. In a room for few, CO₂ tells of presence, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """One row of the table. `control` names the widget of app.view.control, `glyph` how the 3D view shows the value."""

    id: str
    title: str
    type: ValueType
    group: Group
    quantity: Quantity = Quantity.NONE
    minimum: float | None = None
    maximum: float | None = None
    resolution: float = 0.0
    options: tuple[str, ...] = ()
    writable: bool = False
    verbs: tuple[str, ...] = ()
    aggregate: Aggregate = Aggregate.LAST
    display_units: tuple[str, ...] = ()
    chart: str = "line"
    control: str = "value"
    glyph: str = ""
    scale: tuple[float, float] | None = None
    """Lowest and highest value of the "colour by" legend, canonical unit; None where the row has no fixed range."""
    colours: str = ""
    """Name of the colour map, resolved in app.view.theme: thermal, moisture, air, light, presence, load, level."""
    brick: str = ""
    haystack: str = ""
    matter: str = ""
    """Cluster and attribute in hex (`0006.0000`), where the Matter Application Cluster Specification has one."""

    own_unit: str = ""
    """Unit of a raw number as its device writes it; such a number has no known quantity."""

    @property
    def unit(self) -> str:
        """The canonical unit of the quantity, or a raw number's own unit."""
        return self.own_unit or CANONICAL[self.quantity]

    @property
    def reveals(self) -> Reveals:
        """What recorded values tell of people."""
        return REVEALS.get(self.id, Reveals.NOTHING)

    @property
    def is_held(self) -> bool:
        """Whether a value holds until the next one: a state, or a number that is commanded (set-point, position, level), not
        one that is measured."""
        return self.type is not ValueType.NUMBER or self.writable

    @property
    def is_counter(self) -> bool:
        """Whether the value is the reading of a register that only counts up."""
        return self.type is ValueType.NUMBER and self.aggregate is Aggregate.SUM


_T, _G, _A, _Q = ValueType, Group, Aggregate, Quantity


def _number(id: str, title: str, group: Group, quantity: Quantity, **more: object) -> Capability:
    fields: dict[str, object] = {"aggregate": _A.MEAN} | more
    return Capability(id=id, title=title, type=_T.NUMBER, group=group, quantity=quantity, **fields)  # pyright: ignore[reportArgumentType]


def _percent(id: str, title: str, group: Group, **more: object) -> Capability:
    return _number(id, title, group, _Q.RATIO, **({"minimum": 0.0, "maximum": 100.0, "resolution": 1.0} | more))


def _truth(id: str, title: str, group: Group, **more: object) -> Capability:
    fields: dict[str, object] = {"aggregate": _A.TIME_IN_STATE, "chart": "state", "control": "state"} | more
    return Capability(id=id, title=title, type=_T.BOOL, group=group, options=_WORDS.get(id, ("no", "yes")), **fields)  # pyright: ignore[reportArgumentType]


def _choice(id: str, title: str, group: Group, options: tuple[str, ...] = (), **more: object) -> Capability:
    fields: dict[str, object] = {"aggregate": _A.TIME_IN_STATE, "chart": "state", "control": "choice"} | more
    return Capability(id=id, title=title, type=_T.ENUM, group=group, options=options, **fields)  # pyright: ignore[reportArgumentType]


_WORDS = {
    "on_off": ("off", "on"),
    "occupancy": ("vacant", "occupied"),
    "motion": ("still", "motion"),
    "presence": ("away", "home"),
    "contact": ("closed", "open"),
    "vibration": ("still", "vibrating"),
    "smoke": ("clear", "smoke"),
    "co_alarm": ("clear", "alarm"),
    "gas_alarm": ("clear", "gas"),
    "fall": ("upright", "fallen"),
    "water_leak": ("dry", "leak"),
    "freeze": ("clear", "freezing"),
    "rain": ("dry", "rain"),
    "tamper": ("untouched", "tampered"),
    "fault": ("ok", "fault"),
    "battery_low": ("ok", "low"),
    "mute": ("sound", "muted"),
}

_ACT, _SENS, _ALARM, _METER, _HEALTH, _MEDIA = _G.ACTUATOR, _G.SENSOR, _G.ALARM, _G.METER, _G.HEALTH, _G.MEDIA

AIR_CLASSES = ("excellent", "good", "fair", "moderate", "inferior", "poor", "very poor", "extremely poor")
"""Classes of air quality as sensors name them (Matter 2.9.5.1, HomeKit), from best to worst; each device has a part of them."""

# fmt: off
ROWS: tuple[Capability, ...] = (
    _truth("on_off", "Power switch", _ACT, writable=True, verbs=("on", "off", "toggle"), control="switch", glyph="glow", colours="presence", brick="On_Off_Command", haystack="cmd run", matter="0006.0000"),
    _percent("level", "Brightness", _ACT, writable=True, verbs=("set", "step"), control="level", glyph="glow", brick="Luminance_Command", haystack="light level cmd", matter="0008.0000"),
    _number("color_temperature", "Colour temperature", _ACT, _Q.COLOR_TEMPERATURE, minimum=1000.0, maximum=10000.0, resolution=10.0, writable=True, verbs=("set",), control="warmth", glyph="tint", matter="0300.0007"),
    Capability(id="color", title="Colour", type=_T.XY, group=_ACT, writable=True, verbs=("set",), chart="none", control="colour", glyph="tint", matter="0300.0003"),
    _choice("effect", "Effect", _ACT, writable=True, verbs=("set",)),
    _number("temperature", "Temperature", _SENS, _Q.TEMPERATURE, minimum=-100.0, maximum=200.0, resolution=0.1, display_units=("°C", "°F"), scale=(16.0, 30.0), colours="thermal", glyph="field", brick="Zone_Air_Temperature_Sensor", haystack="zone air temp sensor", matter="0402.0000"),
    _percent("humidity", "Humidity", _SENS, resolution=0.5, scale=(20.0, 80.0), colours="moisture", glyph="field", brick="Zone_Air_Humidity_Sensor", haystack="zone air humidity sensor", matter="0405.0000"),
    _number("pressure", "Air pressure", _SENS, _Q.PRESSURE, minimum=0.0, resolution=10.0, display_units=("hPa", "kPa", "inHg"), brick="Atmospheric_Pressure_Sensor", haystack="atmospheric pressure sensor", matter="0403.0000"),
    _number("co2", "CO₂", _SENS, _Q.PARTS, minimum=0.0, resolution=1.0, scale=(400.0, 1600.0), colours="air", glyph="field", brick="CO2_Level_Sensor", haystack="zone air co2 sensor", matter="040D.0000"),
    _number("co", "Carbon monoxide", _SENS, _Q.PARTS, minimum=0.0, resolution=0.1, scale=(0.0, 35.0), colours="air", brick="CO_Level_Sensor", haystack="zone air co sensor", matter="040C.0000"),
    _number("pm25", "Fine dust PM2.5", _SENS, _Q.CONCENTRATION, minimum=0.0, resolution=0.1, scale=(0.0, 75.0), colours="air", brick="PM2.5_Level_Sensor", haystack="zone air pm25 sensor", matter="042A.0000"),
    _number("pm10", "Dust PM10", _SENS, _Q.CONCENTRATION, minimum=0.0, resolution=0.1, scale=(0.0, 100.0), colours="air", brick="PM10_Level_Sensor", haystack="zone air pm10 sensor", matter="042D.0000"),
    _number("voc", "Volatile organics", _SENS, _Q.PARTS, minimum=0.0, resolution=0.001, display_units=("ppb", "ppm"), scale=(0.0, 1.0), colours="air", brick="TVOC_Level_Sensor", haystack="zone air tvoc sensor", matter="042E.0000"),
    _number("air_quality", "Air quality index", _SENS, _Q.NONE, minimum=0.0, maximum=500.0, resolution=1.0, scale=(0.0, 300.0), colours="air", brick="Air_Quality_Sensor", haystack="zone air quality sensor"),
    _choice("air_class", "Air quality", _SENS, AIR_CLASSES, control="state", brick="Air_Quality_Sensor", matter="005B.0000"),
    _number("pm1", "Dust PM1", _SENS, _Q.CONCENTRATION, minimum=0.0, resolution=0.1, scale=(0.0, 50.0), colours="air", brick="PM1_Level_Sensor", matter="042C.0000"),
    _number("ozone", "Ozone", _SENS, _Q.CONCENTRATION, minimum=0.0, resolution=1.0, scale=(0.0, 240.0), colours="air", brick="Ozone_Level_Sensor", matter="0415.0000"),
    _number("nitrogen_dioxide", "Nitrogen dioxide", _SENS, _Q.CONCENTRATION, minimum=0.0, resolution=1.0, scale=(0.0, 200.0), colours="air", brick="NO2_Level_Sensor", matter="0413.0000"),
    _number("formaldehyde", "Formaldehyde", _SENS, _Q.CONCENTRATION, minimum=0.0, resolution=1.0, scale=(0.0, 100.0), colours="air", brick="Formaldehyde_Level_Sensor", matter="042B.0000"),
    _number("illuminance", "Light", _SENS, _Q.ILLUMINANCE, minimum=0.0, resolution=1.0, scale=(0.0, 1000.0), colours="light", glyph="field", brick="Illuminance_Sensor", haystack="light illuminance sensor", matter="0400.0000"),
    _number("noise", "Noise", _SENS, _Q.SOUND, minimum=0.0, resolution=1.0, scale=(30.0, 90.0), colours="load", brick="Noise_Level_Sensor"),
    _percent("moisture", "Moisture", _SENS, scale=(0.0, 100.0), colours="moisture"),
    _truth("occupancy", "Occupancy", _SENS, scale=(0.0, 1.0), colours="presence", glyph="ripple", brick="Occupancy_Sensor", haystack="zone occupied sensor", matter="0406.0000"),
    _truth("motion", "Motion", _SENS, glyph="ripple", brick="Motion_Sensor", haystack="motion sensor"),
    _truth("presence", "Presence", _SENS, glyph="ripple", brick="Occupancy_Sensor"),
    _truth("contact", "Contact", _SENS, glyph="swing", brick="Contact_Sensor", haystack="contact sensor", matter="0045.0000"),
    _truth("vibration", "Vibration", _SENS, brick="Vibration_Sensor"),
    _truth("smoke", "Smoke", _ALARM, glyph="pulse", brick="Smoke_Alarm", haystack="smoke alarm", matter="005C.0001"),
    _truth("co_alarm", "Carbon monoxide alarm", _ALARM, glyph="pulse", brick="CO_Alarm", haystack="co alarm", matter="005C.0002"),
    _truth("gas_alarm", "Gas alarm", _ALARM, glyph="pulse", brick="Gas_Alarm"),
    _truth("fall", "Fall", _ALARM, glyph="pulse"),
    _truth("water_leak", "Water leak", _ALARM, glyph="pulse", brick="Leak_Alarm", haystack="leak alarm"),
    _truth("freeze", "Freeze", _ALARM, glyph="pulse", brick="Freeze_Status"),
    _truth("rain", "Rain", _SENS, brick="Rain_Sensor"),
    _truth("tamper", "Tamper", _ALARM, glyph="pulse", brick="Tamper_Alarm"),
    _truth("fault", "Fault", _ALARM, glyph="pulse", brick="Fault_Status", haystack="fault sensor"),
    _choice("lock", "Lock", _ACT, ("locked", "unlocked", "jammed", "unknown"), writable=True, verbs=("lock", "unlock", "unlatch"), control="lock", glyph="badge", matter="0101.0000"),
    _percent("position", "Position", _ACT, writable=True, verbs=("set", "open", "close", "stop"), control="cover", glyph="slide", brick="Position_Command", haystack="position cmd", matter="0102.000E"),
    _percent("tilt", "Tilt", _ACT, writable=True, verbs=("set",), control="level", glyph="slide", matter="0102.000F"),
    _percent("valve", "Valve", _ACT, writable=True, verbs=("set", "open", "close", "stop"), control="cover", brick="Valve_Position_Sensor", haystack="valve cmd", matter="0081.0004"),
    _choice("hvac_mode", "Mode", _ACT, ("off", "heat", "cool", "auto", "heat_cool", "dry", "fan_only"), writable=True, verbs=("set",), brick="Mode_Command", haystack="hvacMode sp", matter="0201.001C"),
    _choice("hvac_action", "Activity", _SENS, ("off", "idle", "heating", "cooling", "drying", "fan"), glyph="badge", brick="Operating_Mode_Status", haystack="hvacMode sensor", matter="0201.0029"),
    _number("setpoint_heat", "Heat to", _ACT, _Q.TEMPERATURE, minimum=0.0, maximum=50.0, resolution=0.5, display_units=("°C", "°F"), writable=True, verbs=("set",), control="setpoint", brick="Heating_Temperature_Setpoint", haystack="zone air temp heating sp", matter="0201.0012"),
    _number("setpoint_cool", "Cool to", _ACT, _Q.TEMPERATURE, minimum=0.0, maximum=50.0, resolution=0.5, display_units=("°C", "°F"), writable=True, verbs=("set",), control="setpoint", brick="Cooling_Temperature_Setpoint", haystack="zone air temp cooling sp", matter="0201.0011"),
    _percent("setpoint_humidity", "Humidity target", _ACT, writable=True, verbs=("set",), control="setpoint", brick="Humidity_Setpoint", haystack="zone air humidity sp"),
    _percent("fan_speed", "Fan speed", _ACT, writable=True, verbs=("set",), control="level", glyph="spin", brick="Fan_Speed_Command", haystack="fan speed cmd", matter="0202.0002"),
    _choice("fan_mode", "Fan mode", _ACT, ("off", "low", "medium", "high", "auto"), writable=True, verbs=("set",), matter="0202.0000"),
    _number("power", "Power", _METER, _Q.POWER, resolution=0.1, display_units=("W", "kW"), scale=(0.0, 500.0), colours="load", glyph="field", brick="Electric_Power_Sensor", haystack="elec active power sensor", matter="0090.0008"),
    _number("energy_import", "Energy used", _METER, _Q.ENERGY, resolution=1.0, display_units=("kWh", "Wh", "MWh"), aggregate=_A.SUM, chart="counter", brick="Energy_Usage_Sensor", haystack="elec energy import sensor", matter="0091.0001"),
    _number("energy_export", "Energy fed in", _METER, _Q.ENERGY, resolution=1.0, display_units=("kWh", "Wh", "MWh"), aggregate=_A.SUM, chart="counter", haystack="elec energy export sensor", matter="0091.0002"),
    _number("voltage", "Voltage", _METER, _Q.VOLTAGE, resolution=0.1, brick="Voltage_Sensor", haystack="elec volt sensor", matter="0090.0004"),
    _number("current", "Current", _METER, _Q.CURRENT, resolution=0.001, brick="Current_Sensor", haystack="elec current sensor", matter="0090.0005"),
    _number("frequency", "Frequency", _METER, _Q.FREQUENCY, resolution=0.01, brick="Frequency_Sensor", haystack="elec freq sensor", matter="0090.000E"),
    _number("power_factor", "Power factor", _METER, _Q.NONE, minimum=-1.0, maximum=1.0, resolution=0.01, brick="Power_Factor_Sensor", haystack="elec pf sensor", matter="0090.0011"),
    _number("apparent_power", "Apparent power", _METER, _Q.APPARENT_POWER, brick="Apparent_Power_Sensor"),
    _number("reactive_power", "Reactive power", _METER, _Q.REACTIVE_POWER, brick="Reactive_Power_Sensor"),
    _number("water_volume", "Water used", _METER, _Q.VOLUME, resolution=0.001, display_units=("m³", "L", "gal"), aggregate=_A.SUM, chart="counter", brick="Water_Usage_Sensor", haystack="water volume sensor"),
    _number("gas_volume", "Gas used", _METER, _Q.VOLUME, resolution=0.001, display_units=("m³", "ft³"), aggregate=_A.SUM, chart="counter", brick="Gas_Usage_Sensor", haystack="naturalGas volume sensor"),
    _number("flow", "Flow", _METER, _Q.FLOW, resolution=0.01, display_units=("m³/h", "L/min"), brick="Flow_Sensor", haystack="water flow sensor", matter="0404.0000"),
    _percent("battery", "Battery", _HEALTH, scale=(0.0, 100.0), colours="level", brick="Battery_Voltage_Sensor", matter="002F.000C"),
    _truth("battery_low", "Battery low", _HEALTH, matter="002F.000E"),
    _number("signal", "Signal strength", _HEALTH, _Q.SIGNAL, minimum=-120.0, maximum=0.0, resolution=1.0, scale=(-90.0, -40.0), colours="level", matter="0036.0004"),
    _percent("link_quality", "Link quality", _HEALTH, scale=(0.0, 100.0), colours="level"),
    Capability(id="button", title="Button", type=_T.EVENT, group=_G.EVENT, options=("press", "double", "long", "release"), aggregate=_A.COUNT, chart="event", control="event", matter="003B.0001"),
    _choice("scene", "Scene", _ACT, writable=True, verbs=("activate",)),
    Capability(id="identify", title="Identify", type=_T.EVENT, group=_ACT, writable=True, verbs=("identify",), chart="none", control="button", matter="0003.0000"),
    _choice("media_state", "Playback", _MEDIA, ("playing", "paused", "stopped", "idle"), writable=True, verbs=("play", "pause", "stop", "next", "previous"), control="media"),
    _percent("volume", "Volume", _MEDIA, writable=True, verbs=("set",), control="level"),
    _truth("mute", "Mute", _MEDIA, writable=True, verbs=("set",), control="switch"),
    _choice("source", "Source", _MEDIA, writable=True, verbs=("set",)),
    Capability(id="raw_bool", title="State", type=_T.BOOL, group=_G.RAW, options=("off", "on"), aggregate=_A.TIME_IN_STATE, chart="state", control="switch"),
    Capability(id="raw_number", title="Value", type=_T.NUMBER, group=_G.RAW, aggregate=_A.MEAN, control="value"),
    Capability(id="raw_enum", title="State", type=_T.ENUM, group=_G.RAW, aggregate=_A.TIME_IN_STATE, chart="state", control="choice"),
    Capability(id="raw_text", title="Text", type=_T.TEXT, group=_G.RAW, chart="none"),
)
# fmt: on

CAPABILITIES: dict[str, Capability] = {row.id: row for row in ROWS}


def capability(id: str) -> Capability:
    """The row for `id`. Raises KeyError for an unknown id: callers map unknown ones to the raw rows first."""
    return CAPABILITIES[id]
