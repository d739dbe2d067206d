"""KNX search: SEARCH_REQUEST to 224.0.23.12 on every IPv4 network of this machine, and the answers (KNX 03.08.02, 7.6)."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from functools import partial
from typing import override

from devices.protocols.knx.knx_options import PORT

GROUP = "224.0.23.12"
LISTEN_S = 3.0
MAX_FOUND = 500
_RESPONSE = b"\x06\x10\x02\x02"
_TUNNELLING, _ROUTING = 4, 5


@dataclass(frozen=True, slots=True)
class FoundInterface:
    """A KNX/IP interface or router that answered."""

    host: str
    port: int
    name: str
    serial: str
    """12 hex digits; empty where it has none."""
    address: str
    """Individual address, such as `1.1.0`."""
    tunnelling: bool
    routing: bool
    group: str = ""
    """Multicast group of its routing; empty where it names none."""
    network: str = ""
    """This computer's address in the network where it answered."""


def found_in(data: bytes, host: str) -> FoundInterface | None:
    """The interface in a datagram; None where that is no SEARCH_RESPONSE. Never raises."""
    if not data.startswith(_RESPONSE) or len(data) < 14 or data[6] != 8:
        return None
    endpoint, port = str(ipaddress.IPv4Address(data[8:12])), int.from_bytes(data[12:14])
    name = serial = address = group = ""
    families, at = b"", 14
    while at + 2 <= len(data) and (size := data[at]) >= 2:
        block = data[at : at + size]
        if block[1] == 1 and len(block) >= 54:  # device information
            address = f"{block[4] >> 4}.{block[4] & 15}.{block[5]}"
            serial = block[8:14].hex() if any(block[8:14]) else ""
            group = str(ipaddress.IPv4Address(block[14:18])) if any(block[14:18]) else ""
            name = block[24:54].partition(b"\0")[0].decode("latin-1")
        elif block[1] == 2:  # supported service families
            families = block[2::2]
        at += size
    reached = host if endpoint == "0.0.0.0" else endpoint  # noqa: S104 - "answer where you came from"
    tunnelling, routing = _TUNNELLING in families, _ROUTING in families
    return FoundInterface(reached, port or PORT, name, serial, address, tunnelling, routing, group)


class _Ears(asyncio.DatagramProtocol):
    def __init__(self, heard: asyncio.Queue[FoundInterface], network: str) -> None:
        self._heard, self._network = heard, network

    @override
    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        found = found_in(data, str(addr[0]))
        if found is not None and self._heard.qsize() < MAX_FOUND:
            self._heard.put_nowait(replace(found, network=self._network))


def search_request(host: str, port: int) -> bytes:
    """SEARCH_REQUEST that is to be answered to this address."""
    return bytes.fromhex("06100201000e0801") + ipaddress.IPv4Address(host).packed + port.to_bytes(2)


async def search(
    hosts: list[str], *, group: str = GROUP, port: int = PORT, listen_s: float = LISTEN_S
) -> AsyncIterator[FoundInterface]:
    """Interfaces as they answer, each once, for `listen_s`."""
    loop = asyncio.get_running_loop()
    heard: asyncio.Queue[FoundInterface] = asyncio.Queue()
    transports: list[asyncio.DatagramTransport] = []
    try:
        for host in hosts:
            with contextlib.suppress(OSError):
                transport, _ = await loop.create_datagram_endpoint(partial(_Ears, heard, host), local_addr=(host, 0))
                transports.append(transport)
                own = transport.get_extra_info("socket")
                own.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(host))
                transport.sendto(search_request(*transport.get_extra_info("sockname")[:2]), (group, port))
        seen: set[tuple[str, int]] = set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(listen_s):
                while len(seen) < MAX_FOUND:
                    found = await heard.get()
                    if (found.host, found.port) not in seen:
                        seen.add((found.host, found.port))
                        yield found
    finally:
        for transport in transports:
            transport.close()
