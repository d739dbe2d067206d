"""Numbers as the language in force writes them. What the locale says of them is in the compiled catalogue."""

from __future__ import annotations

import math

from app.i18n.language import catalogue


def format_decimal(value: float, digits: int = 0) -> str:
    """A number with so many digits after the point, its thousands grouped: `12,345.6`."""
    return _localised(f"{value:,.{digits}f}")


def format_significant(value: float, digits: int = 6) -> str:
    """A whole number in full, another one with so many significant digits and no zeros at its end."""
    if math.isfinite(value) and abs(value) < 1e15 and value == int(value):
        return format_decimal(value)
    return _localised(f"{value:,.{digits}g}")


def _localised(text: str) -> str:
    known = catalogue()
    if (known.decimal, known.group) == (".", ","):
        return text
    return text.replace(",", "\0").replace(".", known.decimal).replace("\0", known.group)
