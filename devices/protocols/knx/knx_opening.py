"""Opens sessions with KNX installations: through an interface's tunnel or the routers' multicast, plain or with KNX IP Secure."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from xknx.exceptions import XKNXException
from xknx.io import ConnectionConfig, ConnectionType, SecureConfig
from xknx.io.self_description import request_description

from devices.contract import AdapterContext, AuthError, Secret
from devices.local_name import addresses_of
from devices.protocols.knx.data_secure import SequenceNumbers
from devices.protocols.knx.ets_project import PASSWORD_REASONS
from devices.protocols.knx.group_points import devices_of
from devices.protocols.knx.group_table import GroupAddress
from devices.protocols.knx.knx_connection import DESCRIPTION_TRIES, KnxConnection, NoFreeTunnelError
from devices.protocols.knx.knx_keyring import keyring_problem, read_keyring, tunnels
from devices.protocols.knx.knx_options import PORT, KnxSettings, Transport, knx_settings
from devices.protocols.knx.knx_session import KnxSession
from devices.protocols.knx.network_card import ipv4_of, is_ipv4
from devices.protocols.knx.table_process import READ_S, table_at
from twin.files.errors import os_problem
from twin.model.device import DeviceInfo, Link
from twin.model.ids import derived
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text, as_text

if TYPE_CHECKING:
    from xknx.secure.keyring import Keyring, XMLInterface

OPENING_S = 30.0
"""Seconds for the connection, once table and keyring are read."""
KINDS = {
    Transport.UDP: ConnectionType.TUNNELING,
    Transport.TCP: ConnectionType.TUNNELING_TCP,
    Transport.SECURE: ConnectionType.TUNNELING_TCP_SECURE,
    Transport.ROUTING: ConnectionType.ROUTING,
    Transport.SECURE_ROUTING: ConnectionType.ROUTING_SECURE,
}


async def open_session(link: Link, secret: Secret | None, adapter_context: AdapterContext) -> KnxSession:
    """A session with a connection of its own; the secret's password is that of the keyring, and of the project that has no
    other. Raises AuthError, ProblemError, OSError or TimeoutError.
    """
    settings, secret = await _with_card(knx_settings(link), link), secret or Secret()
    adapter_context.allow_s(READ_S + OPENING_S)
    keyring = await _keyring(settings, secret.password)
    rows: tuple[GroupAddress, ...] = ()
    if settings.table:
        rows = await _table(settings.table, secret.table_password or secret.password)
    adapter_context.allow_s(OPENING_S)
    url = urlsplit(link.address)
    host = await _ipv4(await addresses_of(url.hostname or ""))
    numbers = await _numbers(adapter_context.folder / f"{derived('knx', link.id)}.json", keyring)
    connection = await _connected(host, url.port or PORT, settings, keyring, numbers)
    return KnxSession(connection, link, settings, rows)


async def listed(link: Link, secret: Secret | None, root: str) -> tuple[DeviceInfo, ...]:
    """The devices of the link's table behind the interface with uid `root`. Raises AuthError or ProblemError."""
    settings, secret = knx_settings(link), secret or Secret()
    rows = await _table(settings.table, secret.table_password or secret.password)
    return (await asyncio.to_thread(devices_of, rows, root, root))[0]


async def _with_card(settings: KnxSettings, link: Link) -> KnxSettings:
    """The settings with the address that the named network card has now. Raises ProblemError where it has none."""
    card = settings.network
    if not card or is_ipv4(card):
        return settings
    network = await asyncio.to_thread(ipv4_of, card)
    if not network:
        raise ProblemError(Problem(code="knx.no_card", args={"card": card}, where=link.title, retry=True))
    return replace(settings, network=network)


async def _keyring(settings: KnxSettings, password: str) -> Keyring | None:
    if settings.keyring:
        return await asyncio.to_thread(read_keyring, settings.keyring, password)
    if settings.transport.is_secure:
        raise keyring_problem("KNX", Text("knx.keyring_needed"))
    return None


async def _table(path: str, password: str) -> tuple[GroupAddress, ...]:
    try:
        return await table_at(path, password)
    except ProblemError as error:
        reason = as_text(error.problems[0].args.get("why"))
        if reason is not None and reason.code in PASSWORD_REASONS:
            raise AuthError(reason) from None
        raise


async def _numbers(file: Path, keyring: Keyring | None) -> SequenceNumbers | None:
    """The sequence numbers of KNX Data Secure; None where the keyring has no keys of group addresses. Raises ProblemError."""
    if keyring is None or not keyring.get_data_secure_group_keys():
        return None
    numbers = SequenceNumbers(file, keyring.signature.hex())
    try:
        await asyncio.to_thread(numbers.load)
    except OSError as error:
        raise ProblemError(os_problem(error, file, code="knx.numbers")) from None
    return numbers


async def _connected(
    host: str, port: int, settings: KnxSettings, keyring: Keyring | None, numbers: SequenceNumbers | None
) -> KnxConnection:
    if settings.transport.routes and not ipaddress.ip_address(host).is_multicast:
        raise ConnectionError(Text("knx.no_multicast"))
    if settings.transport is Transport.SECURE_ROUTING and keyring is not None and keyring.backbone is None:
        raise keyring_problem(settings.keyring, Text("knx.keyring_no_backbone"))
    if settings.transport is not Transport.SECURE or keyring is None:
        secure = SecureConfig(keyring=keyring) if keyring is not None else None
        return await KnxConnection.opened(_config(host, port, settings, secure), numbers)
    known = settings.address or await _individual_address(host, port)
    usable = tunnels(keyring, known, settings.address)
    if not usable:
        raise keyring_problem(settings.keyring, Text("knx.keyring_no_tunnel"))
    return await _tunnelled(host, port, settings, keyring, usable, numbers, is_known=bool(known))


async def _tunnelled(
    host: str,
    port: int,
    settings: KnxSettings,
    keyring: Keyring,
    usable: list[XMLInterface],
    numbers: SequenceNumbers | None,
    *,
    is_known: bool,
) -> KnxConnection:
    """The first tunnel that is free. Where the interface is not known, keys that it does not take may be those of another one:
    the next tunnel's are tried.
    """
    refused: list[AuthError | NoFreeTunnelError] = []
    for one in usable:
        secure = SecureConfig(
            keyring=keyring,
            user_id=one.user_id,
            user_password=one.decrypted_password,
            device_authentication_password=one.decrypted_authentication,
        )
        try:
            return await KnxConnection.opened(_config(host, port, settings, secure), numbers)
        except NoFreeTunnelError as error:
            refused.insert(0, error)  # one that will be free is worth waiting for
        except AuthError as error:
            if is_known:
                raise
            refused.append(error)
    raise refused[0]


def _config(host: str, port: int, settings: KnxSettings, secure: SecureConfig | None) -> ConnectionConfig:
    routes = settings.transport.routes
    return ConnectionConfig(
        connection_type=KINDS[settings.transport],
        gateway_ip=None if routes else host,
        gateway_port=port,
        multicast_group=host,
        multicast_port=port,
        local_ip=settings.network or None,
        individual_address=settings.address or None,
        secure_config=secure,
        auto_reconnect=False,
    )


async def _individual_address(host: str, port: int) -> str:
    """Of an interface, by which the keyring names its tunnels, asked up to three times: a datagram may be lost; empty where it
    does not tell (it may take TCP only).
    """
    for _ in range(DESCRIPTION_TRIES):
        with contextlib.suppress(XKNXException):
            about = await request_description(host, port)
            return str(about.individual_address or "")
    return ""


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
