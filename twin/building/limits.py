"""Limits on the size of building files, and the problems for files that exceed them."""

from __future__ import annotations

from twin.model.problem import Problem, ProblemError, Severity

FILE_BYTES = 1 << 30
ENTRY_BYTES = 256 << 20
ARCHIVE_BYTES = 1 << 30
RATIO = 200
"""Largest ratio of an archive entry's size to its compressed size."""
ROOM_M2 = (1.0, 5000.0)
"""Plausible median room area, m²; outside it the unit of length is wrong."""
WALL_M = (0.2, 100.0)
"""Plausible median wall height, metres."""


def refuse(code: str, where: str, *, detail: str = "", **args: object) -> ProblemError:
    """The exception for a file that cannot be imported."""
    return ProblemError(Problem(code=code, args=args, where=where, detail=detail))


def warn(code: str, where: str, *, detail: str = "", **args: object) -> Problem:
    """A warning about a file that is imported nevertheless."""
    return Problem(code=code, args=args, where=where, detail=detail, severity=Severity.WARNING)
