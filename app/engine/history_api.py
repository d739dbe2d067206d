"""What a client reads of the history, and marks of replaced meters."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future

from app.engine import meter_changes
from app.engine.engine_core import EngineCore
from twin.model.history_series import ChartColumns, PastMoment
from twin.model.ids import PointId
from twin.model.meter import Consumption


class HistoryApi(EngineCore):
    """The part of EngineApi that reads history and meters."""

    def columns(self, points: Sequence[PointId], from_ms: int, to_ms: int, columns: int) -> Future[list[ChartColumns]]:
        """What a chart draws, read on the pool."""

        async def work() -> list[ChartColumns]:
            opened = self.session
            found = await self.context.run_blocking(lambda: opened.history.columns(points, from_ms, to_ms, columns))
            opened.damage.report_new()
            return found

        return self._run(work(), "columns")

    def moments(self, times_ms: Sequence[int]) -> Future[list[PastMoment]]:
        """Every point's value at past moments, read on the pool."""

        async def work() -> list[PastMoment]:
            opened = self.session
            points = [point.id for point in opened.twin.points]
            found = await self.context.run_blocking(lambda: opened.history.moments(times_ms, points))
            opened.damage.report_new()
            return found

        return self._run(work(), "moments")

    def consumption(
        self, points: Sequence[PointId], from_ms: int, to_ms: int, columns: int
    ) -> Future[list[Consumption]]:
        """What those of the points that are meters counted, read on the pool."""
        return self._run(
            self._edited(lambda opened: meter_changes.consumptions(opened, points, from_ms, to_ms, columns)),
            "consumption",
        )

    def mark_meter(
        self, point: PointId, time_ms: int, final: float | None = None, first: float | None = None
    ) -> Future[None]:
        """Marks a meter as replaced, with the readings that are known."""
        return self._run(
            self._edit(lambda opened: meter_changes.mark(opened, point, time_ms, final, first)), "mark meter"
        )

    def unmark_meter(self, id: str) -> Future[None]:
        """Takes a mark of a replaced meter back."""
        return self._run(self._edit(lambda opened: meter_changes.unmark(opened, id)), "unmark meter")
