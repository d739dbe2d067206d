# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false, reportMissingTypeStubs=false, reportUnknownLambdaType=false
"""The library's application, as a client only: what it receives unasked is handed on, or refused."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable
from typing import Any, override

from bacpypes3.apdu import (
    ConfirmedEventNotificationRequest,
    ConfirmedRequestPDU,
    RejectPDU,
    RejectReason,
    SimpleAckPDU,
    UnconfirmedCOVNotificationRequest,
    UnconfirmedEventNotificationRequest,
)
from bacpypes3.app import Application
from bacpypes3.appservice import ApplicationServiceAccessPoint
from bacpypes3.basetypes import StatusFlags
from bacpypes3.comm import bind
from bacpypes3.constructeddata import AnyAtomic
from bacpypes3.ipv4.link import NormalLinkLayer
from bacpypes3.local.device import DeviceObject
from bacpypes3.netservice import NetworkServiceAccessPoint, NetworkServiceElement
from bacpypes3.pdu import Address, IPv4Address

from devices.protocols.bacnet.bacnet_values import identifier, plain, time_stamp
from devices.protocols.bacnet.event_notification import EventNotification
from devices.protocols.bacnet.ipv6_link import IPv6Link

logging.getLogger("bacpypes3").setLevel(logging.CRITICAL)  # it logs a traceback for each malformed datagram


RETRIES = 1


class BacnetApplication(Application):
    """The library's application as a client only; `on_change` receives changes of value, `on_event` events."""

    device: Address
    on_change: Callable[[str, dict[str, Any]], None]
    on_event: Callable[[EventNotification], None]

    def __init__(self, own: DeviceObject, endpoint: socket.socket) -> None:
        super().__init__()
        self.asap = ApplicationServiceAccessPoint(own, self.device_info_cache)
        self.nsap = NetworkServiceAccessPoint()
        self.nse = NetworkServiceElement()
        bind(self.nse, self.nsap)
        bind(self, self.asap, self.nsap)
        self._link, local = _link(endpoint, self.hears)
        self.nsap.bind(self._link, address=local)
        self.add_object(own)

    def hears(self, source: Address | None) -> bool:
        """Whether what this address sends is taken at all: others would fill the network layer's table of routers without end."""
        return source == self.device

    @override
    async def indication(self, apdu: Any) -> None:
        """Takes the device's notifications; nothing else is served, for the library would let anyone write its objects."""
        if isinstance(apdu, UnconfirmedCOVNotificationRequest):
            await super().indication(apdu)
        elif isinstance(apdu, ConfirmedEventNotificationRequest | UnconfirmedEventNotificationRequest):
            if apdu.pduSource == self.device:
                await self.take_event(apdu, self.on_event)
        elif isinstance(apdu, ConfirmedRequestPDU):
            await self.response(RejectPDU(reason=RejectReason.unrecognizedService, context=apdu))

    @override
    async def confirmation(self, apdu: Any) -> None:
        """Takes an answer; one that comes just as its request is given up is dropped."""
        with contextlib.suppress(asyncio.InvalidStateError):
            await super().confirmation(apdu)

    async def ready(self, timeout_s: float) -> None:
        """Waits until datagrams can be sent; at IPv6 for the virtual address of the device, too. Raises TimeoutError, OSError."""
        if isinstance(self._link, IPv6Link):
            self.device = await self._link.ready(timeout_s)
        else:
            await self._link.server._local_transport_ready.wait()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - the library has no other

    def close(self) -> None:
        """Closes the socket, now or as soon as the library has taken it, and ends the waiting for answers."""
        if isinstance(self._link, IPv6Link):
            self._link.close()
        else:
            _close(self._link.server)
        for transaction in (*self.asap.clientTransactions, *self.asap.serverTransactions):
            transaction.stop_timer()  # it would send again on the closed socket

    async def do_UnconfirmedCOVNotificationRequest(self, apdu: UnconfirmedCOVNotificationRequest) -> None:  # noqa: N802 - the library's name
        """Hands on a notification of the own device; what is malformed is left out."""
        if apdu.pduSource != self.device:
            return
        values: dict[str, Any] = {}
        with contextlib.suppress(Exception):  # what strangers send breaks libraries in any way it likes
            changed: Any = apdu.listOfValues
            for one in changed or ():
                name = str(one.propertyIdentifier)
                if name == "status-flags":
                    values[name] = plain(one.value.cast_out(StatusFlags))
                elif name == "present-value":
                    values[name] = plain(one.value.cast_out(AnyAtomic).get_value())
            self.on_change(identifier(apdu.monitoredObjectIdentifier), values)

    async def take_event(self, apdu: Any, on_event: Callable[[EventNotification], object]) -> None:  # noqa: ANN401 - of the library
        """Hands on an event notification, and confirms it where that is asked for."""
        taken = False
        with contextlib.suppress(Exception):  # as above
            on_event(event_notification(apdu))
            taken = True
        if isinstance(apdu, ConfirmedEventNotificationRequest):
            refusal = RejectPDU(reason=RejectReason.other, context=apdu)
            await self.response(SimpleAckPDU(context=apdu) if taken else refusal)


class _HearingLink(NormalLinkLayer):
    """The library's link, which hands on only datagrams of the sources that are taken."""

    def __init__(self, local: Any, endpoint: socket.socket, hears: Callable[[Address | None], bool]) -> None:  # noqa: ANN401 - of the library
        super().__init__(local, bind_socket=endpoint)
        self._hears = hears

    @override
    async def response(self, pdu: Any) -> None:
        if self._hears(pdu.pduSource):
            await super().response(pdu)


def _link(endpoint: socket.socket, hears: Callable[[Address | None], bool]) -> tuple[Any, Address]:
    """The link below the network layer, and our address there."""
    if endpoint.family == socket.AF_INET6:
        link = IPv6Link(endpoint)
        return link, link.address
    local: Any = IPv4Address(f"{endpoint.getsockname()[0]}:0")  # port 0: no socket for broadcasts
    return _HearingLink(local, endpoint, hears), local


def _close(server: Any) -> None:  # noqa: ANN401 - of the library
    server.close()
    if server.local_transport is None:
        for opening in server._transport_tasks:  # noqa: SLF001 - as above
            opening.add_done_callback(lambda _opened: server.close())


def own_device(timeout_s: float = 2.0) -> DeviceObject:
    """Ourselves, as the library needs it."""
    made: Any = DeviceObject(
        objectIdentifier=("device", 4194302),
        objectName="Oikos",
        maxApduLengthAccepted=1476,
        segmentationSupported="segmentedBoth",
        vendorIdentifier=999,
        apduTimeout=round(timeout_s * 1000),
        numberOfApduRetries=RETRIES,
    )
    return made


def event_notification(apdu: Any) -> EventNotification:  # noqa: ANN401 - of the library
    """The content of a request. Raises any exception where it is malformed."""
    return EventNotification(
        object=identifier(apdu.eventObjectIdentifier),
        time=time_stamp(apdu.timeStamp),
        notification_class=int(apdu.notificationClass),
        priority=int(apdu.priority),
        notify_type=int(apdu.notifyType),
        message=str(apdu.messageText or ""),
        from_state=None if apdu.fromState is None else int(apdu.fromState),
        to_state=int(apdu.toState),
    )
