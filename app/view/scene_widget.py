"""Base class of the 3D view with its signals; needs no VTK."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QWidget


class SceneWidget(QWidget):
    """Base class of the 3D view (app.view.scene.view.TwinView) and its substitutes."""

    device_clicked = Signal(str)
    device_activated = Signal(str)
    room_clicked = Signal(str)
    menu_wanted = Signal(str, str, QPoint)
    hovered = Signal(str, str)
    device_dropped = Signal(str, str, object)
    walked = Signal(bool)
    """Walking through the building began (True) or ended."""
    sectioned = Signal(bool)
    """The section box was opened (True) or closed."""
    viewpoint_wanted = Signal(int)
    """A number key was pressed: the number of a saved viewpoint, from 1."""
    devices_banded = Signal(object, bool)
    """A rubber band was drawn: device ids inside, and whether they are added to the selection."""
    device_toggled = Signal(str)
    tool_left = Signal(str)
    """A tool was left by Esc: the id of its action."""
    first_frame = Signal()
    entered = Signal()
    """A part of the building that was handed over is visible."""
    built = Signal()
    """The whole building that was handed over is visible."""
    progressed = Signal(float)
    """Fraction of the building that is built, 0 to 1."""

    def as_widget(self) -> SceneWidget:
        """The view itself as a widget, for callers that know it by a protocol."""
        return self
