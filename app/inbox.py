"""Where the asyncio thread and the screen meet. Values merge (newest per point wins); changes are never lost.

One writer (the loop thread), one reader (the screen's timer). No lock is needed: appending to and popping from a
deque are atomic, and the value dictionary is swapped, not shared.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from twin.model.change import Change
from twin.model.ident import PointId
from twin.model.observation import Observation


class Inbox:
    """Bounded by the number of points for values; changes are few and kept in order."""

    __slots__ = ("_batches", "_changes")

    def __init__(self) -> None:
        self._batches: deque[tuple[Observation, ...]] = deque()
        self._changes: deque[Change] = deque()

    def put(self, observations: Iterable[Observation]) -> None:
        """Adds values (loop thread). Where the screen sleeps, older batches are merged so memory stays bounded."""
        self._batches.append(tuple(observations))
        if len(self._batches) > 256:
            self._batches.append(tuple(self._drain_values().values()))

    def tell(self, change: Change) -> None:
        """Adds a change (any thread)."""
        self._changes.append(change)

    def drain(self) -> tuple[dict[PointId, Observation], list[Change]]:
        """Everything since the last call (screen thread): newest observation per point, and the changes in order."""
        changes: list[Change] = []
        while self._changes:
            changes.append(self._changes.popleft())
        return self._drain_values(), changes

    def _drain_values(self) -> dict[PointId, Observation]:
        newest: dict[PointId, Observation] = {}
        for _ in range(len(self._batches)):
            try:
                batch = self._batches.popleft()
            except IndexError:
                break
            newest.update((observation.point, observation) for observation in batch)
        return newest
