"""A device of another stack by BACnet/IPv6 (ASHRAE 135-2020, Annex U): read, notified, commanded, lost and found again."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from devices.contract import ReportsSkipped
from devices.protocols.bacnet.adapter import ADAPTER
from devices.protocols.bacnet.bacnet_client import BacnetClient
from devices.protocols.bacnet.ipv6_link import Function, IPv6Link, datagram, own_vmac
from tests.devices.protocols.bacnet.virtual_device import UID, VirtualDevice, virtual_device
from tests.devices.protocols.link_under_test import LinkUnderTest, running, until
from twin.model.command import CommandState
from twin.model.text import Text

pytestmark = pytest.mark.blocks  # the start of a process blocks briefly
VMAC = (260001).to_bytes(3)


@pytest.fixture(autouse=True)
async def pool() -> AsyncIterator[None]:
    """The loop's own worker threads end with the test."""
    yield
    await asyncio.get_running_loop().shutdown_default_executor()


@pytest.fixture
async def device() -> AsyncIterator[VirtualDevice]:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as one:
        try:
            one.bind(("::1", 0))
        except OSError:
            pytest.skip("this machine has no IPv6")
    async with virtual_device(host="::1") as found:
        yield found


def linked(device: VirtualDevice, folder: Path, **options: str) -> LinkUnderTest:
    return LinkUnderTest(
        folder / "mine", device.url, **({"period": "0.3", "writable": "yes", "timeout": "1"} | options)
    )


@pytest.mark.parametrize(
    ("url", "address"),
    [("bacnet://[::1]", "bacnet://[::1]:47808"), ("bacnet://[fe80::1%eth0]:47809", "bacnet://[fe80::1%eth0]:47809")],
)
def test_an_ipv6_address_is_kept_in_brackets(url: str, address: str) -> None:
    assert ADAPTER.link(url).address == address


async def test_a_device_is_read_notified_commanded_lost_and_found_again(device: VirtualDevice, tmp_path: Path) -> None:
    async with running(linked(device, tmp_path, period="60")) as one:
        await until(lambda: one.last(UID, "temperature") == 21.5, 60)
        await device.order(input=1, value=25.0)
        await until(lambda: one.last(UID, "temperature") == 25.0, 60)  # notified: the next reading is a minute away
        result = await one.command(UID, "analog-output.1", "set", 40.0, deadline_s=60.0)
        assert result.state is CommandState.CONFIRMED, result
    async with running(linked(device, tmp_path)) as one:
        await until(lambda: one.ears.online.get(UID) is True, 60)
        await device.kill()
        await until(lambda: one.ears.online.get(UID) is False, 60)
        await device.start()
        await until(lambda: one.ears.online.get(UID) is True, 60)


async def test_that_we_are_entered_in_no_lists_is_told(device: VirtualDevice, tmp_path: Path) -> None:
    told = Text("bacnet.no_recipient", why=Text("bacnet.no_ipv6_recipient"))
    async with running(linked(device, tmp_path, receive_events="yes")) as one:
        await until(lambda: one.ears.online.get(UID) is True, 60)

        def reasons() -> list[Text]:
            session = one.runner.session
            return [skipped.reason for skipped in session.skipped] if isinstance(session, ReportsSkipped) else []

        await until(lambda: told in reasons(), 60)


async def test_a_device_that_is_away_is_a_timeout() -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as nobody:
        nobody.bind(("::1", 0))
        client = BacnetClient("::1", nobody.getsockname()[1], timeout_s=0.05)
        with pytest.raises(TimeoutError):
            await client.ready()
        client.close()


async def test_who_asks_for_our_virtual_address_gets_it_and_what_is_no_datagram_of_the_link_is_dropped() -> None:
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as peer:
        peer.setblocking(False)
        peer.bind(("::1", 0))
        ours = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        ours.setblocking(False)
        ours.connect(peer.getsockname())
        link = IPv6Link(ours)
        resolving = asyncio.gather(link.ready(60.0))
        asked, address = await loop.sock_recvfrom(peer, 1500)
        own = asked[4:]
        assert asked == datagram(Function.VIRTUAL_ADDRESS_RESOLUTION, own)
        for data in (b"", b"\x82", b"\x81\x07\x00\x0a" + VMAC + own, b"\x82\x07\x00\x0b" + VMAC + own, b"\x82\xff\x00\x07" + VMAC,
                     datagram(Function.VIRTUAL_ADDRESS_RESOLUTION_ACK, b"\0\0\1", b"\0\0\2"),
                     datagram(Function.ORIGINAL_UNICAST, VMAC, own, b"no message"),
                     datagram(Function.VIRTUAL_ADDRESS_RESOLUTION_ACK, VMAC, own)):  # fmt: skip
            await loop.sock_sendto(peer, data, address)
        assert [found.addrAddr for found in await resolving] == [VMAC]
        for asks, answer in (
            (datagram(Function.ADDRESS_RESOLUTION, VMAC, own), Function.ADDRESS_RESOLUTION_ACK),
            (datagram(Function.VIRTUAL_ADDRESS_RESOLUTION, VMAC), Function.VIRTUAL_ADDRESS_RESOLUTION_ACK),
        ):
            await loop.sock_sendto(peer, asks, address)
            async with asyncio.timeout(60):
                while await loop.sock_recv(peer, 1500) != datagram(answer, own, VMAC):
                    pass
        link.close()


def test_our_virtual_address_is_none_of_a_device() -> None:
    assert {own_vmac()[0] >> 6 for _ in range(100)} == {0b01}
