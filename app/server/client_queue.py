"""What the engine has told and one client has not been sent yet: values merged, changes in order, bounded."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from app.inbox import Inbox
from twin.model.batch import Batch
from twin.model.change import Change

MOST_CHANGES = 5_000
"""Changes that wait for a client at most; one that falls behind further is cut off, and sees all anew when it is back."""


class ClientQueue:
    """Implements app.inbox.NewsSink for a client that may be slow, or asleep."""

    def __init__(self, wake: Callable[[], None], overflowed: Callable[[], None]) -> None:
        """`wake` and `overflowed` are called on the thread that tells."""
        self._wake, self._overflowed = wake, overflowed
        self._values = Inbox()
        self._changes: deque[Change] = deque()
        self._lost = False

    def put(self, batch: Batch) -> None:
        """Takes values; of each point the newest waits."""
        if not self._lost:
            self._values.put(batch)
            self._wake()

    def tell(self, change: Change) -> None:
        """Takes a change."""
        if self._lost:
            return
        if len(self._changes) >= MOST_CHANGES:
            self._lost = True
            self._changes.clear()
            self._overflowed()
            return
        self._changes.append(change)
        self._wake()

    def take_changes(self) -> list[Change]:
        """The changes that wait, in order."""
        taken: list[Change] = []
        while self._changes:
            taken.append(self._changes.popleft())
        return taken

    def take_values(self) -> list[Batch]:
        """The newest values that wait."""
        return self._values.drain()[0]

    def __len__(self) -> int:
        return len(self._changes)
