"""Exclusive lock of a file across processes: an operating system lock that dies with the process.

The file says who holds the lock: one line of JSON with `pid`, `program` and `host`; its own time says since when.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from datetime import datetime
from pathlib import Path

from twin.files import atomic
from twin.model.problem import Problem, ProblemError

_FAR = 1 << 30
MAX_BYTES = 1000
"""What is read of a lock file; ours are shorter."""

if sys.platform == "win32":
    import msvcrt

    def _take(file: int) -> None:
        os.lseek(file, _FAR, os.SEEK_SET)  # what is locked there cannot be read by others
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


class FileLock:
    """Held from construction to `release`. ProblemError where another holds it; OSError where no file can be made.

    Beside the real file, whatever name or link it was called by. A file with two names (hard links) is refused: SQLite
    looks for its journal beside the name that it was given, so two programs would spoil it.
    """

    def __init__(self, path: Path) -> None:
        path = Path(os.path.realpath(path))
        _one_name(path)
        self.path = path.with_name(f".{path.name}.lock")
        self._file: int | None = None
        while self._file is None:
            file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
            try:
                _take(file)
            except OSError as error:
                holder = _holder(file)
                os.close(file)
                raise ProblemError(_taken(path, holder)) from error
            if self._is_still_there(file):
                self._file = file
                _sign(file)
            else:  # its holder removed it between our open and our lock
                os.close(file)

    def _is_still_there(self, file: int) -> bool:
        try:
            return os.path.samestat(os.fstat(file), self.path.stat())
        except FileNotFoundError:
            return False

    def release(self) -> None:
        """Lets go and removes the file; may be called twice."""
        if self._file is None:
            return
        file, self._file = self._file, None
        if sys.platform == "win32":  # an open file cannot be removed there
            os.close(file)
            self._remove()
        else:
            self._remove()
            os.close(file)

    def _remove(self) -> None:
        try:
            self.path.unlink(missing_ok=True)
        except OSError:
            return  # somebody took it meanwhile, or the folder became read-only: a left-over file harms nobody


def _one_name(path: Path) -> None:
    for sweep in (True, False):
        if not path.exists() or path.stat().st_nlink < 2:
            return
        if sweep:  # a temporary name that a kill left
            atomic.forget_dead(path)
    raise ProblemError(
        Problem(
            code="store.two_names",
            what="This file has a second name (a hard link): two programs could spoil it",
            where=str(path),
            remedy=f"Copy it and work on the copy: cp {path.name} copy{path.suffix}",
        )
    )


def _sign(file: int) -> None:
    """Writes down who we are; a disk without room costs others the name only."""
    verb = next((word for word in sys.argv[1:2] if word.isascii() and word.isalpha()), "")
    program = " ".join(word for word in ("oikos", verb) if word)
    us = {"pid": os.getpid(), "program": program, "host": platform.node()}
    try:
        os.ftruncate(file, 0)
        os.lseek(file, 0, os.SEEK_SET)
        os.write(file, json.dumps(us).encode())
    except OSError:
        return


def _holder(file: int) -> str:
    """Who holds the lock, in words; empty where the file does not tell."""
    try:
        os.lseek(file, 0, os.SEEK_SET)
        said = json.loads(os.read(file, MAX_BYTES))
        since = datetime.fromtimestamp(os.fstat(file).st_mtime).astimezone()
        host, pid, program = (str(said[key])[:80] for key in ("host", "pid", "program"))
    except (OSError, ValueError, KeyError, TypeError, OverflowError):
        return ""
    where = f" on {host}" if host != platform.node() else ""
    return f"{program}, process {pid}{where}, since {since:%Y-%m-%d %H:%M}"


def _taken(path: Path, holder: str) -> Problem:
    return Problem(
        code="store.locked",
        what=f"{path.name} is open in another Oikos" + (f": {holder}" if holder else ""),
        where=str(path),
        remedy="Close it there, or wait and try again; reading (info, get, history) works meanwhile",
        retry=True,
    )
