"""PUBLISH packets of MQTT (version 5 section 3.3, 3.1.1 section 3.3), read with one copy of their payload: the library copies
it five times, which of a bridge's list of a thousand devices (9 MB) costs more than all that is done with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from paho.mqtt import _packet
from paho.mqtt.enums import MQTTProtocolVersion
from paho.mqtt.exception import MalformedPacket
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties, VariableByteIntegers

_integer = cast("Callable[[bytes], tuple[int, int]]", VariableByteIntegers.decode)
_unpack = cast("Callable[[Properties, bytes], object]", Properties.unpack)
_LONGEST_INTEGER = 4
"""Most bytes of a variable byte integer (version 5 section 1.5.5)."""


def read_without_copies() -> None:
    """Makes the library read PUBLISH packets by `decoded` from now on; may be called twice."""
    _packet.decode_publish = _packet.convert_exception(decoded)


def decoded(header: int, packet: bytes | bytearray, protocol: MQTTProtocolVersion) -> _packet.PublishPacket:
    """The parts of a packet: its first byte, and all behind its length. Raises MalformedPacket, or what the library raises for
    properties."""
    qos, modern = (header & 0x06) >> 1, protocol == MQTTProtocolVersion.MQTTv5
    with memoryview(packet) as view:
        at = 2 + int.from_bytes(view[:2])
        topic = bytes(view[2:at])
        mid, at = (int.from_bytes(view[at : at + 2]), at + 2) if qos else (0, at)
        if at > len(view):
            raise MalformedPacket("a PUBLISH packet ends in its header")
        if not topic and not modern:
            raise MalformedPacket("topic can't be empty in MQTTv3")
        properties = None
        if modern:
            length, used = _integer(bytes(view[at : at + _LONGEST_INTEGER]))
            properties, at, start = Properties(PacketTypes.PUBLISH), at + used + length, at
            _unpack(properties, bytes(view[start:at]))
        return _packet.PublishPacket(
            dup=bool(header & 0x08),
            qos=qos,
            retain=bool(header & 0x01),
            topic=topic,
            mid=mid,
            properties=properties,
            payload=bytes(view[at:]),
        )
