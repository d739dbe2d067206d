"""News for one client that were not sent yet: values merged, changes in order, bounded."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from app.inbox import Inbox
from twin.model.batch import Batch
from twin.model.change import Change

MOST_CHANGES = 5_000
"""Most changes that wait for a client; beyond it the client is disconnected and gets the whole state on reconnecting.
"""


class ClientQueue:
    """Implements app.inbox.NewsSink for a client that may be slow."""

    def __init__(
        self,
        wake: Callable[[], None],
        overflowed: Callable[[], None],
        may_see: Callable[[Change], bool] = lambda change: True,
    ) -> None:
        """`wake` (news were added) and `overflowed` (too many) are called on the thread that adds the news; changes that
        the client may not see are left out."""
        self._wake, self._overflowed, self._may_see = wake, overflowed, may_see
        self._values = Inbox()
        self._changes: deque[Change] = deque()
        self._lost = False

    def put(self, batch: Batch) -> None:
        """Adds values; only the newest of each point is kept."""
        if not self._lost:
            self._values.put(batch)
            self._wake()

    def put_change(self, change: Change) -> None:
        """Adds a change; beyond MOST_CHANGES, all are dropped and `overflowed` is called."""
        if self._lost or not self._may_see(change):
            return
        if len(self._changes) >= MOST_CHANGES:
            self._lost = True
            self._changes.clear()
            self._overflowed()
            return
        self._changes.append(change)
        self._wake()

    def take_changes(self) -> list[Change]:
        """Removes and returns the waiting changes, in order."""
        taken: list[Change] = []
        while self._changes:
            taken.append(self._changes.popleft())
        return taken

    def take_values(self) -> list[Batch]:
        """Removes and returns the waiting values, the newest of each point."""
        return self._values.drain()[0]

    def __len__(self) -> int:
        return len(self._changes)
