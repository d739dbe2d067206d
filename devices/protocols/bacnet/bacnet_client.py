# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false, reportMissingTypeStubs=false, reportUnknownLambdaType=false
"""Requests to one BACnet/IP device, by bacpypes3, with answers as plain Python values.

Errors: TimeoutError without an answer, BacnetRefusedError where the device refuses, OSError of the socket.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable, Iterable
from typing import Any, override

from bacpypes3.apdu import (
    AbortPDU,
    AbortReason,
    ConfirmedRequestPDU,
    ErrorRejectAbortNack,
    GetEventInformationRequest,
    RejectPDU,
    RejectReason,
    SubscribeCOVRequest,
    UnconfirmedCOVNotificationRequest,
)
from bacpypes3.app import Application
from bacpypes3.appservice import ApplicationServiceAccessPoint
from bacpypes3.basetypes import BinaryPV, EngineeringUnits, ErrorType, StatusFlags
from bacpypes3.comm import bind
from bacpypes3.constructeddata import AnyAtomic, Array
from bacpypes3.ipv4.link import NormalLinkLayer
from bacpypes3.local.device import DeviceObject
from bacpypes3.netservice import NetworkServiceAccessPoint, NetworkServiceElement
from bacpypes3.pdu import Address, IPv4Address
from bacpypes3.primitivedata import (
    CharacterString,
    Enumerated,
    Null,
    ObjectIdentifier,
    ObjectType,
)

from devices.protocols.bacnet.bacnet_objects import BINARY, MULTISTATE, BacnetPoint
from devices.protocols.bacnet.event_summaries import EventSummary
from twin.model.text import Text

ANY_DEVICE = "device,4194303"
"""The wildcard by which a device answers for its own device object (clause 12.11.1)."""
RETRIES = 1
COV_LIFETIME_S = 300
CHUNK = 12
"""Objects in one ReadPropertyMultiple, at first; halved where the answer does not fit into what the device can send."""

GONE = ("unknown-object", "unknown-property")
"""Errors for what a device does not have, or has no more (clause 18.3)."""
MAX_LISTED = 10_000
"""Entries of an object list that are read one by one; the device states the number, which can be any."""

logging.getLogger("bacpypes3").setLevel(logging.CRITICAL)  # it logs a traceback for each malformed datagram

type ObjectValues = dict[str, dict[str, Any]]
"""Properties by object identifier; what an object does not have, or refuses, is missing."""


class BacnetRefusedError(Exception):
    """The device answered with an error, a reject or an abort; its argument is a Text."""

    def __init__(self, reason: Text, *, too_long: bool = False, gone: bool = False) -> None:
        super().__init__(reason)
        self.gone = gone
        """Whether the device has no such object or property (any more)."""
        self.too_long = too_long
        """Whether the answer would not fit: less is to be asked for at once."""


class _Application(Application):
    """The library's application as a client only; `on_change` receives notifications of changes of value."""

    device: Address
    on_change: Callable[[str, dict[str, Any]], None]

    def __init__(self, own: DeviceObject, endpoint: socket.socket) -> None:
        super().__init__()
        local: Any = IPv4Address(f"{endpoint.getsockname()[0]}:0")  # port 0: no socket for broadcasts
        self.asap = ApplicationServiceAccessPoint(own, self.device_info_cache)
        self.nsap = NetworkServiceAccessPoint()
        self.nse = NetworkServiceElement()
        bind(self.nse, self.nsap)
        bind(self, self.asap, self.nsap)
        self.normal = NormalLinkLayer(local, bind_socket=endpoint)
        self.nsap.bind(self.normal, address=local)
        self.add_object(own)

    @override
    async def indication(self, apdu: Any) -> None:
        """Takes the device's notifications; nothing else is served, for the library would let anyone write its objects."""
        if isinstance(apdu, UnconfirmedCOVNotificationRequest):
            await super().indication(apdu)
        elif isinstance(apdu, ConfirmedRequestPDU):
            await self.response(RejectPDU(reason=RejectReason.unrecognizedService, context=apdu))

    @override
    async def confirmation(self, apdu: Any) -> None:
        """Takes an answer; one that comes just as its request is given up is dropped."""
        with contextlib.suppress(asyncio.InvalidStateError):
            await super().confirmation(apdu)

    async def ready(self) -> None:
        """Waits until datagrams can be sent."""
        await self.normal.server._local_transport_ready.wait()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - the library has no other

    def close(self) -> None:
        """Closes the socket, now or as soon as the library has taken it, and ends the waiting for answers."""
        server = self.normal.server
        server.close()
        if server.local_transport is None:
            for opening in server._transport_tasks:  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - as above
                opening.add_done_callback(lambda _opened: server.close())
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
                    values[name] = _plain(one.value.cast_out(StatusFlags))
                elif name == "present-value":
                    values[name] = _plain(one.value.cast_out(AnyAtomic).get_value())
            self.on_change(_identifier(apdu.monitoredObjectIdentifier), values)


