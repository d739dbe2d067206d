"""Discovery by Who-Is: answers as they are on the wire, and a real device on loopback."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import AsyncIterator
from functools import partial
from ipaddress import IPv4Interface

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.protocols.bacnet import adapter
from devices.protocols.bacnet.who_is import IAm, _listening, i_am_of, who_is
from tests.devices.protocols.bacnet.virtual_device import virtual_device
from twin.model.candidate import Need

DIRECT = bytes.fromhex("810a0015010010 00c4020003e92205c491002203e7".replace(" ", ""))
ROUTED = bytes.fromhex("810b001a0108 07d1 01 05 1000c4020003ea2201e091032105".replace(" ", ""))
FORWARDED = bytes.fromhex("8104001b c0a80132bac0 0100 1000c4020003e92205c491002203e7".replace(" ", ""))


def test_an_i_am_is_a_device_direct_forwarded_or_behind_a_router() -> None:
    assert i_am_of(DIRECT, "10.0.0.5", 47808) == IAm(1001, 999, "10.0.0.5", 47808, routed=False)
    assert i_am_of(FORWARDED, "10.0.0.1", 47808) == IAm(1001, 999, "192.168.1.50", 47808, routed=False)
    assert i_am_of(ROUTED, "10.0.0.2", 47808) == IAm(1002, 5, "10.0.0.2", 47808, routed=True)


@given(st.binary(max_size=60) | st.integers(0, len(ROUTED)).map(lambda end: ROUTED[:end]))
def test_any_datagram_is_a_device_or_none(data: bytes) -> None:
    i_am_of(data, "10.0.0.5", 47808)


async def first[T](answers: AsyncIterator[T]) -> T:
    """The first answer; listening ends with it."""
    try:
        return await anext(answers)
    finally:
        await answers.aclose()  # type: ignore[attr-defined]


@pytest.mark.blocks
async def test_where_a_broadcast_address_cannot_be_bound_the_interface_s_own_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Windows(socket.socket):
        def bind(self, address: tuple[str, int]) -> None:
            if address[0].endswith(".255"):
                raise OSError(errno.EADDRNOTAVAIL, "no broadcast address")
            super().bind(address)

    monkeypatch.setattr(socket, "socket", Windows)
    listener = await _listening(asyncio.get_running_loop(), asyncio.Queue(), IPv4Interface("127.0.0.1/8"), 0)
    assert listener.get_extra_info("sockname")[0] == "127.0.0.1"
    listener.close()


@pytest.mark.blocks
async def test_a_real_device_answers_and_its_link_is_the_one_that_is_typed() -> None:
    async with virtual_device() as device:
        found = await first(who_is([IPv4Interface("127.0.0.1/8")], device.port, listen_s=60.0))
        assert (found.instance, found.host, found.routed) == (260001, "127.0.0.1", False)


@pytest.mark.blocks
async def test_discovery_that_is_limited_to_an_interface_asks_there_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    async with virtual_device() as device:
        monkeypatch.setenv("OIKOS_MDNS_INTERFACES", "127.0.0.1")
        monkeypatch.setattr(adapter, "PORT", device.port)
        monkeypatch.setattr(adapter, "who_is", partial(who_is, listen_s=60.0))
        found = await first(adapter.ADAPTER.scan())
        assert (found.key, found.addresses, found.port) == ("bacnet:260001", ("127.0.0.1",), device.port)
        assert found.needs is Need.NOTHING
        assert adapter.ADAPTER.link(found).id == adapter.ADAPTER.link(device.url).id
