"""Content of the hand-over report: devices per storey and room with test results, and open points; codes are redacted."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import unquote

from twin.model.checkout import CheckoutVerdict, DeviceCheckout
from twin.model.checkout_tally import RoomTally, checkouts_of, house_tally, stands_for, tallies, unfilled_places
from twin.model.device import Device
from twin.model.ids import DeviceId, RoomId
from twin.model.space import Room, Storey
from twin.model.twin import Twin

HIDDEN = "•••"
"""Stands for a redacted code."""
_CHARACTER = r"[0-9A-Z.*%+/$\-]"
_BETWEEN = r"[ \-‐‑‒–—−.\t\r\n]"
"""What people write between the digits of a code; a text is normalised first (NFKC)."""
_CODES = re.compile(
    # Matter QR payload (Matter Core 1.4, 5.1.3), also broken into groups: capitals, or with a digit
    rf"MT:\s*(?=(?:\s?{_CHARACTER}){{8}}){_CHARACTER}+(?:\s(?:(?=\S*\d){_CHARACTER}+|(?-i:{_CHARACTER}{{2,}})(?![A-Z])))*"
    r"|X-HM:[/\s]*[0-9A-Z]+"  # HomeKit setup payload
    # Matter manual code: 11 or 21 digits (5.1.4)
    rf"|(?<!\d)\d{{4}}{_BETWEEN}{{0,3}}\d{{3}}{_BETWEEN}{{0,3}}\d{{4}}"
    rf"(?:{_BETWEEN}{{0,3}}\d{{5}}{_BETWEEN}{{0,3}}\d{{5}})?(?!\d)"
    rf"|(?<![\d.])\d{{3}}{_BETWEEN}{{1,3}}\d{{2}}{_BETWEEN}{{1,3}}\d{{3}}(?!\.?\d)"  # HomeKit setup code
    rf"|(?<!\d)(?:\d{{5}}{_BETWEEN}{{1,3}}){{3,7}}\d{{5}}(?!\d)",  # Z-Wave device specific key
    re.IGNORECASE,
)
_RUN = re.compile(r"(?<!\d)(?:\d[ \-‐‑‒–—−\t\r\n]{0,3})+\d(?!\d)")
_LENGTHS = (11, 21)
"""Digits of a Matter manual code."""


def redacted(text: str) -> str:
    """The text without pairing codes; what only looks like one is redacted as well. A text with a code is returned
    normalised: full-width characters and digits of other scripts as ASCII, percent signs of web addresses undone."""
    plain = unicodedata.normalize("NFKC", text)
    plain = unquote("".join(str(unicodedata.decimal(char, char)) for char in plain))
    hidden = _RUN.sub(_hidden_run, _CODES.sub(HIDDEN, plain))
    return text if hidden == plain else hidden


def _hidden_run(found: re.Match[str]) -> str:
    """Stands for digits that are a manual code in groups of any size."""
    return HIDDEN if sum(map(str.isdigit, found[0])) in _LENGTHS else found[0]


class OpenPoint(StrEnum):
    """Kinds of open points, the most important first."""

    FAILED = "failed"
    OFFLINE = "offline"
    MOVED = "moved"
    """Moved to another room since it was tested."""
    REPLACED = "replaced"
    """Another product is in its place since it was tested."""
    OTHER_KIND = "other_kind"
    """Another kind of device was planned in its place."""
    UNTESTED = "untested"
    UNPLACED = "unplaced"
    """In no room."""
    UNFILLED = "unfilled"
    """A planned place without a device."""


@dataclass(frozen=True, slots=True)
class ReportDevice:
    """One device with its number in the report and on the plan."""

    number: int
    device: Device
    result: DeviceCheckout
    """A blank one where nothing was tested."""

    @property
    def verdict(self) -> CheckoutVerdict:
        """The verdict where it holds: open for a device that was moved since it was tested."""
        return self.result.verdict if self.result.tests(self.device) else CheckoutVerdict.OPEN


@dataclass(frozen=True, slots=True)
class ReportRoom:
    """One room with its devices; `room` None for devices in no room."""

    room: Room | None
    tally: RoomTally
    devices: tuple[ReportDevice, ...]


@dataclass(frozen=True, slots=True)
class ReportStorey:
    """One storey: all its rooms for the plan, and those with devices or planned places."""

    storey: Storey | None
    """None for devices in no room."""
    plan: tuple[Room, ...]
    rooms: tuple[ReportRoom, ...]


@dataclass(frozen=True, slots=True)
class ReportPoint:
    """One open point."""

    kind: OpenPoint
    name: str
    room: str
    note: str = ""
    number: int = 0
    """The device's number; 0 for a planned place."""
    planned: str = ""
    """The kind that was planned, where it is another one."""


