"""Acknowledging alarms at real BACnet/IP devices in processes of their own."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from devices.contract import RefusedError
from devices.device_alarms import AcknowledgesDeviceAlarms, ListsDeviceAlarms
from devices.protocols.bacnet.bacnet_client import BacnetClient
from devices.protocols.bacnet.bacnet_session import BacnetSession
from devices.protocols.bacnet.device_events import DeviceEvents
from devices.protocols.bacnet.event_summaries import EventSummary
from tests.devices.protocols.bacnet.virtual_device import ALARM_UID, UID, AlarmDevice, alarm_device, virtual_device
from tests.devices.protocols.link_under_test import LinkUnderTest, running, until
from twin.model.device_alarm import DeviceAlarm, DeviceAlarmKind

pytestmark = pytest.mark.blocks  # the start of a process blocks briefly
KEY, ZONES = "analog-input.1", ("life-safety-zone,1", "life-safety-zone,2")


@pytest.fixture(autouse=True)
async def pool() -> AsyncIterator[None]:
    """The loop's own worker threads end with the test."""
    yield
    await asyncio.get_running_loop().shutdown_default_executor()


@pytest.fixture
async def device() -> AsyncIterator[AlarmDevice]:
    async with alarm_device() as one:
        yield one


@pytest.fixture
async def one(device: AlarmDevice, tmp_path: Path) -> AsyncIterator[LinkUnderTest]:
    async with running(LinkUnderTest(tmp_path / "mine", device.url, period="0.2", timeout="0.3")) as linked:
        await until(lambda: linked.ears.online.get(ALARM_UID) is True and linked.last(ALARM_UID, KEY), 60)
        yield linked


def session_of(one: LinkUnderTest) -> BacnetSession:
    session = one.runner.session
    assert isinstance(session, ListsDeviceAlarms)
    assert isinstance(session, AcknowledgesDeviceAlarms)
    assert isinstance(session, BacnetSession)
    return session


def listed(one: LinkUnderTest, uid: str = ALARM_UID) -> tuple[DeviceAlarm, ...]:
    return session_of(one).device_alarms.get(uid, ())


async def alarm(one: LinkUnderTest, uid: str = ALARM_UID, *, stands: bool = True) -> DeviceAlarm:
    await until(lambda: listed(one, uid) and listed(one, uid)[0].stands is stands, 60)
    return listed(one, uid)[0]


async def acknowledgements(one: LinkUnderTest) -> list[Any]:
    """What the device was sent: who, when, and from which process."""
    found = await session_of(one)._client.read(["analog-input,1"], ["description"])
    return json.loads(found["analog-input,1"]["description"] or "[]")


async def test_an_alarm_is_acknowledged_at_the_device_by_name_and_time(one: LinkUnderTest, device: AlarmDevice) -> None:
    await device.order(state="high-limit", message="Too warm")
    found = await alarm(one)
    assert (found.kind, found.priority, found.acked) == (DeviceAlarmKind.HIGH_LIMIT, 1, False)
    before = time.strftime("%Y-%m-%d")
    await session_of(one).acknowledge_alarm(ALARM_UID, found, "王芳")
    assert [one.acked for one in listed(one)] == [True]
    ((who, at, process),) = await acknowledgements(one)
    assert (who, at[:10] in (before, time.strftime("%Y-%m-%d")), process) == ("王芳", True, 1)


async def test_an_alarm_that_ended_is_acknowledged_with_its_return(one: LinkUnderTest, device: AlarmDevice) -> None:
    await device.order(state="low-limit", message="Too cold")
    shown = await alarm(one)
    await device.order(state="normal", message="Well again")
    ended = await alarm(one, stands=False)
    assert ended.event == shown.event
    await session_of(one).acknowledge_alarm(ALARM_UID, replace(ended, kind=DeviceAlarmKind.LOW_LIMIT), "Anna")
    assert listed(one) == ()
    assert len(await acknowledgements(one)) == 2


