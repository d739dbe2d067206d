"""Which widget serves which control word of the capability table."""

from __future__ import annotations

from app.view.control.base import Control
from app.view.control.measure import Cover, Level, Reading, Setpoint, Warmth
from app.view.control.pick import Choice, Colour, Media
from app.view.control.truth import Button, Event, Lock, State, Switch
from twin.model.capability import ValueType
from twin.model.device import Point

WIDGETS: dict[str, type[Control]] = {
    "switch": Switch,
    "level": Level,
    "warmth": Warmth,
    "colour": Colour,
    "setpoint": Setpoint,
    "cover": Cover,
    "lock": Lock,
    "choice": Choice,
    "state": State,
    "value": Reading,
    "media": Media,
    "button": Button,
    "event": Event,
}

_WRITABLE = {"value": Setpoint}
"""What is only shown where it is read, and set by steps where it may be written: a raw number."""
_READ_ONLY = {"level": Reading, "warmth": Reading, "setpoint": Reading, "cover": Reading, "switch": State}


def control_for(point: Point) -> Control:
    """The widget for a point; one that nobody may command gets the widget that only shows."""
    word = point.capability.control
    number = point.capability.type is ValueType.NUMBER
    kept = (_WRITABLE if number else {}) if point.writable else _READ_ONLY
    return kept.get(word, WIDGETS[word])(point)
