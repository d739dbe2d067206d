"""Programs that begin to open the same project at the same time: who took its lock first, and who waits for whom."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from app.cli.framework.verb import names
from app.i18n import translate
from twin.model.problem import ProblemError
from twin.model.text import Text
from twin.store.file_lock import FileLock, LockHolder, read_holder
from twin.store.lock_wait import LockLook, LockWait

LOCK_S = 3.0
"""Longest time (seconds) for the lock to be taken, which is the first step of opening."""
VERB_S = 60.0
"""Longest time (seconds) that an engine, with a window or without, waits for the verbs that have its project open."""
STAYING = frozenset({"demo", "open", "run", "serve"})
"""Verbs that keep a project open until they are ended; all others end by themselves."""
_PAUSE_S = 0.1


def is_taken_before(path: Path, begun: Future[None]) -> bool:
    """Whether our opening of the project (`begun`) failed because another program took its lock first. Returns once the
    lock is held: at once by a verb, for which our opening waits."""
    pause, end = threading.Event(), time.monotonic() + LOCK_S
    while not begun.done() and time.monotonic() < end:
        if (holder := read_holder(path)) is not None and (holder.pid == os.getpid() or ends_soon(holder)):
            return False
        pause.wait(0.002)
    error = begun.exception() if begun.done() else None
    return isinstance(error, ProblemError) and _is_locked(error)


def open_after_verbs(path: Path, opening: Callable[[], Future[None]], stop: threading.Event) -> None:
    """Opens the project by `opening`, after the verbs that have it open. Raises ProblemError where an engine or a window
    has it, or verbs still do after VERB_S seconds; KeyboardInterrupt once `stop` is set."""
    wait, told = LockWait(path, ends_soon, time.monotonic() + VERB_S), set[Text]()
    while True:
        try:
            return opening().result()
        except ProblemError as error:
            if not _is_locked(error) or not wait_for_verb(wait, stop, told):
                raise


def wait_for_lock(path: Path, stop: threading.Event) -> None:
    """Returns once no verb has the project open, or another program has it, or after VERB_S seconds. Raises KeyboardInterrupt
    once `stop` is set."""

    def tried() -> Future[None]:
        done = Future[None]()
        FileLock(path).release()
        done.set_result(None)
        return done

    if read_holder(path) is not None:
        with contextlib.suppress(ProblemError, OSError):  # whoever opens the project says so
            open_after_verbs(path, tried, stop)


def wait_for_verb(wait: LockWait, stop: threading.Event, told: set[Text]) -> bool:
    """Waits, with a line on stderr for each that is not in `told`, while a verb has the project open; whether to try and open it
    now. Raises KeyboardInterrupt once `stop` is set."""
    while (look := wait.look()) is not LockLook.HELD:
        if wait.holder is not None and wait.holder.text not in told:
            told.add(wait.holder.text)
            print(translate("cli.run.waiting", holder=wait.holder.text), file=sys.stderr, flush=True)
        _pause(stop)
        if look is not LockLook.WAIT:
            return True
    return False


def _pause(stop: threading.Event) -> None:
    if stop.wait(_PAUSE_S):
        raise KeyboardInterrupt


def ends_soon(holder: LockHolder) -> bool:
    """Whether the holder is a verb of this computer that ends by itself: neither an engine nor a window."""
    verb = holder.program.removeprefix("oikos ")
    return holder.here and not holder.door and verb in names() and verb not in STAYING


def _is_locked(error: ProblemError) -> bool:
    return error.problems[0].code == "store.locked"
