"""Clock of the rules: tells when the system's clock jumped, or time passed without evaluation."""

from __future__ import annotations

from typing import NamedTuple

from app.engine.context import EngineContext

PAUSE_MS = 60_000
"""Longest pause or clock step (ms) that counts towards delays."""


class ClockJump(NamedTuple):
    """What happened to the clock: its step beyond the elapsed time, or a pause in which nothing was evaluated."""

    now_ms: int
    step_ms: int
    paused: bool


class RuleClock:
    """Compares the system's clock with the elapsed time, from one look to the next."""

    def __init__(self, context: EngineContext) -> None:
        self._context = context
        self._now_ms = self._lived_ms = 0

    def begin(self) -> None:
        """Takes the first reading."""
        lived = self._context.lived_ms
        self._now_ms = self._context.now_ms()
        self._lived_ms = self._now_ms if lived is None else lived()

    def jump(self) -> ClockJump | None:
        """The jump or pause since the last reading; None for up to PAUSE_MS, and where the clock is moved by hand."""
        last_ms, last_lived_ms = self._now_ms, self._lived_ms
        self.begin()
        passed_ms = self._lived_ms - last_lived_ms
        step_ms = self._now_ms - last_ms - passed_ms
        if self._context.lived_ms is None or (passed_ms <= PAUSE_MS and abs(step_ms) <= PAUSE_MS):
            return None
        return ClockJump(self._now_ms, step_ms, passed_ms > PAUSE_MS)
