"""Ids of everything in the twin: opaque strings that never change."""

from __future__ import annotations

import unicodedata
from typing import NewType
from uuid import UUID, uuid5

StoreyId = NewType("StoreyId", str)
RoomId = NewType("RoomId", str)
DoorId = NewType("DoorId", str)
PlaceholderId = NewType("PlaceholderId", str)
DeviceId = NewType("DeviceId", str)
PointId = NewType("PointId", str)
LinkId = NewType("LinkId", str)

NAMESPACE = UUID("6f0b3c1e-7a55-5d0e-9a57-6f696b6f7300")
"""Namespace UUID of the name-based ids (UUIDv5, RFC 9562 section 5.5)."""

MAX_NAME = 64


def derived(*parts: str) -> str:
    """A UUIDv5 of these parts: the same parts always give the same id."""
    return str(uuid5(NAMESPACE, "\x1f".join(parts)))


def device_id(protocol: str, uid: str) -> DeviceId:
    """The id of the device with this `uid` in `protocol`: the same at every start, on every machine."""
    return DeviceId(derived("device", protocol, uid))


def own_device_id(link: LinkId, protocol: str, uid: str) -> DeviceId:
    """The id of the device with this `uid` of one link, where another link of the protocol has one with the same uid."""
    return DeviceId(derived("device", protocol, link, uid))


def point_id(device: DeviceId, key: str) -> PointId:
    """The id of one point of a device; `key` is unique within the device, e.g. `on_off` or `2.power`."""
    return PointId(f"{device}.{key}")


def clean_name(text: object, limit: int = MAX_NAME) -> str:
    """Text from a network or a file made safe to show: without control, bidi or private characters, at most `limit`
    characters.
    """
    raw = str(text)[: limit * 8]
    if raw.isascii() and raw.isprintable():
        return " ".join(raw.split())[:limit].strip()
    kept = (
        " " if ch in "\t\n\r" else ch for ch in raw if ch in "\t\n\r" or not unicodedata.category(ch).startswith("C")
    )
    return " ".join("".join(kept).split())[:limit].strip()
