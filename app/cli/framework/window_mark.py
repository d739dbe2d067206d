"""Marks of windows that are attached to a project's engine, so that the tray icon leaves the notifications to them."""

from __future__ import annotations

import secrets
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from app.settings import home
from twin.files import atomic
from twin.model.problem import ProblemError

LEFT_S = 60.0
"""Age (seconds) from which an unlocked mark is that of a process that was killed."""


@contextmanager
def marked_open(path: Path) -> Generator[None]:
    """Context in which a window on this project counts as open on this machine, for the tray icon."""
    marks = _marks(path)
    mark = marks.with_name(f"{marks.name}-{secrets.token_hex(8)}")  # of its own: another window may close first
    _remove_left(path)
    try:
        with ExitStack() as held:
            with suppress(ProblemError, OSError):
                held.enter_context(atomic.exclusive(mark, timeout_s=1.0))
            yield
    finally:
        with suppress(OSError):
            _lock_file(mark).unlink()


def is_window_open(path: Path) -> bool:
    """Whether a window on this project is open on this machine."""
    return any(_is_held(mark) for mark in _made(path))


def _is_held(mark: Path) -> bool:
    try:
        with atomic.exclusive(mark, timeout_s=0.0):
            return False
    except ProblemError:
        return True
    except OSError:
        return False


def _remove_left(path: Path) -> None:
    for mark in _made(path):
        with suppress(OSError):
            if time.time() - _lock_file(mark).stat().st_mtime > LEFT_S and not _is_held(mark):
                _lock_file(mark).unlink()


def _made(path: Path) -> list[Path]:
    """The mark files of windows on this project; those of killed processes are unlocked."""
    marks = _marks(path)
    return [one.with_suffix("") for one in marks.parent.glob(f"{marks.name}-*.lock")]


def _lock_file(mark: Path) -> Path:
    return mark.with_name(f"{mark.name}.lock")


def _marks(path: Path) -> Path:
    from app.server.door_address import file_name

    return home() / "run" / file_name(path, ".window")
