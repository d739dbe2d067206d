"""Quantities and units. Each quantity has one canonical unit; conversion happens at input and output only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Quantity(StrEnum):
    """Physical quantity. A temperature difference is not a temperature (0 °C is 32 °F, but 1 K is 1.8 °F)."""

    NONE = "none"
    TEMPERATURE = "temperature"
    COLOR_TEMPERATURE = "color_temperature"
    RATIO = "ratio"
    PRESSURE = "pressure"
    PARTS = "parts"
    CONCENTRATION = "concentration"
    ILLUMINANCE = "illuminance"
    SOUND = "sound"
    POWER = "power"
    APPARENT_POWER = "apparent_power"
    REACTIVE_POWER = "reactive_power"
    ENERGY = "energy"
    VOLTAGE = "voltage"
    CURRENT = "current"
    FREQUENCY = "frequency"
    VOLUME = "volume"
    FLOW = "flow"
    SIGNAL = "signal"


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit: canonical = value * factor + offset."""

    symbol: str
    quantity: Quantity
    factor: float = 1.0
    offset: float = 0.0
    aliases: tuple[str, ...] = ()


CANONICAL: dict[Quantity, str] = {
    Quantity.NONE: "",
    Quantity.TEMPERATURE: "°C",
    Quantity.COLOR_TEMPERATURE: "K",
    Quantity.RATIO: "%",
    Quantity.PRESSURE: "Pa",
    Quantity.PARTS: "ppm",
    Quantity.CONCENTRATION: "µg/m³",
    Quantity.ILLUMINANCE: "lx",
    Quantity.SOUND: "dB",
    Quantity.POWER: "W",
    Quantity.APPARENT_POWER: "VA",
    Quantity.REACTIVE_POWER: "var",
    Quantity.ENERGY: "Wh",
    Quantity.VOLTAGE: "V",
    Quantity.CURRENT: "A",
    Quantity.FREQUENCY: "Hz",
    Quantity.VOLUME: "m³",
    Quantity.FLOW: "m³/h",
    Quantity.SIGNAL: "dBm",
}

