"""Rubber-band selection of devices in the 3D view."""

from __future__ import annotations

from typing import override

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.view.scene.camera.orbit_input import CLICK_PX
from app.view.scene.overlay.overlay import SceneOverlay
from app.view.scene.tools.interaction import SceneInteraction
from app.view.style import colour
from twin.model.ids import DeviceId

_SHIFT, _CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


class RubberBand(QWidget):
    """Handles drags before the camera does: with Shift (replace) or Ctrl (add), or every drag while `tool` is on."""

    chosen = Signal(object, bool)
    """A frozenset of device ids, and whether they are added to what is selected."""
    toggled = Signal(str)
    """A device was clicked with Shift or Ctrl."""
    ended = Signal()
    """The tool was closed by Esc."""

    def __init__(self, parent: QWidget, overlay: SceneOverlay, interaction: SceneInteraction) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self._around, self._overlay, self._interaction = parent, overlay, interaction
        self.tool = False
        self._start: QPointF | None = None
        self._box: QRectF | None = None
        self._add = self._click = False
        parent.installEventFilter(self)
        self.hide()

    def place(self) -> None:
        """Covers the whole parent."""
        self.setGeometry(self._around.rect())

    def within(self, box: QRectF) -> frozenset[DeviceId]:
        """The ids of the visible devices inside a rectangle (logical pixels)."""
        scene = self._overlay.scene
        if not len(scene.placed.ids):
            return frozenset()
        seen = scene.device_pick.seen(scene.projections.at(self._around.width(), self._around.height()))
        inside = scene.shown_devices() & (seen[:, 2] > 0)
        inside &= (seen[:, 0] >= box.left()) & (seen[:, 0] <= box.right())
        inside &= (seen[:, 1] >= box.top()) & (seen[:, 1] <= box.bottom())
        return frozenset(scene.placed.ids[row] for row in np.flatnonzero(inside).tolist())

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QMouseEvent):
            return self._mouse(event)
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            return self._escape(event)
        return False

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if self._box is None:
            return
        theme = self._overlay.scene.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour(theme.accent), 1.4))
        painter.setBrush(colour(theme.accent, 0.14))
        painter.drawRoundedRect(self._box, 3, 3)
        painter.setPen(QPen(colour(theme.accent), 2.2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        scene = self._overlay.scene
        seen = scene.device_pick.seen(scene.projections.at(self.width(), self.height()))
        for id in self.within(self._box):
            x, y, _ = seen[scene.placed.row_of[id]].tolist()
            painter.drawEllipse(QPointF(x, y), 9.0, 9.0)
        painter.end()

    def _mouse(self, event: QMouseEvent) -> bool:
        match event.type():
            case QEvent.Type.MouseButtonPress | QEvent.Type.MouseButtonDblClick:
                return self._press(event)
            case QEvent.Type.MouseMove if self._start is not None:
                self._pull(event.position())
            case QEvent.Type.MouseButtonRelease if self._start is not None:
                self._release(event.position())
            case _:
                return False
        return True

    def _press(self, event: QMouseEvent) -> bool:
        keys = event.modifiers()
        ours = self.tool or bool(keys & (_SHIFT | _CONTROL))
        if event.button() is not Qt.MouseButton.LeftButton or not ours or self._overlay.shown.indoors:
            return False
        self._start, self._box = event.position(), None
        self._add, self._click = bool(keys & _CONTROL), bool(keys & (_SHIFT | _CONTROL))
        return True

    def _pull(self, at: QPointF) -> None:
        if self._start is None or (self._box is None and (at - self._start).manhattanLength() < CLICK_PX):
            return
        self._box = QRectF(self._start, at).normalized()
        self.place()
        self.show()
        self.update()

    def _release(self, at: QPointF) -> None:
        box = self._box
        self._drop()
        if box is not None:
            self.chosen.emit(self.within(box), self._add)
        elif id := self._interaction.device_at(at):
            self.toggled.emit(id) if self._click else self.chosen.emit(frozenset({DeviceId(id)}), False)

    def _drop(self) -> None:
        self._start = self._box = None
        self.hide()

    def _escape(self, event: QKeyEvent) -> bool:
        if self._start is None and not self.tool:
            return False
        if event.type() is QEvent.Type.ShortcutOverride:
            event.accept()  # the window's Esc would let go of the selection
        elif event.type() is QEvent.Type.KeyPress:
            if self._start is None:
                self.tool = False
                self.ended.emit()
            self._drop()
        return True
