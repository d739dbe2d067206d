"""Converts mouse, touch pad and keys into camera movements. Depends on neither VTK nor the building."""

from __future__ import annotations

from typing import override

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QNativeGestureEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

CLICK_PX = 5
_ORBIT_DEG = 0.32
_ZOOM_STEP = 0.9986
_PLAIN = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)


class OrbitInput(QObject):
    """Mouse input: left drag orbits, right or middle drag pans, wheel zooms to the cursor, double click flies there."""

    turned = Signal(float, float)
    """Orbit by degrees to the right and up."""
    slid = Signal(float, float)
    """Pan by pixels to the right and up."""
    zoomed = Signal(float, QPointF)
    """Distance factor and the position that stays fixed."""
    clicked = Signal(QPointF)
    doubled = Signal(QPointF)
    menu = Signal(QPointF)
    hovered = Signal(QPointF)
    left = Signal()
    grabbed = Signal(QPointF)
    """Emitted when a left drag begins; receivers may call `take` if an object was grabbed."""
    carried = Signal(QPointF)
    dropped = Signal(QPointF)
    cancelled = Signal()
    numbered = Signal(int)
    """A digit key from 1 to 9 was pressed."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        self._last: QPointF | None = None
        self._pressed = QPointF()
        self._button = Qt.MouseButton.NoButton
        self._far = False
        self._carrying = False
        widget.setMouseTracking(True)
        widget.installEventFilter(self)

    def take(self) -> None:
        """Call while handling `grabbed`: the drag moves an object instead of the camera."""
        self._carrying = True

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QMouseEvent):
            return self._mouse(event)
        if isinstance(event, QWheelEvent):
            step = event.angleDelta().y() or event.pixelDelta().y() * 2
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self.slid.emit(step * 0.5, 0.0)
            else:
                self.zoomed.emit(_ZOOM_STEP**step, event.position())
            return True
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() is Qt.NativeGestureType.ZoomNativeGesture:
                self.zoomed.emit(1 / max(0.2, 1 + event.value()), event.position())
                return True
            return False
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            return self._key(event)
        if event.type() is QEvent.Type.Leave:
            self.left.emit()
        return False

    def _mouse(self, event: QMouseEvent) -> bool:
        match event.type():
            case QEvent.Type.MouseButtonPress:
                self._last = self._pressed = event.position()
                self._button, self._far, self._carrying = event.button(), False, False
            case QEvent.Type.MouseMove if self._last is not None and event.buttons():
                self._drag(event.position())
            case QEvent.Type.MouseMove:
                self.hovered.emit(event.position())
            case QEvent.Type.MouseButtonDblClick:
                self._last = None
                if event.button() is Qt.MouseButton.LeftButton:
                    self.doubled.emit(event.position())
            case QEvent.Type.MouseButtonRelease:
                self._release(event)
            case _:
                return False
        return True

    def _drag(self, at: QPointF) -> None:
        if self._last is None:
            return
        if not self._far:
            away = at - self._pressed
            if abs(away.x()) + abs(away.y()) < CLICK_PX:
                return
            self._far = True
            if self._button is Qt.MouseButton.LeftButton:
                self.grabbed.emit(self._pressed)
        step, self._last = at - self._last, at
        if self._carrying:
            self.carried.emit(at)
        elif self._button is Qt.MouseButton.LeftButton:
            self.turned.emit(-step.x() * _ORBIT_DEG, step.y() * _ORBIT_DEG)
        else:
            self.slid.emit(-step.x(), step.y())

    def _release(self, event: QMouseEvent) -> None:
        if self._last is None:
            return
        self._last = None
        if self._carrying:
            self._carrying = False
            self.dropped.emit(event.position())
        elif not self._far:
            (self.menu if event.button() is Qt.MouseButton.RightButton else self.clicked).emit(event.position())

    def _key(self, event: QKeyEvent) -> bool:
        middle = QPointF(self._widget.rect().center())
        slide = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        match event.key():
            case Qt.Key.Key_Left | Qt.Key.Key_Right:
                way = 1.0 if event.key() == Qt.Key.Key_Right else -1.0
                self.slid.emit(way * 60, 0.0) if slide else self.turned.emit(way * 12, 0.0)
            case Qt.Key.Key_Up | Qt.Key.Key_Down:
                way = 1.0 if event.key() == Qt.Key.Key_Up else -1.0
                self.slid.emit(0.0, way * 60) if slide else self.turned.emit(0.0, way * 8)
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self.zoomed.emit(0.85, middle)
            case key if Qt.Key.Key_1 <= key <= Qt.Key.Key_9 and event.modifiers() in _PLAIN:
                self.numbered.emit(int(key) - int(Qt.Key.Key_0))
            case Qt.Key.Key_Minus:
                self.zoomed.emit(1 / 0.85, middle)
            case Qt.Key.Key_Escape if self._carrying:
                self._carrying, self._last = False, None
                self.cancelled.emit()
            case _:
                return False
        return True
