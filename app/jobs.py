"""Registry of long-running jobs that a user may cancel."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Event


@dataclass(slots=True)
class Jobs:
    """Running jobs by name, with a cancel event for each. Thread-safe."""

    _asked: dict[str, Event] = field(default_factory=dict[str, Event])

    def begin(self, job: str) -> Event:
        """Registers a running job; the returned event is set when the job shall stop."""
        return self._asked.setdefault(job, Event())

    def cancel(self, job: str) -> bool:
        """Asks a job to stop; returns whether one of this name runs."""
        if (event := self._asked.get(job)) is not None:
            event.set()
        return event is not None

    def cancel_all(self) -> None:
        """Asks every running job to stop."""
        for event in list(self._asked.values()):
            event.set()

    def end(self, job: str) -> None:
        """Removes a finished job."""
        self._asked.pop(job, None)
