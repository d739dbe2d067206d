"""Maps the control word of a capability to its widget class."""

from __future__ import annotations

from app.view.control.base import Control
from app.view.control.binary_controls import BinaryStateControl, ButtonControl, EventControl, LockControl, SwitchControl
from app.view.control.choice_controls import ChoiceControl, ColourControl, MediaControl
from app.view.control.numeric_controls import (
    ColourTemperatureControl,
    CoverControl,
    LevelControl,
    ReadOnlyControl,
    SetpointControl,
)
from twin.model.capability import ValueType
from twin.model.device import Point

WIDGETS: dict[str, type[Control]] = {
    "switch": SwitchControl,
    "level": LevelControl,
    "warmth": ColourTemperatureControl,
    "colour": ColourControl,
    "setpoint": SetpointControl,
    "cover": CoverControl,
    "lock": LockControl,
    "choice": ChoiceControl,
    "state": BinaryStateControl,
    "value": ReadOnlyControl,
    "media": MediaControl,
    "button": ButtonControl,
    "event": EventControl,
}

_WRITABLE = {"value": SetpointControl}
"""Replacements for writable numbers: a raw number is set in steps."""
_READ_ONLY = {
    "level": ReadOnlyControl,
    "warmth": ReadOnlyControl,
    "setpoint": ReadOnlyControl,
    "cover": ReadOnlyControl,
    "switch": BinaryStateControl,
}


def control_for(point: Point) -> Control:
    """The control widget for a point; a read-only point gets a widget without commands where its control has one."""
    word = point.capability.control
    number = point.capability.type is ValueType.NUMBER
    kept = (_WRITABLE if number else {}) if point.writable else _READ_ONLY
    return kept.get(word, WIDGETS[word])(point)
