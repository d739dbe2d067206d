# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false, reportMissingTypeStubs=false, reportUnknownLambdaType=false
"""The library's values as plain Python, and back."""

from __future__ import annotations

import ipaddress
from typing import Any

from bacpypes3.basetypes import (
    BinaryPV,
    DateTime,
    DaysOfWeek,
    Destination,
    DeviceAddress,
    EngineeringUnits,
    EventTransitionBits,
    Recipient,
    StatusFlags,
)
from bacpypes3.basetypes import TimeStamp as BacnetTimeStamp
from bacpypes3.constructeddata import Array
from bacpypes3.primitivedata import CharacterString, Date, Enumerated, ObjectIdentifier, ObjectType, Time

from devices.protocols.bacnet.event_summaries import DATE_TIME, SEQUENCE, TIME, TimeStamp

IP_MAC = 6
"""Octets of a BACnet/IP address: IPv4 address and port (J.1.2)."""


def bacnet_time(time: TimeStamp) -> Any:  # noqa: ANN401 - the library's type has no stubs
    """A time stamp as the library sends it."""
    form, numbers = time
    if form == SEQUENCE:
        return BacnetTimeStamp(sequenceNumber=numbers[0])
    if form == TIME:
        return BacnetTimeStamp(time=Time(numbers))
    return BacnetTimeStamp(dateTime=DateTime(date=Date(numbers[:4]), time=Time(numbers[4:])))


def time_stamp(time: Any) -> TimeStamp:  # noqa: ANN401 - of the library
    """A time stamp of the library as plain numbers."""
    if time.sequenceNumber is not None:
        return SEQUENCE, (int(time.sequenceNumber),)
    if time.time is not None:
        return TIME, tuple(time.time)
    return DATE_TIME, (*time.dateTime.date, *time.dateTime.time)


def unit_name(code: int) -> str:
    """The name of an engineering unit (clause 21, BACnetEngineeringUnits); the number of one that a maker defines."""
    return str(EngineeringUnits(code))


def object_type_name(number: int) -> str:
    """The name of an object type (clause 21, BACnetObjectType); the number of one that a maker defines."""
    return str(ObjectType(number))


def as_object(identifier: str) -> Any:  # noqa: ANN401 - what the library's own functions call it differs
    """The library's value of an object identifier such as `analog-input,3`."""
    return ObjectIdentifier(identifier)


def identifier(object: Any) -> str:  # noqa: ANN401 - an ObjectIdentifier, or a tuple
    """The text of an object identifier."""
    type, instance = object
    return f"{type},{int(instance)}"


def plain(value: Any) -> Any:  # noqa: ANN401 - any of BACnet's types
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
        return [plain(one) for one in value]
    if hasattr(value, "_choice"):  # an entry of a priority array
        return None if getattr(value, "_choice", "null") == "null" else True
    if isinstance(value, Enumerated):
        return int(value)
    if isinstance(value, int | float | str) or value is None:
        return value
    return str(value)


def recipient(host_port: tuple[str, int], process: int) -> Any:  # noqa: ANN401 - of the library
    """An entry of a recipient list: confirmed notifications of every transition at any time (clause 21, BACnetDestination)."""
    host, port = host_port
    mac = ipaddress.IPv4Address(host).packed + port.to_bytes(2)
    return Destination(
        validDays=DaysOfWeek([1] * 7),
        fromTime=Time((0, 0, 0, 0)),
        toTime=Time((23, 59, 59, 99)),
        recipient=Recipient(address=DeviceAddress(networkNumber=0, macAddress=mac)),
        processIdentifier=process,
        issueConfirmedNotifications=True,
        transitions=EventTransitionBits([1, 1, 1]),
    )


def ip_recipient(entry: Any) -> tuple[tuple[str, int], int] | None:  # noqa: ANN401 - of the library
    """The host, port and process of an entry of a recipient list; None where it is no BACnet/IP address of this network."""
    address = entry.recipient.address
    if address is None or int(address.networkNumber) != 0 or len(address.macAddress) != IP_MAC:
        return None
    mac = bytes(address.macAddress)
    return (str(ipaddress.IPv4Address(mac[:4])), int.from_bytes(mac[4:])), int(entry.processIdentifier)
