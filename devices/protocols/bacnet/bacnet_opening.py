"""Opens sessions with BACnet devices."""

from __future__ import annotations

import asyncio
import socket

from devices.contract import AdapterContext
from devices.protocols.bacnet.bacnet_client import BacnetClient
from devices.protocols.bacnet.bacnet_options import BacnetSettings
from devices.protocols.bacnet.bacnet_session import BacnetSession
from devices.protocols.bacnet.command_expiry import CommandExpiry, Slot
from devices.protocols.bacnet.ede_file import read_ede
from devices.protocols.bacnet.priority_commands import PriorityCommands
from twin.model.device import Link
from twin.model.text import Text


async def open_session(
    link: Link, settings: BacnetSettings, hosts: tuple[str, ...], port: int, around: AdapterContext
) -> BacnetSession:
    """A session with a socket of its own. Raises OSError, and ProblemError for an EDE file that cannot be read."""
    ede = None
    if settings.ede:
        ede = await asyncio.to_thread(read_ede, settings.ede, settings.state_texts, settings.unit_texts)
    client = await _client(settings, hosts, port)
    return BacnetSession(client, link, settings, await _commands_of(link, around), ede)


async def take_back(
    link: Link, settings: BacnetSettings, hosts: tuple[str, ...], port: int, around: AdapterContext
) -> dict[Slot, Text]:
    """Takes back all commands of a link and its project; those that the device refuses to take back. Raises OSError,
    TimeoutError."""
    expiry = await _commands_of(link, around)
    slots = await asyncio.to_thread(expiry.own_slots)
    if not slots:
        return {}
    client = await _client(settings, hosts, port)
    try:
        return await PriorityCommands(client, settings, expiry, _tell_nobody).release_all(slots)
    finally:
        client.close()


async def _tell_nobody(_object: str) -> None:
    pass


async def _commands_of(link: Link, around: AdapterContext) -> CommandExpiry:
    expiry = CommandExpiry(around.folder / f"expiry-{link.id}.json", project=around.project)
    await asyncio.to_thread(expiry.load)
    return expiry


async def _client(settings: BacnetSettings, hosts: tuple[str, ...], port: int) -> BacnetClient:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(hosts[0], port, family=socket.AF_INET, type=socket.SOCK_DGRAM)
    if not found:
        raise ConnectionError(Text("reason.unknown_name"))
    client = BacnetClient(str(found[0][4][0]), port, timeout_s=settings.timeout_s)
    try:
        await client.ready()
    except BaseException:
        client.close()
        raise
    return client
