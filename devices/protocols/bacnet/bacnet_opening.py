"""Opens sessions with BACnet devices."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

from devices.protocols.bacnet.bacnet_client import BacnetClient
from devices.protocols.bacnet.bacnet_options import BacnetSettings
from devices.protocols.bacnet.bacnet_session import BacnetSession
from devices.protocols.bacnet.command_expiry import CommandExpiry
from twin.model.device import Link
from twin.model.text import Text


async def open_session(
    link: Link, settings: BacnetSettings, hosts: tuple[str, ...], port: int, folder: Path
) -> BacnetSession:
    """A session with a socket of its own. Raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(hosts[0], port, family=socket.AF_INET, type=socket.SOCK_DGRAM)
    if not found:
        raise ConnectionError(Text("reason.unknown_name"))
    host = str(found[0][4][0])
    client = BacnetClient(host, port, timeout_s=settings.timeout_s)
    try:
        await client.ready()
    except BaseException:
        client.close()
        raise
    expiry = CommandExpiry(folder / f"expiry-{link.id}.json")
    await asyncio.to_thread(expiry.load)
    return BacnetSession(client, link, settings, expiry)
