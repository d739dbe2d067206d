"""The part of EngineApi for comfort: reports by periods of the calendar, and evidence of a complaint."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Event
from typing import TYPE_CHECKING

from app.engine.engine_core import EngineCore
from twin.model.energy import EnergySpan
from twin.model.ids import RoomId
from twin.model.room_comfort import ComfortAssumptions, ComfortEvidence, ComfortReport

if TYPE_CHECKING:
    from app.engine.comfort_reports import ComfortAccounts


class ComfortApi(EngineCore):
    """The part of EngineApi that judges comfort."""

    def comfort(self, span: EnergySpan, at_ms: int, assumed: ComfortAssumptions) -> Future[ComfortReport]:
        """Comfort of the period that contains `at_ms`; computed on the pool, and stopped when the future is cancelled."""
        now_ms = self.context.now_ms()
        return self._run(self._computed(lambda accounts: accounts.report(span, at_ms, now_ms, assumed)), "comfort")

    def comfort_evidence(self, room: RoomId, at_ms: int, assumed: ComfortAssumptions) -> Future[ComfortEvidence]:
        """What is known about a room at a moment, and who set what there."""
        now_ms = self.context.now_ms()
        return self._run(self._computed(lambda accounts: accounts.evidence(room, at_ms, now_ms, assumed)), "evidence")

    async def _computed[T](self, compute: Callable[[ComfortAccounts], T]) -> T:
        from app.engine.comfort_reports import ComfortAccounts
        from app.engine.energy_reports import kept_setup

        session, dropped = self.session, Event()
        twin, history, project = session.twin, session.history, session.project

        def work() -> T:
            return compute(ComfortAccounts(twin, history, kept_setup(project).outdoor, dropped))

        try:
            return await self.context.run_blocking(work)
        finally:
            dropped.set()
            session.damage.report_new()
