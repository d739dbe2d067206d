"""Fair queue of services to resolve: a flooding announcer delays only its own entries."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Hashable
from dataclasses import dataclass, field

AT_ONCE_PER_SOURCE = 20
MAX_WAITING_PER_SOURCE = 2_000
MAX_SOURCES = 500
"""Most sources with a place of their own; further ones share one, since sources can be forged."""
_OTHERS = ""


@dataclass(slots=True)
class _Source[Key]:
    fresh: deque[Key] = field(default_factory=deque[Key])
    again: deque[Key] = field(default_factory=deque[Key])
    under_way: int = 0

    def __len__(self) -> int:
        return len(self.fresh) + len(self.again)


class FairQueue[Key: Hashable]:
    """Queue of keys by source: sources take turns, each with few keys in progress; retries wait behind new keys."""

    def __init__(self, at_once: int = AT_ONCE_PER_SOURCE, waiting: int = MAX_WAITING_PER_SOURCE) -> None:
        self._at_once, self._most = at_once, waiting
        self._sources: OrderedDict[str, _Source[Key]] = OrderedDict()
        self._source_of: dict[Key, str] = {}
        self._news = asyncio.Event()

    def __contains__(self, key: Key) -> bool:
        """Whether the key is waiting or in progress."""
        return key in self._source_of

    def put(self, key: Key, source: str, *, again: bool = False) -> bool:
        """Queues a key; False where its source has too many waiting. A key already waiting keeps its place."""
        if key in self._source_of:
            return True
        if source not in self._sources and len(self._sources) >= MAX_SOURCES:
            source = _OTHERS
        place = self._sources.setdefault(source, _Source())
        if len(place) >= self._most:
            return False
        self._source_of[key] = source
        (place.again if again else place.fresh).append(key)
        self._news.set()
        return True

    async def get(self) -> Key:
        """Waits for the next key; call `done` when its work has ended."""
        while True:
            for name, place in self._sources.items():
                if len(place) and place.under_way < self._at_once:
                    self._sources.move_to_end(name)
                    place.under_way += 1
                    return (place.fresh or place.again).popleft()
            self._news.clear()
            await self._news.wait()

    def done(self, key: Key) -> None:
        """Ends the work on a key, which may then be put again."""
        name = self._source_of.pop(key)
        place = self._sources[name]
        place.under_way -= 1
        if not len(place) and not place.under_way:
            del self._sources[name]
        self._news.set()
