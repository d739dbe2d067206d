"""Animation clock of the scene; stopped while nothing moves or the view is not visible."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

from app.view.scene.scene import Scene
from app.view.scene.viewport.resolution_governor import BUDGET_MS, LONGEST_MS, ResolutionGovernor

_LEAST_MS = 16
_SHARE = 3.0
"""Limits animation frames to about a third of the time."""
_CALM_MS, _SLOWEST_MS, _FINEST = 33, 2500, 2.0
"""Frame intervals and resolution of endless animations; the interval grows on slow graphics."""


class AnimationClock(QObject):
    """Ticks the layers while one of them is animating in a view that is shown, at a rate the graphics can sustain; `wake` it
    when the view is shown again."""

    def __init__(self, view: QWidget, scene: Scene, governor: ResolutionGovernor) -> None:
        super().__init__(view)
        self._view, self._scene, self._governor = view, scene, governor
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._due)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self.wake)

    @property
    def running(self) -> bool:
        """Whether the animation timer is running."""
        return self._timer.isActive()

    def wake(self) -> None:
        """Ticks at once if the timer is stopped or only endless animations run."""
        if not self._timer.isActive() or self._scene.unhurried:
            self._tick()

    def wake_soon(self) -> None:
        """Schedules one `wake` after the pending events."""
        self._soon.start()

    def stop(self) -> None:
        """Stops the animation timer; called when the view is closed or hidden."""
        self._timer.stop()
        self._soon.stop()

    def _due(self) -> None:
        if self._scene.unhurried and self._governor.refining:
            self._timer.start(_CALM_MS)
            return
        self._tick()

    def _tick(self) -> None:
        seen = self._view.isVisible() and not self._view.window().isMinimized()
        if not seen or not self._scene.tick(time.monotonic()):
            self._timer.stop()
            return
        if self._scene.unhurried:
            slow = self._governor.cost_ms(_FINEST) * _SHARE
            self._timer.start(round(min(max(slow, _CALM_MS), _SLOWEST_MS)))
            if not self._governor.refining:
                self._governor.refresh()
            return
        cost = min(self._governor.cost_ms(1.0), BUDGET_MS if self._governor.moving else LONGEST_MS)
        self._timer.start(max(_LEAST_MS, round(cost * _SHARE)))
        self._governor.animate()
