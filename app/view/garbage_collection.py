"""Collects reference cycles on the GUI thread only. Python collects on whichever thread exceeds the threshold; widgets,
chart items or VTK actors in a cycle would be deleted there, and the process would crash. (pyqtgraph has a similar
collector, but it collects all generations every second and would have to be imported at every start.)"""

from __future__ import annotations

import gc
import time

from PySide6.QtCore import QObject, QTimer

LOOK_MS = 500
"""Interval in milliseconds at which the counts are compared with Python's thresholds."""
FULL_S = 60.0
"""Minimum interval in seconds between collections of the oldest generation, which take tens of milliseconds."""


class GarbageCollection(QObject):
    """Replaces Python's automatic collection until the parent is deleted; `begin` starts it."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self.collect)
        self._full_at = 0.0

    def begin(self) -> None:
        """Starts collecting; objects that exist now are frozen and never examined."""
        if not self._timer.isActive():
            gc.freeze()
            self._full_at = time.monotonic()
            self._timer.start()

    def collect(self) -> int:
        """Collects the oldest generation that is due, and younger ones; returns its number, -1 if none is due."""
        due = [count > limit for count, limit in zip(gc.get_count(), gc.get_threshold(), strict=True)]
        full = due[2] and time.monotonic() - self._full_at >= FULL_S
        generation = 2 if full else 1 if due[1] else 0 if due[0] else -1
        if generation >= 0:
            gc.collect(generation)
        if full:
            self._full_at = time.monotonic()
        return generation
