"""A session with a Modbus host: identifies the devices at its units, polls them, and writes what is allowed.

A unit that does not answer is tried ever more rarely (devices/polling.py) and goes offline by itself; when it answers
again it is identified again, because it may be another device.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from devices.contract import Redescribed, RefusedError, SessionEvent, SkippedChanged
from devices.polling import Poller, PollItem, PollLimits, PollSchedule
from devices.protocols.modbus.device_profiles import profiles
from devices.protocols.modbus.link_settings import SLOW, LinkSettings
from devices.protocols.modbus.modbus_client import DeviceRefusedError, ModbusClient
from devices.protocols.modbus.register_map import (
    ReadBlock,
    RegisterPoint,
    RegisterSpace,
    RegisterType,
    decoded,
    encoded,
    split_block,
)
from devices.protocols.modbus.unit_identity import PROBES, SUNSPEC, DeviceIdentity, identify_unit
from devices.protocols.modbus.unit_memory import KnownDevice, UnitMemory
from twin.model.device import DeviceInfo, Link
from twin.model.ids import derived
from twin.model.observation import Availability, Report, Value
from twin.model.problem import Problem, ProblemError
from twin.model.report_columns import ReportColumns, ReportTable
from twin.model.skipped import Skipped
from twin.model.text import Text, why

DESCRIBE_S = 30.0
"""Seconds of identification before the link goes online; the remaining units are identified afterwards."""
UNKNOWN_S = 300.0
"""Seconds between attempts to identify a unit that answers but is not recognised."""
IDENTIFY = "identify"
_ILLEGAL = (1, 2, 3)
SILENT = Text("reason.silent_device")


@dataclass(frozen=True, slots=True)
class _OwnBlock:
    uid: str
    """Uid of the device that the block's points belong to."""
    block: ReadBlock


@dataclass(frozen=True, slots=True)
class _BlockRead:
    own: _OwnBlock
    cells: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _BlockRefused:
    own: _OwnBlock
    reason: DeviceRefusedError


type _Answer = _BlockRead | _BlockRefused | tuple[DeviceIdentity, ...]


@dataclass(slots=True)
class _Unit:
    """State of one unit."""

    number: int
    profile: str
    devices: tuple[KnownDevice, ...] = ()
    present: bool = False
    asked: bool = False
    """Whether identification was tried; some units are first tried while the link is online."""
    stranger: bool = False
    """Whether the unit answers but is not recognised."""
    blocks: dict[str, _OwnBlock] = field(default_factory=dict[str, _OwnBlock])
    cells: dict[RegisterSpace, dict[int, int]] = field(default_factory=dict[RegisterSpace, dict[int, int]])
    refused: dict[str, Text] = field(default_factory=dict[str, Text])
    """Registers that the device turned out to lack, with its reason."""

    def become(self, devices: tuple[KnownDevice, ...]) -> None:
        """Sets the devices of the unit; values read from other ones before are dropped."""
        if devices != self.devices or not self.blocks:
            owned = [_OwnBlock(one.uid, block) for one in devices for block in one.identity.register_map.blocks]
            self.blocks = {own.block.key: own for own in owned}
            self.cells, self.refused = {}, {}
        self.devices = devices


async def open_session(
    link: Link, settings: LinkSettings, folder: Path, hosts: Iterable[str], port: int
) -> ModbusSession:
    """Connects and returns a session. Raises ProblemError for an unknown profile, OSError or TimeoutError."""
    memory = UnitMemory(folder / f"{derived('modbus', link.id)}.json")
    known = await asyncio.to_thread(memory.load)
    for _, profile in settings.units:
        if profile not in ("", SUNSPEC, *profiles()):
            raise ProblemError(_no_profile(profile))
    rtu = link.address.startswith("modbus+rtu")
    client = await ModbusClient.open(hosts, port, rtu=rtu, timeout_s=settings.timeout_s)
    return ModbusSession(client, link, settings, memory, known)


