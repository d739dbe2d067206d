"""Events that real BACnet/IP devices in processes of their own notify, to whom they were asked to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from devices.contract import AdapterContext
from devices.protocols.bacnet.adapter import ADAPTER
from devices.protocols.bacnet.bacnet_client import BacnetClient
from devices.protocols.bacnet.bacnet_session import BacnetSession
from devices.protocols.bacnet.command_expiry import CommandExpiry
from tests.devices.protocols.bacnet.virtual_device import ALARM_UID, UID, AlarmDevice, alarm_device, virtual_device
from tests.devices.protocols.link_under_test import LinkUnderTest, running, until
from twin.model.device_alarm import DeviceAlarmKind, DeviceEvent
from twin.model.skipped import Skipped
from twin.model.text import Text

pytestmark = pytest.mark.blocks  # the start of a process blocks briefly
KEY, CLASS = "analog-input.1", "notification-class,1"


@pytest.fixture(autouse=True)
async def pool() -> AsyncIterator[None]:
    """The loop's own worker threads end with the test."""
    yield
    await asyncio.get_running_loop().shutdown_default_executor()


@pytest.fixture
async def device() -> AsyncIterator[AlarmDevice]:
    async with alarm_device() as one:
        yield one


def linked(url: str, folder: Path, receive: str = "yes") -> LinkUnderTest:
    return LinkUnderTest(folder / "mine", url, period="0.2", timeout="1", receive_events=receive)


def session_of(one: LinkUnderTest) -> BacnetSession:
    assert isinstance(one.runner.session, BacnetSession)
    return one.runner.session


async def entered(one: LinkUnderTest, uid: str) -> None:
    await until(lambda: one.ears.online.get(uid) is True and one.last(uid, KEY), 60)
    recipient = session_of(one)._events._recipient
    assert recipient is not None
    await until(lambda: recipient.own or recipient.refused, 60)
    client = session_of(one)._client
    while client.local_address not in await client.recipients(CLASS):  # noqa: ASYNC110 - each is a request
        await asyncio.sleep(0)


async def notified(one: LinkUnderTest, uid: str) -> DeviceEvent:
    found: list[DeviceEvent] = []

    def came() -> bool:
        found.extend(session_of(one).take_device_events().get(uid, ()))
        return bool(found)

    await until(came, 60)
    return found[0]


async def recipients_of(port: int) -> tuple[tuple[str, int], ...]:
    """What the device itself lists."""
    client = BacnetClient("127.0.0.1", port, timeout_s=2.0)
    await client.ready()
    try:
        return await client.recipients(CLASS)
    finally:
        client.close()


@pytest.mark.parametrize("confirmed", [True, False])
async def test_a_device_sends_its_alarms_with_message_states_priority_and_class(
    device: AlarmDevice, tmp_path: Path, confirmed: bool
) -> None:
    await device.order(confirmed=confirmed)
    async with running(linked(device.url, tmp_path)) as one:
        await entered(one, ALARM_UID)
        await device.order(state="high-limit", message="送风过热")
        assert await notified(one, ALARM_UID) == DeviceEvent(
            key=KEY, kind=DeviceAlarmKind.HIGH_LIMIT, before=None, priority=1, message="送风过热", acknowledged=False,
            notice=False, priority_there=30, notification_class=7,
        )  # fmt: skip
        await device.order(acknowledge=True)
        said = await notified(one, ALARM_UID)
        assert (said.kind, said.acknowledged, said.message) == (DeviceAlarmKind.HIGH_LIMIT, True, "Ackn.")
        await device.order(state="normal", message="")
        said = await notified(one, ALARM_UID)
        assert (said.kind, said.before, said.priority_there) == (None, DeviceAlarmKind.HIGH_LIMIT, 200)


