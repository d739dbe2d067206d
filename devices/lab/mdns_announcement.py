# pyright: reportUnknownMemberType=false
"""Announces the lab's broker by mDNS on loopback, so that discovery finds it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from ipaddress import ip_address

from devices.lab.loopback import LOOPBACK
from devices.zeroconf_interfaces import interfaces_from_environment, open_zeroconf

HOST = "oikos-lab.local."
NAME = "Oikos lab broker"


@asynccontextmanager
async def announced(port: int, *, tls: bool) -> AsyncGenerator[None]:
    """Context in which the broker is announced; does nothing where mDNS is not available."""
    from zeroconf import ServiceInfo

    kind = ("_secure-mqtt" if tls else "_mqtt") + "._tcp.local."
    try:
        zeroconf = open_zeroconf(interfaces_from_environment() or (LOOPBACK,))
    except OSError:
        yield
        return
    service = ServiceInfo(
        kind,
        f"{NAME}.{kind}",
        addresses=[ip_address(LOOPBACK.partition("%")[0]).packed],
        port=port,
        server=HOST,
        properties={"lab": "1"},
    )
    try:
        await (await zeroconf.async_register_service(service, allow_name_change=True))
        yield
        await zeroconf.async_unregister_all_services()
    finally:
        await zeroconf.async_close()
