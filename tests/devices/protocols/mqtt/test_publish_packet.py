"""PUBLISH packets that are read with one copy of their payload are what the library reads."""

from __future__ import annotations

import importlib.util
import tracemalloc
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from paho.mqtt import _packet
from paho.mqtt.enums import MQTTProtocolVersion
from paho.mqtt.exception import MalformedPacket
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from devices.protocols.mqtt import aiomqtt_client

VERSIONS = (MQTTProtocolVersion.MQTTv311, MQTTProtocolVersion.MQTTv5)


def of_the_library() -> Any:
    """The library's module as it comes, beside the one that our client has changed."""
    assert aiomqtt_client.read_without_copies is not None
    spec = importlib.util.spec_from_file_location("paho_packet", _packet.__file__)
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


LIBRARY = of_the_library()


def properties(kind: str, pairs: list[tuple[str, str]]) -> bytes:
    made: Any = Properties(PacketTypes.PUBLISH)
    if kind:
        made.ContentType = kind
    for pair in pairs:
        made.UserProperty = pair
    return made.pack()


def read(module: Any, header: int, packet: bytes, version: MQTTProtocolVersion) -> object:
    """The parts of the packet; None where it cannot be read."""
    try:
        found = module.decode_publish(header, bytearray(packet), version)
    except (MalformedPacket, module.MalformedPacket):
        return None
    return (*found[:5], None if found.properties is None else found.properties.json(), bytes(found.payload))


@given(
    st.integers(0x30, 0x3D).filter(lambda header: header & 6 != 6),
    st.binary(min_size=1, max_size=30),
    st.integers(1, 65535),
    st.text("abc", max_size=5),
    st.lists(st.tuples(st.text("abc", max_size=200), st.text("abc", max_size=5)), max_size=3),
    st.binary(max_size=300),
    st.sampled_from(VERSIONS),
    st.integers(0, 40),
)
@example(0x32, b"a", 1, "", [], b"", MQTTProtocolVersion.MQTTv5, 1)
def test_every_packet_whole_or_cut_is_read_as_the_library_reads_it(
    header: int,
    topic: bytes,
    number: int,
    kind: str,
    pairs: list[tuple[str, str]],
    payload: bytes,
    version: MQTTProtocolVersion,
    cut: int,
) -> None:
    more = properties(kind, pairs) if version == MQTTProtocolVersion.MQTTv5 else b""
    head = len(topic).to_bytes(2) + topic + (number.to_bytes(2) if header & 6 else b"") + more
    packet = head + payload
    packet = packet[: len(packet) - cut] if cut <= len(payload) else head[: len(head) - min(cut, len(head))]
    assert read(_packet, header, packet, version) == read(LIBRARY, header, packet, version)


def test_a_topic_that_is_empty_is_refused_where_there_are_no_aliases() -> None:
    with pytest.raises(MalformedPacket):
        _packet.decode_publish(0x30, b"\0\0x", MQTTProtocolVersion.MQTTv311)


def test_a_long_payload_is_copied_once() -> None:
    packet = bytearray(b"\0\1t\0\1\0" + bytes(4_000_000))
    tracemalloc.start()
    try:
        found = _packet.decode_publish(0x32, packet, MQTTProtocolVersion.MQTTv5)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(found.payload) == 4_000_000
    assert most < 4_500_000, "one copy of the payload, and little beside it"
