"""Exclusive lock of a file across processes: a lock of the operating system, released when the process ends.

The lock file has one line of JSON with `pid`, `program`, `host`, `since` and, while its holder accepts other programs,
`door`, which is false where it never will. A process that was killed leaves the line behind: only the operating system's lock tells whether it is valid.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import cast

from twin.files import atomic
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text

_FAR = 1 << 30
MAX_BYTES = 2000
"""Most bytes read from a lock file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockHolder:
    """Contents of a lock file. Untrusted: anyone with write access to the folder can write it."""

    pid: int
    program: str
    host: str
    since_s: float
    """Unix time."""
    door: Mapping[str, object] = field(default_factory=dict[str, object])
    """Address at which the holder accepts other programs, as the file states; empty for none."""
    doorless: bool = False
    """Whether the holder states that it will not accept other programs."""

    @property
    def here(self) -> bool:
        """Whether the holder runs on this computer."""
        return self.host == platform.node()

    @property
    def alive(self) -> bool:
        """Whether a process with its number runs on this computer; True where that cannot be determined."""
        if sys.platform == "win32":
            return True
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except (OSError, OverflowError):
            return True
        return True

    @property
    def text(self) -> Text:
        """The holder as a text for the user: program, process, since when, and the host where it is another."""
        facts = {"program": self.program, "pid": str(self.pid), "since": _minute(self.since_s)}
        return Text("store.holder", **facts) if self.here else Text("store.far_holder", **facts, host=self.host)


def lock_file(path: Path) -> Path:
    """Path of the lock file: beside the real file, links resolved."""
    path = Path(os.path.realpath(path))
    return path.with_name(f".{path.name}.lock")


def read_holder(path: Path) -> LockHolder | None:
    """The holder stated in the lock file of `path`; None without a readable one. Takes no lock."""
    try:
        file = os.open(lock_file(path), os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return None
    try:
        return _holder(file)
    finally:
        os.close(file)


def may_be_held(path: Path) -> bool:
    """Whether a process may hold the lock of `path`: False without a lock file, or where its process has ended. Takes no
    lock."""
    holder = read_holder(path)
    return lock_file(path).exists() if holder is None else not holder.here or holder.alive


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
    """A lock held from construction to `release`.

    Raises ProblemError where another process holds it or the file has several names (hard links: SQLite looks for its
    journal beside the name used, so two programs would corrupt it); OSError where the lock file cannot be made.
    """

    def __init__(self, path: Path) -> None:
        path = Path(os.path.realpath(path))
        _one_name(path)
        self.path = lock_file(path)
        self._us = _ourselves()
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
                _write(file, self._us)
            else:  # its holder removed it between our open and our lock
                os.close(file)

    def _is_still_there(self, file: int) -> bool:
        try:
            return os.path.samestat(os.fstat(file), self.path.stat())
        except FileNotFoundError:
            return False

    def announce(self, door: Mapping[str, object] | None) -> None:
        """Writes the address at which the holder accepts other programs; an empty one removes it. None: it will not accept any."""
        if self._file is not None:
            _write(self._file, self._us | ({"door": dict(door)} if door else {"door": False} if door is None else {}))

    def release(self) -> None:
        """Releases the lock and removes its file; may be called twice."""
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
        Problem(code="store.two_names", args={"file": path.name, "ending": path.suffix}, where=str(path))
    )


def _ourselves() -> dict[str, object]:
    verb = next((word for word in sys.argv[1:2] if word.isascii() and word.isalpha()), "")
    program = " ".join(word for word in ("oikos", verb) if word)
    return {"pid": os.getpid(), "program": program, "host": platform.node(), "since": round(time.time(), 3)}


def _write(file: int, facts: Mapping[str, object]) -> None:
    """Writes the line in one go, so that readers see the old or the new one; a full disk costs others the line only."""
    line = json.dumps(facts).encode()
    try:
        os.lseek(file, 0, os.SEEK_SET)
        os.write(file, line.ljust(os.fstat(file).st_size))
        os.ftruncate(file, len(line))
    except OSError:
        return


def _holder(file: int) -> LockHolder | None:
    """The holder that the file describes; None if it describes none."""
    try:
        os.lseek(file, 0, os.SEEK_SET)
        facts = json.loads(os.read(file, MAX_BYTES))
        host, program = (str(facts[key])[:80] for key in ("host", "program"))
        since, door = facts.get("since"), facts.get("door")
        return LockHolder(
            pid=int(facts["pid"]),
            program=program,
            host=host,
            since_s=float(since) if isinstance(since, int | float) else os.fstat(file).st_mtime,
            door=cast("dict[str, object]", door) if isinstance(door, dict) else {},
            doorless=door is False,
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return None


def _minute(time_s: float) -> str:
    try:
        return f"{datetime.fromtimestamp(time_s).astimezone():%Y-%m-%d %H:%M}"
    except (OSError, ValueError, OverflowError):
        return "some time"


def _taken(path: Path, holder: LockHolder | None) -> Problem:
    return Problem(
        code="store.locked",
        args={"file": path.name, "holder": holder.text if holder else Text("store.unknown_holder")},
        where=str(path),
        retry=True,
    )
