# pyright: reportMissingTypeStubs=false
"""The port to which devices send the events that others have asked them for: to this computer, or to all (ASHRAE 135-2020, clause 13.8
and Annex J).

The program that holds the port gets what is sent to this computer alone. While another BACnet program has it, only broadcasts are received, for
a socket at the broadcast address takes nothing away from that program; and one that starts later may share the port.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import Callable, Iterable
from typing import Any, override
from weakref import WeakKeyDictionary

import ifaddr
from bacpypes3.apdu import ConfirmedEventNotificationRequest, UnconfirmedEventNotificationRequest
from bacpypes3.pdu import Address

from devices.protocols.bacnet.bacnet_application import BacnetApplication, own_device
from devices.protocols.bacnet.event_notification import EventNotification
from devices.protocols.bacnet.who_is import PORT, bound

ANY, ALL = "0.0.0.0", "255.255.255.255"  # noqa: S104 - devices send to any address of this computer
AGAIN_S = 60.0
"""Seconds after which a port that another program had is tried again."""


class HeardDevice:
    """One device whose events are taken at the port."""

    def __init__(self, address: Address, at: EventPort) -> None:
        self.address, self._at = address, at
        self.on_event: Callable[[EventNotification], None] = lambda _event: None

    @property
    def only_broadcasts(self) -> bool:
        """Whether another program has the port: only what is sent to all is received."""
        return not self._at.whole

    def close(self) -> None:
        """Takes no more events; may be called twice."""
        self._at.leave(self)


class EventPort:
    """The port, shared by all links of one loop. Event loop only."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._devices: list[HeardDevice] = []
        self._open: dict[str, _EventApplication] = {}
        """By the address that they are bound to."""
        self._again: asyncio.TimerHandle | None = None

    @property
    def whole(self) -> bool:
        """Whether the port is ours: what is sent to this computer alone is received, too."""
        return ANY in self._open

    def hear(self, address: Address) -> HeardDevice:
        """Begins to take the events of the device at an address."""
        device = HeardDevice(address, self)
        self._devices.append(device)
        if len(self._devices) == 1:
            self._look()
        return device

    def leave(self, device: HeardDevice) -> None:
        """Ends taking the events of a device; without any the port is given up."""
        if device in self._devices:
            self._devices.remove(device)
        if not self._devices:
            self._listen_at(())
            if self._again is not None:
                self._again.cancel()

    def heard(self, source: Address | None) -> list[HeardDevice]:
        """The devices at an address."""
        return [one for one in self._devices if one.address == source]

    def _look(self) -> None:
        """Takes the port where it is free, else the broadcasts of the networks of now until it is."""
        own = _interfaces()
        free = all(_is_free(str(one.ip), self._port) for one in own)
        self._listen_at([ANY] if free else _broadcast_addresses(own))
        if not self.whole:
            self._again = asyncio.get_running_loop().call_later(AGAIN_S, self._look)

    def _listen_at(self, wanted: Iterable[str]) -> None:
        for address in wanted:
            if address not in self._open:
                with contextlib.suppress(OSError):
                    self._open[address] = _EventApplication(bound(address, self._port, shared=True), self)
        for address in self._open.keys() - set(wanted):
            self._open.pop(address).close()


_ports: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[int, EventPort]] = WeakKeyDictionary()


def event_port() -> EventPort:
    """The port of BACnet as the running loop takes it."""
    ports = _ports.setdefault(asyncio.get_running_loop(), {})
    return ports.setdefault(PORT, EventPort(PORT))


class _EventApplication(BacnetApplication):
    """Takes events of the chosen devices at one socket; answers no other request."""

    def __init__(self, endpoint: socket.socket, at: EventPort) -> None:
        super().__init__(own_device(), endpoint)
        self._at = at

    @override
    def hears(self, source: Address | None) -> bool:
        return bool(self._at.heard(source))

    @override
    async def indication(self, apdu: Any) -> None:
        if isinstance(apdu, ConfirmedEventNotificationRequest | UnconfirmedEventNotificationRequest):
            devices = self._at.heard(apdu.pduSource)
            if devices:
                await self.take_event(apdu, lambda event: [one.on_event(event) for one in devices])


def _interfaces() -> list[ipaddress.IPv4Interface]:
    """The IPv4 addresses of this computer with their networks."""
    return [
        ipaddress.IPv4Interface(f"{one.ip}/{one.network_prefix}")
        for adapter in ifaddr.get_adapters()
        for one in adapter.ips
        if isinstance(one.ip, str)
    ]


def _is_free(address: str, port: int) -> bool:
    """Whether no other program has a port at an address, be it shared."""
    try:
        bound(address, port, shared=False).close()
    except OSError:
        return False
    return True


def _broadcast_addresses(own: Iterable[ipaddress.IPv4Interface]) -> list[str]:
    return [ALL, *{str(one.network.broadcast_address) for one in own if one.network.prefixlen < 31}]
