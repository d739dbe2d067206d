"""What came, compared with what was committed: the counts of `run`, and a problem where they do not add up."""

from __future__ import annotations

from app.pipeline import Counts as Came
from twin.model.problem import Problem, ProblemError, Severity
from twin.store.history import History
from twin.store.history.writer import Counts as Wrote


def tallied(came: Came, history: History) -> tuple[dict[str, int], tuple[Problem, ...]]:
    """The counts once everything that waits is written, and what is wrong with them. Blocks until then."""
    problems: list[Problem] = []
    try:
        history.flush()
    except ProblemError as error:
        problems += error.problems
    wrote = history.counts
    counts = {
        "received": came.reports,
        "echoes": came.echoes,
        "strange": came.strange,
        "refused": came.refused,
        "unsaid": came.unsaid,
        "kept": came.kept,
        "committed": wrote.written,
        "repeated": wrote.repeated,
        "merged": wrote.merged,
        "waiting": wrote.waiting,
    }
    return counts, (*problems, *wrong(came, wrote, str(history.path)))


def wrong(came: Came, wrote: Wrote, where: str) -> tuple[Problem, ...]:
    """What does not add up, and what had to be merged."""
    left = came.reports - came.echoes - came.strange - came.refused - came.unsaid - came.kept
    lost = wrote.put - wrote.written - wrote.repeated - wrote.merged - wrote.waiting
    missing = came.kept - wrote.put  # more may be put: what we say ourselves of devices that came and went
    problems: list[Problem] = []
    if left or lost or missing > 0:
        numbers = f"{came.reports} received, {came.kept} kept, {wrote.put} handed on, {wrote.written} committed"
        problems.append(
            Problem(
                code="run.counts",
                what="What was received and what was recorded do not add up",
                where=where,
                remedy="Send us the detail: this must not happen",
                detail=f"{numbers}, {wrote.repeated} repeated, {wrote.merged} merged, {wrote.waiting} waiting",
            )
        )
    if wrote.merged:
        problems.append(
            Problem(
                code="history.merged",
                what=f"{wrote.merged} values came faster than they could be written: the newest of each point was kept",
                where=where,
                remedy="Use a faster disk, or let the devices report less often",
                severity=Severity.WARNING,
            )
        )
    return tuple(problems)