_Q = Quantity
UNITS: tuple[Unit, ...] = (
    Unit("°C", _Q.TEMPERATURE, aliases=("℃", "C", "degC", "celsius", "deg C", "ºC")),
    Unit("°F", _Q.TEMPERATURE, 5 / 9, -160 / 9, ("℉", "F", "degF", "fahrenheit", "ºF")),
    Unit("K", _Q.TEMPERATURE, 1.0, -273.15, ("kelvin",)),
    Unit("K", _Q.COLOR_TEMPERATURE, aliases=("kelvin",)),
    Unit("%", _Q.RATIO, aliases=("percent", "pct", "%RH", "% RH", "% open")),
    Unit("1", _Q.RATIO, 100.0, aliases=("ratio", "fraction")),
    Unit("Pa", _Q.PRESSURE),
    Unit("hPa", _Q.PRESSURE, 100.0, aliases=("mbar", "millibar")),
    Unit("kPa", _Q.PRESSURE, 1000.0),
    Unit("bar", _Q.PRESSURE, 100_000.0),
    Unit("psi", _Q.PRESSURE, 6894.757293168),
    Unit("inHg", _Q.PRESSURE, 3386.389),
    Unit("mmHg", _Q.PRESSURE, 133.322387415),
    Unit("inH₂O", _Q.PRESSURE, 249.08891, aliases=("inH2O",)),
    Unit("ppm", _Q.PARTS),
    Unit("ppb", _Q.PARTS, 0.001),
    Unit("µg/m³", _Q.CONCENTRATION, aliases=("ug/m3", "µg/m3", "μg/m³", "ug/m³")),
    Unit("mg/m³", _Q.CONCENTRATION, 1000.0, aliases=("mg/m3",)),
    Unit("lx", _Q.ILLUMINANCE, aliases=("lux", "Lx", "Lux")),
    Unit("dB", _Q.SOUND, aliases=("dBA", "dB(A)")),
    Unit("W", _Q.POWER, aliases=("watt", "Watt", "watts")),
    Unit("mW", _Q.POWER, 0.001),
    Unit("kW", _Q.POWER, 1000.0),
    Unit("MW", _Q.POWER, 1_000_000.0),
    Unit("VA", _Q.APPARENT_POWER),
    Unit("kVA", _Q.APPARENT_POWER, 1000.0),
    Unit("var", _Q.REACTIVE_POWER, aliases=("VAR", "VAr")),
    Unit("kvar", _Q.REACTIVE_POWER, 1000.0, aliases=("kVAR",)),
    Unit("Wh", _Q.ENERGY),
    Unit("mWh", _Q.ENERGY, 0.001),
    Unit("kWh", _Q.ENERGY, 1000.0),
    Unit("MWh", _Q.ENERGY, 1_000_000.0),
    Unit("J", _Q.ENERGY, 1 / 3600),
    Unit("kJ", _Q.ENERGY, 1 / 3.6),
    Unit("MJ", _Q.ENERGY, 1000 / 3.6),
    Unit("GJ", _Q.ENERGY, 1_000_000 / 3.6),
    Unit("V", _Q.VOLTAGE, aliases=("volt", "Volt")),
    Unit("mV", _Q.VOLTAGE, 0.001),
    Unit("kV", _Q.VOLTAGE, 1000.0),
    Unit("A", _Q.CURRENT, aliases=("amp", "ampere")),
    Unit("mA", _Q.CURRENT, 0.001),
    Unit("Hz", _Q.FREQUENCY, aliases=("hz",)),
    Unit("mHz", _Q.FREQUENCY, 0.001),
    Unit("kHz", _Q.FREQUENCY, 1000.0),
    Unit("m³", _Q.VOLUME, aliases=("m3", "CBM")),
    Unit("L", _Q.VOLUME, 0.001, aliases=("l", "litre", "liter")),
    Unit("ft³", _Q.VOLUME, 0.028316846592, aliases=("ft3", "CF")),
    Unit("gal", _Q.VOLUME, 0.003785411784),
    Unit("m³/h", _Q.FLOW, aliases=("m3/h", "cmh")),
    Unit("L/h", _Q.FLOW, 0.001, aliases=("l/h",)),
    Unit("L/min", _Q.FLOW, 0.06, aliases=("l/min",)),
    Unit("L/s", _Q.FLOW, 3.6, aliases=("l/s",)),
    Unit("dBm", _Q.SIGNAL),
)
"""Factors are exact by definition (SI Brochure 9th ed., NIST SP 811 appendix B)."""

_BY_NAME = {(unit.quantity, name): unit for unit in UNITS for name in (unit.symbol, *unit.aliases)}


def find_unit(symbol: str, quantity: Quantity) -> Unit | None:
    """The unit that `symbol` or an alias denotes for this quantity; None for an unknown spelling."""
    return _BY_NAME.get((quantity, symbol.strip()))


def symbol_of(name: str) -> str:
    """The symbol for a unit's name (`Watt`: `W`); unknown names and single letters are returned unchanged."""
    name = name.strip()
    return _SYMBOL.get(name, name)


_SYMBOL = {name: unit.symbol for unit in UNITS for name in unit.aliases if len(name) > 1}


def to_canonical(value: float, symbol: str, quantity: Quantity) -> float | None:
    """`value` in the canonical unit of `quantity`; None where the unit is not one of this quantity."""
    unit = find_unit(symbol, quantity)
    return None if unit is None else value * unit.factor + unit.offset


def from_canonical(value: float, symbol: str, quantity: Quantity) -> float | None:
    """A canonical value in the unit `symbol`; None where the unit is not one of this quantity."""
    unit = find_unit(symbol, quantity)
    return None if unit is None else (value - unit.offset) / unit.factor
