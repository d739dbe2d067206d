"""Tells when an address of the network is refused again and again."""

from __future__ import annotations

import threading
from collections.abc import Callable

from twin.model.problem import Problem, Severity

OFTEN, OFTEN_TOGETHER = 10, 100
"""Refusals within WINDOW_MS that are told: of one address, and of all of them together."""
WINDOW_MS = 600_000
MOST_PLACES = 1000
"""Most addresses that are counted one by one."""
EVERYBODY = ""


class RefusalWatch:
    """Counts refusals by network address; any thread may call."""

    def __init__(self, now_ms: Callable[[], int], raised: Callable[[Problem], object]) -> None:
        """`raised` gets a problem, for each address at most once within WINDOW_MS."""
        self._now_ms, self._raised = now_ms, raised
        self._lock = threading.Lock()
        self._counts: dict[str, tuple[int, int]] = {}
        """By address: when its window began (UTC ms), and the refusals since then."""

    def refused(self, place: str) -> None:
        """Counts a refusal of an address; one of this machine (empty) is no stranger's."""
        if not place:
            return
        one, all_ = self._count(place), self._count(EVERYBODY)
        if one == OFTEN:
            self._raised(_problem("security.refused_often", one, place))
        if all_ == OFTEN_TOGETHER:
            self._raised(_problem("security.refused_many", all_, ""))

    def _count(self, place: str) -> int:
        now_ms = self._now_ms()
        with self._lock:
            if place not in self._counts and len(self._counts) > MOST_PLACES:
                self._counts = {one: known for one, known in self._counts.items() if abs(now_ms - known[0]) < WINDOW_MS}
                if len(self._counts) > MOST_PLACES:
                    return 0
            since_ms, count = self._counts.get(place, (now_ms, 0))
            if abs(now_ms - since_ms) >= WINDOW_MS:
                since_ms, count = now_ms, 0
            self._counts[place] = since_ms, count + 1
            return count + 1


def _problem(code: str, count: int, place: str) -> Problem:
    args = {"count": count, "minutes": WINDOW_MS // 60_000} | ({"address": place} if place else {})
    return Problem(code=code, args=args, where=place, severity=Severity.WARNING)
