"""Sensors of Tasmota devices: each value of `tasmota/discovery/<MAC>/sensors`, with its quantity and unit.

Format: Tasmota documentation, "MQTT" (`tele/…/SENSOR`) and "Tasmota Device Discovery"; keys and units as HATasmota 0.9.2.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

type Json = Any
"""Any value decoded from a payload."""

MAX_SENSORS = 200
_IGNORED = frozenset(("Time", "PN532", "RDM6300"))
"""Members that are no measured values: the time, and readers of tags."""
_UNITS: Mapping[str, tuple[str, str]] = {
    "Humidity": ("humidity", "%"), "Illuminance": ("illuminance", "lx"), "Ambient": ("illuminance", "lx"),
    "CarbonDioxide": ("carbon_dioxide", "ppm"), "eCO2": ("carbon_dioxide", "ppm"), "PM2.5": ("pm25", "µg/m³"),
    "PM10": ("pm10", "µg/m³"), "TVOC": ("volatile_organic_compounds", "ppb"), "Moisture": ("moisture", "%"),
    "Battery": ("battery", "%"), "Power": ("power", "W"), "ActivePower": ("power", "W"),
    "ApparentPower": ("apparent_power", "VA"), "ReactivePower": ("reactive_power", "var"),
    "Factor": ("power_factor", ""), "Voltage": ("voltage", "V"), "Current": ("current", "A"),
    "CurrentNeutral": ("current", "A"), "Frequency": ("frequency", "Hz"), "Total": ("energy", "kWh"),
    "ImportActive": ("energy", "kWh"), "ExportActive": ("energy", "kWh"), "Today": ("", "kWh"), "Yesterday": ("", "kWh"),
    "TotalTariff": ("", "kWh"), "ExportTariff": ("", "kWh"), "Energy": ("energy", "kWh"), "ImportReactive": ("", "kvarh"),
    "ExportReactive": ("", "kvarh"), "PhaseAngle": ("", "°"), "Distance": ("", "cm"), "Weight": ("", "kg"),
    "CCT": ("", "K"), "PM1": ("", "µg/m³"), "CF1": ("", "µg/m³"), "CF2.5": ("", "µg/m³"), "CF10": ("", "µg/m³"),
}  # fmt: skip
"""Device class and unit by the last named member of a value's path. Counters that begin anew each day have no class."""
_SCALED: Mapping[str, tuple[str, str]] = {
    "Temperature": ("temperature", "TempUnit"), "DewPoint": ("", "TempUnit"), "Pressure": ("pressure", "PressureUnit"),
    "SeaPressure": ("", "PressureUnit"), "Speed": ("", "SpeedUnit"),
}  # fmt: skip
"""Device class, and the member that names the unit."""
_OWN_WARMTH = ("ESP32", "ESP32C3", "ESP32S2", "ESP32S3", "ESP32C6")
"""Sensors of the chip itself: diagnostic."""
_NOT_KWH = frozenset((("AS3935", "Energy"), ("LD2410", "Energy")))


@dataclass(frozen=True, slots=True)
class TasmotaSensor:
    """One measured value."""

    path: tuple[str | int, ...]
    device_class: str
    unit: str
    numeric: bool
    diagnostic: bool

    @property
    def object(self) -> str:
        """Its name within the device, as Home Assistant discovery has it (numbers of a list from 1)."""
        parts = [str(part + 1) if isinstance(part, int) else part for part in self.path]
        return f"{parts[0]}_{re.sub(r'[^A-Za-z0-9]', '_', ' '.join(parts[1:]))}"

    @property
    def label(self) -> str:
        """Its name for people."""
        return " ".join(str(part + 1) if isinstance(part, int) else part for part in self.path)

    def template(self, *start: str) -> str:
        """Template of the value in a message, below the members `start`."""
        return "{{ value_json" + "".join(f"[{json.dumps(part)}]" for part in (*start, *self.path)) + " }}"


def sensors(body: Mapping[str, Json]) -> Iterator[TasmotaSensor]:
    """The sensors in the content of a `sensors` announcement, at most MAX_SENSORS."""
    found = body.get("sn")
    told = cast("dict[str, Json]", found) if isinstance(found, dict) else {}
    paths = [
        pair
        for name, parts in told.items()
        if name not in _IGNORED and not _is_actuator(name) and isinstance(parts, dict)
        for pair in _paths((name,), cast("dict[str, Json]", parts))
    ]
    for path, value in paths[:MAX_SENSORS]:
        device_class, unit = _meaning(path, told)
        numeric = isinstance(value, int | float) and not isinstance(value, bool)
        yield TasmotaSensor(path, device_class, unit, numeric, diagnostic=path[0] in _OWN_WARMTH)


def _is_actuator(name: str) -> bool:
    return re.fullmatch(r"(Shutter|Switch|Button)\d+", name) is not None


def _paths(start: tuple[str | int, ...], value: Json) -> Iterator[tuple[tuple[str | int, ...], Json]]:
    """The path of each plain value, lists and objects entered, at most four levels deep."""
    if isinstance(value, dict) and len(start) < 4:
        for name, part in cast("dict[str, Json]", value).items():
            yield from _paths((*start, name), part)
    elif isinstance(value, list) and len(start) < 4:
        for n, part in enumerate(cast("list[Json]", value)):
            yield from _paths((*start, n), part)
    elif not isinstance(value, dict | list):
        yield start, value


def _meaning(path: tuple[str | int, ...], told: Mapping[str, Json]) -> tuple[str, str]:
    """Device class and unit of the value at a path."""
    named = [part for part in path if isinstance(part, str)]
    if tuple(named[:2]) in _NOT_KWH:
        return "", ""
    known = next((name for name in reversed(named[1:]) if name in _UNITS or name in _SCALED), "")
    if not known and named[0] == "ANALOG" and len(named) > 1:
        known = named[1].rstrip("0123456789")  # numbered by pin on ESP32
    if known in _SCALED:
        device_class, member = _SCALED[known]
        unit = str(told.get(member) or "")
        return device_class, f"°{unit}" if member == "TempUnit" and unit in ("C", "F") else unit
    return _UNITS.get(known, ("", ""))
