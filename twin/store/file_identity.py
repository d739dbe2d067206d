"""Detects that an open file was deleted or replaced at its path (SQLite would keep writing silently)."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from twin.model.problem import Problem


class FileIdentity:
    """Identity of the file at a path, to compare with the present one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened = self._now()

    def problem(self) -> Problem | None:
        """The problem that the file was deleted, moved or replaced since; None where it was not, or did not exist at
        the beginning. Always None on Windows.
        """
        if self._opened is None or sys.platform == "win32":  # Windows does not let an open file go
            return None
        now = self._now()
        if now is not None and os.path.samestat(now, self._opened):
            return None
        return Problem(
            code="store.vanished" if self._path.parent.is_dir() else "store.vanished_folder", where=str(self._path)
        )

    def _now(self) -> os.stat_result | None:
        try:
            return self._path.stat()
        except OSError:
            return None
