"""Alarm pulse over the picture: a timer that runs only while an alarm is visible."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from app.view.scene.overlay.alarm_rooms import STILL
from app.view.scene.overlay.overlay import SceneOverlay
from app.view.scene.scene import Scene

_STEP_MS, _BEAT_MS = 80, 1360


class AlarmPulse(QTimer):
    """Timer that advances `overlay.shown.pulse`; constant while a past moment is shown."""

    def __init__(self, view: QWidget, scene: Scene, overlay: SceneOverlay) -> None:
        super().__init__(view)
        self._view, self._scene, self._overlay = view, scene, overlay
        self.setInterval(_STEP_MS)
        self.timeout.connect(self._beat)

    def need(self) -> None:
        """Starts the timer if there is an alarm, else stops it."""
        there = len(self._scene.appearance.alarms) > 0 or bool(self._scene.alarmed_rooms)
        wanted = there and self._view.isVisible() and not self._scene.past
        if self._scene.past:
            self._overlay.shown.pulse = STILL
        if wanted != self.isActive():
            self.start() if wanted else self.stop()

    def _beat(self) -> None:
        shown = self._overlay.shown
        shown.pulse = (shown.pulse + _STEP_MS / _BEAT_MS) % 1.0
        for box in self._overlay.alarm_boxes:
            self._overlay.update(box.toAlignedRect())
