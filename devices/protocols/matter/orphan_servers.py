"""Ends managed servers whose Oikos is gone: one that hangs in the native stack's shutdown would corrupt the keys of a
new one.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

_MODULES = frozenset({"devices.protocols.matter.launch", "devices.matter.launch"})  # the second until 2026-11-29
_MATTERJS = "server.mjs"
_LAST_S = 2.0
_LOOK_S = 0.05


def end_orphans(store: Path, proc: Path = Path("/proc")) -> int:
    """Ends servers on this store, of any version of Oikos, whose parent is gone; returns how many there were. Blocks
    up to 2 s.

    On other systems than Linux they end by themselves within seven seconds (launch.py), or with their stdin (server.mjs), and
    hold the lock until then.
    """
    if sys.platform != "linux":
        return 0
    found = [pid for pid in _processes(proc) if _is_orphan(proc / str(pid), store)]
    for pid in found:
        _signal(pid, signal.SIGTERM)
    end = time.monotonic() + _LAST_S
    while any(_is_orphan(proc / str(pid), store) for pid in found) and time.monotonic() < end:
        time.sleep(_LOOK_S)  # noqa: TID251 - on a worker's thread; a process of somebody else tells no event
    for pid in found:
        if _is_orphan(proc / str(pid), store):
            _signal(pid, signal.SIGKILL)
    return len(found)


def _processes(proc: Path) -> list[int]:
    return [int(one.name) for one in proc.iterdir() if one.name.isdigit()]


def _is_orphan(process: Path, store: Path) -> bool:
    """Whether it is a server on this store whose parent is not the one that it was started by."""
    try:
        arguments = (process / "cmdline").read_bytes().decode("utf-8", "surrogateescape").split("\0")
        parent = (process / "stat").read_text("ascii", "replace").rpartition(")")[2].split()[1]
    except (OSError, IndexError):
        return False
    return (
        any(one in _MODULES or Path(one).name == _MATTERJS for one in arguments)
        and _after(arguments, "--folder") == str(store)
        and _after(arguments, "--parent") not in ("", parent)
    )


def _after(arguments: list[str], option: str) -> str:
    return arguments[arguments.index(option) + 1] if option in arguments[:-1] else ""


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)
