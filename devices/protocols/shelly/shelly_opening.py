"""Opens sessions with Shelly devices, awake or asleep."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
from pathlib import Path

from devices.contract import AdapterSession, RefusedError, Secret
from devices.host_link import HostPlace, host_place, uid_of
from devices.json_document import part_of
from devices.protocols.shelly.push_listener import PATH
from devices.protocols.shelly.push_ports import PushPorts
from devices.protocols.shelly.rpc_connection import CONNECT_S, RpcConnection
from devices.protocols.shelly.shelly_options import OPTIONS, SERVICE, mac_of
from devices.protocols.shelly.shelly_session import ShellySession, documents_of
from devices.protocols.shelly.sleeping_session import SleeperMemory, SleepingSession
from twin.model.device import Link
from twin.model.ids import clean_name
from twin.model.link_option import option_values
from twin.model.problem import Problem, ProblemError

_OURS = re.compile(f"wss?://[^/]+{PATH}/?")
"""Addresses that devices are told to report to, whatever this machine's address was then."""
ASLEEP_S = 3.0
"""Seconds for connecting to a device that is known to sleep: it answers at once, or not before it wakes."""


async def open_session(link: Link, secret: Secret, folder: Path, listeners: PushPorts) -> AdapterSession:
    """A session with the device where it is awake, else one that waits for it. Raises AuthError, ProblemError, OSError or
    TimeoutError.
    """
    options = option_values(OPTIONS, link.options)
    port, memory = int(float(options["push"])), SleeperMemory(folder / f"{link.id}.json")
    known = await asyncio.to_thread(memory.load) if port else None
    place = await host_place(link, SERVICE, mac_of)
    try:
        connection = await (_awake if known else _found)(place, secret.password, uid_of(link))
    except (OSError, TimeoutError):
        if known is None:
            raise
        return await _waiting(SleepingSession(link, known, memory, listeners, port))
    try:
        documents = documents_of(connection)
        if not documents.wakes_every_s:
            return ShellySession(connection, link, float(options["period"]))
        if not port:
            raise ProblemError(Problem(code="shelly.sleeps", where=link.title or link.address))
        await _report_here(connection, port)
    except BaseException:
        await connection.close()
        raise
    await connection.close()
    await asyncio.to_thread(memory.save, documents)
    return await _waiting(SleepingSession(link, documents, memory, listeners, port))


async def _found(place: HostPlace, password: str, uid: str) -> RpcConnection:
    async def at(hosts: tuple[str, ...], port: int) -> RpcConnection:
        for host in hosts[:-1]:
            with contextlib.suppress(OSError, TimeoutError):
                return await RpcConnection.opened(host, port, password, uid, CONNECT_S / len(hosts))
        return await RpcConnection.opened(hosts[-1], port, password, uid)

    return await place.first(at)


async def _awake(place: HostPlace, password: str, uid: str) -> RpcConnection:
    """A connection to a device that is known to sleep, where it happens to be awake."""
    return await RpcConnection.opened(place.hosts[0], place.port, password, uid, ASLEEP_S)


async def _waiting(session: SleepingSession) -> SleepingSession:
    await session.start()
    return session


async def _report_here(connection: RpcConnection, port: int) -> None:
    """Tells the device to connect to this machine when it wakes, unless it does already. Raises ProblemError, also where
    it reports to another system: it can report to one only.
    """
    own = await asyncio.to_thread(_own_address, connection.host, port)
    server = f"ws://{own}:{port}{PATH}"
    present = part_of(connection.config, "ws")
    if present.get("enable") and present.get("server") == server:
        return
    before = str(present.get("server") or "")
    if present.get("enable") and before and not _OURS.fullmatch(before):
        raise ProblemError(
            Problem(code="shelly.reports_elsewhere", args={"server": clean_name(before, 120)}, where=connection.host)
        )
    try:
        done = await connection.call("Ws.SetConfig", {"config": {"enable": True, "server": server}})
        if done.get("restart_required"):
            await connection.call("Shelly.Reboot", {})
    except RefusedError as error:
        raise ProblemError(
            Problem(code="shelly.push_refused", args={"why": error.args[0]}, where=connection.host)
        ) from None


def _own_address(host: str, port: int) -> str:
    """This machine's address as the device sees it; sends nothing. Blocks; raises OSError."""
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect(address)
        own = str(probe.getsockname()[0])
    return f"[{own}]" if family is socket.AF_INET6 else own
