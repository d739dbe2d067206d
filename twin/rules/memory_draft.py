"""A modifiable copy of a memory: each part is copied at its first change only, which keeps calls with few changes
cheap.
"""

from __future__ import annotations

from msgspec.structs import replace

from twin.model.text import Text
from twin.rules.rule_memory import QueuedStart, RuleMemory, Run, TraceStep
from twin.rules.wall_clock import DAY_MS


class MemoryDraft:
    """Has the parts of the memory as attributes; only dictionaries returned by `own_*` may be modified."""

    def __init__(self, memory: RuleMemory, now_ms: int) -> None:
        self.before, self.now_ms = memory, now_ms
        self.seen, self.previous, self.armed, self.silent = memory.seen, memory.previous, memory.armed, memory.silent
        self.levels, self.starts, self.switched_off = memory.levels, memory.starts, memory.switched_off
        self.by_hand = memory.by_hand
        self.for_due_ms, self.clock_ms, self.next_run = memory.for_due_ms, memory.clock_ms, memory.next_run
        self.ran = memory.ran
        self.runs: list[Run] = list(memory.runs)
        self.queue: list[QueuedStart] = list(memory.queue)
        self.deferred: list[QueuedStart] = []
        self.trace: list[TraceStep] = []
        self._owned: set[str] = set()

    def _own[T](self, name: str, part: dict[str, T]) -> dict[str, T]:
        self._owned.add(name)
        return dict(part)

    def own_seen(self) -> dict[str, bool]:
        """A copy of `seen` that may be changed, made on the first call."""
        if "seen" not in self._owned:
            self.seen = self._own("seen", self.seen)
        return self.seen

    def own_previous(self) -> dict[str, float]:
        """A copy of `previous` that may be changed, made on the first call."""
        if "previous" not in self._owned:
            self.previous = self._own("previous", self.previous)
        return self.previous

    def own_armed(self) -> dict[str, int]:
        """A copy of `armed` that may be changed, made on the first call."""
        if "armed" not in self._owned:
            self.armed = self._own("armed", self.armed)
        return self.armed

    def own_silent(self) -> dict[str, int]:
        """A copy of `silent` that may be changed, made on the first call."""
        if "silent" not in self._owned:
            self.silent = self._own("silent", self.silent)
        return self.silent

    def own_levels(self) -> dict[str, float | None]:
        """A copy of `levels` that may be changed, made on the first call."""
        if "levels" not in self._owned:
            self.levels = self._own("levels", self.levels)
        return self.levels

    def own_starts(self) -> dict[str, tuple[int, ...]]:
        """A copy of `starts` that may be changed, made on the first call."""
        if "starts" not in self._owned:
            self.starts = self._own("starts", self.starts)
        return self.starts

    def own_switched_off(self) -> dict[str, int]:
        """A copy of `switched_off` that may be changed, made on the first call."""
        if "switched_off" not in self._owned:
            self.switched_off = self._own("switched_off", self.switched_off)
        return self.switched_off

    def own_by_hand(self) -> dict[str, int]:
        """A copy of `by_hand` that may be changed, made on the first call."""
        if "by_hand" not in self._owned:
            self.by_hand = self._own("by_hand", self.by_hand)
        return self.by_hand

    def own_ran(self) -> dict[str, int]:
        """A copy of `ran` that may be changed, made on the first call."""
        if "ran" not in self._owned:
            self.ran = self._own("ran", self.ran)
        return self.ran

    def trace_step(self, rule: str, run: int, reason: Text) -> None:
        """Adds a step to the rule's trace."""
        self.trace.append(TraceStep(time_ms=self.now_ms, rule=rule, run=run, reason=reason))

    def _last_ms(self) -> int:
        """Instants up to here are done with. A clock that is set back starts nothing twice; one that was wrong by more than
        a day is believed."""
        before = self.before.last_ms
        return before if self.now_ms < before <= self.now_ms + DAY_MS else self.now_ms

    def done(self) -> RuleMemory:
        """The new memory."""
        return replace(
            self.before, last_ms=self._last_ms(), seen=self.seen, previous=self.previous, armed=self.armed, silent=self.silent,
            for_due_ms=self.for_due_ms, clock_ms=self.clock_ms, levels=self.levels, runs=tuple(self.runs),
            queue=tuple(self.queue), deferred=tuple(self.deferred), starts=self.starts, switched_off=self.switched_off, by_hand=self.by_hand,
            next_run=self.next_run, ran=self.ran,
        )  # fmt: skip
