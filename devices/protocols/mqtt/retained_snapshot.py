"""Chooses the topic filters to read so that no retained announcement is lost.

A broker queues retained messages for a client up to a limit (mosquitto: 1,000 packets beyond the socket's buffers) and
silently drops the rest. So the announcements are read component by component, and where one brought many, again in
parts that no queue cuts: node by node and object by object, until a whole round brings nothing new.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

LONG = 200
"""Most messages of one subscription that every broker's queue can hold."""
QUEUE = 900
"""Messages of one component above which a broker's default queue may have overflowed."""
MAX_ROUNDS = 8
MAX_FILTERS = 50
"""Most filters of one SUBSCRIBE packet; some brokers accept no more."""

type FilterPart = tuple[str, ...]
"""Topic filters of one subscription."""


class RetainedSnapshot:
    """Rounds of subscriptions that read all retained announcements; call `saw` with the topic of each."""

    def __init__(self, prefix: str, components: Iterable[str]) -> None:
        self.complete = self.unstable = False
        self.coarse: tuple[FilterPart, ...] = tuple(
            (f"{prefix}/{component}/+/config", f"{prefix}/{component}/+/+/config") for component in (*components, "+")
        )
        """Parts of the first round, which stay subscribed; the last one is for unknown components."""
        self._prefix = prefix
        self._topics: set[str] = set()
        self._before = self._rounds = 0

    def saw(self, topic: str) -> None:
        """Notes an announcement on this topic."""
        self._topics.add(topic)

    @property
    def count(self) -> int:
        """Number of announcements seen so far."""
        return len(self._topics)

    def next_round(self) -> list[FilterPart]:
        """The subscriptions of the next round, to be called when the last is read; empty when complete."""
        self._rounds += 1
        if self._rounds == 1:
            return list(self.coarse)
        cut = self.count > self._before
        if self._rounds > 2 and not cut:
            self.complete = True
            return []
        parts = self._finer(thorough=self._rounds > 2)
        if not parts or self._rounds > MAX_ROUNDS:
            self.complete, self.unstable = True, bool(parts)
            return []
        self._before = self.count
        return parts

    def _finer(self, *, thorough: bool) -> list[FilterPart]:
        """Finer parts of the next round; empty where all parts were short. A component without nodes is read again as
        a whole.

        Every known node, for its missing objects; and objects, for unknown nodes: all of them when
        `thorough` or where a component may have filled a queue, else the commonest that the known nodes have.
        """
        start, components, nodes, flat = len(self._prefix) + 1, *(Counter[str]() for _ in range(3))
        having: dict[tuple[str, str], set[str]] = {}
        for topic in self._topics:
            parts = topic[start:].split("/")
            components[parts[0]] += 1
            if len(parts) == 4:
                nodes[parts[1]] += 1
                having.setdefault((parts[0], parts[2]), set()).add(parts[1])
            else:
                flat[parts[0]] += 1
        long = {component for component, n in components.items() if n > LONG}
        if not long:
            return []
        objects = {pair: who for pair, who in having.items() if pair[0] in long}
        if not thorough and max(components.values()) < QUEUE:
            objects = _commonest(objects)
        prefix = self._prefix
        wanted = {f"{prefix}/{one}/+/{object_}/config": len(who) for (one, object_), who in objects.items()}
        wanted |= {f"{prefix}/+/{node}/+/config": n for node, n in nodes.items()}
        again = {f"{prefix}/{component}/+/config" for component, n in flat.items() if n > LONG}
        return [*_packed(wanted), *(part for part in self.coarse if part[0] in again)]


def _commonest(having: dict[tuple[str, str], set[str]]) -> dict[tuple[str, str], set[str]]:
    """Few objects (with their nodes) that together cover all nodes of their component."""
    met: dict[str, set[str]] = {}
    chosen: dict[tuple[str, str], set[str]] = {}
    for pair, who in sorted(having.items(), key=lambda one: -len(one[1])):
        if not who <= met.setdefault(pair[0], set()):
            met[pair[0]] |= who
            chosen[pair] = who
    return chosen


def _packed(wanted: dict[str, int]) -> list[FilterPart]:
    """Packs the filters into few parts of at most LONG expected messages; a larger filter gets a part of its own."""
    parts: list[FilterPart] = []
    part, weight = list[str](), 0
    for topic, n in wanted.items():
        if part and (weight + n > LONG or len(part) == MAX_FILTERS):
            parts.append(tuple(part))
            part, weight = [], 0
        part.append(topic)
        weight += max(n, 1)
    return [*parts, tuple(part)] if part else parts
