"""Checks that only regular files are opened: a FIFO blocks, a device never ends, a socket cannot be opened."""

from __future__ import annotations

import errno
import stat
from pathlib import Path

from twin.files.errors import os_problem
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text

_SPECIAL = (
    (stat.S_ISFIFO, "file_kind.pipe"),
    (stat.S_ISSOCK, "file_kind.socket"),
    (stat.S_ISCHR, "file_kind.device"),
    (stat.S_ISBLK, "file_kind.device"),
)


def check_regular(path: Path, *, folder: bool = False) -> None:
    """Raises ProblemError unless `path` is a regular file (or a folder, where `folder` allows one).

    Symbolic links are followed. Nothing is opened, so this never blocks.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError as error:
        raise ProblemError(Problem(code="file.missing", where=str(path), detail=error.strerror or "")) from error
    except (OSError, ValueError) as error:
        refused = error if isinstance(error, OSError) else OSError(str(error))
        raise ProblemError(os_problem(refused, path, code="file.unreadable")) from error
    if stat.S_ISREG(mode) or (folder and stat.S_ISDIR(mode)):
        return
    if stat.S_ISDIR(mode):
        raise ProblemError(Problem(code="file.folder", where=str(path)))
    raise ProblemError(special(path, mode))


def regular(path: Path) -> Path:
    """The path itself. Raises OSError where it is no regular file, for callers that convert OSError themselves."""
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode):
        raise OSError(errno.EISDIR if stat.S_ISDIR(mode) else errno.EINVAL, str(special(path, mode)), str(path))
    return path


def special(path: Path, mode: int) -> Problem:
    """Problem: `path` is no regular file; `mode` is its st_mode."""
    kind = next((kind for test, kind in _SPECIAL if test(mode)), "file_kind.special")
    return Problem(code="file.special", args={"kind": Text(kind)}, where=str(path))
