"""Opens sessions with KNX installations."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from urllib.parse import urlsplit

from devices.contract import AdapterContext
from devices.local_name import addresses_of
from devices.protocols.knx.group_table import GroupAddress
from devices.protocols.knx.knx_connection import KnxConnection
from devices.protocols.knx.knx_options import PORT, knx_settings
from devices.protocols.knx.knx_session import KnxSession
from devices.protocols.knx.table_process import READ_S, table_at
from twin.model.device import Link
from twin.model.text import Text

OPENING_S = 20.0
"""Seconds for the tunnel, once the table is read."""


async def open_session(link: Link, adapter_context: AdapterContext) -> KnxSession:
    """A session with a tunnel of its own. Raises ProblemError, OSError or TimeoutError."""
    settings = knx_settings(link)
    rows: tuple[GroupAddress, ...] = ()
    if settings.table:
        adapter_context.allow_s(READ_S + OPENING_S)
        rows = await table_at(settings.table)
        adapter_context.allow_s(OPENING_S)
    url = urlsplit(link.address)
    host = await _ipv4(await addresses_of(url.hostname or ""))
    connection = await KnxConnection.opened(host, url.port or PORT, tcp=settings.tcp)
    return KnxSession(connection, link, settings, rows)


async def _ipv4(hosts: tuple[str, ...]) -> str:
    """The first IPv4 address: KNXnet/IP has no other (KNX 03.08.02)."""
    loop = asyncio.get_running_loop()
    for host in hosts:
        try:
            if ipaddress.ip_address(host).version == 6:
                continue
        except ValueError:
            found = await loop.getaddrinfo(host, None, family=socket.AF_INET, type=socket.SOCK_DGRAM)
            return str(found[0][4][0])
        return host
    raise ConnectionError(Text("knx.only_ipv4"))
