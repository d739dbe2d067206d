"""Limits how often live values are applied: at most a tenth of one core."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer

from twin.model.state import State

type Rows = NDArray[np.intp]

SHARE = 10
"""One part in so many of the time of the GUI thread."""
LONGEST_S = 0.5
"""No value waits longer than that to be shown."""


class UpdatePacer(QObject):
    """Gathers changed rows of State; the first is shown at once, the next when the time for the last is made up for."""

    def __init__(self, parent: QObject, show: Callable[[State, Rows], None]) -> None:
        super().__init__(parent)
        self._show = show
        self._state: State | None = None
        self._rows: list[Rows] = []
        self._free_s = -math.inf
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.flush)

    def follow(self, state: State, rows: Rows, *, at_once: bool = False) -> None:
        """Rows of `state` changed. They are shown now where `at_once`, where it is another state than before, or where
        nothing has been shown for long enough; else soon, with those that change until then."""
        other, self._state = state is not self._state, state
        self._rows.append(rows)
        wait_s = self._free_s - time.monotonic()
        if at_once or other or wait_s <= 0:
            self.flush()
        elif not self._timer.isActive():
            self._timer.start(math.ceil(wait_s * 1000))

    def spent(self, seconds: float) -> None:
        """So much of the GUI thread's own time went into showing values."""
        now = time.monotonic()
        self._free_s = min(max(self._free_s, now) + seconds * (SHARE - 1), now + LONGEST_S)

    def flush(self) -> None:
        """Shows what waits."""
        self._timer.stop()
        rows, self._rows = self._rows, []
        if self._state is None or not rows:
            return
        begun = time.thread_time()
        self._show(self._state, rows[0] if len(rows) == 1 else np.unique(np.concatenate(rows)))
        self.spent(time.thread_time() - begun)
