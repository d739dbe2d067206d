"""The event bus: who is told what, in which order, and what one subscriber can cost the others."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from app.engine.event_bus import SUBSCRIBERS, EventBus, EventPolicy, SubscriberRole
from app.inbox import Inbox
from tests.english import plain
from twin.model.batch import Batch, PointTable
from twin.model.change import Change, LinkChanged, ProblemRaised, Resync
from twin.model.ids import LinkId, PointId
from twin.model.observation import Observation

TABLE = PointTable(PointId(f"p{n}") for n in range(7))


def batch(number: int, *, restated: bool = False) -> Batch:
    return Batch.of([Observation(PointId(f"p{number % 7}"), number, float(number))], TABLE, restated=restated)


class Failures(list[str]):
    def tell(self, error: BaseException, where: str) -> None:
        self.append(f"{where}: {error}")


@pytest.fixture
def failures() -> Failures:
    return Failures()


@pytest.fixture
def bus(failures: Failures) -> EventBus:
    return EventBus(failures.tell)


def test_subscribers_are_served_in_the_order_of_the_table_however_they_came(bus: EventBus) -> None:
    served: list[SubscriberRole] = []
    for row in reversed(SUBSCRIBERS):
        bus.subscribe(row.role, lambda _, role=row.role: served.append(role))
    bus.publish(batch(1))
    assert served == [row.role for row in SUBSCRIBERS]
    assert served[:3] == [SubscriberRole.STATE, SubscriberRole.RECORDER, SubscriberRole.COMMAND_TRACKER]


def test_what_is_only_shown_again_reaches_who_shows_it(bus: EventBus) -> None:
    served: list[SubscriberRole] = []
    for row in SUBSCRIBERS:
        bus.subscribe(row.role, lambda _, role=row.role: served.append(role))
    bus.publish(batch(1, restated=True))
    assert served == [SubscriberRole.STATE, SubscriberRole.INBOX]


def test_a_batch_published_meanwhile_comes_after_the_one_under_way_for_everybody(bus: EventBus) -> None:
    served: list[tuple[str, int]] = []

    def state(one: Batch) -> None:
        served.append(("state", int(one.time_ms[0])))
        if one.time_ms[0] == 1:
            bus.publish(batch(2))

    bus.subscribe(SubscriberRole.STATE, state)
    bus.subscribe(SubscriberRole.INBOX, lambda one: served.append(("inbox", int(one.time_ms[0]))))
    bus.publish(batch(1))
    assert served == [("state", 1), ("inbox", 1), ("state", 2), ("inbox", 2)]


def test_a_subscriber_that_fails_is_told_and_costs_the_others_nothing(bus: EventBus, failures: Failures) -> None:
    def broken(_: object) -> None:
        raise OSError("disk full")

    inbox = Inbox()
    bus.subscribe(SubscriberRole.RECORDER, broken)
    bus.subscribe(SubscriberRole.INBOX, broken, broken)
    bus.subscribe(SubscriberRole.INBOX, inbox.put, inbox.put_change)
    bus.publish(batch(1))
    bus.publish(LinkChanged(LinkId("l"), "online"))
    assert [len(found) for found in inbox.drain()] == [1, 1]
    assert failures == ["the subscriber recorder: disk full", *["the subscriber inbox: disk full"] * 2]


@pytest.mark.expects_log
def test_a_subscriber_that_fails_at_a_problem_does_not_make_another_problem(bus: EventBus) -> None:
    told: list[Change] = []
    again = EventBus(lambda error, where: again.publish(ProblemRaised(plain(str(error), "", code="x"))))

    def broken(event: Change) -> None:
        told.append(event)
        raise OSError("no")

    again.subscribe(SubscriberRole.INBOX, event=broken)
    again.publish(LinkChanged(LinkId("l"), "online"))
    assert [type(one) for one in told] == [LinkChanged, ProblemRaised]


def test_there_is_one_state_and_one_recorder_at_a_time_and_whoever_left_hears_nothing(bus: EventBus) -> None:
    heard: list[int] = []
    leave = bus.subscribe(SubscriberRole.RECORDER, lambda one: heard.append(int(one.time_ms[0])))
    with pytest.raises(ValueError, match="recorder already"):
        bus.subscribe(SubscriberRole.RECORDER, lambda one: None)
    bus.publish(batch(1))
    leave()
    bus.publish(batch(2))
    bus.subscribe(SubscriberRole.RECORDER, lambda one: heard.append(int(one.time_ms[0])))
    bus.publish(batch(3))
    assert heard == [1, 3]


def test_a_role_whose_row_names_no_events_gets_none(bus: EventBus) -> None:
    with pytest.raises(ValueError, match="gets no events"):
        bus.subscribe(SubscriberRole.STATE, event=lambda event: None)


def test_rules_recorder_tracker_audit_and_watch_hear_every_event_in_order_on_the_loops_thread(
    failures: Failures,
) -> None:
    soon: list[Callable[[], None]] = []
    bus = EventBus(failures.tell, soon.append)
    roles = [row.role for row in SUBSCRIBERS if row.events is EventPolicy.ON_LOOP]
    assert {
        SubscriberRole.RULES,
        SubscriberRole.RECORDER,
        SubscriberRole.COMMAND_TRACKER,
        SubscriberRole.AUDIT,
        SubscriberRole.WATCH,
    } == {*roles}
    heard: list[tuple[SubscriberRole, Change]] = []
    for role in roles:
        bus.subscribe(role, event=lambda event, role=role: heard.append((role, event)))
    events = [LinkChanged(LinkId(str(number)), "online") for number in range(100)]
    publisher = threading.Thread(target=lambda: [bus.publish(event) for event in events])
    publisher.start()
    publisher.join()
    assert heard == []
    for work in soon:
        work()
    assert heard == [(role, event) for event in events for role in roles]
    assert failures == []


def test_who_left_hears_no_event_that_was_still_on_its_way(failures: Failures) -> None:
    soon: list[Callable[[], None]] = []
    bus, heard = EventBus(failures.tell, soon.append), list[Change]()
    leave = bus.subscribe(SubscriberRole.RULES, event=heard.append)
    bus.publish(LinkChanged(LinkId("l"), "online"))
    leave()
    for work in soon:
        work()
    assert heard == []


def test_a_client_that_sleeps_through_too_many_events_is_told_to_read_everything_anew(
    bus: EventBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.inbox.MOST_CHANGES", 1000)
    inbox = Inbox()
    bus.subscribe(SubscriberRole.INBOX, inbox.put, inbox.put_change)
    for number in range(1000):
        bus.publish(LinkChanged(LinkId(str(number)), "online"))
    assert len(inbox.drain()[1]) == 1000
    for number in range(5000):
        bus.publish(LinkChanged(LinkId(str(number)), "online"))
        bus.publish(batch(number))
    assert (len(inbox._changes), len(inbox._batches)) == (1, 0)
    assert inbox.drain() == ([], [Resync()])
    bus.publish(LinkChanged(LinkId("after"), "online"))
    bus.publish(batch(1))
    batches, changes = inbox.drain()
    assert changes == [LinkChanged(LinkId("after"), "online")]
    assert len(batches) == 1


def test_many_clients_hear_the_same_and_one_that_sleeps_costs_a_bounded_memory_and_no_event(bus: EventBus) -> None:
    awake, asleep = Inbox(), Inbox()
    for inbox in (awake, asleep):
        bus.subscribe(SubscriberRole.INBOX, inbox.put, inbox.put_change)
    seen: dict[PointId, float] = {}
    events: list[Change] = []
    for number in range(5000):
        bus.publish(batch(number))
        bus.publish(LinkChanged(LinkId(str(number)), "online"))
        batches, changes = awake.drain()
        seen |= {one.point: one.value for found in batches for one in found}
        events += changes
    assert len(asleep._batches) <= 257
    slept, missed = asleep.drain()
    assert {one.point: one.value for found in slept for one in found} == seen
    assert [len(found) for found in slept] == [7]
    assert missed == events
    assert len(missed) == 5000


def test_a_sleeping_client_costs_the_publisher_no_more_than_one_that_looks(bus: EventBus) -> None:
    def spent(*, looks: bool) -> float:
        bus, inbox = EventBus(lambda error, where: None), Inbox()
        bus.subscribe(SubscriberRole.INBOX, inbox.put, inbox.put_change)
        whole, batches = 0.0, [batch(number) for number in range(3000)]
        for one in batches:
            begun = time.thread_time()
            bus.publish(one)
            whole += time.thread_time() - begun
            if looks:
                inbox.drain()
        return whole

    awake, asleep = (min(spent(looks=looks) for _ in range(3)) for looks in (True, False))
    assert asleep < 8 * awake


def test_values_that_two_threads_pass_on_never_go_back(bus: EventBus) -> None:
    inbox, seen, done = Inbox(), list[float](), threading.Event()
    bus.subscribe(SubscriberRole.INBOX, inbox.put, inbox.put_change)

    def look() -> None:
        while not done.is_set():
            for found in inbox.drain()[0]:
                seen.extend(found.value.tolist())
        for found in inbox.drain()[0]:
            seen.extend(found.value.tolist())

    reader = threading.Thread(target=look)
    reader.start()
    for number in range(0, 70_000, 7):
        bus.publish(batch(number))
    done.set()
    reader.join()
    assert seen == sorted(seen)
    assert seen[-1] == 69_993
