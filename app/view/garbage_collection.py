"""Collects reference cycles on the GUI thread only. Python collects on whichever thread exceeds the threshold; widgets,
chart items or VTK actors in a cycle would be deleted there, and the process would crash. (pyqtgraph has a similar
collector, but it collects all generations every second and would have to be imported at every start.)

A collection of the oldest generation goes through every object: 0.16 s with 2,000 devices, 0.6 s where a gateway of so many has
just come back. So what survives a long one is frozen, which leaves it out until the memory has grown, and the next one waits
until the pointer rests. What existed at the begin is frozen, too, and left out until there was a long one and growth since.
A young generation that a burst has made so large (a project of 2,000 devices is read within one look) is frozen unexamined: nearly
all of it stays, and what does not is found with the next growth.
"""

from __future__ import annotations

import gc
import sys
import time

from PySide6.QtCore import QObject, QPoint, QTimer
from PySide6.QtGui import QCursor

LOOK_MS = 500
"""Interval in milliseconds at which the counts are compared with Python's thresholds."""
FULL_S = 60.0
"""Minimum interval in seconds between collections of the oldest generation, which take tens of milliseconds."""
LONG_S = 0.016
"""CPU seconds from which a collection is long: the window would miss a frame."""
REST_S, LATEST_S = 3.0, 600.0
"""Seconds that the pointer rests before a collection after a long one, and after which it is not waited for any more."""
LARGE = 100_000
"""Containers from which an examination of young ones may be long, too: 3 to 5 ms quiet, tens where the machine is busy."""
GROWTH = 1.25
"""Growth of Python's memory since the last long collection at which frozen objects are examined again (CPython waits for a
growth of a quarter, too)."""


class GarbageCollection(QObject):
    """Replaces Python's automatic collection until the parent is deleted; `begin` starts it."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self.collect)
        self._full_at = self._moved_at = 0.0
        self._pointer = QPoint()
        self._young = 0
        """Containers that survived collections of the youngest generation since the last one of an older, at most."""
        self._blocks = 0
        """Memory blocks of Python when objects were frozen after a long collection, or instead of the first; 0 before."""

    def begin(self) -> None:
        """Starts collecting; objects that exist now are frozen, and examined again only once the memory has grown since a
        long collection: never where none is long."""
        if not self._timer.isActive():
            gc.freeze()
            self._full_at = time.monotonic()
            self._timer.start()

    def collect(self) -> int:
        """Collects the oldest generation that is due, and younger ones; returns its number, -1 if none is due."""
        now = time.monotonic()
        if (pointer := QCursor.pos()) != self._pointer:
            self._pointer, self._moved_at = pointer, now
        due = [count > limit for count, limit in zip(gc.get_count(), gc.get_threshold(), strict=True)]
        generation = 2 if due[2] and self._may_examine_all(now) else 1 if due[1] else 0 if due[0] else -1
        if generation == 2:
            self._examine_all(now)
        elif generation >= 0:
            self._examine_young(generation)
        return generation

    def _examine_young(self, generation: int) -> None:
        came = gc.get_count()[0]
        if came + self._young * generation > LARGE:
            gc.freeze()
            self._young, self._blocks = 0, self._blocks or sys.getallocatedblocks()
            return
        gc.collect(generation)
        self._young = 0 if generation else self._young + came

    def _may_examine_all(self, now: float) -> bool:
        since = now - self._full_at
        return since >= FULL_S and (not self._blocks or since >= LATEST_S or now - self._moved_at >= REST_S)

    def _examine_all(self, now: float) -> None:
        self._full_at, began = now, time.thread_time()
        if self._blocks and sys.getallocatedblocks() > self._blocks * GROWTH:
            gc.unfreeze()
        gc.collect()
        self._young = 0
        if time.thread_time() - began > LONG_S:
            gc.freeze()
            self._blocks = sys.getallocatedblocks()
