"""The part of EngineApi for reports as files."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Protocol

from twin.model.building_report import ReportFile, ReportKind, ReportStatus
from twin.model.energy import EnergySpan
from twin.model.ids import RoomId
from twin.model.room_comfort import ComfortAssumptions


class ReportApi(Protocol):
    """Reports on energy, comfort, alarms and availability; their schedules are definitions of the project. Futures fail with
    ProblemError."""

    def write_report(
        self, kind: ReportKind, span: EnergySpan, at_ms: int, path: str, language: str = ""
    ) -> Future[ReportFile]:
        """Writes a report of the local day, week, month or year that contains `at_ms` (UTC ms) as `.pdf` or `.xlsx`.
        Progress arrives as Progress; `cancel` of its job stops it. `language` empty: the engine's. Fails with ProblemError."""
        ...

    def write_comfort_evidence(
        self, room: RoomId, at_ms: int, assumed: ComfortAssumptions, path: str, language: str = ""
    ) -> Future[ReportFile]:
        """Writes the evidence of a room at a moment (UTC ms), as `comfort_evidence` has it, as `.pdf` or `.xlsx`. Progress
        arrives as Progress; `cancel` of its job stops it. `language` empty: the engine's. Fails with ProblemError."""
        ...

    def report_schedules(self) -> Future[tuple[ReportStatus, ...]]:
        """Every schedule of reports with its next time and what became of the last one. Fails with ProblemError."""
        ...

    def run_report(self, schedule: str) -> Future[ReportStatus]:
        """Makes and delivers a scheduled report now, about the newest period that is over. Fails with ProblemError."""
        ...

    def copy_report(self, schedule: str, name: str, path: str) -> Future[ReportFile]:
        """Writes a copy of a file that a schedule delivered last to `path`. Fails with ProblemError."""
        ...

    def write_work_orders(self, orders: Sequence[str], path: str, language: str = "") -> Future[ReportFile]:
        """Writes work orders by their ids as `.pdf` or `.xlsx`: one as a page of its own with place, log and photos, several as
        a list; none named: all that are open. Fails with ProblemError."""
        ...
