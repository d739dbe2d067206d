"""The inboxes of clients: what one that comes late, or slept too long, is told so that it knows all that is so now."""

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
"""Older ones are forgotten; they stay in the log."""


class StandingProblems:
    """The problems that were raised and not solved; any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._problems: deque[Problem] = deque(maxlen=MOST_PROBLEMS)

    def follow(self, change: Change) -> None:
        """Keeps what is raised, until it is solved."""
        if isinstance(change, ProblemRaised):
            with self._lock:
                self._problems.append(change.problem)
        elif isinstance(change, ProblemsSolved):
            with self._lock:
                left = [problem for problem in self._problems if problem not in change.problems]
                self._problems.clear()
                self._problems.extend(left)

    def clear(self) -> None:
        """Another project is open: problems go with theirs."""
        with self._lock:
            self._problems.clear()

    def all(self) -> tuple[Problem, ...]:
        """In the order in which they were raised."""
        with self._lock:
            return tuple(self._problems)


class ClientInboxes:
    """Subscribes inboxes to the bus, and fills them anew."""

    def __init__(self, bus: EventBus) -> None:
        self._bus = bus
        self.problems = StandingProblems()
        bus.subscribe(SubscriberRole.PROBLEMS, event=self.problems.follow)

    def subscribe(self, inbox: NewsSink) -> Unsubscribe:
        """From now on the inbox gets all news."""
        return self._bus.subscribe(SubscriberRole.INBOX, inbox.put, inbox.tell)

    def show_all(self, inbox: NewsSink, session: ProjectSession | None, candidates: Sequence[Candidate]) -> None:
        """Tells one inbox everything that is known now (loop thread)."""
        for problem in self.problems.all():
            inbox.tell(ProblemRaised(problem))
        if session is not None:
            session.show_again(lambda news: inbox.put(news) if isinstance(news, Batch) else inbox.tell(news))
        inbox.tell(CandidatesChanged(tuple(candidates)))
