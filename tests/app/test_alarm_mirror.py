"""Alarms that a device raises itself stand in the list of alarms while it says so, and are acknowledged with it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from app.engine.alarm_mirror import AlarmMirror
from app.engine.edit_queue import EditQueue
from devices.contract import RefusedError
from tests.app.conftest import Desk
from tests.app.device_alarms import HIGH, Listed, acknowledge, alarms, lister, log_of
from twin.model.device_alarm import DeviceAlarmKind, DeviceEvent
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> Listed:
    return lister(monkeypatch)


@pytest.fixture
def house(listed: Listed, api: Desk) -> Desk:
    api.engine.add("pretend://here").result(60)
    api.until(lambda: len(api.engine.twin.devices) == 1)
    return api


def test_an_alarm_of_a_device_stands_until_the_device_says_that_it_is_over(house: Desk, listed: Listed) -> None:
    assert alarms(house) == []
    listed.alarms = (HIGH,)
    (one,) = alarms(house)
    assert (one.phase, one.priority, one.device, one.point) == (
        "unack",
        1,
        house.engine.twin.devices[0].id,
        house.point("level"),
    )
    assert one.title == Text("alarm.of.device_high_limit", name="Lamp")
    listed.alarms = None  # the device is away
    assert [one.phase for one in alarms(house)] == ["unack"]
    listed.alarms = (replace(HIGH, stands=False),)
    assert [one.phase for one in alarms(house)] == ["rtn_unack"]
    listed.alarms = ()
    assert [one.phase for one in alarms(house)] == ["normal"]


def test_what_is_acknowledged_at_the_device_is_acknowledged_here(house: Desk, listed: Listed) -> None:
    listed.alarms = (HIGH,)
    alarms(house)
    listed.alarms = (replace(HIGH, acked=True),)
    (one,) = alarms(house)
    assert (one.phase, one.acked_by) == ("ack", "Lamp")


def test_another_kind_is_another_alarm_and_an_event_needs_no_acknowledgement(house: Desk, listed: Listed) -> None:
    listed.alarms = (HIGH,)
    alarms(house)
    fault = replace(HIGH, kind=DeviceAlarmKind.FAULT, notice=True, priority=4)
    listed.alarms = (fault, replace(HIGH, kind=DeviceAlarmKind.OFF_NORMAL, stands=False))
    phases = {one.id.partition(":")[0]: (one.phase, one.priority) for one in alarms(house)}
    assert phases == {"device_high_limit": ("rtn_unack", 1), "device_fault": ("ack", 4)}


def test_a_standing_alarm_outlives_a_restart(house: Desk, listed: Listed, make_desk: Callable[..., Desk]) -> None:
    listed.alarms = (HIGH,)
    (before,) = alarms(house)
    house.engine.stop()
    listed.alarms = None
    again = make_desk(now_ms=house.now[0] + 60_000)
    again.engine.open(house.path).result(60)
    (one,) = alarms(again)
    assert (one.phase, one.raised_ms, one.count) == ("unack", before.raised_ms, 1)


def test_an_acknowledgement_is_sent_to_the_device_first(house: Desk, listed: Listed) -> None:
    listed.alarms = (HIGH,)
    (one,) = alarms(house)
    acknowledge(house, [one.id])
    (one,) = alarms(house)
    assert (one.phase, one.acked_by, listed.acknowledged) == ("ack", "Anna", [(HIGH, "Anna")])


def test_an_alarm_that_ended_is_acknowledged_as_what_it_was(house: Desk, listed: Listed) -> None:
    listed.alarms = (HIGH,)
    (one,) = alarms(house)
    ended = replace(HIGH, kind=DeviceAlarmKind.OFF_NORMAL, stands=False)
    listed.alarms = (ended,)
    assert [one.phase for one in alarms(house)] == ["rtn_unack"]
    acknowledge(house, [one.id])
    assert [one.phase for one in alarms(house)] == ["normal"]
    assert listed.acknowledged == [(replace(ended, kind=DeviceAlarmKind.HIGH_LIMIT), "Anna")]


def test_an_alarm_whose_acknowledgement_the_device_refuses_stays_unacknowledged_here(
    house: Desk, listed: Listed
) -> None:
    listed.alarms, listed.refusal = (HIGH,), RefusedError(why := Text("bacnet.event_over"))
    (one,) = alarms(house)
    with pytest.raises(ProblemError) as raised:
        acknowledge(house, [one.id])
    (problem,) = raised.value.problems
    assert (problem.code, problem.args["why"], problem.retry) == ("alarm.unacknowledged_there", why.as_json(), True)
    assert [one.phase for one in alarms(house)] == ["unack"]


def test_an_alarm_that_came_again_between_two_looks_is_raised_again(house: Desk, listed: Listed) -> None:
    listed.alarms = (replace(HIGH, event="at seven"),)
    (one,) = alarms(house)
    acknowledge(house, [one.id])
    listed.alarms = (replace(HIGH, event="at nine"),)
    (one,) = alarms(house)
    assert (one.phase, one.count) == ("unack", 2)


def event(kind: DeviceAlarmKind | None, before: DeviceAlarmKind | None, *, acknowledged: bool = False) -> DeviceEvent:
    return DeviceEvent(
        key="level", kind=kind, before=before, priority=1, message="Too warm", acknowledged=acknowledged, notice=False,
        priority_there=30, notification_class=7,
    )  # fmt: skip


def test_an_alarm_that_came_and_went_between_two_lists_is_in_the_log_with_the_devices_words(
    house: Desk, listed: Listed
) -> None:
    high = DeviceAlarmKind.HIGH_LIMIT
    listed.events = (event(high, None), event(None, high))
    (one,) = alarms(house)
    assert (one.phase, one.count) == ("normal", 1)
    assert log_of(house, one.id) == [
        ("raised", ""),
        ("notified", "alarm.device_notified"),
        ("returned", ""),
        ("notified", "alarm.device_notified"),
        ("acknowledged", ""),
    ]
    rows = house.engine.alarm_log(0, house.now[0] + 1, alarm=one.id).result(60)
    said = next(row.reason for row in rows if row.reason)
    assert said.args == {
        "message": "Too warm",
        "before": Text("alarm.device_state.high_limit").as_json(),
        "state": Text("alarm.device_state.normal").as_json(),
        "priority": 30,
        "notification_class": 7,
    }


def test_a_notification_raises_once_what_is_listed_too_and_an_acknowledgement_raises_nothing(
    house: Desk, listed: Listed
) -> None:
    high = DeviceAlarmKind.HIGH_LIMIT
    listed.alarms, listed.events = (HIGH,), (event(high, None),)
    alarms(house)
    listed.events = (event(high, None),)
    assert [(one.phase, one.count) for one in alarms(house)] == [("unack", 1)]
    listed.alarms, listed.events = (replace(HIGH, acked=True),), (event(high, None, acknowledged=True),)
    (one,) = alarms(house)
    assert (one.phase, one.acked_by, one.count) == ("ack", "Lamp", 1)
    assert ("notified", "alarm.device_acknowledged") in log_of(house, one.id)


def test_acknowledging_an_alarm_that_is_over_leaves_the_other_kind_that_stands_unacknowledged(
    house: Desk, listed: Listed
) -> None:
    listed.alarms = (HIGH,)
    (high,) = alarms(house)
    listed.alarms = (replace(HIGH, kind=DeviceAlarmKind.LOW_LIMIT),)
    assert sorted(one.phase for one in alarms(house)) == ["rtn_unack", "unack"]
    acknowledge(house, [high.id])
    assert {one.id.partition(":")[0]: one.phase for one in alarms(house)} == {
        "device_high_limit": "normal",
        "device_low_limit": "unack",
    }
    assert listed.acknowledged == []


def test_an_event_of_one_object_ends_no_alarm_of_another_that_shares_its_point(house: Desk, listed: Listed) -> None:
    high = DeviceAlarmKind.HIGH_LIMIT
    listed.alarms = (replace(HIGH, acked=True),)
    (one,) = alarms(house)
    assert (one.phase, one.count) == ("ack", 1)
    listed.events = (replace(event(None, high), shared=True), replace(event(high, None), shared=True))
    (one,) = alarms(house)
    assert (one.phase, one.count) == ("ack", 1)
    assert log_of(house, one.id).count(("notified", "alarm.device_notified")) == 2


def test_what_a_device_said_last_stands_with_the_alarm_until_it_is_raised_again(house: Desk, listed: Listed) -> None:
    high = DeviceAlarmKind.HIGH_LIMIT
    listed.alarms, listed.events = (replace(HIGH, event="at seven"),), (event(high, None),)
    (one,) = alarms(house)
    assert one.message == "Too warm"
    listed.events = (replace(event(high, None, acknowledged=True), message="Ackn."),)
    assert [one.message for one in alarms(house)] == ["Too warm"]
    listed.alarms = (replace(HIGH, event="at nine"),)
    assert [(one.message, one.count) for one in alarms(house)] == [("", 2)]


def test_an_alarm_that_was_notified_after_the_list_was_read_stands_until_the_next_list(
    house: Desk, listed: Listed
) -> None:
    assert alarms(house) == []
    listed.events = (event(DeviceAlarmKind.HIGH_LIMIT, None),)
    assert [one.phase for one in alarms(house)] == ["unack"]
    assert [one.phase for one in alarms(house)] == ["normal"], "the list, asked for again, still has none"


def test_alarms_of_two_objects_that_share_a_point_are_raised_by_what_is_new(house: Desk, listed: Listed) -> None:
    a, b, c = (replace(HIGH, event=name) for name in "abc")
    listed.alarms = (a, b)
    assert [one.count for one in alarms(house)] == [1]
    listed.alarms = (replace(a, acked=True), b)
    assert [one.count for one in alarms(house)] == [1]
    listed.alarms = (b,)
    assert [one.count for one in alarms(house)] == [1]
    listed.alarms = (b, c)
    assert [(one.phase, one.count) for one in alarms(house)] == [("unack", 2)]


def test_an_alarm_that_came_again_as_notified_and_listed_is_raised_once_more_only(house: Desk, listed: Listed) -> None:
    high = DeviceAlarmKind.HIGH_LIMIT
    listed.alarms = (replace(HIGH, event="at seven"),)
    alarms(house)
    listed.alarms, listed.events = (replace(HIGH, event="at nine"),), (event(None, high), event(high, None))
    assert [(one.phase, one.count) for one in alarms(house)] == [("unack", 2)]


def test_a_burst_of_notifications_gives_way_after_each(house: Desk, listed: Listed) -> None:
    high = DeviceAlarmKind.HIGH_LIMIT
    listed.events = (event(high, None), event(None, high)) * 10
    alarms(house)
    listed.events = (event(high, None), event(None, high)) * 10

    async def turns() -> int:
        mirror, turns = await house.engine.alarm_mirror(), 0
        looking = asyncio.gather(mirror.look())
        while not looking.done():
            turns += 1
            await asyncio.sleep(0)
        await looking
        return turns

    assert house.engine.context.loop.submit(turns(), name="turns").result(60) >= 20


def test_what_was_notified_while_the_project_could_not_be_written_is_taken_over_later(
    house: Desk, listed: Listed, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object, **__: object) -> None:
        raise ProblemError(Problem(code="store.full"))

    listed.alarms, listed.events = None, (event(DeviceAlarmKind.HIGH_LIMIT, None),)
    with monkeypatch.context() as disk:
        disk.setattr(EditQueue, "edit", full)
        with pytest.raises(ProblemError):
            alarms(house)
    assert [one.phase for one in alarms(house)] == ["unack"]


def test_what_a_device_notified_before_it_was_in_the_project_is_taken_over_once_it_is(
    house: Desk, listed: Listed, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed.alarms, listed.events = None, (event(DeviceAlarmKind.HIGH_LIMIT, None),)
    with monkeypatch.context() as before:
        before.setattr(AlarmMirror, "_known", lambda *_: None)
        assert alarms(house) == []
    assert [one.phase for one in alarms(house)] == ["unack"]
