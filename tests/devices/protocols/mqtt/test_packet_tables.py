"""The library's MQTT 5 properties with shared tables behave as its own."""

from __future__ import annotations

import subprocess
import sys

from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from devices.protocols.mqtt import aiomqtt_client

ASKED = """
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
one = Properties(PacketTypes.PUBLISH)
one.ContentType = "text"
one.UserProperty = ("a", "1")
one.UserProperty = ("b", "2")
print(one.pack().hex(), one, one.json())
print(sorted(vars(one)))
"""


def test_properties_have_the_bytes_and_words_that_the_library_alone_gives() -> None:
    alone, ours = (
        subprocess.run([sys.executable, "-c", first + ASKED], capture_output=True, text=True, check=True).stdout
        for first in ("", "import devices.protocols.mqtt.aiomqtt_client\n")
    )
    assert alone == ours
    assert "ContentType" in alone


def test_properties_share_their_tables_and_lose_only_what_was_set_when_they_are_read_again() -> None:
    assert aiomqtt_client.share_tables is not None
    first, second = Properties(PacketTypes.PUBLISH), Properties(PacketTypes.CONNACK)
    assert first.names is second.names
    first.ContentType = "text"  # pyright: ignore[reportAttributeAccessIssue]
    assert not hasattr(second, "ContentType")
    first.unpack(b"\0")
    assert not hasattr(first, "ContentType")
    assert first.packetType == PacketTypes.PUBLISH
