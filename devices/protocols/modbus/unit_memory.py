"""What is remembered of a link's units, so that a device that is off at the start is still the same device."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from devices.protocols.modbus.device_profiles import profiles
from devices.protocols.modbus.unit_identity import SUNSPEC, DeviceIdentity
from twin.files import atomic


class KnownDevice(msgspec.Struct, frozen=True):
    """A device found at a unit: its uid in the twin and its identity."""

    uid: str
    identity: DeviceIdentity


class UnitMemory:
    """The devices of a link by unit, in one file. Both methods block."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def load(self) -> dict[int, tuple[KnownDevice, ...]]:
        """The devices by unit; none where the file is missing or damaged, or their profile is not there any more."""
        try:
            known = msgspec.json.decode(self._file.read_bytes(), type=dict[int, tuple[KnownDevice, ...]])
        except (OSError, msgspec.DecodeError, msgspec.ValidationError):
            return {}
        there = {SUNSPEC, *profiles()}
        return {unit: devices for unit, devices in known.items() if all(d.identity.profile in there for d in devices)}

    def save(self, known: Mapping[int, tuple[KnownDevice, ...]]) -> None:
        """Writes whole or not at all; a full disk costs the memory, not the link."""
        with contextlib.suppress(OSError):
            atomic.write(self._file, msgspec.json.format(msgspec.json.encode(known), indent=1).decode(), mode=0o600)
