"""Whether the project is being recorded now, from the recorder's timestamp in the history file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from twin.model.text import Text
from twin.store.history import History

SILENT_MS = 60_000
"""Longest age (ms) of the recorder's timestamp at which it counts as running."""


@dataclass(frozen=True, slots=True)
class RecorderStatus:
    """Status of the recorder. `stopped_ms`: time since its last timestamp, 0 while it runs; `crashed`: it ended
    without a
    final entry.
    """

    last_ms: int
    stopped_ms: int = 0
    crashed: bool = False

    @property
    def stopped(self) -> bool:
        """Whether the recorder crashed, or stopped long enough ago (SILENT_MS) for its last values to be out of date."""
        return self.crashed or self.stopped_ms > SILENT_MS

    def as_json(self) -> dict[str, object]:
        """JSON of the status for `info` and `get`."""
        return {
            "recording": not self.stopped_ms,
            "last": self.last_ms,
            "stopped_s": round(self.stopped_ms / 1000, 1),
            "crashed": self.crashed,
        }

    @property
    def text(self) -> Text:
        """Text that it is recording, or how long ago it stopped or crashed."""
        if not self.stopped_ms:
            return Text("recorder.recording")
        seconds = self.stopped_ms // 1000
        sizes = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
        size, unit = next(((size, unit) for size, unit in sizes if seconds >= 2 * size), (1, "s"))
        return Text(
            "recorder.crashed" if self.crashed else "recorder.stopped",
            ago=Text(f"recorder.ago_{unit}", n=seconds // size),
        )


def status(history: History | None, now_ms: int, *, may_run: bool = True) -> RecorderStatus | None:
    """Status of the history's last recording session; None where there is none. `may_run`: whether a process may have the
    history open for writing; without one, a session that was not ended crashed, however fresh its timestamp is."""
    session = history.session() if history is not None else None
    if session is None:
        return None
    silent_ms = max(0, now_ms - session.last_ms)
    if may_run and session.ended_ms is None and silent_ms <= SILENT_MS:
        return RecorderStatus(session.last_ms)
    return RecorderStatus(session.last_ms, max(1, silent_ms), session.ended_ms is None)


def outdated(rows: Iterable[dict[str, object]]) -> None:
    """Sets `online` to None and `quality` to stale in rows of `info` and `get` whose recorder stopped."""
    for row in rows:
        if row.get("online"):
            row["online"] = None
        if row.get("quality") in ("good", "uncertain"):
            row["quality"] = "stale"
