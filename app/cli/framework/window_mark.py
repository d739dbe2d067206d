"""Mark of a window that is attached to a project's engine, so that the tray icon leaves the notifications to it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from app.settings import home
from twin.files import atomic
from twin.model.problem import ProblemError


@contextmanager
def marked_open(path: Path) -> Generator[None]:
    """Context in which a window on this project counts as open on this machine, for the tray icon."""
    with ExitStack() as held:
        with suppress(ProblemError, OSError):  # another window holds the mark already
            held.enter_context(atomic.exclusive(_window_mark(path), timeout_s=0.0))
        yield


def is_window_open(path: Path) -> bool:
    """Whether a window on this project is open on this machine."""
    try:
        with atomic.exclusive(_window_mark(path), timeout_s=0.0):
            return False
    except ProblemError:
        return True
    except OSError:
        return False


def _window_mark(path: Path) -> Path:
    from app.server.door_address import file_name

    return home() / "run" / file_name(path, ".window")
