"""What the characteristics of HomeKit are in Oikos' vocabulary, and the kinds of devices that its services make.

Types, formats and enumerations: HomeKit Accessory Protocol Specification R2, chapters 8 and 9; Eve's own types as Eve's
accessories use them. Conversions go by the name of a codec in `codecs.py`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One characteristic that is read (and, unless `target` names another, written)."""

    capability: str
    codec: str = "number"
    label: str = ""
    unit: str = ""
    target: str = ""
    """Type of the characteristic that is written instead."""
    stop: str = ""
    """Type of the characteristic that stops a movement."""
    options: tuple[str, ...] = ()
    """The words of an enumeration in the order of its numbers."""


_MODES = ("off", "heat", "cool", "auto")
_HEATER_MODES = ("auto", "heat", "cool")
_AIR = ("unknown", "excellent", "good", "fair", "inferior", "poor")
_ARM = ("stay", "away", "night", "disarmed", "triggered")

ROWS: dict[str, Row] = {
    "25": Row(capability="on_off", codec="bool"),
    "B0": Row(capability="on_off", codec="active"),
    "8": Row(capability="level"),
    "CE": Row(capability="color_temperature", codec="mired"),
    "11": Row(capability="temperature"),
    "10": Row(capability="humidity"),
    "6B": Row(capability="illuminance"),
    "93": Row(capability="co2"),
    "90": Row(capability="co"),
    "C6": Row(capability="pm25"),
    "C7": Row(capability="pm10"),
    "C8": Row(capability="raw_number", label="Volatile organics", unit="µg/m³"),
    "C3": Row(capability="ozone"),
    "C4": Row(capability="nitrogen_dioxide"),
    "95": Row(capability="air_class", codec="enum", options=_AIR),
    "71": Row(capability="occupancy", codec="bool"),
    "22": Row(capability="motion", codec="bool"),
    "6A": Row(capability="contact", codec="bool"),
    "76": Row(capability="smoke", codec="bool"),
    "69": Row(capability="co_alarm", codec="bool"),
    "92": Row(capability="raw_bool", codec="bool", label="CO₂ alarm"),
    "70": Row(capability="water_leak", codec="bool"),
    "7A": Row(capability="tamper", codec="bool"),
    "77": Row(capability="fault", codec="bool"),
    "79": Row(capability="battery_low", codec="bool"),
    "68": Row(capability="battery"),
    "26": Row(capability="raw_bool", codec="bool", label="In use"),
    "1D": Row(capability="lock", codec="lock", target="1E"),
    "6D": Row(capability="position", target="7C", stop="6F"),
    "E": Row(capability="position", codec="door", target="32"),
    "6C": Row(capability="tilt", codec="angle", target="7B"),
    "6E": Row(capability="tilt", codec="angle", target="7D"),
    "C1": Row(capability="tilt", codec="angle", target="C2"),
    "29": Row(capability="fan_speed"),
    "BF": Row(capability="raw_enum", codec="enum", label="Fan control", options=("manual", "auto")),
    "28": Row(capability="raw_enum", codec="enum", label="Direction", options=("clockwise", "counter-clockwise")),
    "B6": Row(capability="raw_bool", codec="active", label="Swing"),
    "F": Row(capability="hvac_action", codec="enum", options=("idle", "heating", "cooling")),
    "B1": Row(capability="hvac_action", codec="enum", options=("off", "idle", "heating", "cooling")),
    "33": Row(capability="hvac_mode", codec="enum", options=_MODES),
    "B2": Row(capability="hvac_mode", codec="enum", options=_HEATER_MODES),
    "35": Row(capability="setpoint_heat"),
    "12": Row(capability="setpoint_heat", label="Heat below"),
    "D": Row(capability="setpoint_cool", label="Cool above"),
    "34": Row(capability="setpoint_humidity"),
    "CA": Row(capability="setpoint_humidity", label="Humidify below"),
    "C9": Row(capability="setpoint_humidity", label="Dehumidify above"),
    "B5": Row(capability="raw_number", label="Water level", unit="%"),
    "AB": Row(capability="raw_number", label="Filter life", unit="%"),
    "AC": Row(capability="raw_bool", codec="bool", label="Change filter"),
    "A7": Row(capability="raw_bool", codec="active", label="Controls locked"),
    "A8": Row(capability="raw_enum", codec="enum", label="Purifier control", options=("manual", "auto")),
    "A9": Row(capability="raw_enum", codec="enum", label="Purifier", options=("off", "idle", "purifying")),
    "66": Row(capability="raw_enum", codec="enum", label="Alarm system", target="67", options=_ARM),
    "D2": Row(capability="raw_bool", codec="bool", label="Water flows"),
    "D3": Row(capability="raw_number", label="Duration", unit="s"),
    "D4": Row(capability="raw_number", label="Time left", unit="s"),
    "119": Row(capability="volume"),
    "11A": Row(capability="mute", codec="bool"),
    "73": Row(capability="button", codec="enum", options=("press", "double", "long")),
    "14": Row(capability="identify", codec="bool"),
    "E863F10D-079E-48FF-8F27-9C2605A29F52": Row(capability="power", unit="W"),
    "E863F10C-079E-48FF-8F27-9C2605A29F52": Row(capability="energy_import", unit="kWh"),
    "E863F10A-079E-48FF-8F27-9C2605A29F52": Row(capability="voltage", unit="V"),
    "E863F126-079E-48FF-8F27-9C2605A29F52": Row(capability="current", unit="A"),
    "E863F10F-079E-48FF-8F27-9C2605A29F52": Row(capability="pressure", unit="hPa"),
}
HUE, SATURATION = "13", "2F"
"""Both together are one colour."""

INFORMATION = "3E"
NAME, MAKER, MODEL, SERIAL, FIRMWARE, CONFIGURED_NAME = "23", "20", "21", "30", "52", "E3"
PASSED_OVER = {"A2", "22A", "237", "21A"}
"""Services about the protocol itself: its version, transports, diagnostics, cameras' modes."""
SILENT = {"72", "AF", "B3", "B4", "36", "37", "A5", "4C", "4E", "4F", "50", "CB", "CD", "D5", "D6", "75", "E7", "E8"}
"""Characteristics that are left out because others carry the same information better."""

KINDS: dict[str, str] = {
    "43": "light",
    "47": "plug",
    "49": "switch",
    "40": "fan",
    "B7": "fan",
    "8A": "temperature_sensor",
    "82": "humidity_sensor",
    "8D": "air_sensor",
    "97": "air_sensor",
    "84": "light_sensor",
    "85": "motion_sensor",
    "86": "occupancy_sensor",
    "80": "contact_sensor",
    "83": "leak_sensor",
    "87": "smoke_alarm",
    "7F": "smoke_alarm",
    "45": "lock",
    "4A": "thermostat",
    "BC": "air_conditioner",
    "8C": "cover",
    "8B": "cover",
    "81": "cover",
    "41": "garage_door",
    "D0": "valve",
    "89": "button",
    "110": "camera",
    "113": "speaker",
    "D8": "tv",
    "7E": "controller",
}
"""Kinds by the type of a service; where several fit, the kind follows from the points."""
