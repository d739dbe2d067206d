"""Commands and their outcome.

A command is pending until the device's own report confirms it or it fails; one to a point that never reports its value
ends as sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from twin.model.capability import ValueType
from twin.model.device import Point
from twin.model.ids import PointId
from twin.model.observation import StringTable, Value, decode, encode
from twin.model.text import Text


class CommandState(StrEnum):
    """How far a command has come: under way, or its final result."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    SENT = "sent"
    """Accepted by the device's system; the device never reports the value, so it cannot be confirmed."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command to a point; `value` is in the canonical unit, `verb` one of the capability's verbs, `deadline_s` in
    seconds.
    """

    id: int
    point: PointId
    verb: str
    value: Value = None
    deadline_s: float = 10.0
    sender: str = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult:
    """Outcome of a command, or PENDING while it is under way, with the reason where it waits; `seconds` since it was sent."""

    command: Command
    state: CommandState
    seconds: float = 0.0
    reason: Text | None = None


_FIXED: dict[tuple[str, str], Value] = {
    ("on_off", "on"): True, ("on_off", "off"): False,
    ("lock", "lock"): "locked", ("lock", "unlock"): "unlocked",
    ("position", "open"): 100.0, ("position", "close"): 0.0,
    ("valve", "open"): 100.0, ("valve", "close"): 0.0,
}  # fmt: skip


def expected(point: Point, verb: str, value: Value, before: Value) -> Value:
    """The value that a report must have to confirm the command; None where any report confirms it.

    `before` is the present value, which `toggle` negates.
    """
    if verb == "toggle":
        return not before if isinstance(before, bool) else None
    if verb == "stop":
        return None
    return _FIXED.get((point.capability.id, verb), value)


def confirms(point: Point, wanted: Value, reported: float, strings: StringTable) -> bool:
    """Whether a reported number confirms the wanted value.

    Numbers may differ by 2 % of the target or half the device's step, percentages by 0.51, CIE x and y by 0.02.
    """
    if wanted is None:
        return True
    if point.capability.type is ValueType.XY and isinstance(wanted, tuple):
        got = decode(point, reported, strings)
        return isinstance(got, tuple) and all(abs(a - b) < 0.02 for a, b in zip(got, wanted, strict=True))
    target = encode(point, wanted, strings)
    if target is None:
        return False
    if point.capability.type is not ValueType.NUMBER:
        return target == reported
    step = max(point.info.step or 0.0, point.capability.resolution)
    return abs(target - reported) <= max(0.02 * abs(target), step / 2, 0.51 if point.capability.unit == "%" else 0.0)


def asks_first(kind: str, point: Point, verb: str, value: Value) -> bool:
    """Whether the user must confirm the command first: it unlocks a lock, or opens a garage door or a valve."""
    if point.capability.id == "lock":
        return verb in ("unlock", "unlatch")
    opens = verb == "open" or (verb == "set" and isinstance(value, int | float) and value > 0)
    return kind in ("garage_door", "valve") and point.capability.id in ("position", "valve") and opens


def undoing(point: Point, verb: str, before: Value) -> tuple[str, Value] | None:
    """Verb and value that restore the value before a command; None where it is unknown or cannot be restored."""
    row = point.capability
    if before is None or row.type is ValueType.EVENT or verb in ("stop", "identify", "activate"):
        return None
    for known, wanted in ((known, wanted) for (id, known), wanted in _FIXED.items() if id == row.id):
        if wanted == before and known in row.verbs:
            return known, None
    return ("set", before) if "set" in row.verbs else None


def refusal(point: Point, verb: str, value: Value) -> Text | None:
    """Reason why a command cannot be sent (not writable, unknown verb, wrong type, out of range); None where it can."""
    row = point.capability
    if not point.writable:
        return Text("command.not_writable", point=point.title)
    if row.verbs and verb not in row.verbs:
        return Text("command.verbs", point=point.title, verbs=row.verbs, verb=verb)
    low, high = point.range
    if row.type is ValueType.NUMBER and verb in ("set", "step"):
        if not isinstance(value, int | float) or isinstance(value, bool):
            return Text("command.number", point=point.title)
        if verb == "set" and ((low is not None and value < low) or (high is not None and value > high)):
            if low is None or high is None:
                return Text("command.out_of_range", value=value)
            return Text("command.range", point=point.title, low=low, high=high, unit=row.unit)
    if row.type is ValueType.ENUM and verb == "set" and point.options and value not in point.options:
        return Text("command.options", point=point.title, options=point.options)
    return None
