"""Formats lengths and areas for the plan."""

from __future__ import annotations

from app.i18n.numbers import format_decimal, format_significant


def metres(value: float) -> str:
    """A length, to the centimetre: `3.25 m`; under a metre `45 cm`."""
    if abs(value) < 0.995:
        return f"{format_decimal(value * 100)} cm"
    return f"{format_decimal(value, 2)} m"


def area(value: float) -> str:
    """An area in square metres as text: `12.4 m²`."""
    return f"{format_decimal(value, 1)} m²"


def round_metres(value: float) -> str:
    """A length in metres as text for the scale bar, without trailing zeros."""
    return f"{format_significant(value, 3)} m" if value >= 1 else f"{format_decimal(value * 100)} cm"
