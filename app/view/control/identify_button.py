"""Whether devices can be made to blink, so that one sees which they are; where they cannot, the button is greyed."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtWidgets import QPushButton

from app.i18n import tr
from app.view.control.safe_text import set_tip
from twin.model.device import Device, Point


def identify_points(devices: Iterable[Device]) -> list[Point]:
    """The point of each device that can be made to blink."""
    return [point for device in devices if (point := device.point("identify")) is not None]


def cannot_blink() -> str:
    """The reason why the button of a device is greyed."""
    return tr("This device cannot be made to blink")


def offer_identify(button: QPushButton, devices: Iterable[Device]) -> None:
    """Enables the button if one of the devices can be made to blink; else its tip and description tell the reason."""
    can = bool(identify_points(devices))
    button.setEnabled(can)
    set_tip(button, "" if can else cannot_blink())
    button.setAccessibleDescription("" if can else cannot_blink())
