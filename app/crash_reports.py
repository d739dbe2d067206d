"""What ends the program outside Python (a fault in Qt, VTK or a graphics driver) is written down as it happens, and told at the
next start. No handler of Python runs then, so the log has nothing of it; an engine that was killed leaves no report.
"""

from __future__ import annotations

import faulthandler
import os
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from app.settings import home
from twin.files import atomic
from twin.model.problem import Problem, ProblemError, Severity
from twin.store.file_lock import FileLock

KEPT = 5
"""Newest reports that are kept."""


@contextmanager
def kept() -> Generator[None]:
    """Context, or decorator, in which a crash of this process leaves a report: the stacks of its threads. Where none can be
    written, there is none; where Python writes them to stderr (PYTHONFAULTHANDLER), it goes on."""
    with ExitStack() as held:
        if not faulthandler.is_enabled():
            with suppress(OSError, ProblemError):
                held.enter_context(_written())
        yield


@contextmanager
def _written() -> Generator[None]:
    report = _folder() / f"running-{os.getpid()}"
    with _locked(report), report.open("w", encoding="utf-8") as file:
        faulthandler.enable(file)
        try:
            yield
        finally:
            faulthandler.disable()
            with suppress(OSError):
                report.unlink()


def found() -> tuple[Problem, ...]:
    """The crashes since this was last asked; their reports are kept under the time of each."""
    problems: list[Problem] = []
    with suppress(OSError):
        for report in sorted(_folder().glob("running-*[0-9]")):
            with suppress(OSError, ProblemError), _locked(report):
                if report.stat().st_size:
                    problems.append(_told(report))
                else:
                    report.unlink()
        for old in sorted(_folder().glob("crash-*.txt"))[:-KEPT]:
            old.unlink(missing_ok=True)
    return tuple(problems)


def _told(report: Path) -> Problem:
    at = time.localtime(report.stat().st_mtime)
    named = report.with_name(f"crash-{time.strftime('%Y%m%d-%H%M%S', at)}.txt")
    report.replace(named)
    return Problem(code="crash.found", where=str(named), severity=Severity.WARNING)


@contextmanager
def _locked(report: Path) -> Generator[None]:
    """Context in which the report is ours. Raises ProblemError where it is that of a process that runs."""
    lock = FileLock(report)
    try:
        yield
    finally:
        lock.release()


def _folder() -> Path:
    atomic.private_folder(home())
    folder = home() / "log"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder
