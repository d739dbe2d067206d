"""Inboxes of clients: one that subscribes late or lost news gets the whole current state."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence

from app.engine.event_bus import EventBus, SubscriberRole, Unsubscribe
from app.engine.session import ProjectSession
from app.inbox import NewsSink
from twin.model.batch import Batch
from twin.model.candidate import Candidate
from twin.model.change import CandidatesChanged, Change, ProblemRaised, ProblemsSolved
from twin.model.problem import Problem

MOST_PROBLEMS = 500
"""Most problems kept; older ones are dropped (the log still has them)."""


class StandingProblems:
    """Problems that were raised and are not solved yet; usable from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._problems: deque[Problem] = deque(maxlen=MOST_PROBLEMS)

    def follow(self, change: Change) -> None:
        """Adds raised problems and removes solved ones."""
        if isinstance(change, ProblemRaised):
            with self._lock:
                self._problems.append(change.problem)
        elif isinstance(change, ProblemsSolved):
            with self._lock:
                left = [problem for problem in self._problems if problem not in change.problems]
                self._problems.clear()
                self._problems.extend(left)

    def clear(self) -> None:
        """Removes all problems, when the project is closed."""
        with self._lock:
            self._problems.clear()

    def all(self) -> tuple[Problem, ...]:
        """All unsolved problems, in the order in which they were raised."""
        with self._lock:
            return tuple(self._problems)


class ClientInboxes:
    """Subscribes clients' inboxes to the bus, and fills them with the current state."""

    def __init__(self, bus: EventBus) -> None:
        self._bus = bus
        self.problems = StandingProblems()
        bus.subscribe(SubscriberRole.PROBLEMS, event=self.problems.follow)

    def subscribe(self, inbox: NewsSink) -> Unsubscribe:
        """Subscribes an inbox to all batches and events from now on."""
        return self._bus.subscribe(SubscriberRole.INBOX, inbox.put, inbox.put_change)

    def show_all(self, inbox: NewsSink, session: ProjectSession | None, candidates: Sequence[Candidate]) -> None:
        """Puts the whole current state into one inbox (loop thread)."""
        for problem in self.problems.all():
            inbox.put_change(ProblemRaised(problem))
        if session is not None:
            session.show_again(lambda news: inbox.put(news) if isinstance(news, Batch) else inbox.put_change(news))
        inbox.put_change(CandidatesChanged(tuple(candidates)))
