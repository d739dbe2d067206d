"""The part of EngineApi for reports as files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from app.engine.engine_core import EngineCore
from twin.model.building_report import REPORT_JOB, ReportFile, ReportKind, ReportStatus
from twin.model.change import Progress
from twin.model.energy import EnergySpan
from twin.model.ids import RoomId
from twin.model.problem import Problem, ProblemError
from twin.model.room_comfort import ComfortAssumptions
from twin.model.text import Text
from twin.model.twin import Twin

if TYPE_CHECKING:
    from app.engine.session import ProjectSession
    from twin.share.report_document import ReportDocument

type Composer = Callable[[ProjectSession, Event], ReportDocument]
"""Composes a report of a session on the pool; raises ProblemError once the event is set."""


class ReportsApi(EngineCore):
    """The part of EngineApi that writes reports; ReportWatch makes the scheduled ones."""

    def write_report(
        self, kind: ReportKind, span: EnergySpan, at_ms: int, path: str, language: str = ""
    ) -> Future[ReportFile]:
        """Writes a report as `.pdf` or `.xlsx`, on the pool."""

        def compose(session: ProjectSession, dropped: Event) -> ReportDocument:
            from app.engine.report_delivery import source_of
            from app.engine.reports.report_writing import DOCUMENTS

            source = source_of(session, span, at_ms, dropped)
            return DOCUMENTS[kind](replace(source, progress=self._tell_report))

        work = partial(self._write, compose, Path(path), language)
        return self._run(self._logged(work, "write_report", kind=kind.value), REPORT_JOB)

    def write_comfort_evidence(
        self, room: RoomId, at_ms: int, assumed: ComfortAssumptions, path: str, language: str = ""
    ) -> Future[ReportFile]:
        """Writes the evidence of a room as `.pdf` or `.xlsx`, on the pool; of the room itself, also where reports tell of
        groups of rooms."""

        def compose(session: ProjectSession, dropped: Event) -> ReportDocument:
            from app.engine.report_delivery import source_of
            from app.engine.reports.evidence_document import evidence_document

            source = source_of(session, EnergySpan.DAY, at_ms, dropped)
            source = replace(source, twin=session.twin, untold=None, progress=self._tell_report)
            return evidence_document(room, assumed)(source)

        work = partial(self._write, compose, Path(path), language)
        return self._run(self._logged(work, "write_comfort_evidence", room=room), REPORT_JOB)

    def _tell_report(self, share: float) -> None:
        self.context.bus.publish(Progress(REPORT_JOB, Text("job.report"), 0.9 * share))

    async def _write(self, compose: Composer, out: Path, language: str) -> ReportFile:
        """Composes a report and writes it, with progress."""
        session, publish = self.session, self.context.bus.publish
        if self.jobs.runs(REPORT_JOB):
            raise ProblemError(Problem(code="report.running"))
        dropped = self.jobs.begin(REPORT_JOB)

        def stop() -> None:
            if dropped.is_set():
                raise ProblemError(Problem(code="report.dropped"))

        def write() -> ReportFile:
            from app.engine.exporting import own_files
            from app.engine.reports.report_writing import report_format, write_document
            from app.i18n import set_context_language
            from app.i18n.numbers import set_temperature_unit
            from app.settings import TEMPERATURE_UNIT

            if language:
                set_context_language(language)
            set_temperature_unit(session.context.settings.text(TEMPERATURE_UNIT))
            report_format(out)
            document = compose(session, dropped)
            self._tell_report(1.0)
            return ReportFile(
                name=out.name, size=write_document(document, out, never=own_files(session.project), step=stop)
            )

        self._tell_report(0.0)
        try:
            return await self.context.run_blocking(write)
        finally:
            dropped.set()
            self.jobs.end(REPORT_JOB)
            publish(Progress(REPORT_JOB, Text("job.report"), 1.0, done=True))
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

        return self._run(self._logged(work, "run_report", schedule=schedule), REPORT_JOB)

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
