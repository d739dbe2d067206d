"""Reports damage in the open history once, whichever read detects it."""

from __future__ import annotations

from collections.abc import Callable

from twin.model.problem import Problem
from twin.store.history import History


class DamageReports:
    """Damage reports of one open history; usable from any thread."""

    def __init__(self, history: History, raised: Callable[[Problem], object]) -> None:
        self._history, self._raised = history, raised
        self._reported = False

    def report_new(self) -> None:
        """Raises the history's damage as a problem, the first time there is any; cheap otherwise."""
        if not self._reported and (damage := self._history.damage) is not None:
            self._reported = True
            self._raised(damage)
