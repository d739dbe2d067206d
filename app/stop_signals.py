"""Signals that ask a process to end, and a context that handles them, so that all data are written first."""

from __future__ import annotations

import signal
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager

TERMINATION = (signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else []))
"""Sent by `kill`, by the end of a login session and by service managers; Windows has no SIGHUP."""
STOP_SIGNALS = (signal.SIGINT, *TERMINATION)
"""SIGINT (Ctrl+C) and the termination signals."""


@contextmanager
def handling(stop: Callable[[], object], signals: Iterable[signal.Signals] = STOP_SIGNALS) -> Generator[None]:
    """Context in which `stop` is called on each of the signals; the former handlers are restored at the end.

    Main thread only. Python runs a handler at the next bytecode: under Qt's event loop, at the feed's next frame.
    """

    def called(*_: object) -> None:
        stop()

    before = {number: signal.signal(number, called) for number in signals}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
