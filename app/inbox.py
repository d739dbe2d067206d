"""Queue between the asyncio thread and a client. Values are merged (newest per point); changes are kept in order, and
where
too many wait they are replaced by one Resync, upon which the client reads the whole state again.

Batches are put by one thread (the loop), changes by any; one thread drains. The lock is held only to append a
batch or to take the list.
"""

from __future__ import annotations

import threading
from collections import deque
from itertools import groupby
from typing import Protocol

from twin.model.batch import Batch, joined
from twin.model.change import Change, Resync

MOST = 256
"""Most waiting batches; beyond that they are merged, so that memory stays bounded while the client does not read."""


MOST_CHANGES = 100_000
"""Most changes that wait (some 20 MB); beyond that one Resync replaces all of them."""


def bound(changes: deque[Change]) -> bool:
    """Replaces more than MOST_CHANGES changes by one Resync; whether it did."""
    if len(changes) <= MOST_CHANGES:
        return False
    changes.clear()
    changes.append(Resync())
    return True


class NewsSink(Protocol):
    """Receiver of the engine's values and changes."""

    def put(self, batch: Batch) -> None:
        """Adds values (loop thread)."""
        ...

    def put_change(self, change: Change) -> None:
        """Adds a change (any thread)."""
        ...


class Inbox:
    """Inbox bounded by the number of points for values and by MOST_CHANGES for changes, which are kept in order."""

    __slots__ = ("_batches", "_changes", "_lock", "_overslept")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._batches: list[Batch] = []
        self._changes: deque[Change] = deque()
        self._overslept = False

    def put(self, batch: Batch) -> None:
        """Adds values (loop thread)."""
        with self._lock:
            if self._overslept:
                return
            self._batches.append(batch)
            if len(self._batches) > MOST:
                self._batches = _merged(self._batches)

    def put_change(self, change: Change) -> None:
        """Adds a change (any thread)."""
        with self._lock:
            if self._overslept:
                return
            self._changes.append(change)
            if bound(self._changes):
                self._overslept = True
                self._batches.clear()

    def drain(self) -> tuple[list[Batch], list[Change]]:
        """Removes and returns everything since the last call: (newest values per point, changes in order). There are
        several
        batches only where their point tables differ; later ones take precedence. After a Resync news are kept again.
        """
        with self._lock:
            changes, self._changes = self._changes, deque()
            batches, self._batches = self._batches, []
            self._overslept = False
        return _merged(batches), list(changes)


def _merged(batches: list[Batch]) -> list[Batch]:
    return [joined(list(same)).newest() for _, same in groupby(batches, key=lambda batch: id(batch.table))]
