"""Event summaries as alarms: state, priority and acknowledgement."""

from __future__ import annotations

from typing import cast

import pytest

from devices.protocols.bacnet.bacnet_client import BacnetClient
from devices.protocols.bacnet.device_events import SAME_S, DeviceEvents
from devices.protocols.bacnet.event_notification import EventNotification
from devices.protocols.bacnet.event_summaries import EventSummary, TimeStamp, device_alarms
from twin.model.device_alarm import DeviceAlarm, DeviceAlarmKind


def alarm(state: int, acked: tuple[bool, ...] = (True, True, True), notify_type: int = 0) -> DeviceAlarm:
    one = EventSummary(
        object="analog-input,1", state=state, acked=acked, priorities=(64, 191, 255), notify_type=notify_type
    )
    (found,) = device_alarms([one], {"analog-input,1": "analog-input.1"}, "fault")
    return found


@pytest.mark.parametrize(
    ("state", "kind", "priority"),
    [(1, "fault", 3), (2, "off_normal", 2), (3, "high_limit", 2), (4, "low_limit", 2), (5, "life_safety", 2), (64, "off_normal", 2)],
)  # fmt: skip
def test_the_event_state_gives_the_kind_and_its_transition_the_priority(state: int, kind: str, priority: int) -> None:
    one = alarm(state)
    assert (one.key, one.kind, one.priority) == ("analog-input.1", DeviceAlarmKind(kind), priority)


def test_an_alarm_is_acknowledged_by_the_bit_of_its_transition() -> None:
    assert not alarm(3, (False, True, True)).acked
    assert alarm(3, (True, True, False)).acked
    assert not alarm(1, (True, False, True)).acked


def test_one_that_ended_waits_for_its_acknowledgement() -> None:
    one = alarm(0, (False, True, True))
    assert (one.kind, one.stands, one.acked) == (DeviceAlarmKind.OFF_NORMAL, False, False)
    returned = EventSummary(object="analog-input,1", state=0, acked=(True, True, False), priorities=(), notify_type=0)
    assert device_alarms([returned], {}, "fault") == ()


def test_a_fault_that_ended_unacknowledged_is_listed_beside_the_alarm_that_stands() -> None:
    both = EventSummary(object="analog-input,1", state=3, acked=(True, False, True), priorities=(0, 64), notify_type=0)
    standing, ended = device_alarms([both], {}, "fault")
    assert (standing.kind, standing.stands, standing.acked, standing.priority) == ("high_limit", True, True, 1)
    assert (ended.kind, ended.stands, ended.acked, ended.priority) == ("fault", False, False, 2)


def test_an_event_is_a_notice_and_an_object_that_is_not_read_is_the_devices_own() -> None:
    assert alarm(2, notify_type=1).notice
    other = EventSummary(object="life-safety-point,1", state=5, acked=(False,), priorities=(), notify_type=0)
    (found,) = device_alarms([other], {}, "fault")
    assert (found.key, found.priority, found.acked) == ("fault", 4, False)


def notification(name: str, time: TimeStamp, to_state: int = 3) -> EventNotification:
    return EventNotification(
        object=name, time=time, notification_class=7, priority=30, notify_type=0, message="",
        from_state=3 - to_state, to_state=to_state,
    )  # fmt: skip


def test_an_event_of_an_object_that_is_not_read_is_one_of_a_point_that_others_share() -> None:
    events = DeviceEvents(cast("BacnetClient", None))
    for name in ("analog-input,1", "life-safety-zone,1"):
        events.notified(notification(name, ("time", (7, 0))))
    taken = events.take_events({"analog-input,1": "analog-input.1"}, "fault")
    assert [(one.key, one.shared) for one in taken] == [("analog-input.1", False), ("fault", True)]


@pytest.mark.parametrize(
    "time", [("time", (255,) * 4), ("date_time", (255,) * 8), ("date_time", (155, 1, 1, 5, *(255,) * 4)), ("sequence", (0,))]
)  # fmt: skip
def test_a_device_without_a_clock_raises_the_same_alarm_twice_within_a_minute(time: TimeStamp) -> None:
    events = DeviceEvents(cast("BacnetClient", None), clock=lambda: 0.0)
    told = [
        events.notified(notification(name, time, state))
        for state in (3, 0, 3)
        for name in ("analog-input,1", "analog-input,2", "analog-input,1")
    ]
    assert told == [True, True, False] * 3, "each transition once, though it is sent twice"


def test_a_transition_with_its_time_is_one_though_the_next_came_before_its_repeat() -> None:
    now = [0.0]
    events = DeviceEvents(cast("BacnetClient", None), clock=lambda: now[0])
    first, then = (notification("analog-input,1", ("time", (7, 0, 0, at)), state) for at, state in ((1, 3), (2, 0)))
    assert [events.notified(one) for one in (first, then, first, then)] == [True, True, False, False]
    now[0] = SAME_S
    assert events.notified(first)
