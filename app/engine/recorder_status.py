"""Whether the project is being recorded right now, from the sign of life in its history file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from twin.model.text import Text
from twin.store.history import History

SILENT_MS = 60_000
"""A heartbeat older than this is no heartbeat."""


@dataclass(frozen=True, slots=True)
class RecorderStatus:
    """`stopped_ms` is how long ago the recorder last was alive, 0 while it runs; `crashed` where it did not end itself."""

    last_ms: int
    stopped_ms: int = 0
    crashed: bool = False

    @property
    def stopped(self) -> bool:
        """Whether what was recorded last may be true no longer."""
        return self.stopped_ms > SILENT_MS

    def as_json(self) -> dict[str, object]:
        """As `info` and `get` print it."""
        return {
            "recording": not self.stopped_ms,
            "last": self.last_ms,
            "stopped_s": round(self.stopped_ms / 1000, 1),
            "crashed": self.crashed,
        }

    @property
    def text(self) -> Text:
        """Whether it records, else since when not."""
        if not self.stopped_ms:
            return Text("recorder.recording")
        seconds = self.stopped_ms // 1000
        sizes = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
        size, unit = next(((size, unit) for size, unit in sizes if seconds >= 2 * size), (1, "s"))
        return Text(
            "recorder.crashed" if self.crashed else "recorder.stopped",
            ago=Text(f"recorder.ago_{unit}", n=seconds // size),
        )


def status(history: History | None, now_ms: int) -> RecorderStatus | None:
    """The status of who records; None where nobody ever did."""
    session = history.session() if history is not None else None
    if session is None:
        return None
    silent_ms = max(0, now_ms - session.last_ms)
    if session.ended_ms is None and silent_ms <= SILENT_MS:
        return RecorderStatus(session.last_ms)
    return RecorderStatus(session.last_ms, max(1, silent_ms), session.ended_ms is None)


def outdated(rows: Iterable[dict[str, object]]) -> None:
    """Marks devices and points of `info` and `get` whose recorder stopped: nobody knows whether they are still so."""
    for row in rows:
        if row.get("online"):
            row["online"] = None
        if row.get("quality") in ("good", "uncertain"):
            row["quality"] = "stale"
