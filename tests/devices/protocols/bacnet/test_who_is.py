"""Discovery by Who-Is: answers as they are on the wire, and a real device on loopback."""

from __future__ import annotations

from ipaddress import IPv4Interface

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.protocols.bacnet import adapter
from devices.protocols.bacnet.who_is import IAm, i_am_of, who_is
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


@pytest.mark.blocks
async def test_a_real_device_answers_and_its_link_is_the_one_that_is_typed() -> None:
    async with virtual_device() as device:
        found = [one async for one in who_is([IPv4Interface("127.0.0.1/8")], device.port, listen_s=1.0)]
        assert [(one.instance, one.host, one.routed) for one in found] == [(260001, "127.0.0.1", False)]


@pytest.mark.blocks
async def test_discovery_that_is_limited_to_an_interface_asks_there_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    async with virtual_device() as device:
        monkeypatch.setenv("OIKOS_MDNS_INTERFACES", "127.0.0.1")
        monkeypatch.setattr(adapter, "PORT", device.port)
        (found,) = [one async for one in adapter.ADAPTER.scan()]
        assert (found.key, found.addresses, found.port) == ("bacnet:260001", ("127.0.0.1",), device.port)
        assert found.needs is Need.NOTHING
        assert adapter.ADAPTER.link(found).id == adapter.ADAPTER.link(device.url).id
