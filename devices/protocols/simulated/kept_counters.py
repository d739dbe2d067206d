"""Readings of a building's energy counters, kept from one session to the next: a meter goes on where it stood. Blocks."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from twin.files import atomic
from twin.files.opening import regular
from twin.model.device import Link
from twin.model.ids import derived

SAVE_MS = 5000
"""Milliseconds between two writes."""
MAX_BYTES = 1_000_000

type Counters = dict[tuple[str, str], float]
"""Readings in Wh by device uid and point key."""


class _Saved(msgspec.Struct):
    """Contents of the file. A project that was made anew at the same path has another past."""

    project: int
    time_ms: int
    readings: dict[str, dict[str, float]]


@dataclass(slots=True)
class KeptCounters:
    """The file with the readings of one link of a project."""

    file: Path | None
    """None: nothing is kept."""
    project: int = 0
    """Number of the project's file on its disk."""
    readings: Counters = field(default_factory=dict[tuple[str, str], float])
    """The readings that were kept; none of them is below what was reported."""
    time_ms: int = 0
    """When they were (UTC ms)."""
    _saved_ms: int = 0

    @classmethod
    def of(cls, link: Link, project: str, folder: Path) -> KeptCounters:
        """The readings that a link of the project at this path had last."""
        if not project:
            return cls(None)
        file = folder / f"{derived('counters', link.id, project)}.json"
        number = _number(project)
        try:
            with regular(file).open("rb") as stream:
                saved = msgspec.json.decode(stream.read(MAX_BYTES), type=_Saved)
        except (OSError, msgspec.DecodeError):
            return cls(file, number)
        if saved.project != number:
            return cls(file, number)
        readings = {(uid, key): value for uid, told in saved.readings.items() for key, value in told.items()}
        return cls(file, number, readings, saved.time_ms)

    def keep(self, readings: Mapping[tuple[str, str], float], now_ms: int, *, at_once: bool = False) -> None:
        """Keeps these readings, unless others were kept less than SAVE_MS ago. A disk that is full keeps none."""
        if self.file is None or (not at_once and 0 <= now_ms - self._saved_ms < SAVE_MS):
            return
        self._saved_ms = now_ms
        told: dict[str, dict[str, float]] = {}
        for (uid, key), value in readings.items():
            told.setdefault(uid, {})[key] = value
        with contextlib.suppress(OSError):
            atomic.write(self.file, json.dumps(msgspec.to_builtins(_Saved(self.project, now_ms, told))).encode())


def _number(project: str) -> int:
    """The number of a file on its disk; 0 where it cannot be told."""
    try:
        return Path(project).stat().st_ino
    except OSError:
        return 0
