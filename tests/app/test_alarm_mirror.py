"""Alarms that a device raises itself stand in the list of alarms while it says so, and are acknowledged with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.app.conftest import Desk, PlainSession
from twin.model.alarm import AlarmStatus
from twin.model.device_alarm import DeviceAlarm, DeviceAlarmKind
from twin.model.text import Text

HIGH = DeviceAlarm(key="level", kind=DeviceAlarmKind.HIGH_LIMIT, priority=1, acked=False)


class Listed:
    """What the lamp lists as its alarms; None: that is not known."""

    alarms: tuple[DeviceAlarm, ...] | None = ()


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> Listed:
    one = Listed()
    known = property(lambda _session: {} if one.alarms is None else {"lamp": one.alarms})
    monkeypatch.setattr(PlainSession, "device_alarms", known, raising=False)
    return one


@pytest.fixture
def house(api: Desk, listed: Listed) -> Desk:
    api.engine.add("pretend://here").result(60)
    api.until(lambda: len(api.engine.twin.devices) == 1)
    return api


def alarms(house: Desk) -> list[AlarmStatus]:
    """The mirrored alarms, once the newest list was taken over."""

    async def look() -> None:
        await (await house.engine.alarm_mirror()).look()

    house.engine.context.loop.submit(look(), name="look").result(60)
    return [one for one in house.engine.alarms().result(60) if one.id.startswith("device_")]


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
    listed.alarms = (replace(HIGH, kind=None),)
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
    listed.alarms = (replace(HIGH, kind=DeviceAlarmKind.FAULT, notice=True, priority=4),)
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