@dataclass(frozen=True, slots=True)
class HandoverReport:
    """The whole content of a report."""

    name: str
    place: str
    time_ms: int
    """UTC ms."""
    house: RoomTally
    storeys: tuple[ReportStorey, ...]
    open_points: tuple[ReportPoint, ...]
    with_codes: bool = False

    @property
    def devices(self) -> tuple[ReportDevice, ...]:
        """All devices by their number."""
        return tuple(one for storey in self.storeys for room in storey.rooms for one in room.devices)


def handover(
    twin: Twin, now_ms: int, offline: Collection[DeviceId] = (), *, with_codes: bool = False
) -> HandoverReport:
    """Content of the report at `now_ms` (UTC ms). Titles, names and notes lose their pairing codes unless `with_codes`."""
    shown = str if with_codes else redacted
    twin = twin if with_codes else _redacted_places(twin)
    rows, done = tallies(twin), checkouts_of(twin)
    number = 0

    def listed(tally: RoomTally) -> ReportRoom:
        nonlocal number
        found: list[ReportDevice] = []
        for device in twin.devices_in.get(tally.room, ()):
            number += 1
            result = done.get(device.id) or DeviceCheckout(id=device.id)
            device = replace(device, name=shown(device.name), reported_name=shown(device.reported_name))
            found.append(ReportDevice(number, device, replace(result, note=shown(result.note))))
        room = twin.room_of.get(tally.room) if tally.room else None
        return ReportRoom(room, tally, tuple(found))

    by_room = {one.room: one for one in rows}
    storeys: list[ReportStorey] = []
    for storey in twin.storeys:
        plan = tuple(room for room in twin.rooms if room.storey == storey.id)
        storeys.append(ReportStorey(storey, plan, tuple(listed(by_room[r.id]) for r in plan if r.id in by_room)))
    if None in by_room:
        storeys.append(ReportStorey(None, (), (listed(by_room[None]),)))
    house = house_tally(rows)
    made = HandoverReport(shown(twin.name), shown(twin.site.name), now_ms, house, tuple(storeys), (), with_codes)
    return replace(made, open_points=tuple(_open_points(twin, made, frozenset(offline))))


def _redacted_places(twin: Twin) -> Twin:
    """The twin without pairing codes in the titles of storeys and rooms."""
    rooms = (
        replace(one, number="", name=redacted(one.title)) if one.number else replace(one, name=redacted(one.name))
        for one in twin.rooms
    )
    storeys = (replace(one, name=redacted(one.name)) for one in twin.storeys)
    return replace(twin, rooms=tuple(rooms), storeys=tuple(storeys))


def _open_points(twin: Twin, report: HandoverReport, offline: frozenset[DeviceId]) -> Iterable[ReportPoint]:
    found: list[ReportPoint] = []
    places = {holder.device: holder for holder in twin.placeholders if holder.device is not None}
    for one in report.devices:
        device, result = one.device, one.result
        room = _title(twin, device.room)
        kinds: list[OpenPoint] = []
        if result.verdict is not CheckoutVerdict.OPEN and not result.tests(device):
            kinds.append(OpenPoint.REPLACED if result.tested_other(device) else OpenPoint.MOVED)
        elif result.verdict is CheckoutVerdict.FAILED:
            kinds.append(OpenPoint.FAILED)
        elif result.verdict is CheckoutVerdict.OPEN:
            kinds.append(OpenPoint.UNTESTED)
        kinds += [OpenPoint.OFFLINE] if device.id in offline else []
        kinds += [OpenPoint.UNPLACED] if device.room not in twin.room_of else []
        found += [ReportPoint(kind, device.name, room, result.note, one.number) for kind in kinds]
        if (place := places.get(device.id)) is not None and not stands_for(device, place):
            found.append(ReportPoint(OpenPoint.OTHER_KIND, device.name, room, number=one.number, planned=place.kind))
    unfilled = unfilled_places(twin)
    name = redacted if not report.with_codes else str
    found += [
        ReportPoint(OpenPoint.UNFILLED, name(holder.name), _title(twin, holder.room))
        for holder in twin.placeholders
        if holder.id in unfilled
    ]
    order = list(OpenPoint)
    return sorted(found, key=lambda point: (order.index(point.kind), point.number))


def _title(twin: Twin, room: RoomId | None) -> str:
    found = twin.room_of.get(room) if room else None
    return found.title if found else ""
