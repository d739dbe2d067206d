"""Quality by time: coarse while something moves, fine at rest, never a frame that would keep a hand waiting."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from app.view.scene.surface import Surface

BUDGET_MS = 33.0
"""A moving frame may take this long."""
LONGEST_MS = 85.0
"""A frame at rest may take this long: input that comes meanwhile is late by no more."""
IDLE_MS = 180
_COARSEST, _FINEST = 0.35, 2.0


class Governor(QObject):
    """Steers the surface's resolution. `effects(True)` is called for the resting frame, `effects(False)` for moving."""

    def __init__(self, surface: Surface, effects: Callable[[bool], None]) -> None:
        super().__init__(surface.widget())
        self._surface, self._effects = surface, effects
        self.moving = False
        self.scale = 1.0
        self._per_pixel_ms = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(IDLE_MS)
        self._timer.timeout.connect(self.rest)
        surface.painted.connect(self._after)

    def touch(self) -> None:
        """Something moves: a frame soon, coarse if need be, and a fine one when it has stopped."""
        if not self.moving:
            self.moving = True
            self._effects(False)
            self._surface.resolution = self.scale
        self._timer.start()
        self._surface.request()

    def refresh(self) -> None:
        """The picture changed but nothing moves: one more frame of the present quality."""
        self._surface.request()

    def rest(self) -> None:
        """The movement is over: as fine as the time allows."""
        self._timer.stop()
        self.moving = False
        self._effects(True)
        self._surface.resolution = self._resting()
        self._surface.request()

    def finest(self) -> None:
        """The best picture whatever it takes: for pictures that are kept."""
        self._timer.stop()
        self.moving = False
        self._effects(True)
        self._surface.resolution = _FINEST

    def _resting(self) -> float:
        width, height = self._surface.device_size()
        full = self._per_pixel_ms * width * height
        if full <= 0:
            return 1.0
        allowed = math.sqrt(LONGEST_MS / full)
        # in-between values blur: twice as fine, or as it is, or coarser where even that is too slow
        return _FINEST if allowed >= _FINEST else 1.0 if allowed >= 1.0 else max(_COARSEST, round(allowed, 2))

    def _after(self, took_ms: float) -> None:
        width, height = self._surface.device_size()
        drawn = max(1.0, width * height * self._surface.resolution**2)
        seen = took_ms / drawn
        self._per_pixel_ms = seen if self._per_pixel_ms <= 0 else 0.6 * self._per_pixel_ms + 0.4 * seen
        if not self.moving:
            return
        want = min(1.0, max(_COARSEST, self.scale * math.sqrt(BUDGET_MS / max(took_ms, 1.0))))
        if want < self.scale * 0.85 or want > self.scale * 1.2:
            self.scale = round(want * 20) / 20
            self._surface.resolution = self.scale
