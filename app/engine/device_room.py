"""The room into which the devices of an added link go."""

from __future__ import annotations

from dataclasses import dataclass

from twin.model.ids import RoomId


@dataclass(frozen=True, slots=True)
class DeviceRoom:
    """The room of those devices that have none; None for none."""

    room: RoomId | None
    only_one: bool = False
    """None of them goes there where there are several: those of a gateway are each in a room of their own."""
