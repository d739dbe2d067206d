# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false, reportMissingTypeStubs=false
"""The link to one BACnet/IPv6 device below the library's network layer (ASHRAE 135-2020, Annex U).

Devices have virtual addresses of 3 octets beside their IPv6 address; that of the device is asked for at its IPv6 address. The socket
receives only what this device sends.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
from enum import IntEnum
from typing import Any, override

from bacpypes3.comm import Server
from bacpypes3.pdu import PDU, Address, VirtualAddress

TYPE = 0x82
"""BVLC type of BACnet/IPv6 (U.2.1)."""


class Function(IntEnum):
    """BVLC functions that two nodes use without a BBMD (table U-1)."""

    ORIGINAL_UNICAST = 0x01
    ORIGINAL_BROADCAST = 0x02
    ADDRESS_RESOLUTION = 0x03
    ADDRESS_RESOLUTION_ACK = 0x05
    VIRTUAL_ADDRESS_RESOLUTION = 0x06
    VIRTUAL_ADDRESS_RESOLUTION_ACK = 0x07


HEAD, VMAC = 4, 3
"""Octets of the header and of a virtual address."""
ASK_S = 0.5
"""Seconds between questions for the virtual address of the device."""


def own_vmac() -> bytes:
    """A random virtual address: its first bits are 01, which no device instance has (H.7.2)."""
    return (0x400000 | secrets.randbits(22)).to_bytes(VMAC)


def datagram(function: Function, *parts: bytes) -> bytes:
    """A datagram of the link (U.2)."""
    body = b"".join(parts)
    return bytes((TYPE, function)) + (HEAD + len(body)).to_bytes(2) + body


class IPv6Link(Server[PDU], asyncio.DatagramProtocol):
    """The link by a connected socket; `ready` before anything is sent."""

    def __init__(self, endpoint: socket.socket) -> None:
        super().__init__()
        self._endpoint, self._vmac = endpoint, own_vmac()
        self._transport: asyncio.DatagramTransport | None = None
        self._peer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._incoming = set[asyncio.Task[None]]()

    @property
    def address(self) -> Address:
        """Our virtual address."""
        return VirtualAddress(self._vmac)

    async def ready(self, timeout_s: float) -> Address:
        """Asks for the virtual address of the device. Raises TimeoutError, OSError."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, sock=self._endpoint)
        async with asyncio.timeout(timeout_s):
            while not self._peer.done():
                self._send(datagram(Function.VIRTUAL_ADDRESS_RESOLUTION, self._vmac))
                await asyncio.wait((self._peer,), timeout=ASK_S)
        return VirtualAddress(self._peer.result())

    def close(self) -> None:
        """Closes the socket; may be called twice."""
        self._peer.cancel()
        for task in self._incoming:
            task.cancel()
        if self._transport is None:
            self._endpoint.close()
        else:
            self._transport.close()

    def _send(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(data)

    @override
    async def indication(self, pdu: Any) -> None:
        """Sends a message of the network layer to the device; we broadcast none."""
        if pdu.pduDestination.addrType == Address.localStationAddr and self._peer.done():
            self._send(datagram(Function.ORIGINAL_UNICAST, self._vmac, self._peer.result(), bytes(pdu.pduData)))

    @override
    def datagram_received(self, data: bytes, addr: Any) -> None:
        if len(data) < HEAD + VMAC or data[0] != TYPE or int.from_bytes(data[2:HEAD]) != len(data):
            return
        source, rest = data[HEAD : HEAD + VMAC], data[HEAD + VMAC :]
        match data[1]:
            case Function.ORIGINAL_UNICAST if rest[:VMAC] == self._vmac:
                self._deliver(source, rest[VMAC:])
            case Function.ORIGINAL_BROADCAST:
                self._deliver(source, rest)
            case Function.ADDRESS_RESOLUTION if rest[:VMAC] == self._vmac:
                self._send(datagram(Function.ADDRESS_RESOLUTION_ACK, self._vmac, source))
            case Function.VIRTUAL_ADDRESS_RESOLUTION:
                self._send(datagram(Function.VIRTUAL_ADDRESS_RESOLUTION_ACK, self._vmac, source))
            case Function.VIRTUAL_ADDRESS_RESOLUTION_ACK if rest[:VMAC] == self._vmac and not self._peer.done():
                self._peer.set_result(source)
            case _:
                pass

    def _deliver(self, source: bytes, message: bytes) -> None:
        up = self._up(PDU(message, source=VirtualAddress(source), destination=self.address))
        task = asyncio.create_task(up)  # noqa: TID251 - kept here, and ended in close
        self._incoming.add(task)
        task.add_done_callback(self._incoming.discard)

    async def _up(self, pdu: PDU) -> None:
        with contextlib.suppress(Exception):  # what strangers send breaks libraries in any way it likes
            await self.response(pdu)

    @override
    def error_received(self, exc: Exception) -> None:
        """Nothing: a device that is away refuses datagrams, and answers no request either."""
