"""What is expected, found and tested in each room and in the house."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from twin.model.checkout import CheckoutVerdict, DeviceCheckout, product_of
from twin.model.device import Device
from twin.model.ids import DeviceId, PlaceholderId, RoomId
from twin.model.kind import KINDS
from twin.model.space import Placeholder
from twin.model.twin import Twin


@dataclass(frozen=True, slots=True)
class RoomTally:
    """Expected, found and tested devices of one room; `room` None for devices in no room."""

    room: RoomId | None
    expected: int
    """Planned places, and devices that fill none of them."""
    found: int
    """Devices that are in the room."""
    tested: int
    """Devices with a verdict that holds."""
    passed: int
    failed: int


def checkouts_of(twin: Twin) -> dict[DeviceId, DeviceCheckout]:
    """The checkouts by device."""
    return {one.id: one for one in twin.checkouts}


def signed(results: Iterable[DeviceCheckout], twin: Twin, now_ms: int, author: str) -> tuple[DeviceCheckout, ...]:
    """The results with time (UTC ms), person and room: those of the kept result where only the note or the photo is another.
    A result that names no room is for the room that the device is in.
    """
    kept, there = checkouts_of(twin), twin.device_of
    return tuple(
        one
        if _annotates(one, kept.get(one.id))
        else replace(
            one,
            time_ms=now_ms,
            author=author,
            room=one.room or (there[one.id].room if one.id in there else None),
            product=product_of(there[one.id]) if one.id in there else one.product,
        )
        for one in results
    )


def _annotates(result: DeviceCheckout, kept: DeviceCheckout | None) -> bool:
    return kept is not None and replace(result, note=kept.note, photo=kept.photo) == kept


def tallies(twin: Twin) -> tuple[RoomTally, ...]:
    """One tally per room with devices or planned places, in the order of the rooms; those in no room last."""
    done, unfilled = checkouts_of(twin), unfilled_places(twin)
    planned: dict[RoomId | None, int] = {}
    for holder in twin.placeholders:
        if holder.id in unfilled:
            planned[holder.room] = planned.get(holder.room, 0) + 1
    found: list[RoomTally] = []
    for room in (*(room.id for room in twin.rooms), None):
        devices = twin.devices_in.get(room, ())
        verdicts = [done[one.id].verdict for one in devices if one.id in done and done[one.id].tests(one)]
        expected = len(devices) + planned.get(room, 0)
        if expected:
            passed = verdicts.count(CheckoutVerdict.PASSED)
            found.append(RoomTally(room, expected, len(devices), len(verdicts), passed, len(verdicts) - passed))
    return tuple(found)


def house_tally(rooms: Iterable[RoomTally]) -> RoomTally:
    """The sum of all rooms."""
    rows = tuple(rooms)
    return RoomTally(
        None,
        sum(one.expected for one in rows),
        sum(one.found for one in rows),
        sum(one.tested for one in rows),
        sum(one.passed for one in rows),
        sum(one.failed for one in rows),
    )


def unfilled_places(twin: Twin) -> frozenset[PlaceholderId]:
    """Planned places without a device that is in the project."""
    there = twin.device_of
    return frozenset(one.id for one in twin.placeholders if one.device is None or one.device not in there)


def stands_for(device: Device, holder: Placeholder) -> bool:
    """Whether a device is of the kind that is planned in a place, a kindred one that does the same, or can do all that is
    typical of that kind.
    """
    planned = KINDS.get(holder.kind)
    if planned is None or holder.kind in (device.kind, "device"):
        return True
    able = {point.capability.id for point in device.points}
    kindred = device.kind in KINDS and KINDS[device.kind].group == planned.group and planned.primary in able
    return kindred or (bool(planned.expects) and able.issuperset(planned.expects))


def next_untested(twin: Twin, after: DeviceId | None = None) -> Device | None:
    """The next device without a verdict, room by room, behind `after` and then from the start; None where all are tested."""
    done = checkouts_of(twin)
    ordered = [one for room in (*(room.id for room in twin.rooms), None) for one in twin.devices_in.get(room, ())]
    at = next((n + 1 for n, one in enumerate(ordered) if one.id == after), 0)
    return next(
        (one for one in (*ordered[at:], *ordered[:at]) if one.id not in done or not done[one.id].tests(one)), None
    )
