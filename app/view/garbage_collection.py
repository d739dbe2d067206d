"""Circles of references are collected on the GUI thread alone. Python does it on whichever thread makes the object that is
one too many; a widget, a chart's item or an actor of the 3D view in such a circle would be deleted there, beside the event
loop that draws it, and the process would end without a word. (pyqtgraph has such a collector too, but it takes all
generations each second and brings the chart library into every start.)"""

from __future__ import annotations

import gc
import time

from PySide6.QtCore import QObject, QTimer

LOOK_MS = 500
"""How often the counts are compared with Python's own thresholds."""
FULL_S = 60.0
"""The oldest generation is looked through no more often: it takes tens of milliseconds."""


class GarbageCollection(QObject):
    """Takes over from Python until the parent is deleted; `begin` starts it."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self.collect)
        self._full_at = 0.0

    def begin(self) -> None:
        """From now on; what is there lives until the end and is never looked through."""
        if not self._timer.isActive():
            gc.freeze()
            self._full_at = time.monotonic()
            self._timer.start()

    def collect(self) -> int:
        """The generation that its threshold says is due, and the younger ones; -1 where none is."""
        due = [count > limit for count, limit in zip(gc.get_count(), gc.get_threshold(), strict=True)]
        full = due[2] and time.monotonic() - self._full_at >= FULL_S
        generation = 2 if full else 1 if due[1] else 0 if due[0] else -1
        if generation >= 0:
            gc.collect(generation)
        if full:
            self._full_at = time.monotonic()
        return generation