async def test_a_fault_is_acknowledged_apart_from_the_alarm_that_stands(
    one: LinkUnderTest, device: AlarmDevice
) -> None:
    await device.order(state="fault", message="No sensor")
    await device.order(state="high-limit", message="Too warm")
    await until(lambda: len(listed(one)) == 2, 60)
    high, fault = listed(one)
    assert (high.stands, fault.stands, fault.kind) == (True, False, DeviceAlarmKind.FAULT)
    await session_of(one).acknowledge_alarm(ALARM_UID, fault, "Anna")
    assert listed(one) == (high,)


async def test_what_is_acknowledged_at_another_workstation_is_listed_so(
    one: LinkUnderTest, device: AlarmDevice
) -> None:
    await device.order(state="high-limit", message="Too warm")
    await alarm(one)
    await device.order(acknowledge=True)
    await until(lambda: [one.acked for one in listed(one)] == [True], 60)


async def test_an_alarm_that_came_again_is_not_acknowledged_unseen(one: LinkUnderTest, device: AlarmDevice) -> None:
    await device.order(state="high-limit", message="Too warm")
    seen = await alarm(one)
    await device.order(state="normal", message="")
    await device.order(state="high-limit", message="Too warm again")
    await until(lambda: any(one.event != seen.event for one in listed(one)), 60)
    with pytest.raises(RefusedError, match=r"bacnet\.event_over"):
        await session_of(one).acknowledge_alarm(ALARM_UID, seen, "Anna")
    assert await acknowledgements(one) == []


@pytest.mark.parametrize(
    ("mood", "error", "said"),
    [
        ("refuses", RefusedError, r"bacnet\.error"),
        ("ignores", TimeoutError, "^$"),
        ("forgets", RefusedError, r"bacnet\.event_unacked"),
    ],
)
async def test_a_device_that_does_not_acknowledge_says_so_and_lists_the_alarm_as_before(
    one: LinkUnderTest, device: AlarmDevice, mood: str, error: type[Exception], said: str
) -> None:
    await device.order(state="high-limit", message="Too warm")
    found = await alarm(one)
    await device.order(mood=mood)
    with pytest.raises(error, match=said):
        await session_of(one).acknowledge_alarm(ALARM_UID, found, "Anna")
    assert listed(one) == (found,)


async def test_another_stack_takes_the_time_stamp_and_state_that_it_has_given(tmp_path: Path) -> None:
    async with (
        virtual_device() as device,
        running(LinkUnderTest(tmp_path / "mine", device.url, period="0.3")) as one,
    ):
        await until(lambda: one.ears.online.get(UID) is True and one.last(UID, "multi-state-value.1"), 60)
        await device.order(limit=1, value=20.0)
        found = await alarm(one, UID)
        assert found.acked, "rusty-bacnet's classes require no acknowledgement"
        client = session_of(one)._client
        (summary,) = await client.event_summaries()
        await client.acknowledge_alarm(summary.object, summary.state, summary.times[0], "Anna", time.time())
        with pytest.raises(Exception, match="invalid-time-stamp"):
            await client.acknowledge_alarm(summary.object, summary.state, ("sequence", (7,)), "Anna", time.time())


async def test_an_acknowledged_object_is_not_taken_for_another_one_with_the_same_point_and_time() -> None:
    def unacked(object: str, *, acked: bool = False) -> EventSummary:
        return EventSummary(
            object=object, state=5, acked=(acked, True, True), priorities=(0, 0, 0), notify_type=0, times=(("time", (7, 0)),) * 3
        )  # fmt: skip

    class Zones:
        """Two zones that raised their alarms at the same second."""

        def __init__(self) -> None:
            self.acked: list[str] = []

        async def event_summaries(self) -> tuple[EventSummary, ...]:
            return tuple(unacked(name, acked=name in self.acked) for name in ZONES)

        async def acknowledge_alarm(self, object: str, *_: object) -> None:
            self.acked.append(object)

    zones = Zones()
    events = DeviceEvents(cast("BacnetClient", zones))
    events.note(await events.read())
    for alarm in events.alarms({}, "fault") or ():
        await events.acknowledge(alarm, {}, "fault", "Anna")
    assert zones.acked == [*ZONES]
