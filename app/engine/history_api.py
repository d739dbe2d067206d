"""The part of EngineApi for the history and marks of replaced meters."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING

from app.engine import meter_changes
from app.engine.engine_core import EngineCore
from app.engine.problems import too_much
from twin.model.history_series import ChartColumns, PastMoment
from twin.model.ids import PointId, RoomId
from twin.model.meter import Consumption
from twin.model.problem import ProblemError
from twin.model.site_digest import SiteDigest, with_alarms
from twin.store.history import chart_planner

if TYPE_CHECKING:
    from app.engine.site_digests import SiteDigests

MOST_TIMES = 500
"""Most past moments of one request."""
MOST_POINTS = 100_000
"""Most points of one request for charts or consumption."""
MOST_COLUMNS = 4_000_000
"""Most intervals of one request, over all of its points; where more are asked for, the intervals are wider."""


LAST_MS = 253_402_300_800_000
"""End of the year 9999, UTC ms: times beyond it are taken for it."""


class HistoryApi(EngineCore):
    """The part of EngineApi that reads history and meters."""

    _digests: SiteDigests | None = None

    def columns(self, points: Sequence[PointId], from_ms: int, to_ms: int, columns: int) -> Future[list[ChartColumns]]:
        """Chart data: `columns` intervals per point in [from, to), read on the pool. ProblemError for more than
        MOST_POINTS."""

        async def work() -> list[ChartColumns]:
            session = self.session
            number = _bounded(points, columns)
            begin_ms, end_ms = (max(-LAST_MS, min(time_ms, LAST_MS)) for time_ms in (from_ms, to_ms))
            found = await self.context.run_blocking(lambda: session.history.columns(points, begin_ms, end_ms, number))
            session.damage.report_new()
            return found

        return self._run(work(), "columns")

    def moments(self, times_ms: Sequence[int]) -> Future[list[PastMoment]]:
        """Every point's value at past moments, read on the pool. ProblemError for more than MOST_TIMES."""

        async def work() -> list[PastMoment]:
            if len(times_ms) > MOST_TIMES:
                raise ProblemError(too_much(len(times_ms), MOST_TIMES))
            session = self.session
            points = [point.id for point in session.twin.points]
            found = await self.context.run_blocking(lambda: session.history.moments(times_ms, points))
            session.damage.report_new()
            return found

        return self._run(work(), "moments")

    def consumption(
        self, points: Sequence[PointId], from_ms: int, to_ms: int, columns: int
    ) -> Future[list[Consumption]]:
        """Consumption of those points that are meters, in about `columns` intervals of [from, to), read on the pool.
        ProblemError for more than MOST_POINTS."""

        async def work() -> list[Consumption]:
            number = _bounded(points, columns)
            return await self._edited(
                lambda session: meter_changes.consumptions(session, points, from_ms, to_ms, number)
            )

        return self._run(work(), "consumption")

    def digest(self) -> Future[SiteDigest]:
        """The figures of the whole site, and its alarms of the moment."""

        async def work() -> SiteDigest:
            made = await self._digests_now().digest(None)
            return with_alarms(made, (await self.session.begin_rules()).statuses())

        return self._run(work(), "digest")

    def digest_of(self, rooms: frozenset[RoomId]) -> Future[SiteDigest]:
        """The figures of the devices in these rooms, without alarms."""

        async def work() -> SiteDigest:
            return await self._digests_now().digest(rooms)

        return self._run(work(), "digest")

    def _digests_now(self) -> SiteDigests:
        """The digests of the open project. Raises ProblemError where there is none."""
        from app.engine.site_digests import SiteDigests  # no window needs it

        if self._digests is None or self._digests.session is not self.session:
            self._digests = SiteDigests(self.session)
        return self._digests

    def mark_meter(
        self, point: PointId, time_ms: int, final: float | None = None, first: float | None = None
    ) -> Future[None]:
        """Marks a meter as replaced at `time_ms`, with the known final and first readings (canonical unit)."""
        return self._run(
            self._edit(lambda session: meter_changes.mark(session, point, time_ms, final, first)), "mark meter"
        )

    def unmark_meter(self, id: str) -> Future[None]:
        """Removes a mark of a replaced meter."""
        return self._run(self._edit(lambda session: meter_changes.unmark(session, id)), "unmark meter")


def _bounded(points: Sequence[PointId], columns: int) -> int:
    """The number of intervals per point, so that all together are MOST_COLUMNS at most."""
    if len(points) > MOST_POINTS:
        raise ProblemError(too_much(len(points), MOST_POINTS))
    return max(1, min(columns, MOST_COLUMNS // max(1, len(points)), chart_planner.MOST))
