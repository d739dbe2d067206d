# pyright: reportUnknownMemberType=false
"""Announces the lab's broker by mDNS on loopback, so that discovery finds it."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from ipaddress import ip_address

HOST = "oikos-lab.local."
NAME = "Oikos lab broker"


@asynccontextmanager
async def announced(port: int, *, tls: bool) -> AsyncGenerator[None]:
    """Context in which the broker is announced; does nothing where mDNS is not available."""
    from zeroconf import IPVersion, ServiceInfo
    from zeroconf.asyncio import AsyncZeroconf

    kind = ("_secure-mqtt" if tls else "_mqtt") + "._tcp.local."
    interfaces = [one for one in os.environ.get("OIKOS_MDNS_INTERFACES", "127.0.0.1").split(",") if one]
    try:
        zeroconf = AsyncZeroconf(interfaces=interfaces, ip_version=IPVersion.V4Only)
    except OSError:
        yield
        return
    service = ServiceInfo(
        kind,
        f"{NAME}.{kind}",
        addresses=[ip_address("127.0.0.1").packed],
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
