"""Registry of long-running jobs that a user may cancel."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Event

from app.author import author, origin


@dataclass(slots=True)
class Jobs:
    """Running jobs by name, with a cancel event for each. Thread-safe."""

    _asked: dict[str, Event] = field(default_factory=dict[str, Event])
    _by: dict[str, str] = field(default_factory=dict[str, str])
    _owners: dict[str, tuple[str, bool]] = field(default_factory=dict[str, tuple[str, bool]])
    """By job: name of the person for whom it began, and whether they called from another machine."""

    def begin(self, job: str) -> Event:
        """Registers a running job, for the present caller; the returned event is set when the job shall stop."""
        self._owners.setdefault(job, _caller())
        return self._asked.setdefault(job, Event())

    def cancel(self, job: str, by: str = "") -> bool:
        """Asks a job to stop, for a person; returns whether one of this name runs."""
        if (event := self._asked.get(job)) is not None:
            self._by.setdefault(job, by)
            event.set()
        return event is not None

    def of_another(self, job: str) -> str | None:
        """Name of the person for whom a running job began, if that is not the present caller; None where it is theirs, or no
        such job runs."""
        owner = self._owners.get(job)
        return None if owner in (None, _caller()) else owner[0]

    def runs(self, job: str) -> bool:
        """Whether a job of this name runs."""
        return job in self._asked

    def cancelled_by(self, job: str) -> str:
        """Name of the person who asked a running job to stop; empty where none did, or the program itself."""
        return self._by.get(job, "")

    def cancel_all(self) -> None:
        """Asks every running job to stop."""
        for event in list(self._asked.values()):
            event.set()

    def end(self, job: str) -> None:
        """Removes a finished job."""
        self._asked.pop(job, None)
        self._by.pop(job, None)
        self._owners.pop(job, None)


def _caller() -> tuple[str, bool]:
    return author(), bool(origin())
