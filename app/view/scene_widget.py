"""The 3D view as Qt has it: the signals by which it tells what the user does in it, without VTK."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QWidget


class SceneWidget(QWidget):
    """Base class of the 3D view (app.view.scene.view.TwinView) and of what stands in for it."""

    device_clicked = Signal(str)
    device_activated = Signal(str)
    room_clicked = Signal(str)
    menu_wanted = Signal(str, str, QPoint)
    hovered = Signal(str, str)
    device_dropped = Signal(str, str, object)
    walked = Signal(bool)
    """Somebody began to walk through the building, or stopped."""
    sectioned = Signal(bool)
    """The section box was left, or opened."""
    viewpoint_wanted = Signal(int)
    """A number key: the place of a kept view, from 1."""
    devices_banded = Signal(object, bool)
    """A rectangle was drawn: the ids inside, and whether they are added to the selection."""
    device_toggled = Signal(str)
    tool_left = Signal(str)
    """A tool was put away by Esc: the id of its action."""
    first_frame = Signal()
    entered = Signal()
    """Something of the building that was handed over is to be seen."""
    built = Signal()
    """All of it is."""
    progressed = Signal(float)
    """How much of it is there, 0 to 1."""

    def as_widget(self) -> SceneWidget:
        """Itself, for those who know the view by a protocol."""
        return self
