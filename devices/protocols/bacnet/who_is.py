"""Who-Is by broadcast on every IPv4 network of this machine, and the I-Am answers (ASHRAE 135-2020, clauses 16.10 and 20, J.2).

Devices answer to the sender or by broadcast to port 47808; a socket bound to the broadcast address receives the latter and takes
nothing away from another BACnet program of this machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import override

PORT = 47808
LISTEN_S = 3.0
MAX_DEVICES = 2_000
WHO_IS = bytes.fromhex("810b000c0120ffff00ff1008")
"""BVLC Original-Broadcast-NPDU; NPDU to all networks; unconfirmed request Who-Is without limits."""
_ORIGINALS = (0x0A, 0x0B)
_FORWARDED = 0x04


@dataclass(frozen=True, slots=True)
class IAm:
    """A device that answered."""

    instance: int
    vendor: int
    host: str
    port: int
    routed: bool
    """Whether it is behind a router, on another BACnet network."""


def i_am_of(data: bytes, host: str, port: int) -> IAm | None:
    """The device in a datagram; None where that is no I-Am. Never raises."""
    with contextlib.suppress(IndexError, ValueError):
        if data[0] != 0x81:
            return None
        at = 4
        if data[1] == _FORWARDED:
            host, port, at = ".".join(str(part) for part in data[4:8]), int.from_bytes(data[8:10]), 10
        elif data[1] not in _ORIGINALS:
            return None
        at, routed = _after_npdu(data, at)
        if data[at : at + 3] != b"\x10\x00\xc4" or len(data) < at + 7:
            return None
        identifier = int.from_bytes(data[at + 3 : at + 7])
        if identifier >> 22 != 8:  # object type device
            return None
        return IAm(identifier & 0x3FFFFF, _last_unsigned(data[at + 7 :]), host, port, routed)
    return None


def _after_npdu(data: bytes, at: int) -> tuple[int, bool]:
    """Where the APDU begins, and whether the NPDU has a source network (clause 6.2)."""
    control = data[at + 1]
    if data[at] != 1 or control & 0x80:  # another version, or a message of the network layer
        raise ValueError
    at += 2
    if control & 0x20:
        at += 3 + data[at + 2]
    routed = bool(control & 0x08)
    if routed:
        at += 3 + data[at + 2]
    return at + bool(control & 0x20), routed


def _last_unsigned(rest: bytes) -> int:
    """The vendor id, which ends an I-Am after maximum length and segmentation; 0 where it is damaged."""
    value = 0
    while rest:
        length = rest[0] & 7
        if rest[0] >> 4 not in (2, 9) or length > 4:
            return 0
        value, rest = int.from_bytes(rest[1 : 1 + length]), rest[1 + length :]
    return value


class _Ears(asyncio.DatagramProtocol):
    def __init__(self, heard: asyncio.Queue[IAm]) -> None:
        self._heard = heard

    @override
    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        found = i_am_of(data, str(addr[0]), int(addr[1]))
        if found is not None and self._heard.qsize() < MAX_DEVICES:
            self._heard.put_nowait(found)


async def who_is(
    networks: list[ipaddress.IPv4Interface], port: int = PORT, listen_s: float = LISTEN_S
) -> AsyncIterator[IAm]:
    """Devices as they answer, each once, for `listen_s`."""
    loop = asyncio.get_running_loop()
    heard: asyncio.Queue[IAm] = asyncio.Queue()
    transports: list[asyncio.DatagramTransport] = []
    try:
        for network in networks:
            with contextlib.suppress(OSError):
                everybody = str(network.network.broadcast_address)
                transport, _ = await loop.create_datagram_endpoint(
                    lambda: _Ears(heard), local_addr=(str(network.ip), 0), allow_broadcast=True
                )
                transports.append(transport)
                with contextlib.suppress(OSError):
                    transports.append(await _listening(loop, heard, network, port))
                transport.sendto(WHO_IS, (everybody, port))
        seen: set[tuple[int, str]] = set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(listen_s):
                while len(seen) < MAX_DEVICES:
                    found = await heard.get()
                    if (found.instance, found.host) not in seen:
                        seen.add((found.instance, found.host))
                        yield found
    finally:
        for transport in transports:
            transport.close()


async def _listening(
    loop: asyncio.AbstractEventLoop, heard: asyncio.Queue[IAm], network: ipaddress.IPv4Interface, port: int
) -> asyncio.DatagramTransport:
    """Receives what is broadcast, beside other programs that do."""
    try:
        listener = bound(str(network.network.broadcast_address), port, shared=True)
    except OSError:  # Windows binds to no broadcast address; there the interface's own receives broadcasts
        listener = bound(str(network.ip), port, shared=False)
    try:
        transport, _ = await loop.create_datagram_endpoint(lambda: _Ears(heard), sock=listener)
    except BaseException:
        listener.close()
        raise
    return transport


def bound(address: str, port: int, *, shared: bool) -> socket.socket:
    """A bound socket; shared with other programs, or without taking anything away from them. Raises OSError."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        listener.setblocking(False)
        if shared:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        elif exclusive := getattr(socket, "SO_EXCLUSIVEADDRUSE", None):
            listener.setsockopt(socket.SOL_SOCKET, exclusive, 1)
        listener.bind((address, port))
    except OSError:
        listener.close()
        raise
    return listener
