"""The part of EngineApi for energy: reports by periods of the calendar, and their settings."""

from __future__ import annotations

from concurrent.futures import Future
from threading import Event

from app.engine.engine_core import EngineCore
from twin.model.energy import EnergyReport, EnergySetup, EnergySpan


class EnergyApi(EngineCore):
    """The part of EngineApi that reports energy."""

    def energy(self, span: EnergySpan, at_ms: int) -> Future[EnergyReport]:
        """The energy of the local day, week, month or year that contains `at_ms`; computed on the pool, and stopped when the
        future is cancelled."""

        async def work() -> EnergyReport:
            from app.engine.energy_reports import SETTING, EnergyAccounts, read_setup

            session, dropped, now_ms = self.session, Event(), self.context.now_ms()
            twin, history, project = session.twin, session.history, session.project

            def compute() -> EnergyReport:
                setup = read_setup(project.setting(SETTING))
                return EnergyAccounts(twin, history, setup, dropped).report(span, at_ms, now_ms)

            try:
                return await self.context.run_blocking(compute)
            finally:
                dropped.set()
                session.damage.report_new()

        return self._run(work(), "energy")

    def energy_setup(self) -> Future[EnergySetup]:
        """Tariffs, emission factors and the tree of meters, as set up."""

        async def work() -> EnergySetup:
            from app.engine.energy_reports import SETTING, read_setup

            project = self.session.project
            return await self.context.run_blocking(lambda: read_setup(project.setting(SETTING)))

        return self._run(work(), "energy setup")

    def keep_energy_setup(self, setup: EnergySetup) -> Future[None]:
        """Saves tariffs, emission factors and the tree of meters in the project; no undo step. ProblemError where one is
        invalid."""

        async def keep() -> None:
            from app.engine.energy_reports import SETTING, stored_setup

            session = self.session
            stored = stored_setup(setup, session.twin)
            await self.context.run_blocking(lambda: session.project.set_setting(SETTING, stored))

        return self._run(self._logged(keep, "keep_energy_setup"), "energy setup")
