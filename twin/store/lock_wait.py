"""What a look at a project's lock tells a program that waits to open the project."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path

from twin.store.file_lock import LockHolder, read_holder

TRY_S = 2.0
"""Time (seconds) after which the lock is tried again: a program that was killed may leave its name in the lock file."""


class LockLook(Enum):
    """What a program that waits does next."""

    WAIT = auto()
    """Looks again a little later: the holder ends by itself."""
    TRY = auto()
    """Tries the lock a little later, though a holder is named in it."""
    FREE = auto()
    """Tries it a little later: no holder is named; the lock is free, or has just been taken."""
    HELD = auto()
    """Gives up: the holder does not end by itself, or the time is over."""


@dataclass(slots=True)
class LockWait:
    """Waits for the programs that have a project open and end by themselves."""

    path: Path
    """File of the project."""
    ends_soon: Callable[[LockHolder], bool]
    """Whether a holder of the lock ends by itself."""
    end_s: float
    """When the wait ends (time.monotonic)."""
    holder: LockHolder | None = None
    """Whom the last look found; None where the lock is free."""
    _try_s: float = field(default_factory=lambda: time.monotonic() + TRY_S)

    def look(self) -> LockLook:
        """Reads who holds the lock. Blocks briefly."""
        now = time.monotonic()
        holder = read_holder(self.path)
        self.holder = holder if holder is None or holder.alive or not holder.here else None
        if self.holder is None:
            return LockLook.FREE if now < self.end_s else LockLook.HELD
        if not self.ends_soon(self.holder) or now > self.end_s:
            return LockLook.HELD
        if now < self._try_s:
            return LockLook.WAIT
        self._try_s = now + TRY_S
        return LockLook.TRY
