"""What an error of the operating system means to a person: one mapping for every file that Oikos reads or writes."""

from __future__ import annotations

import errno
from pathlib import Path

from twin.model.problem import Problem

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_DENIED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_PLACE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EEXIST})
_REMEDIES: tuple[tuple[frozenset[int], str], ...] = (
    (FULL, "The disk is full: make room and try again"),
    (_DENIED, "Choose a folder that you may write to, or give yourself the permission"),
    (_PLACE, "Check the path: the folder must exist"),
    (frozenset({errno.EISDIR}), "This is a folder: name a file"),
    (frozenset({errno.ENAMETOOLONG}), "Choose a shorter name"),
    (frozenset({errno.EMFILE, errno.ENFILE}), "Too many files are open: close other programs and try again"),
    (frozenset({errno.ELOOP}), "The link leads in a circle: name the file itself"),
)
_REST = "Check that the disk is connected and sound, and try again"


def os_problem(error: OSError, where: Path | str, *, code: str, what: str) -> Problem:
    """The problem of an OSError: `what` could not be done at `where`; the remedy follows from the error's number."""
    number = error.errno or 0
    remedy = next((text for numbers, text in _REMEDIES if number in numbers), _REST)
    return Problem(
        code=code,
        what=what,
        where=str(where),
        remedy=remedy,
        retry=number not in _PLACE | {errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP},
        detail=error.strerror or str(error),
    )


def is_denied(error: BaseException) -> bool:
    """Whether an error of the operating system says that the user may not, or that nobody may write there."""
    return getattr(error, "errno", None) in _DENIED


def is_full(error: BaseException) -> bool:
    """Whether an error says that the disk (or the user's share of it) is full."""
    return getattr(error, "errno", None) in FULL or getattr(error, "sqlite_errorname", "") == "SQLITE_FULL"
