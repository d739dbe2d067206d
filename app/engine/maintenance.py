"""Maintenance of an open history: reports write failures and applies the retention setting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

import numpy as np

from app.engine.context import EngineContext
from app.engine.damage_reports import DamageReports
from app.engine.repeating import Repeating, repeat
from app.log import topic
from twin.model.change import ProblemsSolved
from twin.model.problem import Problem, ProblemError, Severity
from twin.rules.trace_history import ORDINARY_STEPS
from twin.store.history import History

_LOG = topic("care")

LOOK_S = 2.0
DAY_S = 86_400.0
DAY_MS = 86_400_000
SETTLED_S = 120.0
"""Nothing is deleted in the first two minutes (seconds), while the engine is busy starting."""
NOTICE_S = 3_600.0
"""Time (seconds) between the warning and the deletion of more than a day's samples."""
AT_ONCE_MS = 26 * 3_600_000
"""Samples that are overdue by no more than this (ms) are deleted without a warning."""


async def run_maintenance(
    session: Repeating,
    history: History,
    damage: DamageReports,
    keep: Callable[[], object] = lambda: None,
    failing: Callable[[], Problem | None] = lambda: None,
) -> None:
    """Runs until cancelled: retries rows of the event log, raises a write failure (of the history, else `failing`) once
    per outage and takes it back when all is written again, raises damage once, calls `keep`, and applies retention once
    a day. `keep` and `failing` may block."""
    one = _Maintenance(session.context, history, damage, keep, failing)
    await asyncio.sleep(LOOK_S)
    await repeat(session, one.look, LOOK_S, name="maintenance")


class _Maintenance:
    """What is done every LOOK_S seconds. Event loop only."""

    def __init__(
        self,
        context: EngineContext,
        history: History,
        damage: DamageReports,
        keep: Callable[[], object],
        failing: Callable[[], Problem | None],
    ) -> None:
        self._context, self._history, self._damage, self._keep = context, history, damage, keep
        self._failing = failing
        self._sweep = RetentionSweep(context, history, asyncio.get_running_loop().time)
        self._failure: Problem | None = None

    async def look(self) -> None:
        """Does it once. ProblemError where the retention fails: tomorrow again."""
        context, history = self._context, self._history
        with suppress(ProblemError):  # it is being closed
            history.events.retry()
        failing = await context.run_blocking(lambda: history.failing or self._failing())  # looks at the disk
        if failing is not None and self._failure is None:
            context.raise_problem(failing)
            self._failure = failing
        elif failing is None and self._failure is not None:
            context.bus.publish(ProblemsSolved((self._failure,)))
            self._failure = None
        self._damage.report_new()
        with suppress(ProblemError):  # at the next look again
            await context.run_blocking(self._keep)
        if failing is None:
            await self._sweep.run_if_due()


class RetentionSweep:
    """Deletes samples and rows of the event log older than their settings, and old rows of the rules' logs, once a day. Refuses on a wrong clock; warns before large
    deletions.
    """

    def __init__(self, context: EngineContext, history: History, lived_s: Callable[[], float]) -> None:
        self._context, self._history, self._lived_s = context, history, lived_s
        self._due_s = 0.0
        self._settled_s = lived_s() + SETTLED_S
        self._announced = False
        self._reported: set[str] = set()

    async def run_if_due(self) -> None:
        """Deletes what is due, at most once a day; cheap otherwise."""
        if self._lived_s() < self._due_s:
            return
        self._due_s = self._lived_s() + DAY_S
        context, history = self._context, self._history
        if (wrong := await context.run_blocking(history.wrong_clock)) is not None:
            self._announced = False
            self._report(wrong)
            return
        if self._lived_s() < self._settled_s:
            self._due_s = self._settled_s
            return
        await asyncio.wrap_future(history.rules.forget_before(context.now_ms(), ORDINARY_STEPS))
        oldest_ms = context.now_ms() - int(context.settings.number("keep_audit_days")) * DAY_MS
        await asyncio.wrap_future(history.events.trim(oldest_ms, context.now_ms()))
        days = int(context.settings.number("keep_raw_days"))
        cutoff_ms = context.now_ms() - days * DAY_MS
        old = await context.run_blocking(lambda: history.overdue(cutoff_ms))
        if old is None:
            return
        if cutoff_ms - old.ended_ms > AT_ONCE_MS and not self._announced:
            self._announced = True
            self._due_s = self._lived_s() + NOTICE_S
            self._report(_notice(str(history.path), days, old.samples, cutoff_ms))
            return
        self._announced = False
        gone = await context.run_blocking(lambda: history.retain(cutoff_ms))
        _LOG.info("%d samples older than %d days were deleted; their quarter-hours stay", gone, days)

    def _report(self, problem: Problem) -> None:
        _LOG.warning("%s", problem)
        if problem.code not in self._reported:
            self._reported.add(problem.code)
            self._context.raise_problem(problem)


def _notice(where: str, days: int, samples: int, cutoff_ms: int) -> Problem:
    day = np.datetime64(cutoff_ms, "ms").astype("datetime64[D]")
    return Problem(
        code="history.retention", args={"n": samples, "day": day, "days": days}, where=where, severity=Severity.NOTE
    )
