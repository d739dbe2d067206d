"""The engine's event bus: delivers batches of observations and events to every subscriber, in the order of one table."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum
from functools import partial

from app.log import topic
from twin.model.batch import Batch
from twin.model.change import Change, ProblemRaised

_LOG = topic("bus")

type Unsubscribe = Callable[[], None]


class SubscriberRole(StrEnum):
    """Roles of subscribers on the bus."""

    STATE = "state"
    RECORDER = "recorder"
    COMMAND_TRACKER = "command tracker"
    RULES = "rules"
    AUDIT = "audit"
    PROBLEMS = "problems"
    INBOX = "inbox"
    PRESENCE = "presence"
    WATCH = "watch"


class QueuePolicy(Enum):
    """Who queues batches that a subscriber has not processed yet."""

    NONE = "the subscriber works at once, inside publish"
    BOUNDED = "the subscriber queues; a full queue is merged to the newest of each point, marked and counted"
    MERGED = "the subscriber queues; values are merged per point"


class EventPolicy(Enum):
    """On which thread a subscriber gets events; events are never merged or dropped."""

    NONE = "none"
    AT_ONCE = "called inside publish, on the publisher's thread: the subscriber locks, and queues what takes time"
    ON_LOOP = "called on the loop's thread, where batches are, one by one in the order in which they were published"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriberRow:
    """Delivery rules for subscribers of one role."""

    role: SubscriberRole
    queue: QueuePolicy
    """Who queues batches for this role."""
    restated: bool = False
    """Whether restated batches are delivered, too."""
    events: EventPolicy = EventPolicy.NONE
    several: bool = False
    """Whether more than one subscriber may have this role at a time."""


SUBSCRIBERS: tuple[SubscriberRow, ...] = (
    SubscriberRow(role=SubscriberRole.STATE, queue=QueuePolicy.NONE, restated=True),
    SubscriberRow(role=SubscriberRole.RECORDER, queue=QueuePolicy.BOUNDED, events=EventPolicy.ON_LOOP),
    SubscriberRow(role=SubscriberRole.COMMAND_TRACKER, queue=QueuePolicy.NONE, events=EventPolicy.ON_LOOP),
    SubscriberRow(role=SubscriberRole.RULES, queue=QueuePolicy.NONE, events=EventPolicy.ON_LOOP),
    SubscriberRow(role=SubscriberRole.AUDIT, queue=QueuePolicy.NONE, events=EventPolicy.ON_LOOP),
    SubscriberRow(role=SubscriberRole.PROBLEMS, queue=QueuePolicy.NONE, events=EventPolicy.AT_ONCE),
    SubscriberRow(
        role=SubscriberRole.INBOX,
        queue=QueuePolicy.MERGED,
        restated=True,
        events=EventPolicy.AT_ONCE,
        several=True,
    ),
    SubscriberRow(role=SubscriberRole.PRESENCE, queue=QueuePolicy.NONE),
    SubscriberRow(role=SubscriberRole.WATCH, queue=QueuePolicy.NONE, events=EventPolicy.ON_LOOP, several=True),
)
"""Rows in the order in which batches are delivered. Nothing subscribes as AUDIT yet."""

_RANK = {row.role: rank for rank, row in enumerate(SUBSCRIBERS)}


@dataclass(frozen=True, slots=True, eq=False)
class _Subscriber:
    row: SubscriberRow
    batch: Callable[[Batch], None] | None
    event: Callable[[Change], None] | None


class EventBus:
    """Batches are published on the loop's thread, events on any. An exception in one subscriber does not affect the
    others."""

    def __init__(
        self,
        failed: Callable[[BaseException, str], None],
        on_loop: Callable[[Callable[[], None]], object] = lambda work: work(),
    ) -> None:
        """`failed` gets an exception that a subscriber raised, and its role; `on_loop` runs work soon on the loop's
        thread, in the order given."""
        self._failed, self._on_loop = failed, on_loop
        self._lock = threading.Lock()
        self._subscribers: tuple[_Subscriber, ...] = ()
        self._waiting: deque[Batch] = deque()
        self._publishing = False

    def subscribe(
        self,
        role: SubscriberRole,
        batch: Callable[[Batch], None] | None = None,
        event: Callable[[Change], None] | None = None,
    ) -> Unsubscribe:
        """Subscribes callbacks under a role; returns the function that unsubscribes. Raises ValueError where the role
        gets no events
        or is taken. Any thread.
        """
        row = SUBSCRIBERS[_RANK[role]]
        if event is not None and row.events is EventPolicy.NONE:
            raise ValueError(f"{role} gets no events")
        one = _Subscriber(row, batch, event)
        with self._lock:
            if not row.several and any(other.row is row for other in self._subscribers):
                raise ValueError(f"there is a subscriber {role} already")
            found = [*self._subscribers, one]
            self._subscribers = tuple(sorted(found, key=lambda other: _RANK[other.row.role]))
        return lambda: self._unsubscribe(one)

    def publish(self, news: Batch | Change) -> None:
        """Delivers a batch or event to all subscribers. A batch published by a subscriber of a batch follows after that
        batch."""
        if not isinstance(news, Batch):
            for one in self._subscribers:
                if one.event is not None and one.row.events is EventPolicy.AT_ONCE:
                    self._call(one, one.event, news)
                elif one.event is not None:
                    self._on_loop(partial(self._hand_over, one, one.event, news))
            return
        if not len(news):
            return
        self._waiting.append(news)
        if self._publishing:
            return
        self._publishing = True
        try:
            while self._waiting:
                self._deliver(self._waiting.popleft())
        finally:
            self._publishing = False

    def _hand_over(self, one: _Subscriber, event: Callable[[Change], None], news: Change) -> None:
        if one in self._subscribers:  # it may have left meanwhile
            self._call(one, event, news)

    def _deliver(self, batch: Batch) -> None:
        for one in self._subscribers:
            if one.batch is not None and (one.row.restated or not batch.restated):
                self._call(one, one.batch, batch)

    def _call[T](self, one: _Subscriber, function: Callable[[T], None], news: T) -> None:
        try:
            function(news)
        except Exception as error:
            if isinstance(news, ProblemRaised):  # telling of it would be the same news again
                _LOG.exception("the subscriber %s failed at %s", one.row.role, news.problem.code)
            else:
                self._failed(error, f"the subscriber {one.row.role}")

    def _unsubscribe(self, one: _Subscriber) -> None:
        with self._lock:
            self._subscribers = tuple(other for other in self._subscribers if other is not one)
