"""Opens sessions with BACnet devices."""

from __future__ import annotations

import asyncio
import contextlib
import socket

from devices.contract import AdapterContext
from devices.protocols.bacnet.bacnet_client import BacnetClient
from devices.protocols.bacnet.bacnet_options import BacnetSettings
from devices.protocols.bacnet.bacnet_session import BacnetSession
from devices.protocols.bacnet.command_expiry import CommandExpiry, Slot
from devices.protocols.bacnet.ede_file import read_ede
from devices.protocols.bacnet.event_port import event_port
from devices.protocols.bacnet.event_recipient import EventRecipient
from devices.protocols.bacnet.priority_commands import PriorityCommands
from twin.model.device import Link
from twin.model.problem import ProblemError
from twin.model.text import Text


async def open_session(
    link: Link, settings: BacnetSettings, hosts: tuple[str, ...], port: int, around: AdapterContext
) -> BacnetSession:
    """A session with a socket of its own. Raises OSError, and ProblemError for an EDE file that cannot be read."""
    ede = None
    if settings.ede:
        ede = await asyncio.to_thread(read_ede, settings.ede, settings.state_texts, settings.unit_texts)
    commands, recipient = await _commands_of(link, around), await _recipient_of(link, around)
    client = await _client(settings, hosts, port, recipient.port if settings.receive_events else 0)
    heard = event_port().hear(client.address) if settings.hear_events and not client.is_ipv6 else None
    return BacnetSession(client, link, settings, commands, ede, recipient, heard)


async def leave_recipients(
    link: Link, settings: BacnetSettings, hosts: tuple[str, ...], port: int, around: AdapterContext
) -> tuple[str, ...]:
    """Removes us from the recipient lists of a removed link; the classes that still have us."""
    recipient = await _recipient_of(link, around)
    if not recipient.own:
        return ()
    with contextlib.suppress(ProblemError, OSError):  # the entries that are left are told
        client = await _client(settings, hosts, port)
        try:
            await recipient.leave(client)
        finally:
            client.close()
    return tuple(dict.fromkeys(one.object for one in recipient.own))


async def _recipient_of(link: Link, around: AdapterContext) -> EventRecipient:
    recipient = EventRecipient(around.folder / f"recipient-{link.id}.json", around.project)
    await asyncio.to_thread(recipient.load)
    return recipient


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


async def _client(settings: BacnetSettings, hosts: tuple[str, ...], port: int, own_port: int = 0) -> BacnetClient:
    host = await _address(hosts, port)
    client = BacnetClient(host, port, timeout_s=settings.timeout_s, own_port=own_port)
    try:
        await client.ready()
    except BaseException:
        client.close()
        raise
    return client


async def _address(hosts: tuple[str, ...], port: int) -> str:
    """The first IPv4 address of these hosts, else the first IPv6 address. Raises ConnectionError where there is none."""
    loop = asyncio.get_running_loop()
    for family in (socket.AF_INET, socket.AF_INET6):
        for host in hosts:
            with contextlib.suppress(OSError):
                found = await loop.getaddrinfo(host, port, family=family, type=socket.SOCK_DGRAM)
                return str(found[0][4][0])
    raise ConnectionError(Text("reason.unknown_name"))
