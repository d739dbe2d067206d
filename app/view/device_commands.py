"""The commands without a value that context menus and the palette offer for a device, by its points."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.i18n import tr
from twin.model.device import Device, Point
from twin.model.ids import PointId


@dataclass(frozen=True, slots=True)
class OfferedCommand:
    """One command without a value."""

    point: PointId
    verb: str
    label: str
    """Text where the device is known: "Unlock"."""
    sentence: str
    """Text with the device's name: "Unlock Front door"."""


def offered_commands(device: Device) -> Iterator[OfferedCommand]:
    """The commands of a device's switches, locks, blinds, gates and valves, in the order in which they are shown; those of
    several have its name."""
    for capability in ("on_off", "lock", "position", "valve"):
        points = [point for point in device.points_of(capability) if point.writable]
        told = len({point.title for point in points}) == len(points)
        for point in points:
            own = "" if len(points) == 1 else f" · {point.title if told else point.info.key}"
            yield from _of_point(point, device.name, own)


def _of_point(point: Point, device: str, own: str) -> Iterator[OfferedCommand]:
    name = f"{device}{own}"
    texts = {
        "on": (tr("On"), tr("Turn on {name}", name=name)),
        "off": (tr("Off"), tr("Turn off {name}", name=name)),
        "lock": (tr("Lock it"), tr("Lock {name}", name=name)),
        "unlock": (tr("Unlock"), tr("Unlock {name}", name=name)),
        "open": (tr("Open"), tr("Open {name}", name=name)),
        "stop": (tr("Stop"), tr("Stop {name}", name=name)),
        "close": (tr("Close"), tr("Close {name}", name=name)),
    }
    for verb, (label, sentence) in texts.items():
        if verb in point.capability.verbs:
            yield OfferedCommand(point.id, verb, f"{label}{own}", sentence)
