"""Formats lengths and areas for the plan."""

from __future__ import annotations

from PySide6.QtCore import QLocale


def metres(value: float) -> str:
    """A length, to the centimetre: `3.25 m`; under a metre `45 cm`."""
    if abs(value) < 0.995:
        return f"{QLocale().toString(value * 100, 'f', 0)} cm"
    return f"{QLocale().toString(value, 'f', 2)} m"


def area(value: float) -> str:
    """An area in square metres as text: `12.4 m²`."""
    return f"{QLocale().toString(value, 'f', 1)} m²"


def round_metres(value: float) -> str:
    """A length in metres as text for the scale bar, without trailing zeros."""
    return f"{QLocale().toString(value, 'g', 3)} m" if value >= 1 else f"{QLocale().toString(value * 100, 'f', 0)} cm"
