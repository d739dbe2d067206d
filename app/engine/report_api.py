"""The part of EngineApi for reports as files."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from pathlib import Path

from app.engine.engine_core import EngineCore
from twin.model.building_report import ReportFile, ReportKind, ReportStatus
from twin.model.change import Progress
from twin.model.energy import EnergySpan
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text
from twin.model.twin import Twin

JOB = "report"


class ReportsApi(EngineCore):
    """The part of EngineApi that writes reports; ReportWatch makes the scheduled ones."""

    def write_report(
        self, kind: ReportKind, span: EnergySpan, at_ms: int, path: str, language: str = ""
    ) -> Future[ReportFile]:
        """Writes a report as `.pdf` or `.xlsx`, on the pool."""
        work = partial(self._write_report, kind, span, at_ms, Path(path), language)
        return self._run(self._logged(work, "write_report", kind=kind.value), JOB)

    async def _write_report(
        self, kind: ReportKind, span: EnergySpan, at_ms: int, out: Path, language: str
    ) -> ReportFile:
        session, publish = self.session, self.context.bus.publish
        if self.jobs.runs(JOB):
            raise ProblemError(Problem(code="report.running"))
        dropped, title = self.jobs.begin(JOB), Text("job.report")

        def tell(share: float) -> None:
            publish(Progress(JOB, title, 0.9 * share))

        def write() -> ReportFile:
            from app.engine.exporting import own_files
            from app.engine.report_delivery import source_of
            from app.engine.reports.report_writing import DOCUMENTS, report_format, write_document
            from app.i18n import set_context_language
            from app.i18n.numbers import set_temperature_unit
            from app.settings import TEMPERATURE_UNIT

            if language:
                set_context_language(language)
            set_temperature_unit(session.context.settings.text(TEMPERATURE_UNIT))
            report_format(out)
            source = replace(source_of(session, span, at_ms, dropped), progress=tell)
            document = DOCUMENTS[kind](source)
            publish(Progress(JOB, title, 0.9))
            never = own_files(session.project)
            return ReportFile(name=out.name, size=write_document(document, out, never=never, step=source.step))

        publish(Progress(JOB, title, 0.0))
        try:
            return await self.context.run_blocking(write)
        finally:
            dropped.set()
            self.jobs.end(JOB)
            publish(Progress(JOB, title, 1.0, done=True))
            session.damage.report_new()

    def report_schedules(self) -> Future[tuple[ReportStatus, ...]]:
        """Every schedule of reports."""

        async def work() -> tuple[ReportStatus, ...]:
            return await (await self.report_watch()).statuses()

        return self._run(work(), "report schedules")

    def run_report(self, schedule: str) -> Future[ReportStatus]:
        """Makes a scheduled report now."""

        async def work() -> ReportStatus:
            return await (await self.report_watch()).run(schedule)

        return self._run(self._logged(work, "run_report", schedule=schedule), JOB)

    def copy_report(self, schedule: str, name: str, path: str) -> Future[ReportFile]:
        """Writes a copy of a file that a schedule delivered last."""

        async def work() -> ReportFile:
            from app.engine.reports.report_writing import copy_document

            source, _ = await (await self.report_watch()).file(schedule, name)
            return await self.context.run_blocking(lambda: copy_document(Path(source), Path(path)))

        return self._run(work(), "copy report")

    def write_work_orders(self, orders: Sequence[str], path: str, language: str = "") -> Future[ReportFile]:
        """Writes work orders as `.pdf` or `.xlsx`, on the pool."""
        return self.write_work_orders_without(frozenset(), orders, path, language)

    def write_work_orders_without(
        self, hidden: frozenset[str], orders: Sequence[str], path: str, language: str = ""
    ) -> Future[ReportFile]:
        """Writes work orders as if those with the ids `hidden` did not exist."""

        async def work() -> ReportFile:
            session = self.session

            def write() -> ReportFile:
                from app.engine.exporting import own_files
                from app.engine.reports.report_writing import write_document
                from app.engine.reports.work_order_document import work_order_document
                from app.i18n import set_context_language

                if language:
                    set_context_language(language)
                out = Path(path)
                document = work_order_document(
                    _without_orders(session.twin, hidden),
                    tuple(orders),
                    self.context.now_ms(),
                    session.project.checkout_photo,
                )
                return ReportFile(name=out.name, size=write_document(document, out, never=own_files(session.project)))

            return await self.context.run_blocking(write)

        return self._run(self._logged(work, "write_work_orders"), "work orders")


def _without_orders(twin: Twin, hidden: frozenset[str]) -> Twin:
    if not hidden:
        return twin
    kept = tuple(one for one in twin.definitions.work_orders if one.id not in hidden)
    return replace(twin, definitions=replace(twin.definitions, work_orders=kept))
