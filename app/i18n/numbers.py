"""Formats numbers in the current language; the separators are in the compiled catalogue."""

from __future__ import annotations

import math

from app.i18n.language import catalogue


def format_decimal(value: float, digits: int = 0) -> str:
    """A number with this many decimals and grouped thousands: `12,345.6`."""
    return _localised(f"{value:,.{digits}f}")


def format_significant(value: float, digits: int = 6) -> str:
    """A number with at most this many significant digits and no trailing zeros; whole numbers below 1e15 in full."""
    if math.isfinite(value) and abs(value) < 1e15 and value == int(value):
        return format_decimal(value)
    return _localised(f"{value:,.{digits}g}")


def _localised(text: str) -> str:
    known = catalogue()
    if (known.decimal, known.group) == (".", ","):
        return text
    return text.replace(",", "\0").replace(".", known.decimal).replace("\0", known.group)
