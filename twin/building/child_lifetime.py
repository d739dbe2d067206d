"""Ends a child process when its parent ends, whatever the reason."""

from __future__ import annotations

import ctypes
import faulthandler
import os
import select
import signal
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager

_PARENT_DIED = 1
"""PR_SET_PDEATHSIG of <linux/prctl.h>: the kernel kills this process when the thread that started it ends."""


@contextmanager
def held() -> Generator[int]:
    """Yields a file descriptor for a child's standard input, which reaches its end when this block or this process
    ends.
    """
    ours, theirs = os.pipe()[::-1]
    try:
        yield theirs
    finally:
        os.close(theirs)
        os.close(ours)


def follow() -> None:
    """To be called first in the child: from now on it ends with its parent. Its standard input must be that of `held`."""
    if sys.platform == "linux":
        _killed_with_parent()
        if select.select([0], [], [], 0)[0] and not os.read(0, 1):
            os._exit(1)  # it ended before the kernel was asked
        return
    threading.Thread(target=_end_with_input, daemon=True).start()  # noqa: TID251 - in a child process of its own


def fork() -> int:
    """As `os.fork`; on Linux the child is killed with its parent, elsewhere it ends when its pipe breaks. Its crash is no
    crash of the program, and leaves no report."""
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        faulthandler.disable()
    if pid == 0 and sys.platform == "linux":
        _killed_with_parent()
        if os.getppid() != parent:
            os._exit(1)
    return pid


def _killed_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PARENT_DIED, signal.SIGKILL)


def _end_with_input() -> None:
    while os.read(0, 1):
        pass
    os._exit(1)
