"""Limits how often live values are applied: at most a tenth of one core."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer

from app.view.array_sets import distinct
from twin.model.state import State

type Rows = NDArray[np.intp]

SHARE = 10
"""Updates may use one part in this many of the GUI thread's time."""
LONGEST_S = 0.5
"""Maximum delay of an update in seconds."""


class UpdatePacer(QObject):
    """Collects changed State rows; shows the first at once and later ones at limited GUI thread load."""

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
        """Shows changed rows of `state`: now if `at_once`, if the state object is another one, or if the last update
        was long
        enough ago; else soon, together with those that change until then.
        """
        other, self._state = state is not self._state, state
        self._rows.append(rows)
        wait_s = self._free_s - time.monotonic()
        if at_once or other or wait_s <= 0:
            self.flush()
        elif not self._timer.isActive():
            self._timer.start(math.ceil(wait_s * 1000))

    def spent(self, seconds: float) -> None:
        """Records this many seconds of GUI thread time spent on showing values and delays the next update."""
        now = time.monotonic()
        self._free_s = min(max(self._free_s, now) + seconds * (SHARE - 1), now + LONGEST_S)

    def flush(self) -> None:
        """Shows the pending rows at once."""
        self._timer.stop()
        rows, self._rows = self._rows, []
        if self._state is None or not rows:
            return
        begun = time.thread_time()
        self._show(self._state, rows[0] if len(rows) == 1 else distinct(np.concatenate(rows)))
        self.spent(time.thread_time() - begun)