class BacnetClient:
    """A socket that only the device at one address reaches. Raises OSError where this machine has no way to it."""

    def __init__(self, host: str, port: int, *, timeout_s: float) -> None:
        self._address = Address(f"{host}:{port}")
        own: Any = DeviceObject(
            objectIdentifier=("device", 4194302),
            objectName="Oikos",
            maxApduLengthAccepted=1476,
            segmentationSupported="segmentedBoth",
            vendorIdentifier=999,
            apduTimeout=round(timeout_s * 1000),
            numberOfApduRetries=RETRIES,
        )
        self._app = _Application(own, _connected(host, port))
        self._app.on_change = lambda _object, _values: None
        self._app.device = self._address
        self._limit_s = timeout_s * (RETRIES + 2) + 5.0

    async def ready(self) -> None:
        """Waits until requests can be sent."""
        await self._app.ready()

    def set_listener(self, on_change: Callable[[str, dict[str, Any]], None]) -> None:
        """Whom to call with the object and its values when one has changed."""
        self._app.on_change = on_change

    async def device(self) -> str:
        """The identifier of the device object. Raises TimeoutError, BacnetRefusedError."""
        return str(await self._asked(self._app.read_property(self._address, _object(ANY_DEVICE), "object-identifier")))

    async def object_list(self, device: str) -> tuple[list[str], int]:
        """The identifiers of all objects: at once, or one by one where they do not fit; and how many were not asked for.

        Raises as `read`.
        """
        own = _object(device)
        try:
            found = await self._asked(self._app.read_property(self._address, own, "object-list"))
        except BacnetRefusedError as error:
            if not error.too_long:
                raise
            count = int(await self._asked(self._app.read_property(self._address, own, "object-list", 0)))
            found = [
                await self._asked(self._app.read_property(self._address, own, "object-list", n + 1))
                for n in range(min(count, MAX_LISTED))
            ]
            return [_identifier(one) for one in found], max(0, count - MAX_LISTED)
        return [_identifier(one) for one in found], 0

    async def read(self, objects: Iterable[str], properties: Iterable[str]) -> ObjectValues:
        """Properties of a few objects in one request; in two where they do not fit. Raises TimeoutError, BacnetRefusedError."""
        objects, properties = list(objects), list(properties)
        wanted: Any = []
        for one in objects:
            wanted += [_object(one), properties]
        try:
            rows = await self._asked(self._app.read_property_multiple(self._address, wanted))
        except BacnetRefusedError as error:
            if len(objects) > 1 and error.too_long:
                half = len(objects) // 2
                return await self.read(objects[:half], properties) | await self.read(objects[half:], properties)
            return await self._read_singly(objects, properties)
        found: ObjectValues = {one: {} for one in objects}
        for object, name, _index, value in rows:
            if not isinstance(value, ErrorType):
                found.setdefault(_identifier(object), {})[str(name)] = _plain(value)
        return found

    async def _read_singly(self, objects: list[str], properties: list[str]) -> ObjectValues:
        """For devices without ReadPropertyMultiple."""
        found: ObjectValues = {one: {} for one in objects}
        for one in objects:
            for name in properties:
                try:
                    value = await self._asked(self._app.read_property(self._address, _object(one), name))
                except BacnetRefusedError:
                    continue
                found[one][name] = _plain(value)
        return found

    async def write(self, point: BacnetPoint, value: float, priority: int) -> None:
        """Commands the present value at a priority. Raises TimeoutError, BacnetRefusedError."""
        whole = point.family in (BINARY, MULTISTATE) or point.object.startswith(("integer", "positive-integer"))
        await self._write(point.object, round(value) if whole else value, priority)

    async def relinquish(self, object: str, priority: int) -> None:
        """Takes back what an object was commanded at a priority (clause 19.2). Raises TimeoutError, BacnetRefusedError."""
        await self._write(object, Null(()), priority)

    async def _write(self, object: str, value: object, priority: int) -> None:
        await self._asked(
            self._app.write_property(
                self._address,
                _object(object),
                "present-value",
                value,
                priority=priority,
            )
        )

    async def subscribe(self, object: str, process: int) -> None:
        """Asks for notifications of an object for COV_LIFETIME_S. Raises TimeoutError, BacnetRefusedError."""
        request: Any = SubscribeCOVRequest(
            subscriberProcessIdentifier=process,
            monitoredObjectIdentifier=_object(object),
            issueConfirmedNotifications=False,
            lifetime=COV_LIFETIME_S,
            destination=self._address,
        )
        await self._asked(self._app.request(request))

    async def event_summaries(self) -> tuple[EventSummary, ...]:
        """The objects with an alarm that stands or is not acknowledged (clause 13.9). Raises TimeoutError, BacnetRefusedError."""
        found: dict[str, EventSummary] = {}
        last: dict[str, Any] = {}
        while len(found) < MAX_LISTED:
            request: Any = GetEventInformationRequest(destination=self._address, **last)
            answer = await self._asked(self._app.request(request))
            before = len(found)
            for one in answer.listOfEventSummaries:
                object = _identifier(one.objectIdentifier)
                try:
                    found[object] = _summary(one, object)
                except (TypeError, ValueError):  # a part is missing, as from devices of an older standard
                    raise BacnetRefusedError(Text("bacnet.error", code="malformed")) from None
                last = {"lastReceivedObjectIdentifier": one.objectIdentifier}
            if not answer.moreEvents or len(found) == before:
                break
        return tuple(found.values())

    async def _asked(self, request: Any) -> Any:  # noqa: ANN401 - what the library answers
        try:
            async with asyncio.timeout(self._limit_s):
                answer = await request
        except ErrorRejectAbortNack as error:
            raise _refusal(error) from None
        if isinstance(answer, ErrorType):
            raise _refusal(answer)
        return answer

    def close(self) -> None:
        """Closes the socket; may be called twice."""
        self._app.close()


