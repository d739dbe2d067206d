"""A window and an engine that begin to open the same project at the same time: who took its lock first."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import Future
from pathlib import Path

from twin.model.problem import ProblemError
from twin.store.file_lock import read_holder

LOCK_S = 3.0
"""Longest time (seconds) for the lock to be taken, which is the first step of opening."""


def is_taken_before(path: Path, begun: Future[None]) -> bool:
    """Whether our opening of the project (`begun`) failed because another program took its lock first. Returns once the
    lock is held."""
    pause, end = threading.Event(), time.monotonic() + LOCK_S
    while not begun.done() and time.monotonic() < end:
        if (holder := read_holder(path)) is not None and holder.pid == os.getpid():
            return False
        pause.wait(0.002)
    error = begun.exception() if begun.done() else None
    return isinstance(error, ProblemError) and error.problems[0].code == "store.locked"
