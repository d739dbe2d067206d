"""Stores the devices found at a link's units, so that a device that is off at the start keeps its identity."""

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
    """Reads and writes the devices of a link by unit in one JSON file. Both methods block."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def load(self) -> dict[int, tuple[KnownDevice, ...]]:
        """The devices by unit; empty where the file is missing or damaged. Units with an unknown profile are left out."""
        try:
            known = msgspec.json.decode(self._file.read_bytes(), type=dict[int, tuple[KnownDevice, ...]])
        except (OSError, msgspec.DecodeError, msgspec.ValidationError):
            return {}
        there = {SUNSPEC, *profiles()}
        return {unit: devices for unit, devices in known.items() if all(d.identity.profile in there for d in devices)}

    def save(self, known: Mapping[int, tuple[KnownDevice, ...]]) -> None:
        """Writes the file atomically (mode 0600); errors are ignored."""
        with contextlib.suppress(OSError):
            atomic.write(self._file, msgspec.json.format(msgspec.json.encode(known), indent=1).decode(), mode=0o600)
