"""A cable that is plugged in, or a VPN that comes up: discovery listens there without a restart."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from zeroconf import IPVersion
from zeroconf.asyncio import AsyncZeroconf

from devices import zeroconf_interfaces
from devices.mdns import MdnsBorder, widen
from devices.zeroconf_interfaces import follow_interfaces

pytestmark = pytest.mark.blocks  # zeroconf's own set-up reads interfaces on the loop


async def test_zeroconf_is_told_of_a_change_until_new_addresses_have_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = iter([{"lo"}, {"lo"}, {"lo", "eth0"}, *[{"lo", "eth0"}] * 6])
    told: list[int] = []
    at = 0

    def look() -> frozenset[str]:
        nonlocal at
        at += 1
        seen = next(looks, None)
        if seen is None:
            raise EOFError
        return frozenset(seen)

    async def update() -> None:
        told.append(at)

    monkeypatch.setattr(zeroconf_interfaces, "_addresses", look)
    monkeypatch.setattr(zeroconf_interfaces, "LOOK_S", 0.0)
    changes: list[int] = []
    peer = cast(Any, SimpleNamespace(async_update_interfaces=update))
    with pytest.raises(EOFError):
        await follow_interfaces(peer, lambda: changes.append(at))
    assert told == changes == [3, 4, 5]


async def test_the_sockets_of_a_new_interface_are_guarded_and_wide_like_the_first() -> None:
    zeroconf = AsyncZeroconf(interfaces=["127.0.0.1"], ip_version=IPVersion.V4Only)
    try:
        await zeroconf.zeroconf.async_wait_for_start()
        border = MdnsBorder()
        border.install(zeroconf)
        before = {id(one.transport) for one in zeroconf.zeroconf.engine.readers}
        await zeroconf.async_update_interfaces(interfaces=["127.0.0.1", "::1"], ip_version=IPVersion.All)
        border.guard(zeroconf)
        widen(zeroconf)
        readers = zeroconf.zeroconf.engine.readers
        assert {id(one.transport) for one in readers} - before
        kinds = [type(one.transport.get_protocol()).__name__ for one in readers]
        assert set(kinds) == {"_Guarded"}
        inner = [one.transport.get_protocol()._inner for one in readers]  # pyright: ignore[reportPrivateUsage]
        assert not any(type(one).__name__ == "_Guarded" for one in inner)
    finally:
        await zeroconf.async_close()
        await asyncio.sleep(0)
