"""Problems for errors of the operating system: one mapping for every file that Oikos reads or writes."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from twin.model.problem import Problem, mistake
from twin.model.text import Text

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_DENIED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_PLACE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EEXIST})
_REMEDIES: tuple[tuple[frozenset[int], str], ...] = (
    (FULL, "os.full"),
    (_DENIED, "os.denied"),
    (_PLACE, "os.no_folder"),
    (frozenset({errno.EISDIR}), "os.folder"),
    (frozenset({errno.ENAMETOOLONG}), "os.long_name"),
    (frozenset({errno.EMFILE, errno.ENFILE}), "os.many_files"),
    (frozenset({errno.ELOOP}), "os.circle"),
)
"""Remedies by error numbers, as codes of texts."""
_REST = "os.disk"
REFUSED = "file.refused"
"""Code of the problem that a system refuses a path."""
_REFUSING = FULL | _DENIED | {errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP}
"""Error numbers by which a system refuses a path, wherever in Oikos it was used. ENOENT is not one of them: a file of
ours may be missing."""
_NUL = "embedded null"
"""How Python begins to refuse a path with the character NUL, with ValueError."""


def os_problem(error: OSError, where: Path | str, *, code: str) -> Problem:
    """The problem for an OSError: `code` is what failed at `where`; remedy and `retry` follow from the error number."""
    number = error.errno or 0
    return Problem(
        code=code,
        where=str(where),
        remedy=Text(next((remedy for numbers, remedy in _REMEDIES if number in numbers), _REST)),
        retry=number not in _PLACE | {errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP},
        detail=error.strerror or str(error),
    )


def unexpected(error: BaseException, where: str = "") -> Problem:
    """The problem for an exception that was not foreseen: the system's reason where it refuses a path, else a mistake
    of ours."""
    if isinstance(error, OSError) and error.errno in _REFUSING:
        path: object = error.filename
        if isinstance(path, str | bytes):
            return os_problem(error, os.fsdecode(path), code=REFUSED)
        if is_full(error):
            return os_problem(error, where, code=REFUSED)
    if isinstance(error, ValueError) and str(error).startswith(_NUL):
        return Problem(code=REFUSED, where=where, remedy=Text("os.nul"), detail=str(error))
    return mistake(error, where)


def is_denied(error: BaseException) -> bool:
    """Whether the error is one of permissions or a read-only file system."""
    return getattr(error, "errno", None) in _DENIED


def is_full(error: BaseException) -> bool:
    """Whether the error is a full disk or quota."""
    return getattr(error, "errno", None) in FULL or getattr(error, "sqlite_errorname", "") == "SQLITE_FULL"
