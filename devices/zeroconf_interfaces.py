# pyright: reportUnknownMemberType=false
"""The network interfaces on which zeroconf listens, at the start and while they change."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zeroconf.asyncio import AsyncZeroconf

LOOK_S = 3.0
"""Seconds between two looks at the interfaces: an address comes with a cable, a wireless network or a VPN."""
SETTLING = 3
"""Looks after a change at which zeroconf is told again: a new IPv6 address can be used only once it was found to be unique."""


def interfaces_from_environment() -> tuple[str, ...]:
    """Addresses to listen on, from OIKOS_MDNS_INTERFACES (`127.0.0.1,192.168.1.5`); empty means all."""
    return tuple(one.strip() for one in os.environ.get("OIKOS_MDNS_INTERFACES", "").split(",") if one.strip())


def open_zeroconf(interfaces: tuple[str, ...]) -> AsyncZeroconf:
    """A zeroconf on these interfaces, or on all with IPv4 and IPv6. Raises OSError."""
    from zeroconf import InterfaceChoice, IPVersion
    from zeroconf.asyncio import AsyncZeroconf

    if interfaces:
        six = [":" in one for one in interfaces]
        version = IPVersion.V6Only if all(six) else IPVersion.All if any(six) else IPVersion.V4Only
        return AsyncZeroconf(interfaces=list(interfaces), ip_version=version)
    try:
        return AsyncZeroconf(interfaces=InterfaceChoice.All, ip_version=IPVersion.All)
    except OSError:
        return AsyncZeroconf(interfaces=InterfaceChoice.All, ip_version=IPVersion.V4Only)


async def follow_interfaces(zeroconf: AsyncZeroconf, on_change: Callable[[], None]) -> None:
    """Listens on interfaces that come, and leaves those that go, for ever; `on_change` is called after each change."""
    last, settling = await asyncio.to_thread(_addresses), 0
    while True:
        await asyncio.sleep(LOOK_S)
        now = await asyncio.to_thread(_addresses)
        settling = SETTLING if now != last else settling - 1
        last = now
        if settling > 0:
            await zeroconf.async_update_interfaces()
            on_change()


def _addresses() -> frozenset[tuple[str, str]]:
    """(interface, address) of this machine. Blocks briefly."""
    import ifaddr

    return frozenset((adapter.name, str(one.ip)) for adapter in ifaddr.get_adapters() for one in adapter.ips)
