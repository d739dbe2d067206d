"""Engines that run in the background: started without a terminal, found by the project's lock, stopped through the
door.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, cast

from app.i18n import requested_language
from app.server.door_address import address_of
from app.server.problems import engine_busy, engine_ended, engine_slow
from app.server.thin_client import ask, connected
from twin.model.problem import Problem, ProblemError, Severity
from twin.store.file_lock import LockHolder, read_holder

STOP = "stop-engine"
"""Verb that asks an engine to end, through its door; not a verb of the command line."""
START_S = 120.0
"""Time (seconds) for a started engine to open its door, before waiting ends."""
OTHER_S = 12.0
"""Time (seconds) for the door of another program that opened the project first."""
STOP_S = 60.0
"""Time (seconds) for an engine to end after it was asked to."""
_POLL_S = 0.05


def command() -> list[str]:
    """The command line that starts this program, without arguments."""
    return [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "app"]


NOTHING_MORE: Mapping[str, str] = {}


def environment() -> dict[str, str]:
    """Environment for a child process: ours, with a PYTHONPATH that finds this program from any working directory."""
    found = dict(os.environ)
    if not getattr(sys, "frozen", False):
        found["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(os.path.abspath(part) for part in sys.path if part))  # noqa: PTH100 - without resolving links
    return found


def start(project: Path) -> LockHolder:
    """Starts an engine for the project that outlives this process and its terminal; returns the lock holder once its
    door is
    open, or that of an engine already running. Raises ProblemError with the engine's own problems where it ends
    instead.
    Blocks.
    """
    if (holder := running(project)) is not None:
        return holder
    child = detached(["run", str(project), "--json"], project.parent, subprocess.PIPE)
    with cast("IO[bytes]", child.stdout) as output:
        return _wait_open(project, child, output)


def _wait_open(project: Path, child: subprocess.Popen[bytes], output: IO[bytes]) -> LockHolder:
    pause, end, why = threading.Event(), time.monotonic() + START_S, None
    while True:
        ended = child.poll() is not None  # asked before the lock is looked at: it may have been quick
        if (holder := running(project)) is not None:
            child.returncode = child.returncode or 0  # it is meant to live on: nobody here waits for it
            return holder
        if ended and why is None:
            why, end = errors_in(output.read()), time.monotonic() + OTHER_S
        if why is not None and (why[0].code != "store.locked" or time.monotonic() > end):
            raise ProblemError(*why)
        if time.monotonic() > end:
            child.returncode = 0
            raise ProblemError(engine_slow(str(project)))
        pause.wait(_POLL_S)


def detached(
    words: Sequence[str], folder: Path, output: int = subprocess.DEVNULL, more: Mapping[str, str] = NOTHING_MORE
) -> subprocess.Popen[bytes]:
    """Starts this program with these arguments, and the language that the command line named, as a process that outlives
    this one and its terminal; its stdout goes to `output`, and its environment has `more` variables."""
    spoken = ["--lang", language] if (language := requested_language()) else []
    apart: dict[str, Any] = (
        {"creationflags": 0x00000008 | 0x00000200}  # DETACHED_PROCESS, CREATE_NEW_PROCESS_GROUP (winbase.h)
        if sys.platform == "win32"
        else {"start_new_session": True}
    )
    return subprocess.Popen[bytes](
        [*command(), *words, *spoken],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env=environment() | dict(more),
        **apart,
    )


def errors_in(printed: bytes) -> tuple[Problem, ...]:
    """The errors in a verb's `--json` output; engine_ended where it has none."""
    with contextlib.suppress(ValueError, AttributeError, TypeError, KeyError, IndexError):
        document = json.loads(printed.splitlines()[-1])
        rows = cast("list[dict[str, Any]]", document["problems"])
        found = tuple(problem for problem in map(_problem, rows) if problem.severity is Severity.ERROR)
        if found:
            return found
    return (engine_ended(),)


def _problem(row: Mapping[str, Any]) -> Problem:
    return Problem(
        code=str(row["code"]),
        args=row["args"],
        where=str(row["where"]),
        retry=bool(row["retry"]),
        severity=Severity(row["severity"]),
        detail=str(row["detail"]),
    )


def running(project: Path) -> LockHolder | None:
    """Lock holder of the engine that has the project open on this computer and accepts clients; None where none
    does."""
    holder = read_holder(project)
    address = address_of(holder)
    connection = connected(address) if address is not None else None
    if connection is None:
        return None
    connection.close()
    return holder


def stop(project: Path) -> bool:
    """Asks the project's engine to end and waits until it has; False where none runs. Raises ProblemError where it
    belongs to a
    window or takes longer than STOP_S.
    """
    holder = read_holder(project)
    address = address_of(holder)
    connection = connected(address) if address is not None else None
    if holder is None or address is None or connection is None:
        return False
    for line in ask(connection, address, [STOP], {}):
        if line.get("problems"):
            import msgspec

            raise ProblemError(*msgspec.convert(line["problems"], tuple[Problem, ...]))
    pause, end = threading.Event(), time.monotonic() + STOP_S
    while (now := read_holder(project)) is not None and (now.pid, now.since_s) == (holder.pid, holder.since_s):
        if not now.alive:
            break
        if time.monotonic() > end:
            raise ProblemError(engine_busy(str(project), holder.pid))
        pause.wait(_POLL_S)
    return True
