"""Events that real devices send to the port of BACnet because others have asked them to: to this computer, or to all."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from bacpypes3.pdu import Address

from devices.protocols.bacnet import device_events, event_port
from devices.protocols.bacnet.bacnet_client import BacnetClient
from devices.protocols.bacnet.bacnet_session import BacnetSession
from tests.devices.protocols.bacnet.virtual_device import ALARM_UID, AlarmDevice, alarm_device, free_port
from tests.devices.protocols.link_under_test import LinkUnderTest, running, until
from twin.model.device_alarm import DeviceEvent
from twin.model.text import Text

pytestmark = pytest.mark.blocks  # the start of a process blocks briefly
KEY, CLASS = "analog-input.1", "notification-class,1"
ALL = "127.255.255.255"


@pytest.fixture(autouse=True)
async def pool() -> AsyncIterator[None]:
    """The loop's own worker threads end with the test."""
    yield
    await asyncio.get_running_loop().shutdown_default_executor()


@pytest.fixture
async def device() -> AsyncIterator[AlarmDevice]:
    async with alarm_device() as one:
        yield one


@pytest.fixture(autouse=True)
def port(monkeypatch: pytest.MonkeyPatch) -> int:
    """The port of BACnet in these tests."""
    free = free_port()
    monkeypatch.setattr(event_port, "PORT", free)
    return free


def session_of(one: LinkUnderTest) -> BacnetSession:
    assert isinstance(one.runner.session, BacnetSession)
    return one.runner.session


def linked(device: AlarmDevice, folder: Path, hear: str = "yes") -> LinkUnderTest:
    return LinkUnderTest(folder / "mine", device.url, period="0.2", timeout="1", hear_events=hear)


async def ask_for_others(device: AlarmDevice, host: str, port: int) -> None:
    """Another workstation enters an address in the device's list."""
    client = BacnetClient("127.0.0.1", device.port, timeout_s=5.0)
    await client.ready()
    try:
        await client.change_recipients(CLASS, (host, port), add=True)
    finally:
        client.close()


async def notified(one: LinkUnderTest) -> DeviceEvent:
    found: list[DeviceEvent] = []

    def came() -> bool:
        found.extend(session_of(one).take_device_events().get(ALARM_UID, ()))
        return bool(found)

    await until(came, 60)
    return found[0]


@pytest.mark.parametrize(("host", "confirmed"), [("127.0.0.1", True), ("127.0.0.1", False), (ALL, False)])
async def test_what_a_device_sends_to_the_port_as_others_have_asked_is_taken(
    device: AlarmDevice, tmp_path: Path, port: int, host: str, confirmed: bool
) -> None:
    await device.order(confirmed=confirmed)
    async with running(linked(device, tmp_path)) as one:
        await until(lambda: one.last(ALARM_UID, KEY), 60)
        await ask_for_others(device, host, port)
        await device.order(state="high-limit", message="Too warm")
        assert (await notified(one)).message == "Too warm"
        assert session_of(one)._events.refused == {}


async def test_where_another_program_has_the_port_it_keeps_what_is_sent_to_it_and_we_get_what_is_sent_to_all(
    device: AlarmDevice, tmp_path: Path, port: int
) -> None:
    await device.order(confirmed=False)
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.setblocking(False)
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("", port))
        async with running(linked(device, tmp_path)) as one:
            await until(lambda: one.last(ALARM_UID, KEY), 60)
            assert session_of(one)._events.refused == {f"UDP {device_events.PORT}": Text("bacnet.port_taken")}
            await ask_for_others(device, "127.0.0.1", port)
            await device.order(state="high-limit", message="to the other")
            async with asyncio.timeout(60):
                assert b"to the other" in await loop.sock_recv(other, 1500)
            await ask_for_others(device, ALL, port)
            await device.order(state="low-limit", message="to all")
            assert (await notified(one)).message == "to all"


async def test_a_program_that_starts_later_may_share_the_port_and_one_that_leaves_gives_it_to_us(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_port, "AGAIN_S", 0.05)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as earlier:
        earlier.bind(("", port))
        heard = event_port.event_port().hear(Address("127.0.0.1"))
        assert heard.only_broadcasts
    await until(lambda: not heard.only_broadcasts, 60)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as later:
        later.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        later.bind(("", port))
    heard.close()
    await until(lambda: event_port._is_free("127.0.0.1", port), 60)


async def test_what_strangers_send_fills_no_table_of_routers(device: AlarmDevice, tmp_path: Path, port: int) -> None:
    await device.order(confirmed=False)
    async with running(linked(device, tmp_path)) as one:
        await until(lambda: one.last(ALARM_UID, KEY), 60)
        apps = [*event_port.event_port()._open.values(), session_of(one)._client._app]
        ports = [port, session_of(one)._client._endpoint.getsockname()[1]]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            for net in range(1, 50):
                who_is = bytes(
                    (1, 8, *net.to_bytes(2), 1, 9, 0x10, 8)
                )  # from a network behind the sender (clause 6.2.2)
                for to in ports:
                    stranger.sendto(bytes((0x81, 0x0A, 0, 4 + len(who_is))) + who_is, ("127.0.0.1", to))
        await ask_for_others(device, "127.0.0.1", port)
        await device.order(state="high-limit", message="Too warm")
        assert (await notified(one)).message == "Too warm"
        assert [app.nsap.router_info_cache.path_info for app in apps] == [{}, {}]


async def test_a_link_that_is_to_hear_no_others_leaves_the_port_alone(
    device: AlarmDevice, tmp_path: Path, port: int
) -> None:
    async with running(linked(device, tmp_path, "no")) as one:
        await until(lambda: one.last(ALARM_UID, KEY), 60)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("", port))


async def test_an_event_that_came_on_two_ways_is_one(device: AlarmDevice, tmp_path: Path, port: int) -> None:
    await device.order(confirmed=True)
    async with running(linked(device, tmp_path)) as one:
        await until(lambda: one.last(ALARM_UID, KEY), 60)
        await ask_for_others(device, "127.0.0.1", port)
        await ask_for_others(device, ALL, port)
        for state in ("high-limit", "normal", "low-limit"):
            await device.order(state=state, message=state)
        found: list[DeviceEvent] = []
        last = session_of(one)._events
        await until(lambda: last.count >= 3, 60)
        await device.order(state="fault", message="fault")
        await until(lambda: last.count >= 4, 60)
        found += session_of(one).take_device_events()[ALARM_UID]
        assert sorted(event.message for event in found) == ["fault", "high-limit", "low-limit", "normal"]