class ModbusSession:
    """A connection, its units, and the schedule of their reads."""

    def __init__(
        self,
        client: ModbusClient,
        link: Link,
        settings: LinkSettings,
        memory: UnitMemory,
        known: dict[int, tuple[KnownDevice, ...]],
    ) -> None:
        self._client, self._link, self._settings, self._memory = client, link, settings, memory
        self._units = {number: _Unit(number, profile) for number, profile in settings.units}
        for number, devices in known.items():
            if number in self._units and _fits(devices, self._units[number].profile):
                self._units[number].become(devices)
        self._table = ReportTable()
        self._described = False
        self._poller = Poller[_Answer](PollSchedule(PollLimits(gap_s=settings.gap_s)), self._read)
        client.on_lost = lambda: self._poller.end(ConnectionResetError(Text("modbus.closed")))

    async def describe(self) -> tuple[DeviceInfo, ...]:
        """Devices that answer or are remembered. Raises ProblemError where there is none at all."""
        if not self._described:
            await self._identify_all()
            self._described = True
        infos = [self._info(unit, known) for unit in self._units.values() for known in unit.devices]
        if not infos:
            raise ProblemError(self._nobody())
        return tuple(infos)

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """Units that are not recognised or do not answer, and registers that a device refuses."""
        found = [
            Skipped(f"unit {unit.number}", _STRANGER if unit.stranger else SILENT)
            for unit in self._units.values()
            if not unit.devices and unit.asked
        ]
        found += [
            Skipped(f"unit {unit.number}, {where}", reason)
            for unit in self._units.values()
            for where, reason in unit.refused.items()
        ]
        return tuple(found)

    async def events(self) -> AsyncIterator[SessionEvent]:
        """Reports and availability until the connection is lost; then raises."""
        for unit in self._units.values():
            for event in self._presence(unit):
                yield event
        self._poller.set_items(self._items())
        async for answer in self._poller.answers():
            unit = self._units[int(answer.item.device)]
            if answer.answer is None:
                for event in self._unanswered(unit):
                    yield event
            elif isinstance(answer.answer, _BlockRead):
                yield self._reports(unit, answer.answer)
            elif isinstance(answer.answer, _BlockRefused):
                yield self._without(unit, answer.answer)
            else:
                for event in await self._identified(unit, answer.answer):
                    yield event

    async def send(self, uid: str, key: str, verb: str, value: Value) -> None:
        """Writes a point if the link's options allow it; returns when the device accepted it. Raises RefusedError,
        TimeoutError or OSError.
        """
        unit, point = self._point(uid, key)
        if point is None or unit is None or not point.info.writable:
            raise RefusedError(Text("modbus.read_only"))
        if not self._settings.may_write(unit.number):
            raise RefusedError(Text("modbus.writing_off", unit=str(unit.number)))
        try:
            await self._read_what_is_needed(unit, point, verb)
            known = unit.cells.get(point.space, {})
            cells = encoded(point, _wanted(verb, value, decoded(point, known)), known)
            if point.type is RegisterType.BIT:
                await self._client.write_coil(unit.number, point.address, on=bool(cells[0]))
            else:
                await self._client.write_registers(unit.number, point.address, cells, single=point.single)
        except ValueError as error:
            raise RefusedError(why(error)) from None
        except DeviceRefusedError as error:
            raise RefusedError(Text("modbus.refused", why=why(error))) from None
        self._poller.hasten(str(unit.number))

    async def _read_what_is_needed(self, unit: _Unit, point: RegisterPoint, verb: str) -> None:
        """Reads registers needed for a command that precedes the first reading: the scale, and the value to toggle."""
        cells = unit.cells.setdefault(point.space, {})
        needed = [at for at in (point.scale_address, point.address if verb == "toggle" else None) if at is not None]
        for address in needed:
            if address not in cells:
                (cells[address],) = await self._client.read(unit.number, point.space, address, 1)

    async def close(self) -> None:
        """Closes the connection; may be called twice."""
        self._client.on_lost = lambda: None
        await self._poller.stop()
        self._client.close()

    async def _identify_all(self) -> None:
        """Identifies the units one after another, for at most DESCRIBE_S."""
        loop = asyncio.get_running_loop()
        end_s = loop.time() + DESCRIBE_S
        for unit in self._units.values():
            if loop.time() >= end_s:
                break
            try:
                found = await identify_unit(self._client, unit.number, unit.profile)
            except TimeoutError:
                unit.asked = True
                continue
            await self._take(unit, found)

    async def _take(self, unit: _Unit, found: tuple[DeviceIdentity, ...]) -> None:
        unit.asked, unit.present, unit.stranger = True, bool(found), not found
        if found:
            unit.become(self._named(unit, found))
            await asyncio.to_thread(self._memory.save, {one.number: one.devices for one in self._units.values()})

    def _named(self, unit: _Unit, found: tuple[DeviceIdentity, ...]) -> tuple[KnownDevice, ...]:
        """The devices with their uids: by serial number where they have one of their own, else by link and unit."""
        taken = {known.uid for other in self._units.values() if other is not unit for known in other.devices}
        named: list[KnownDevice] = []
        for n, identity in enumerate(found):
            uid = _uid_of(identity) or f"{self._link.id}/{unit.number}{f'.{n}' if n else ''}"
            if uid in taken or uid in (known.uid for known in named):
                uid = f"{uid}@{unit.number}{f'.{n}' if n else ''}"
            named.append(KnownDevice(uid, identity))
        return tuple(named)

    def _info(self, unit: _Unit, known: KnownDevice) -> DeviceInfo:
        identity = known.identity
        name = f"{identity.maker} {identity.model}".strip() or f"Modbus {unit.number}"
        alike = Counter((one.identity.maker, one.identity.model) for u in self._units.values() for one in u.devices)
        several = len(self._units) > 1 or alike[identity.maker, identity.model] > 1
        return DeviceInfo(
            uid=known.uid,
            name=f"{name} · {unit.number}" if several else name,
            points=tuple(point.info for point in identity.register_map.points),
            kind=identity.kind,
            maker=identity.maker,
            model=identity.model,
            serial=identity.serial,
            firmware=identity.firmware,
            address=f"{self._link.address}/{unit.number}",
            interval_s=self._settings.period_s,
        )

    def _items(self) -> list[PollItem]:
        items: list[PollItem] = []
        for unit in self._units.values():
            name, period_s = str(unit.number), self._settings.period_s
            if not unit.present:
                items.append(PollItem(name, IDENTIFY, UNKNOWN_S if unit.stranger else period_s))
                continue
            items += [
                PollItem(name, key, period_s * (SLOW if own.block.slow else 1)) for key, own in unit.blocks.items()
            ]
        return items

    async def _read(self, item: PollItem) -> _Answer:
        unit = self._units[int(item.device)]
        if item.key == IDENTIFY:
            return await self._identify(unit)
        own = unit.blocks[item.key]
        block = own.block
        try:
            cells = await self._client.read(unit.number, block.space, block.address, block.count)
        except DeviceRefusedError as error:
            return _BlockRefused(own, error)
        return _BlockRead(own, cells)

    async def _identify(self, unit: _Unit) -> tuple[DeviceIdentity, ...]:
        """The devices at a unit; a known register is read first, since each unanswered request costs a time-out."""
        probes = 1 if unit.asked else PROBES
        if own := next(iter(unit.blocks.values()), None):
            with contextlib.suppress(DeviceRefusedError):
                await self._client.read(unit.number, own.block.space, own.block.address, own.block.points[0].type.size)
            probes = PROBES
        return await identify_unit(self._client, unit.number, unit.profile, probes=probes)

    def _presence(self, unit: _Unit) -> list[SessionEvent]:
        return [Availability(known.uid, unit.present, None if unit.present else SILENT) for known in unit.devices]

    def _unanswered(self, unit: _Unit) -> list[SessionEvent]:
        if not unit.asked:
            unit.asked = True
            return [SkippedChanged()]
        if not unit.present or not self._poller.schedule.is_silent(str(unit.number)):
            return []
        unit.present = False
        self._poller.set_items(self._items())
        return self._presence(unit)

    async def _identified(self, unit: _Unit, found: tuple[DeviceIdentity, ...]) -> list[SessionEvent]:
        before = unit.devices
        await self._take(unit, found)
        self._poller.set_items(self._items())
        changed: list[SessionEvent] = [Redescribed()] if unit.devices != before else [SkippedChanged()]
        return [*changed, *self._presence(unit)]

    def _reports(self, unit: _Unit, read: _BlockRead) -> ReportColumns:
        block = read.own.block
        cells = unit.cells.setdefault(block.space, {})
        cells.update(zip(range(block.address, block.address + block.count), read.cells, strict=True))
        reports = (Report(read.own.uid, point.info.key, decoded(point, cells)) for point in block.points)
        return ReportColumns.of(reports, self._table)

    def _without(self, unit: _Unit, refused: _BlockRefused) -> SessionEvent:
        """A block that the device refuses is read point by point; a point that it refuses alone is left out. Where it
        fails at the moment (an inverter at night), its points have no value now."""
        block = refused.own.block
        if refused.reason.code not in _ILLEGAL or unit.blocks.pop(block.key, None) is None:
            reports = (Report(refused.own.uid, point.info.key, None) for point in block.points)
            return ReportColumns.of(reports, self._table)
        point, *others = block.points
        if others:
            unit.blocks |= {part.key: _OwnBlock(refused.own.uid, part) for part in split_block(block)}
        else:
            unit.refused[f"{block.space} register {block.address}"] = Text(
                "modbus.register_refused", key=point.info.key, why=why(refused.reason)
            )
        self._poller.set_items(self._items())
        return SkippedChanged()

    def _point(self, uid: str, key: str) -> tuple[_Unit | None, RegisterPoint | None]:
        for unit in self._units.values():
            for known in unit.devices:
                if known.uid == uid:
                    return unit, known.identity.register_map.point(key)
        return None, None

    def _nobody(self) -> Problem:
        """The problem of a link that has no devices."""
        where = self._link.title or self._link.address
        strangers = [str(unit.number) for unit in self._units.values() if unit.stranger]
        if strangers:
            return Problem(
                code="modbus.stranger", args={"strangers": list(strangers), "profiles": list(profiles())}, where=where
            )
        units = ", ".join(str(number) for number in self._units)
        return Problem(code="modbus.silent", args={"units": units}, where=where, retry=True)


_STRANGER = Text("modbus.unrecognised")


def _wanted(verb: str, value: Value, before: Value | None) -> Value:
    if verb in ("on", "off"):
        return float(verb == "on")
    if verb == "toggle":
        if not isinstance(before, bool):
            raise RefusedError(Text("reason.nothing_to_toggle"))
        return float(not before)
    return float(value) if isinstance(value, bool) else value


def _uid_of(identity: DeviceIdentity) -> str:
    """The uid by maker, model and serial number; empty where the number is none (`0000`)."""
    if len(identity.serial) < 4 or len(set(identity.serial)) < 2:
        return ""
    return "-".join(f"{identity.maker} {identity.model} {identity.serial}".lower().split())


def _fits(devices: tuple[KnownDevice, ...], profile: str) -> bool:
    """Whether the remembered devices of a unit match the profile that the user set; always without a profile."""
    return not profile or all(known.identity.profile == profile for known in devices)


def _no_profile(profile: str) -> Problem:
    return Problem(code="modbus.profile", args={"profile": profile, "profiles": list(profiles())})
