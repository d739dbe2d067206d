"""Reports of a building for people outside it: kinds, formats, and what became of the scheduled ones."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from twin.model.problem import Problem

REPORT_JOB = "report"
"""Job of a report that is being written, in Progress."""


class ReportKind(StrEnum):
    """What a report is about."""

    ENERGY = "energy"
    COMFORT = "comfort"
    ALARMS = "alarms"
    AVAILABILITY = "availability"


class ReportFormat(StrEnum):
    """Format of a report's file; the value is its suffix."""

    PDF = "pdf"
    XLSX = "xlsx"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFile:
    """A report that was written: the name of its file without folders, and its size in bytes."""

    name: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportStatus:
    """A schedule of reports at work; times UTC ms."""

    id: str
    next_ms: int | None = None
    """When it is due next; None where it is off."""
    running: bool = False
    last_ms: int | None = None
    """When the newest report was made, or tried; None: never."""
    period_ms: int | None = None
    """An instant in the period of that report."""
    files: tuple[ReportFile, ...] = ()
    """What was written then."""
    problems: tuple[Problem, ...] = ()
    """Why nothing was written, or not delivered."""
