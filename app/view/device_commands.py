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
    """The commands of a device's switch, lock, blind, gate and valve, in the order in which they are shown."""
    for capability in ("on_off", "lock", "position", "valve"):
        point = device.point(capability)
        if point is not None and point.writable:
            yield from _of_point(point, device.name)


def _of_point(point: Point, name: str) -> Iterator[OfferedCommand]:
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
            yield OfferedCommand(point.id, verb, label, sentence)
