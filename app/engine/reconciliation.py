"""Compares the number of reports received with the number of samples committed; reports a mismatch."""

from __future__ import annotations

from app.engine.ingest import IngestCounts as Came
from twin.model.problem import Problem, Severity
from twin.store.history import History
from twin.store.history.writer import WriterCounts as Wrote


def reconcile(came: Came, history: History) -> tuple[dict[str, int], tuple[Problem, ...]]:
    """(counts, problems) of a history that was closed: nothing comes any more, nothing waits that can be written.

    kept = committed + repeated + merged + waiting; `marks` counts presence changes, which the engine records itself.
    """
    wrote = history.counts
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
    return counts, wrong(came, wrote, str(history.path))


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
