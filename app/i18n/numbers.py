"""Formats numbers in the current language; the separators are in the compiled catalogue."""

from __future__ import annotations

import math

from app.i18n.language import catalogue
from twin.model.quantity import Quantity, from_canonical

MINUS = "\N{MINUS SIGN}"
"""Sign of negative numbers that people read; CSV and JSON have the hyphen."""


def format_decimal(value: float, digits: int = 0) -> str:
    """A number with this many decimals and grouped thousands: `12,345.6`, `−0.3`; without a sign where it rounds to zero."""
    return _localised(f"{value:,.{digits}f}")


def format_significant(value: float, digits: int = 6) -> str:
    """A number with at most this many significant digits and no trailing zeros; below 1e15 its whole part in full."""
    if math.isfinite(value) and abs(value) < 1e15 and (value == int(value) or round(abs(value)) >= 10**digits):
        return format_decimal(round(value))
    return _localised(f"{value:,.{digits}g}")


def with_minus(text: str) -> str:
    """The digits of a number, as Python writes them, with a minus sign; without a sign where all of them are zero."""
    return text.replace("-", MINUS) if text.strip("-0.,") else text.lstrip("-")


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
    known, text = catalogue(), with_minus(text)
    if (known.decimal, known.group) == (".", ","):
        return text
    return text.replace(",", "\0").replace(".", known.decimal).replace("\0", known.group)
