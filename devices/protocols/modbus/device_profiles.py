"""Profiles of meters and other devices that do not describe themselves: `assets/devices/modbus/*.json`.

A profile has the maker, the registers of its values (`points`), the registers by which the device is recognised
(`identity`: each must have one of `values`, or begin with one of `texts`), that of its serial number, and its source.
Defaults for all points (`space`, `type`, `low_word_first`) may be overridden by a point. `phases` are three addresses.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import resources

import msgspec

from devices.protocols.modbus.register_map import RegisterMap, RegisterPoint, RegisterSpace, RegisterType
from twin.model.device import PointInfo


class ProfileText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Registers with a text (`words` of them) or a number (`type`) that identify the device."""

    address: int
    space: RegisterSpace = RegisterSpace.HOLDING
    words: int = 0
    type: RegisterType = RegisterType.U16
    values: tuple[int, ...] = ()
    texts: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """Number of 16-bit registers."""
        return self.words or self.type.size


class ProfilePoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One value, or one per phase."""

    key: str
    capability: str
    address: int = -1
    phases: tuple[int, ...] = ()
    unit: str = ""
    label: str = ""
    type: RegisterType | None = None
    space: RegisterSpace | None = None
    scale: float = 1.0
    missing: tuple[int, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    words: tuple[tuple[int, str], ...] = ()
    """Options of an enum by their numbers."""
    writable: bool = False
    single: bool = False
    slow: bool = False


class DeviceProfile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One model of one maker."""

    id: str
    maker: str
    model: str
    kind: str
    source: str
    """Document that the registers are taken from."""
    points: tuple[ProfilePoint, ...]
    space: RegisterSpace = RegisterSpace.HOLDING
    type: RegisterType = RegisterType.U16
    low_word_first: bool = False
    max_count: int = 100
    max_gap: int = 0
    identity: tuple[ProfileText, ...] = ()
    serial: ProfileText | None = None
    firmware: ProfileText | None = None


@cache
def profiles() -> dict[str, DeviceProfile]:
    """All profiles by id. Reads files at the first call."""
    folder = resources.files("assets") / "devices" / "modbus"
    decoder = msgspec.json.Decoder(DeviceProfile)
    read = [decoder.decode(file.read_bytes()) for file in folder.iterdir() if file.name.endswith(".json")]
    return {profile.id: profile for profile in sorted(read, key=lambda profile: profile.id)}


@cache
def profile_map(id: str) -> RegisterMap:
    """The register map of a profile. Raises KeyError for an unknown one."""
    profile = profiles()[id]
    points = tuple(point for row in profile.points for point in _points(profile, row))
    return RegisterMap(points=points, max_count=profile.max_count, max_gap=profile.max_gap)


def _points(profile: DeviceProfile, row: ProfilePoint) -> Iterator[RegisterPoint]:
    places = [(row.key, row.label, row.address)]
    if row.phases:
        title = row.label or _TITLES.get(row.capability, row.capability.replace("_", " ").capitalize())
        places = [(f"l{n}.{row.key}", f"{title} L{n}", at) for n, at in enumerate(row.phases, 1)]
    for key, label, address in places:
        info = PointInfo(
            key=key,
            capability=row.capability,
            label=label,
            unit=row.unit,
            minimum=row.minimum,
            maximum=row.maximum,
            options=tuple(word for _, word in row.words),
            writable=row.writable,
        )
        yield RegisterPoint(
            info=info,
            address=address,
            type=row.type or profile.type,
            space=row.space or profile.space,
            scale=row.scale,
            missing=row.missing,
            options=row.words,
            low_word_first=profile.low_word_first,
            slow=row.slow,
            single=row.single,
        )


_TITLES = {"energy_import": "Energy used", "energy_export": "Energy fed in"}
