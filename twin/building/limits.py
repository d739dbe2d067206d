"""Limits on the size of building files, and the problems for files that exceed them."""

from __future__ import annotations

from twin.model.problem import Problem, ProblemError, Severity

FILE_BYTES = 1 << 30
ENTRY_BYTES = 256 << 20
ARCHIVE_BYTES = 1 << 30
RATIO = 200
"""An archive entry that grows more than this on unpacking is a bomb."""
ROOM_M2 = (1.0, 5000.0)
"""Between these lies the median room of any real building; outside, the unit of length is wrong."""
WALL_M = (0.2, 100.0)
"""Between these lies the height of the median wall."""


def refuse(code: str, where: str, *, detail: str = "", **args: object) -> ProblemError:
    """The exception for a file that cannot be taken in."""
    return ProblemError(Problem(code=code, args=args, where=where, detail=detail))


def warn(code: str, where: str, *, detail: str = "", **args: object) -> Problem:
    """A problem with a file that was taken in all the same."""
    return Problem(code=code, args=args, where=where, detail=detail, severity=Severity.WARNING)
