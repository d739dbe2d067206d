"""Formats numbers in the current language; the separators are in the compiled catalogue."""

from __future__ import annotations

import math

from app.i18n.language import catalogue
from twin.model.quantity import Quantity, from_canonical


def format_decimal(value: float, digits: int = 0) -> str:
    """A number with this many decimals and grouped thousands: `12,345.6`."""
    return _localised(f"{value:,.{digits}f}")


def format_significant(value: float, digits: int = 6) -> str:
    """A number with at most this many significant digits and no trailing zeros; whole numbers below 1e15 in full."""
    if math.isfinite(value) and abs(value) < 1e15 and value == int(value):
        return format_decimal(value)
    return _localised(f"{value:,.{digits}g}")


class _Shown:
    """Units of the process."""

    temperature = "°C"


def set_temperature_unit(symbol: str) -> None:
    """Sets the unit in which sentences show temperatures: `°C` or `°F`."""
    _Shown.temperature = symbol


def temperature_unit() -> str:
    """The unit in which temperatures are shown."""
    return _Shown.temperature


def format_temperature(celsius: float) -> str:
    """A temperature in °C as text in the unit of the process, with one decimal: `21.5 °C`."""
    shown = from_canonical(celsius, _Shown.temperature, Quantity.TEMPERATURE)
    return f"{format_decimal(celsius if shown is None else shown, 1)} {_Shown.temperature}"


def format_temperature_difference(kelvin: float) -> str:
    """A difference of temperatures in K as text in the unit of the process, with one decimal: `2.0 K`, `3.6 °F`."""
    return f"{format_decimal(kelvin * _degrees_each_kelvin(), 1)} {_difference_unit()}"


def format_degree_days(kelvin_days: float) -> str:
    """Degree days (K·d) as text in the unit of the process, with one decimal: `158.6 K·d`, `285.5 °F·d`."""
    return f"{format_decimal(kelvin_days * _degrees_each_kelvin(), 1)} {_difference_unit()}·d"


def format_per_degree(per_kelvin: float) -> str:
    """An amount for each K as number for each degree of the unit of the process, with two decimals."""
    return format_decimal(per_kelvin / _degrees_each_kelvin(), 2)


def _degrees_each_kelvin() -> float:
    return 1.8 if _Shown.temperature == "°F" else 1.0


def _difference_unit() -> str:
    return "°F" if _Shown.temperature == "°F" else "K"


def _localised(text: str) -> str:
    known = catalogue()
    if (known.decimal, known.group) == (".", ","):
        return text
    return text.replace(",", "\0").replace(".", known.decimal).replace("\0", known.group)
