"""Setup codes that are kept, encrypted, for the day on which a device is paired anew."""

from __future__ import annotations

from dataclasses import dataclass

from twin.model.ids import DeviceId


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCode:
    """What is told about a setup code without telling it."""

    device: DeviceId
    name: str
    """Name of the device; the last one of a device that was removed."""
    place: str
    """Title of the room where it is, or was when it was removed; empty for none."""
    hint: str
    """The last two characters of the code."""
    since_ms: int
    """When the code was kept, UTC ms."""
    is_removed: bool
    """Whether the device is not in the project any more: its code stays until a person deletes it."""
