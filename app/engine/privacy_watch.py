"""Deletes once an hour what tells of people in a shared building, with all roll-ups. At home nothing is deleted."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import cast

from app.engine.repeating import repeat
from app.engine.session import ProjectSession
from twin.model.capability import Reveals
from twin.model.ids import PointId
from twin.model.privacy import HOUR_MS, PRESENCE_HOURS, PrivacyStatus
from twin.model.problem import Problem, ProblemError

SETTING = "privacy"
"""Name of the project's setting: `{"shared", "hours"}`."""
DELETED = frozenset({Reveals.PRESENCE, Reveals.IDENTITY, Reveals.HEALTH})
LOOK_S = 3600.0
LONGEST_HOURS = 24 * 365


class PrivacyWatch:
    """The privacy of one project. Event loop only."""

    def __init__(self, session: ProjectSession) -> None:
        self._session, self._context = session, session.context
        self._swept_ms = 0
        self._task: asyncio.Task[object] | None = None

    def begin(self) -> None:
        """Starts deleting, in the background."""
        self._task = self._context.loop.spawn(self._run(), name="privacy")

    async def close(self) -> None:
        """Ends the deleting."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        # not told: a wrong clock, which the maintenance tells
        await repeat(self._session, self.sweep, LOOK_S, name="privacy", told=False)

    @property
    def status(self) -> PrivacyStatus:
        """What applies now."""
        stored = self._session.project.setting(SETTING)
        kept = cast("dict[str, object]", stored) if isinstance(stored, dict) else dict[str, object]()
        hours = kept.get("hours")
        counted = Counter(point.capability.reveals.value for point in self._session.twin.points)
        return PrivacyStatus(
            shared=kept.get("shared") is True, hours=hours if isinstance(hours, int) and hours > 0 else PRESENCE_HOURS,
            swept_ms=self._swept_ms, points=tuple(sorted(counted.items())),
        )  # fmt: skip

    async def choose(self, *, shared: bool, hours: int) -> PrivacyStatus:
        """Sets whether the building is shared, and after how many hours is deleted. ProblemError for hours out of range."""
        if not 1 <= hours <= LONGEST_HOURS:
            raise ProblemError(Problem(code="privacy.hours", args={"hours": hours, "most": LONGEST_HOURS}))
        await self._session.edits.remember(SETTING, {"shared": shared, "hours": hours})
        self._session.audit.add("request", {"what": "set_privacy", "shared": shared, "hours": hours, "result": "done"})
        await self.sweep()
        return self.status

    async def sweep(self) -> None:
        """Deletes what is older than the building keeps. ProblemError while the clock is wrong."""
        status, now_ms, history = self.status, self._context.now_ms(), self._session.history
        if not status.shared:
            return
        points = frozenset[PointId](
            point.id for point in self._session.twin.points if point.capability.reveals in DELETED
        )
        cutoff_ms = now_ms - status.hours * HOUR_MS
        await self._context.run_blocking(lambda: history.retain(cutoff_ms, points, roll_ups=True))
        self._swept_ms = now_ms
