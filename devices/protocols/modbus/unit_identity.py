"""Identifies the devices at a Modbus unit: by a SunSpec model chain, a named profile, or identifying registers of a
profile.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from devices.protocols.modbus.device_profiles import DeviceProfile, ProfileText, profile_map, profiles
from devices.protocols.modbus.modbus_client import DeviceRefusedError, ModbusClient
from devices.protocols.modbus.register_map import RegisterMap, RegisterSpace, text_of
from devices.protocols.modbus.sunspec import BASES, SUNS, ModelPlace, read_chain, sunspec_kind, sunspec_map

SUNSPEC = "sunspec"
"""Profile name of devices that describe themselves by SunSpec models."""
PROBES = 2
"""Number of unanswered requests after which a unit counts as absent."""


class DeviceIdentity(msgspec.Struct, frozen=True):
    """Identity of one device and how it is read; stored, so that it is known while the device is off."""

    unit: int
    profile: str
    maker: str
    model: str
    kind: str
    serial: str = ""
    firmware: str = ""
    models: tuple[tuple[int, int, int], ...] = ()
    """SunSpec only: ID, address and length (registers) of each model."""

    @property
    def register_map(self) -> RegisterMap:
        """The register map of the identified unit."""
        if self.profile != SUNSPEC:
            return profile_map(self.profile)
        return sunspec_map(tuple(ModelPlace(*place) for place in self.models))


@dataclass(slots=True)
class _Questions:
    """Reads registers of one unit and caches them; raises TimeoutError once `probes` requests in a row had no answer."""

    client: ModbusClient
    unit: int
    probes: int
    unanswered: int = 0
    answered: bool = False
    _known: dict[tuple[RegisterSpace, int, int], tuple[int, ...] | None] = field(
        default_factory=dict[tuple[RegisterSpace, int, int], tuple[int, ...] | None]
    )

    async def ask(self, space: RegisterSpace, address: int, count: int) -> tuple[int, ...] | None:
        """The `count` registers; None where the device answers with an exception. Raises TimeoutError (no answer),
        OSError.
        """
        question = (space, address, count)
        if question in self._known:
            return self._known[question]
        words = None
        try:
            words = await self.client.read(self.unit, space, address, count)
            self.answered = True
        except DeviceRefusedError:
            self.answered = True
        except TimeoutError:
            self.unanswered += 1
            if not self.answered and self.unanswered >= self.probes:
                raise
            return None
        self._known[question] = words
        return words


async def identify_unit(
    client: ModbusClient, unit: int, profile: str = "", *, probes: int = PROBES
) -> tuple[DeviceIdentity, ...]:
    """Identifies the devices at a unit. Empty where it answers but nothing matches. Raises TimeoutError, OSError."""
    questions = _Questions(client, unit, probes)
    if profile in ("", SUNSPEC) and (found := await _sunspec(questions)):
        return found
    if profile not in ("", SUNSPEC):
        return (await _with_profile(questions, profiles()[profile]),)
    if not profile:
        for candidate in profiles().values():
            if candidate.identity and await _matches(questions, candidate):
                return (await _with_profile(questions, candidate),)
    if not questions.answered:
        raise TimeoutError
    return ()


async def _sunspec(questions: _Questions) -> tuple[DeviceIdentity, ...]:
    client, unit = questions.client, questions.unit
    for base in BASES:
        if await questions.ask(RegisterSpace.HOLDING, base, 2) != SUNS:
            continue
        try:
            found = await read_chain(lambda at, count: client.read(unit, RegisterSpace.HOLDING, at, count), base)
        except DeviceRefusedError:
            continue
        return tuple(
            DeviceIdentity(
                unit=unit,
                profile=SUNSPEC,
                maker=device.maker,
                model=device.model,
                kind=sunspec_kind(device.models),
                serial=device.serial,
                firmware=device.firmware,
                models=tuple((place.id, place.address, place.length) for place in device.models),
            )
            for device in found
        )
    return ()


async def _matches(questions: _Questions, profile: DeviceProfile) -> bool:
    for mark in profile.identity:
        words = await questions.ask(mark.space, mark.address, mark.count)
        if words is None or not (
            _number(mark, words) in mark.values or text_of(words).startswith(mark.texts or ("\0",))
        ):
            return False
    return True


async def _with_profile(questions: _Questions, profile: DeviceProfile) -> DeviceIdentity:
    """The device with this profile. Raises TimeoutError where it does not answer."""
    model = profile.model
    serial, firmware = await _text(questions, profile.serial), await _text(questions, profile.firmware)
    for mark in profile.identity:
        words = await questions.ask(mark.space, mark.address, mark.count) if mark.texts else None
        model = next((text for text in mark.texts if words and text_of(words).startswith(text)), model)
    block = profile_map(profile.id).blocks[0]
    while not questions.answered:
        await questions.ask(block.space, block.address, block.count)
    return DeviceIdentity(
        unit=questions.unit,
        profile=profile.id,
        maker=profile.maker,
        model=model,
        kind=profile.kind,
        serial=serial,
        firmware=firmware,
    )


async def _text(questions: _Questions, mark: ProfileText | None) -> str:
    words = await questions.ask(mark.space, mark.address, mark.count) if mark else None
    if mark is None or words is None:
        return ""
    return text_of(words) if mark.words else _plausible(_number(mark, words))


def _number(mark: ProfileText, words: tuple[int, ...]) -> int:
    return int.from_bytes(b"".join(word.to_bytes(2) for word in words)) if not mark.words else -1


def _plausible(number: int) -> str:
    """A serial number as text; empty for 0, 0xFFFF and 0xFFFFFFFF, which mean "not set"."""
    return "" if number in (0, 0xFFFF, 0xFFFF_FFFF) else str(number)
