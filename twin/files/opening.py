"""Only regular files are read: opening a FIFO waits for ever, a device node never ends, a socket cannot be opened."""

from __future__ import annotations

import errno
import stat
from pathlib import Path

from twin.files.errors import os_problem
from twin.model.problem import Problem, ProblemError

_SPECIAL = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def check_regular(path: Path, *, folder: bool = False) -> None:
    """ProblemError unless `path` is a regular file (or a folder, where `folder` allows one) that can be looked at.

    Symbolic links are followed. Nothing is opened, so this never waits.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError as error:
        raise ProblemError(
            Problem(
                code="file.missing",
                what="There is no such file",
                where=str(path),
                remedy="Check the name",
                detail=error.strerror or "",
            )
        ) from error
    except (OSError, ValueError) as error:
        refused = error if isinstance(error, OSError) else OSError(str(error))
        raise ProblemError(os_problem(refused, path, code="file.unreadable", what="The file cannot be read")) from error
    if stat.S_ISREG(mode) or (folder and stat.S_ISDIR(mode)):
        return
    if stat.S_ISDIR(mode):
        raise ProblemError(
            Problem(code="file.folder", what="This is a folder, not a file", where=str(path), remedy="Name a file")
        )
    raise ProblemError(special(path, mode))


def regular(path: Path) -> Path:
    """The path, ready to be opened; OSError for what `check_regular` refuses: for those who explain it themselves."""
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode):
        raise OSError(errno.EISDIR if stat.S_ISDIR(mode) else errno.EINVAL, special(path, mode).what, str(path))
    return path


def special(path: Path, mode: int) -> Problem:
    """The file is no file on a disk: `mode` is its st_mode."""
    kind = next((title for test, title in _SPECIAL if test(mode)), "no ordinary file")
    return Problem(
        code="file.special",
        what=f"This is {kind}, not a file",
        where=str(path),
        remedy="Copy what it gives into a file, and name that file",
    )