def _connected(host: str, port: int) -> socket.socket:
    """A socket that receives only what this host sends from this port. Raises OSError."""
    endpoint = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        endpoint.setblocking(False)
        endpoint.connect((host, port))
    except OSError:
        endpoint.close()
        raise
    return endpoint


def _refusal(error: Any) -> Exception:  # noqa: ANN401 - any of the library's three kinds
    if isinstance(error, AbortPDU):
        reason = AbortReason(error.apduAbortRejectReason)
        if reason in (AbortReason.noResponse, AbortReason.tsmTimeout):
            return TimeoutError()
        too_long = reason in (AbortReason.segmentationNotSupported, AbortReason.bufferOverflow, AbortReason.apduTooLong)
        return BacnetRefusedError(Text("bacnet.error", code=str(reason)), too_long=too_long)
    code = getattr(error, "errorCode", None)
    named = str(code if code is not None else error)[:60]
    return BacnetRefusedError(Text("bacnet.error", code=named), gone=named in GONE)


def _summary(summary: Any, object: str) -> EventSummary:  # noqa: ANN401 - of the library
    return EventSummary(
        object=object,
        state=int(summary.eventState),
        acked=tuple(bool(bit) for bit in summary.acknowledgedTransitions),
        priorities=tuple(int(one) for one in summary.eventPriorities),
        notify_type=int(summary.notifyType),
    )


def unit_name(code: int) -> str:
    """The name of an engineering unit (clause 21, BACnetEngineeringUnits); the number of one that a maker defines."""
    return str(EngineeringUnits(code))


def object_type_name(number: int) -> str:
    """The name of an object type (clause 21, BACnetObjectType); the number of one that a maker defines."""
    return str(ObjectType(number))


def _object(identifier: str) -> Any:  # noqa: ANN401 - what the library's own functions call it differs
    return ObjectIdentifier(identifier)


def _identifier(object: Any) -> str:  # noqa: ANN401 - an ObjectIdentifier, or a tuple
    type, instance = object
    return f"{type},{int(instance)}"


def _plain(value: Any) -> Any:  # noqa: ANN401 - any of BACnet's types
    """A value as plain Python: numbers, texts, names of enumerations, lists; None for Null."""
    if isinstance(value, BinaryPV):
        return int(value)
    if isinstance(value, StatusFlags):
        return tuple(bool(bit) for bit in value)
    if isinstance(value, EngineeringUnits | ObjectIdentifier):
        return str(value)
    if isinstance(value, CharacterString):
        return str(value)
    if isinstance(value, Array | list):
        return [_plain(one) for one in value]
    if hasattr(value, "_choice"):  # an entry of a priority array
        return None if getattr(value, "_choice", "null") == "null" else True
    if isinstance(value, Enumerated):
        return int(value)
    if isinstance(value, int | float | str) or value is None:
        return value
    return str(value)
