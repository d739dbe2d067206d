"""The part of EngineApi for energy: reports by periods of the calendar, and their settings."""

from __future__ import annotations

from concurrent.futures import Future
from threading import Event

from app.engine.engine_core import EngineCore
from app.engine.privacy_setup import SETTING, PrivacySetup
from app.engine.session import ProjectSession
from twin.model.definition import DefinitionEdit, DefinitionKind
from twin.model.energy import EnergyReport, EnergySetup, EnergySpan


class EnergyApi(EngineCore):
    """The part of EngineApi that reports energy."""

    def energy(self, span: EnergySpan, at_ms: int) -> Future[EnergyReport]:
        """The energy of the local day, week, month or year that contains `at_ms`; computed on the pool, and stopped when the
        future is cancelled."""
        return self._run(self._energy(span, at_ms), "energy")

    def energy_of_groups(self, span: EnergySpan, at_ms: int) -> Future[EnergyReport]:
        """The same with groups of rooms that are meant for several people in place of single rooms and their devices."""
        return self._run(self._energy(span, at_ms, grouped=True), "energy")

    async def _energy(self, span: EnergySpan, at_ms: int, *, grouped: bool = False) -> EnergyReport:
        from app.engine.energy_reports import EnergyAccounts, kept_setup

        session, dropped, now_ms = self.session, Event(), self.context.now_ms()
        twin, history, project = session.twin, session.history, session.project
        places = PrivacySetup.of(project.setting(SETTING)).told_places if grouped else None

        def compute() -> EnergyReport:
            setup = kept_setup(project)
            return EnergyAccounts(twin, history, setup, dropped, places).report(span, at_ms, now_ms)

        try:
            return await self.context.run_blocking(compute)
        finally:
            dropped.set()
            session.damage.report_new()

    def energy_setup(self) -> Future[EnergySetup]:
        """Tariffs, emission factors and the tree of meters, as set up."""

        async def work() -> EnergySetup:
            from app.engine.energy_reports import kept_setup

            project = self.session.project
            return await self.context.run_blocking(lambda: kept_setup(project))

        return self._run(work(), "energy setup")

    def keep_energy_setup(self, setup: EnergySetup) -> Future[None]:
        """Saves tariffs, emission factors and the tree of meters in the project, as one undo step. ProblemError where one is
        invalid."""

        async def keep(session: ProjectSession) -> None:
            from app.engine.energy_reports import check_setup
            from twin.rules.definition_body import definition_of
            from twin.rules.energy_definition import EnergyDefinition

            check_setup(setup, session.twin)
            made = definition_of(EnergyDefinition(setup=setup))
            edits = [DefinitionEdit(DefinitionKind.ENERGY_SETUP, made.id, made)]
            await session.edits.edit(lambda project: project.change_definitions(edits))

        return self._run(self._logged(lambda: self._edit(keep), "keep_energy_setup"), "energy setup")
