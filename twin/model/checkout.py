"""Point-to-point checkout: what was tested of each device on site, and the evidence of its values."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from twin.model.capability import ValueType
from twin.model.device import Device, Point
from twin.model.ids import DeviceId, RoomId
from twin.model.observation import Quality

FRESH_MS = 86_400_000
"""Age (ms) up to which a value shows that its device is there: many report on change only."""
_WITHOUT_SOME = frozenset({"modbus"})
"""Protocols whose devices describe points that they do not measure, and report no value for them: SunSpec's models have such
points in every device ("not implemented", Device Information Model specification, section 4), other meters refuse the registers."""
LONGEST_NOTE = 2000
"""Longest note, characters."""


class Answer(StrEnum):
    """Answer to one question of the checkout."""

    OPEN = "open"
    YES = "yes"
    NO = "no"


class CheckoutVerdict(StrEnum):
    """Result of a device's checkout."""

    OPEN = "open"
    PASSED = "passed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCheckout:
    """What was tested of one device; the answers, the verdict, and who gave them when."""

    id: DeviceId
    seen: Answer = Answer.OPEN
    """Whether the device reports."""
    plausible: Answer = Answer.OPEN
    """Whether its values are plausible where it hangs."""
    right_room: Answer = Answer.OPEN
    """Whether it hangs in its room of the project, as seen by blinking or touching it."""
    verdict: CheckoutVerdict = CheckoutVerdict.OPEN
    note: str = ""
    photo: str = ""
    """SHA-256 of the photo in the project's pictures; empty for none."""
    room: RoomId | None = None
    """The device's room at that time; a device that was moved since is to be tested again."""
    time_ms: int = 0
    """Time of the answers and the verdict, UTC ms; 0 for not yet recorded. A note or photo added later leaves it as it is."""
    author: str = ""
    """Person who gave the answers and the verdict."""
    product: str = ""
    """Which product was tested (`product_of`); empty where unknown. Another one under the same id is to be tested again."""

    @property
    def is_blank(self) -> bool:
        """Whether nothing was answered, judged or noted."""
        answers = (self.seen, self.plausible, self.right_room, self.verdict)
        return all(one == Answer.OPEN for one in answers) and not (self.note or self.photo)

    @property
    def may_pass(self) -> bool:
        """Whether every question is answered with yes, which a pass requires."""
        return self.seen is self.plausible is self.right_room is Answer.YES

    def completed(self, found: Evidence) -> DeviceCheckout:
        """With the open questions that the device's values answer: seen and plausible."""
        seen = found.seen if self.seen is Answer.OPEN else self.seen
        plausible = found.plausible if self.plausible is Answer.OPEN else self.plausible
        return replace(self, seen=seen, plausible=plausible)

    def continued(self, device: Device) -> DeviceCheckout:
        """The result to go on from with the device that is there now. After a move the answers that concern the room, and the
        verdict, are open again; seen, note and photo stay. Of another product only the note stays.
        """
        if self.tested_other(device):
            return DeviceCheckout(id=self.id, note=self.note, room=device.room)
        if self.room == device.room:
            return self
        again = replace(self, plausible=Answer.OPEN, right_room=Answer.OPEN, verdict=CheckoutVerdict.OPEN)
        return replace(again, room=device.room, time_ms=0, author="")

    def tests(self, device: Device) -> bool:
        """Whether the verdict holds for the device where it is now."""
        return self.verdict is not CheckoutVerdict.OPEN and self.room == device.room and not self.tested_other(device)

    def tested_other(self, device: Device) -> bool:
        """Whether another product than the device that is there now was tested: by its serial number where both are known,
        else by its model."""
        (model, _, serial), (now_model, _, now_serial) = (
            self.product.partition("\n"),
            product_of(device).partition("\n"),
        )
        if serial and now_serial:
            return serial != now_serial
        return bool(model and now_model) and model != now_model


def product_of(device: Device) -> str:
    """Model and serial number of a device, a line each; empty where neither is known."""
    return f"{device.model}\n{device.serial}" if device.model or device.serial else ""


@dataclass(frozen=True, slots=True)
class Reading:
    """The last known value of a point: numeric (`Batch`'s encoding), UTC ms; time 0 where there is none."""

    point: Point
    value: float
    quality: Quality
    time_ms: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """Evidence about a device from its values."""

    seen: Answer
    plausible: Answer
    last_ms: int
    """Time of the newest value, UTC ms; 0 where there is none."""
    odd: tuple[Point, ...] = ()
    """Points whose value is missing in spite of a report, or out of range."""
    unmeasured: tuple[Point, ...] = ()
    """Points of which the device itself reports that it does not measure them."""


def evidence(readings: Iterable[Reading], online: bool | None, now_ms: int, protocol: str = "") -> Evidence:
    """Judges a device by its last values and whether it is online (None: not known). A device without values is neither
    plausible nor implausible; one whose newest value is older than FRESH_MS has not been seen. What it does not measure
    counts for nothing.
    """
    there = [one for one in readings if one.time_ms > 0]
    unmeasured = [one for one in there if one.quality is Quality.BAD and protocol in _WITHOUT_SOME]
    known = [one for one in there if one not in unmeasured]
    good = [one for one in known if one.quality <= Quality.STALE]
    odd = tuple(one.point for one in known if _is_odd(one))
    fresh = any(one.quality is Quality.GOOD and now_ms - one.time_ms <= FRESH_MS for one in good)
    seen = Answer.NO if online is False else Answer.YES if fresh else Answer.OPEN
    plausible = Answer.NO if odd else Answer.YES if good else Answer.OPEN
    last_ms = max((one.time_ms for one in good), default=0)
    return Evidence(seen, plausible, last_ms, odd, tuple(one.point for one in unmeasured))


def _is_odd(reading: Reading) -> bool:
    if reading.quality is Quality.BAD:
        return True
    if reading.quality > Quality.STALE or reading.point.capability.type is not ValueType.NUMBER:
        return False
    low, high = reading.point.range
    value = reading.value
    return not math.isfinite(value) or (low is not None and value < low) or (high is not None and value > high)
