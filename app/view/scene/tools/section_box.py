"""Section box: six draggable faces that clip the building."""

from __future__ import annotations

from dataclasses import dataclass
from typing import override

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.view.scene.camera.camera import corners
from app.view.scene.devices.picking import Projection
from app.view.scene.scene import Scene
from app.view.scene.structure.clip_planes import PlaneSet, plane
from app.view.style import colour

_MARGIN_M = 0.4
_THINNEST_M = 0.4
_OPENED = 0.38
"""Initial inset of the face towards the camera, which makes the cut visible at once."""
_HANDLE_PX, _REACH_PX = 7.0, 14.0
_EDGES = ((0, 1), (0, 2), (0, 4), (1, 3), (1, 5), (2, 3), (2, 6), (3, 7), (4, 5), (4, 6), (5, 7), (6, 7))

type Floats = NDArray[np.float64]


@dataclass(slots=True, eq=False)
class SectionBounds:
    """Bounds of the section box, metres. Faces are numbered x low, x high, y low, y high, z low, z high."""

    low: Floats
    high: Floats
    most_low: Floats
    most_high: Floats

    @classmethod
    def around(cls, low: Floats, high: Floats) -> SectionBounds:
        """A box around these bounds with a margin."""
        low, high = low - _MARGIN_M, high + _MARGIN_M
        return cls(low.copy(), high.copy(), low, high)

    def face(self, face: int) -> Floats:
        """(3,) middle of a face, metres."""
        middle = (self.low + self.high) / 2
        middle[face // 2] = (self.high if face % 2 else self.low)[face // 2]
        return middle

    def push(self, face: int, to_m: float) -> None:
        """Moves a face to this coordinate (m) along its axis; keeps the minimum thickness and stays within the initial
        box.
        """
        axis = face // 2
        if face % 2:
            self.high[axis] = min(self.most_high[axis], max(self.low[axis] + _THINNEST_M, to_m))
        else:
            self.low[axis] = max(self.most_low[axis], min(self.high[axis] - _THINNEST_M, to_m))

    def put_back(self, face: int) -> None:
        """Moves a face back to its initial position."""
        self.push(face, float((self.most_high if face % 2 else self.most_low)[face // 2]))

    def planes(self) -> PlaneSet:
        """The clipping planes of the faces that were moved; unmoved faces get none, as each plane costs time per
        vertex.
        """
        pushed = [
            face for face in range(6)
            if self.face(face)[face // 2] != (self.most_high if face % 2 else self.most_low)[face // 2]
        ]  # fmt: skip
        return tuple(
            plane(_way(self.face(face)), _way(np.eye(3)[face // 2] * (-1.0 if face % 2 else 1.0))) for face in pushed
        )


class SectionBox(QWidget):
    """Paints the section box over the 3D view and handles drags of its face handles before the camera does."""

    moved = Signal()

    def __init__(self, parent: QWidget, scene: Scene) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self._around, self._scene = parent, scene
        self.box: SectionBounds | None = None
        self._held = -1
        self._grip = 0.0
        parent.installEventFilter(self)
        self.hide()

    def open(self) -> None:
        """Opens a box around the whole building, with the face towards the camera moved inwards."""
        low, high = self._scene.storey_stack.bounds()
        box = self.box = SectionBounds.around(low, high)
        back = self._scene.pose.axes[2]
        axis = int(np.argmax(np.abs(back[:2])))
        face = 2 * axis + (1 if back[axis] > 0 else 0)
        span = box.high[axis] - box.low[axis]
        box.push(face, float(box.face(face)[axis] - np.sign(back[axis]) * _OPENED * span))
        self._apply_box()
        self.place()
        self.show()

    def close_box(self) -> None:
        """Removes the section box and its cut."""
        self.box, self._held = None, -1
        self._scene.set_box(())
        self.hide()

    def place(self) -> None:
        """Covers the whole parent."""
        self.setGeometry(self._around.rect())

    def handle(self, face: int) -> QPointF:
        """Position of a face's handle in pixels."""
        seen = self._projection().pixels(self.box.face(face)[None])[0] if self.box else np.zeros(3)
        return QPointF(float(seen[0]), float(seen[1]))

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self.box is None or not isinstance(event, QMouseEvent):
            return False
        match event.type():
            case QEvent.Type.MouseButtonPress if event.button() is Qt.MouseButton.LeftButton:
                self._held = self._at(event.position())
                if self._held >= 0:
                    self._grip = self._along(event.position())
            case QEvent.Type.MouseButtonDblClick if (face := self._at(event.position())) >= 0:
                self.box.put_back(face)
                self._apply_box()
                return True
            case QEvent.Type.MouseMove if self._held >= 0:
                axis = self._held // 2
                now = self._along(event.position())
                self.box.push(self._held, float(self.box.face(self._held)[axis]) + now - self._grip)
                self._grip = self._along(event.position())
                self._apply_box()
            case QEvent.Type.MouseButtonRelease if self._held >= 0:
                self._held = -1
                return True
            case _:
                pass
        return self._held >= 0

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        box = self.box
        if box is None:
            return
        theme = self._scene.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        projection = self._projection()
        seen = projection.pixels(corners(box.low, box.high))
        painter.setPen(QPen(colour(theme.accent, 0.45), 1.2))
        for a, b in _EDGES:
            if seen[a, 2] > 0 and seen[b, 2] > 0:
                painter.drawLine(QPointF(*seen[a, :2]), QPointF(*seen[b, :2]))
        for face in range(6):
            at = self.handle(face)
            square = QRectF(at.x() - _HANDLE_PX, at.y() - _HANDLE_PX, 2 * _HANDLE_PX, 2 * _HANDLE_PX)
            front = self._faces_us(face)
            painter.setPen(QPen(colour(theme.accent, 1.0 if front else 0.5), 2))
            painter.setBrush(colour(theme.accent if face == self._held else theme.pill, 0.95 if front else 0.6))
            painter.drawRoundedRect(square, 3, 3)
        painter.end()

    def _projection(self) -> Projection:
        return self._scene.projections.at(self.width(), self.height())

    def _at(self, spot: QPointF) -> int:
        far = [(self.handle(face) - spot).manhattanLength() for face in range(6)]
        best = int(np.argmin(np.array(far) + [0.0 if self._faces_us(face) else 4.0 for face in range(6)]))
        return best if far[best] <= _REACH_PX else -1

    def _faces_us(self, face: int) -> bool:
        back = self._scene.pose.axes[2]
        return bool(back[face // 2] * (1 if face % 2 else -1) > 0)

    def _along(self, spot: QPointF) -> float:
        """The offset in metres of a pixel position from the middle of the held face, along the face's axis; 0 edge-on."""
        if self.box is None:
            return 0.0
        middle = self.box.face(self._held)
        ends = self._projection().pixels(np.stack([middle, middle + np.eye(3)[self._held // 2]]))
        way = ends[1, :2] - ends[0, :2]
        length = float(way @ way)
        away = np.array([spot.x(), spot.y()]) - ends[0, :2]
        return float(away @ way) / length if length > 4.0 else 0.0

    def _apply_box(self) -> None:
        if self.box is not None:
            self._scene.set_box(self.box.planes())
            self.update()
            self.moved.emit()


def _way(point: Floats) -> tuple[float, float, float]:
    return float(point[0]), float(point[1]), float(point[2])
