"""The part of EngineApi for comfort: reports by periods of the calendar, and evidence of a complaint."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from threading import Event
from typing import TYPE_CHECKING

from app.engine.engine_core import EngineCore
from app.engine.privacy_setup import SETTING, PrivacySetup
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

    def comfort_of_groups(self, span: EnergySpan, at_ms: int, assumed: ComfortAssumptions) -> Future[ComfortReport]:
        """Comfort of groups of rooms that are meant for several people, each judged as one room."""
        now_ms = self.context.now_ms()

        async def work() -> ComfortReport:
            groups = (await self.privacy_watch()).groups
            asked = partial(
                self._computed, lambda accounts: accounts.report(span, at_ms, now_ms, assumed), grouped=True
            )
            report, joined = await asked(), {one.rooms[0]: one.rooms for one in groups if one.shown}
            return replace(report, rooms=tuple(replace(one, joined=joined.get(one.room, ())) for one in report.rooms))

        return self._run(work(), "comfort")

    def comfort_evidence(self, room: RoomId, at_ms: int, assumed: ComfortAssumptions) -> Future[ComfortEvidence]:
        """What is known about a room at a moment, and who set what there."""
        now_ms = self.context.now_ms()
        return self._run(self._computed(lambda accounts: accounts.evidence(room, at_ms, now_ms, assumed)), "evidence")

    async def _computed[T](self, compute: Callable[[ComfortAccounts], T], *, grouped: bool = False) -> T:
        from app.engine.comfort_reports import ComfortAccounts
        from app.engine.energy_reports import kept_setup

        session, dropped = self.session, Event()
        twin, history, project = session.twin, session.history, session.project
        untold = None
        if grouped:
            privacy = PrivacySetup.of(project.setting(SETTING))
            twin, untold = privacy.shown_twin(twin), privacy.untold(twin)

        def work() -> T:
            return compute(ComfortAccounts(twin, history, kept_setup(project).outdoor, dropped, untold))

        try:
            return await self.context.run_blocking(work)
        finally:
            dropped.set()
            session.damage.report_new()