async def test_another_stack_enters_us_notifies_us_and_removes_us(tmp_path: Path) -> None:
    async with virtual_device() as device:
        one = linked(device.url, tmp_path)
        async with running(one):
            await entered(one, UID)
            await device.order(limit=1, value=20.0)
            await until(lambda: session_of(one).device_alarms.get(UID), 60)
            await device.order(input=1, value=10.0)
            event = await notified(one, UID)
            assert (event.key, event.kind, event.before) == (KEY, None, DeviceAlarmKind.HIGH_LIMIT)
            assert event.message == "ANALOG_INPUT,1: HIGH_LIMIT -> NORMAL"
        assert len(await recipients_of(device.port)) == 1, "it stays while the link does"
        assert await ADAPTER.release_commands(one.link, AdapterContext(folder=tmp_path / "mine")) == ()
        assert await recipients_of(device.port) == ()


async def test_we_are_no_recipient_unless_asked_and_no_more_once_it_is_switched_off(
    device: AlarmDevice, tmp_path: Path
) -> None:
    async with running(linked(device.url, tmp_path, "no")) as one:
        await until(lambda: one.last(ALARM_UID, KEY), 60)
        assert await recipients_of(device.port) == ()
    async with running(linked(device.url, tmp_path)) as one:
        await entered(one, ALARM_UID)
    async with running(linked(device.url, tmp_path, "no")) as one:
        await until(lambda: one.last(ALARM_UID, KEY), 60)
        recipient = session_of(one)._events._recipient
        assert recipient is not None
        await until(lambda: recipient.own == (), 60)
    assert await recipients_of(device.port) == ()


async def test_the_port_stays_so_that_the_device_is_not_written_at_each_start(
    device: AlarmDevice, tmp_path: Path
) -> None:
    async with running(linked(device.url, tmp_path)) as one:
        await entered(one, ALARM_UID)
    before = await recipients_of(device.port)
    async with running(linked(device.url, tmp_path)) as one:
        await entered(one, ALARM_UID)
    assert await recipients_of(device.port) == before


async def test_a_device_that_is_gone_keeps_us_which_is_told(device: AlarmDevice, tmp_path: Path) -> None:
    one = linked(device.url, tmp_path)
    async with running(one):
        await entered(one, ALARM_UID)
    await device.kill()
    (problem,) = await ADAPTER.release_commands(one.link, AdapterContext(folder=tmp_path / "mine"))
    assert (problem.code, problem.args) == ("bacnet.still_recipient", {"names": CLASS})


async def test_what_was_commanded_and_where_we_are_entered_is_both_told_of_a_device_that_is_gone(
    device: AlarmDevice, tmp_path: Path
) -> None:
    one = linked(device.url, tmp_path)
    async with running(one):
        await entered(one, ALARM_UID)
    CommandExpiry(tmp_path / "mine" / f"expiry-{one.link.id}.json").begin(("analog-output,1", 8), 60.0)
    await device.kill()
    notes = await ADAPTER.release_commands(one.link, AdapterContext(folder=tmp_path / "mine"))
    assert [note.code for note in notes] == ["link.still_commanded", "bacnet.still_recipient"]


async def test_a_command_that_stays_keeps_us_in_no_recipient_list(device: AlarmDevice, tmp_path: Path) -> None:
    one = linked(device.url, tmp_path)
    async with running(one):
        await entered(one, ALARM_UID)
    CommandExpiry(tmp_path / "mine" / f"expiry-{one.link.id}.json").begin(("analog-input,1", 8), 60.0)
    notes = await ADAPTER.release_commands(one.link, AdapterContext(folder=tmp_path / "mine"))
    assert [note.code for note in notes] == ["bacnet.still_commanded"]
    assert await recipients_of(device.port) == ()


@pytest.mark.parametrize("deaf", [False, True])
async def test_a_device_that_does_not_send_its_events_though_asked_to_says_why(
    device: AlarmDevice, tmp_path: Path, deaf: bool
) -> None:
    await device.order(**({"mood": "ignores"} if deaf else {"classes": False}))
    of_class = Skipped(CLASS, Text("bacnet.not_recipient", why=Text("bacnet.ignored")))
    of_device = Skipped("device,260002", Text("bacnet.no_recipient", why=Text("bacnet.no_classes")))
    async with running(linked(device.url, tmp_path)) as one:
        await until(lambda: one.last(ALARM_UID, KEY), 60)
        await until(lambda: (of_class if deaf else of_device) in session_of(one).skipped, 60)
        assert one.ears.online[ALARM_UID]
