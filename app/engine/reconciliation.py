"""Compares the number of reports received with the number of samples committed; reports a mismatch."""

from __future__ import annotations

from dataclasses import replace
from threading import Event

from app.engine.ingest import IngestCounts as Came
from twin.model.problem import Problem, ProblemError, Severity
from twin.store.history import History
from twin.store.history.writer import WriterCounts as Wrote


def reconcile(came: Came, history: History) -> tuple[dict[str, int], tuple[Problem, ...]]:
    """(counts, problems) after all waiting samples are written. Blocks until then.

    kept = committed + repeated + merged + waiting; `marks` counts presence changes, which the engine records itself.
    """
    problems: list[Problem] = []
    try:
        history.flush()
    except ProblemError as error:
        problems += error.problems
    came, wrote = _stable_counts(came, history)
    marks = wrote.put - came.kept
    counts = {
        "received": came.reports,
        "echoes": came.echoes,
        "strange": came.strange,
        "refused": came.refused,
        "unsaid": came.unsaid,
        "kept": came.kept,
        "committed": wrote.written - marks,
        "repeated": wrote.repeated,
        "merged": wrote.merged,
        "waiting": wrote.waiting,
        "marks": marks,
    }
    return counts, (*problems, *wrong(came, wrote, str(history.path)))


def _stable_counts(came: Came, history: History) -> tuple[Came, Wrote]:
    """Matching counts of both sides, read repeatedly (at most 100 times) since a report may be between the two."""
    pause, tries = Event(), 100
    while True:
        before, wrote = replace(came), history.counts
        tries -= 1
        if not tries or (before == came and not _difference(before, wrote)):
            return before, wrote
        pause.wait(0.005)


def _difference(came: Came, wrote: Wrote) -> bool:
    """Whether the counts show a loss; `put` may exceed `kept` by the presence changes that the engine records
    itself."""
    left = came.reports - came.echoes - came.strange - came.refused - came.unsaid - came.kept
    lost = wrote.put - wrote.written - wrote.repeated - wrote.merged - wrote.waiting
    return bool(left or lost or came.kept > wrote.put)


def wrong(came: Came, wrote: Wrote, where: str) -> tuple[Problem, ...]:
    """Problems for lost and for merged reports."""
    problems: list[Problem] = []
    if _difference(came, wrote):
        numbers = f"{came.reports} received, {came.kept} kept, {wrote.put} handed on, {wrote.written} committed"
        problems.append(
            Problem(
                code="run.counts",
                where=where,
                detail=f"{numbers}, {wrote.repeated} repeated, {wrote.merged} merged, {wrote.waiting} waiting",
            )
        )
    if wrote.merged:
        problems.append(
            Problem(code="history.merged", args={"n": wrote.merged}, where=where, severity=Severity.WARNING)
        )
    return tuple(problems)
