"""Composes a report of one kind and writes it as PDF or workbook."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from app.engine.reports.alarm_document import alarm_document
from app.engine.reports.availability_document import availability_document
from app.engine.reports.comfort_document import comfort_document
from app.engine.reports.energy_document import energy_document
from app.engine.reports.report_parts import ReportSource
from twin.files import atomic
from twin.files.errors import os_problem
from twin.model.building_report import ReportFile, ReportFormat, ReportKind
from twin.model.problem import Problem, ProblemError
from twin.share.report_document import ReportDocument
from twin.share.report_pdf import write_pdf
from twin.share.report_workbook import write_workbook

DOCUMENTS: Mapping[ReportKind, Callable[[ReportSource], ReportDocument]] = {
    ReportKind.ENERGY: energy_document,
    ReportKind.COMFORT: comfort_document,
    ReportKind.ALARMS: alarm_document,
    ReportKind.AVAILABILITY: availability_document,
}


def report_format(out: Path) -> ReportFormat:
    """The format by a file's suffix. Raises ProblemError for another one."""
    try:
        return ReportFormat(out.suffix.lower().removeprefix("."))
    except ValueError as error:
        raise ProblemError(Problem(code="report.format", where=str(out))) from error


def write_document(
    document: ReportDocument,
    out: Path,
    *,
    force: bool = False,
    never: Iterable[Path] = (),
    step: Callable[[], object] = lambda: None,
) -> int:
    """Writes the document in the format of the suffix; returns the file's size in bytes. Raises ProblemError."""
    write = write_pdf if report_format(out) is ReportFormat.PDF else write_workbook
    try:
        write(document, out, force=force, never=never, step=step)
        return out.stat().st_size
    except OSError as error:
        raise ProblemError(os_problem(error, out, code="export.unwritable")) from error


def copy_document(source: Path, out: Path) -> ReportFile:
    """Copies a report that was written before. Raises ProblemError: it is gone, or the target cannot be written."""
    kind = atomic.PDF if report_format(out) is ReportFormat.PDF else atomic.WORKBOOK
    if not source.is_file():
        raise ProblemError(Problem(code="report.no_file", args={"name": source.name}))
    try:
        with atomic.replacing(out, kind) as part:
            atomic.copy(source, part)
        return ReportFile(name=out.name, size=out.stat().st_size)
    except OSError as error:
        raise ProblemError(os_problem(error, out, code="export.unwritable")) from error
