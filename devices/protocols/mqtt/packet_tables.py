"""Paho's tables of MQTT 5 properties, built once: the library builds them anew for each message that it reads, which is
a sixth of the time that a message costs.
"""

from __future__ import annotations

from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

_TABLES = {name: table for name, table in vars(Properties(PacketTypes.PUBLISH)).items() if name != "packetType"}
"""Attributes of an object without properties: the library's tables, which nothing changes."""


def share_tables() -> None:
    """Makes all Properties share their tables from now on; may be called twice."""
    Properties.__init__ = _begin
    Properties.clear = _clear


def _begin(self: Properties, packetType: int) -> None:  # noqa: N803 - the library's name
    vars(self).update(_TABLES, packetType=packetType)


def _clear(self: Properties) -> None:
    kept = _TABLES.keys() | {"packetType"}
    for name in vars(self).keys() - kept:
        delattr(self, name)
