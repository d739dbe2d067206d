# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false, reportMissingTypeStubs=false, reportUnknownLambdaType=false
"""Requests to one BACnet/IP device, by bacpypes3, with answers as plain Python values.

Errors: TimeoutError without an answer, BacnetRefusedError where the device refuses, OSError of the socket.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterable
from typing import Any

from bacpypes3.apdu import (
    AbortPDU,
    AbortReason,
    AcknowledgeAlarmRequest,
    AddListElementRequest,
    ErrorRejectAbortNack,
    GetEventInformationRequest,
    RejectPDU,
    RejectReason,
    RemoveListElementRequest,
    SubscribeCOVRequest,
)
from bacpypes3.basetypes import ErrorType, EventState, ListOfDestination
from bacpypes3.constructeddata import Any as AnyValue
from bacpypes3.pdu import Address
from bacpypes3.primitivedata import Null

from devices.protocols.bacnet.bacnet_application import RETRIES, BacnetApplication, own_device
from devices.protocols.bacnet.bacnet_objects import BINARY, MULTISTATE, BacnetPoint
from devices.protocols.bacnet.bacnet_values import (
    as_object,
    bacnet_time,
    identifier,
    ip_recipient,
    plain,
    recipient,
    time_stamp,
)
from devices.protocols.bacnet.event_notification import EventNotification
from devices.protocols.bacnet.event_summaries import EventSummary, TimeStamp, date_time_stamp
from twin.model.text import Text

ANY_DEVICE = "device,4194303"
"""The wildcard by which a device answers for its own device object (clause 12.11.1)."""
COV_LIFETIME_S = 300
PROCESS = 1
"""Our process identifier in acknowledgements and subscriptions to events (clause 13)."""
CHUNK = 12
"""Objects in one ReadPropertyMultiple, at first; halved where the answer does not fit into what the device can send."""

RECIPIENT_LIST = "recipient-list"
GONE = ("unknown-object", "unknown-property")
"""Errors for what a device does not have, or has no more (clause 18.3)."""
MAX_LISTED = 10_000
"""Entries of an object list that are read one by one; the device states the number, which can be any."""

type ObjectValues = dict[str, dict[str, Any]]
"""Properties by object identifier; what an object does not have, or refuses, is missing."""


class BacnetRefusedError(Exception):
    """The device answered with an error, a reject or an abort; its argument is a Text."""

    def __init__(
        self, reason: Text, *, too_long: bool = False, gone: bool = False, unknown_service: bool = False
    ) -> None:
        super().__init__(reason)
        self.unknown_service = unknown_service
        """Whether the device does not know this kind of request."""
        self.gone = gone
        """Whether the device has no such object or property (any more)."""
        self.too_long = too_long
        """Whether the answer would not fit: less is to be asked for at once."""


class BacnetClient:
    """A socket that only the device at one address reaches. Raises OSError where this machine has no way to it."""

    def __init__(self, host: str, port: int, *, timeout_s: float, own_port: int = 0) -> None:
        """`host`: an IPv4 or IPv6 address; `own_port`: where the device is to find us, if that port is free."""
        self._endpoint, self._timeout_s = _connected(host, port, own_port), timeout_s
        self._app = BacnetApplication(own_device(timeout_s), self._endpoint)
        self.set_listener(lambda _object, _values: None)
        self.set_event_listener(lambda _event: None)
        if not self.is_ipv6:
            self._app.device = Address(f"{host}:{port}")
        self._limit_s = timeout_s * (RETRIES + 2) + 5.0

    @property
    def is_ipv6(self) -> bool:
        """Whether the device is reached by BACnet/IPv6."""
        return self._endpoint.family == socket.AF_INET6

    @property
    def address(self) -> Address:
        """The device's address; at IPv6 the virtual one, which is known once requests can be sent."""
        return self._app.device

    async def ready(self) -> None:
        """Waits until requests can be sent. Raises TimeoutError at IPv6 where the device does not answer, OSError."""
        await self._app.ready(self._timeout_s * (RETRIES + 1))

    def set_listener(self, on_change: Callable[[str, dict[str, Any]], None]) -> None:
        """Whom to call with the object and its values when one has changed."""
        self._app.on_change = on_change

    def set_event_listener(self, on_event: Callable[[EventNotification], None]) -> None:
        """Whom to call with an event that the device notifies."""
        self._app.on_event = on_event

    async def device(self) -> str:
        """The identifier of the device object. Raises TimeoutError, BacnetRefusedError."""
        return str(await self._asked(self._app.read_property(self.address, as_object(ANY_DEVICE), "object-identifier")))

    async def object_list(self, device: str) -> tuple[list[str], int]:
        """The identifiers of all objects: at once, or one by one where they do not fit; and how many were not asked for.

        Raises as `read`.
        """
        own = as_object(device)
        try:
            found = await self._asked(self._app.read_property(self.address, own, "object-list"))
        except BacnetRefusedError as error:
            if not error.too_long:
                raise
            count = int(await self._asked(self._app.read_property(self.address, own, "object-list", 0)))
            found = [
                await self._asked(self._app.read_property(self.address, own, "object-list", n + 1))
                for n in range(min(count, MAX_LISTED))
            ]
            return [identifier(one) for one in found], max(0, count - MAX_LISTED)
        return [identifier(one) for one in found], 0

    async def read(self, objects: Iterable[str], properties: Iterable[str]) -> ObjectValues:
        """Properties of a few objects in one request; in two where they do not fit. Raises TimeoutError, BacnetRefusedError."""
        objects, properties = list(objects), list(properties)
        wanted: Any = []
        for one in objects:
            wanted += [as_object(one), properties]
        try:
            rows = await self._asked(self._app.read_property_multiple(self.address, wanted))
        except BacnetRefusedError as error:
            if len(objects) > 1 and error.too_long:
                half = len(objects) // 2
                return await self.read(objects[:half], properties) | await self.read(objects[half:], properties)
            return await self._read_singly(objects, properties)
        found: ObjectValues = {one: {} for one in objects}
        for object, name, _index, value in rows:
            if not isinstance(value, ErrorType):
                found.setdefault(identifier(object), {})[str(name)] = plain(value)
        return found

    async def _read_singly(self, objects: list[str], properties: list[str]) -> ObjectValues:
        """For devices without ReadPropertyMultiple."""
        found: ObjectValues = {one: {} for one in objects}
        for one in objects:
            for name in properties:
                try:
                    value = await self._asked(self._app.read_property(self.address, as_object(one), name))
                except BacnetRefusedError:
                    continue
                found[one][name] = plain(value)
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
                self.address,
                as_object(object),
                "present-value",
                value,
                priority=priority,
            )
        )

    async def subscribe(self, object: str, process: int) -> None:
        """Asks for notifications of an object for COV_LIFETIME_S. Raises TimeoutError, BacnetRefusedError."""
        request: Any = SubscribeCOVRequest(
            subscriberProcessIdentifier=process,
            monitoredObjectIdentifier=as_object(object),
            issueConfirmedNotifications=False,
            lifetime=COV_LIFETIME_S,
            destination=self.address,
        )
        await self._asked(self._app.request(request))

    async def event_summaries(self) -> tuple[EventSummary, ...]:
        """The objects with an alarm that stands or is not acknowledged (clause 13.9). Raises TimeoutError, BacnetRefusedError."""
        found: dict[str, EventSummary] = {}
        last: dict[str, Any] = {}
        while len(found) < MAX_LISTED:
            request: Any = GetEventInformationRequest(destination=self.address, **last)
            answer = await self._asked(self._app.request(request))
            before = len(found)
            for one in answer.listOfEventSummaries:
                object = identifier(one.objectIdentifier)
                try:
                    found[object] = _summary(one, object)
                except (TypeError, ValueError):  # a part is missing, as from devices of an older standard
                    raise BacnetRefusedError(Text("bacnet.error", code="malformed")) from None
                last = {"lastReceivedObjectIdentifier": one.objectIdentifier}
            if not answer.moreEvents or len(found) == before:
                break
        return tuple(found.values())

    async def acknowledge_alarm(self, object: str, state: int, time: TimeStamp, who: str, at: float) -> None:
        """Acknowledges the transition of an object into an event state at that time of the device (clause 13), at the Unix
        time `at`. Raises TimeoutError, BacnetRefusedError.
        """
        request: Any = AcknowledgeAlarmRequest(
            acknowledgingProcessIdentifier=PROCESS,
            eventObjectIdentifier=as_object(object),
            eventStateAcknowledged=EventState(state),
            timeStamp=bacnet_time(time),
            acknowledgmentSource=who,
            timeOfAcknowledgment=bacnet_time(date_time_stamp(at)),
            destination=self.address,
        )
        await self._asked(self._app.request(request))

    @property
    def local_address(self) -> tuple[str, int]:
        """The host and port at which the device reaches us."""
        host, port, *_ = self._endpoint.getsockname()
        return host, port

    async def recipients(self, object: str) -> tuple[tuple[str, int], ...]:
        """The hosts and ports to which a notification class sends events for our process. Raises TimeoutError,
        BacnetRefusedError.
        """
        found = (ip_recipient(one) for one in await self._recipient_list(object))
        return tuple(host_port for host_port, process in filter(None, found) if process == PROCESS)

    async def change_recipients(self, object: str, host_port: tuple[str, int], *, add: bool) -> None:
        """Enters us in the recipient list of a notification class, or removes us; as one element, or by writing the list where the
        device cannot do that (clause 15.1, 15.2). Raises TimeoutError, BacnetRefusedError.
        """
        listed = await self._recipient_list(object)
        own = [one for one in listed if ip_recipient(one) == (host_port, PROCESS)]
        changed = [recipient(host_port, PROCESS)] if add else own
        request = AddListElementRequest if add else RemoveListElementRequest
        element: Any = request(
            objectIdentifier=as_object(object),
            propertyIdentifier=RECIPIENT_LIST,
            listOfElements=AnyValue(ListOfDestination(changed)),
            destination=self.address,
        )
        try:
            await self._asked(self._app.request(element))
        except BacnetRefusedError as error:
            if not error.unknown_service:
                raise
            rest = [*listed, *changed] if add else [one for one in listed if one not in own]
            await self._asked(
                self._app.write_property(self.address, as_object(object), RECIPIENT_LIST, ListOfDestination(rest))
            )

    async def _recipient_list(self, object: str) -> list[Any]:
        return list(await self._asked(self._app.read_property(self.address, as_object(object), RECIPIENT_LIST)))

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


def _connected(host: str, port: int, own_port: int) -> socket.socket:
    """A socket that receives only what this host sends from this port. Raises OSError."""
    endpoint = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        endpoint.setblocking(False)
        with contextlib.suppress(OSError):  # another program has it: then a free one is taken
            endpoint.bind(("", own_port))
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
    if isinstance(error, RejectPDU):
        unknown = error.apduAbortRejectReason == RejectReason.unrecognizedService
        return BacnetRefusedError(Text("bacnet.error", code=str(error)[:60]), unknown_service=unknown)
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
        times=tuple(time_stamp(one) for one in summary.eventTimeStamps),
    )
