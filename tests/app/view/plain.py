"""A 3D view without 3D: the same interface as TwinView, painting nothing, remembering everything."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget


class PlainView(QWidget):
    """Stands in for app.view.scene.view.TwinView."""

    device_clicked = Signal(str)
    device_activated = Signal(str)
    room_clicked = Signal(str)
    menu_wanted = Signal(str, str, QPoint)
    hovered = Signal(str, str)
    device_dropped = Signal(str, str, object)
    walked = Signal(bool)
    viewpoint_wanted = Signal(int)
    sectioned = Signal(bool)
    devices_banded = Signal(object, bool)
    device_toggled = Signal(str)
    tool_left = Signal(str)
    first_frame = Signal()
    entered = Signal()
    built = Signal()
    progressed = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("canvas")
        self.told: list[tuple[str, object]] = []

    def __getattr__(self, name: str) -> object:
        if name.startswith(
            (
                "set_",
                "fly_to",
                "fit",
                "grow",
                "come_back",
                "from_above",
                "walk",
                "north_up",
                "cut_by",
                "visit",
                "apply",
                "follow",
                "wait_painted",
                "release",
            )
        ):
            return lambda *args: self.told.append((name, args))
        raise AttributeError(name)

    def set_mesh(self, mesh: object) -> None:
        """There at once."""
        self.told.append(("set_mesh", (mesh,)))
        self.entered.emit()
        self.built.emit()

    def picture(self, width: int, height: int) -> QImage:
        """An empty picture of the size."""
        return QImage(width, height, QImage.Format.Format_RGB32)
