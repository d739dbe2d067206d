"""Damage in the open history, told once: by whichever read meets it first."""

from __future__ import annotations

from collections.abc import Callable

from twin.model.problem import Problem
from twin.store.history import History


class DamageReports:
    """Of one history while it is open; any thread may tell."""

    def __init__(self, history: History, raised: Callable[[Problem], object]) -> None:
        self._history, self._raised = history, raised
        self._reported = False

    def report_new(self) -> None:
        """Raises what was met so far where nobody heard of it yet; cheap while nothing is."""
        if not self._reported and (damage := self._history.damage) is not None:
            self._reported = True
            self._raised(damage)
