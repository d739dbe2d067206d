"""Where the asyncio thread and a client meet. Values merge (newest per point wins); changes are never lost.

Batches are put by one thread (the loop), changes by any; one thread drains. The lock is held for a moment only: to hang
a batch in, or to take the list away.
"""

from __future__ import annotations

import threading
from collections import deque
from itertools import groupby

from twin.model.batch import Batch, joined
from twin.model.change import Change

MOST = 256
"""Batches that wait at most; where the client sleeps, older ones are merged so that memory stays bounded."""


class Inbox:
    """Bounded by the number of points for values; changes are few and kept in order."""

    __slots__ = ("_batches", "_changes", "_lock")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._batches: list[Batch] = []
        self._changes: deque[Change] = deque()

    def put(self, batch: Batch) -> None:
        """Adds values (loop thread)."""
        with self._lock:
            self._batches.append(batch)
            if len(self._batches) > MOST:
                self._batches = _merged(self._batches)

    def tell(self, change: Change) -> None:
        """Adds a change (any thread)."""
        self._changes.append(change)

    def drain(self) -> tuple[list[Batch], list[Change]]:
        """Everything since the last call (the client's thread): values, of each point the newest, and the changes in
        order. Several batches only where they number their points differently; then the later one counts."""
        changes: list[Change] = []
        while self._changes:
            changes.append(self._changes.popleft())
        with self._lock:
            batches, self._batches = self._batches, []
        return _merged(batches), changes


def _merged(batches: list[Batch]) -> list[Batch]:
    return [joined(list(same)).newest() for _, same in groupby(batches, key=lambda batch: id(batch.table))]
