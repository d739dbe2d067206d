"""A question about the building and its answer, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from twin.model.ids import DeviceId, PointId, RoomId, StoreyId
from twin.model.text import Text


class Subject(StrEnum):
    """What a question is about."""

    QUANTITY = "quantity"
    """Values of a capability: of rooms, or of devices that are named."""
    STATE = "state"
    """Devices of some kinds that are in a state."""
    PRESENCE = "presence"
    """Devices that are online or offline."""
    USE = "use"
    """What the counters of a capability counted in a period."""
    ALARMS = "alarms"


class Side(StrEnum):
    """Side of a limit, or end of an order."""

    ABOVE = "above"
    BELOW = "below"


class Statistic(StrEnum):
    """One number of a period."""

    MEAN = "mean"
    HIGHEST = "highest"
    LOWEST = "lowest"


@dataclass(frozen=True, slots=True)
class Period:
    """A time in the past [from_ms, to_ms), UTC ms, as it was asked for."""

    from_ms: int
    to_ms: int
    name: Text
    is_moment: bool = False
    """Whether the last values before `to_ms` are asked for; it begins long enough before to find them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What was understood of a question. Without places it is about the whole building, without a period about now."""

    subject: Subject
    capability: str = ""
    side: Side | None = None
    """Only values on this side of `limit`; without a limit: ordered from this end."""
    limit: float | None = None
    """In the capability's canonical unit."""
    upper: float | None = None
    """Only values up to this one: with a limit below it, `between` the two, both included."""
    is_inclusive: bool = False
    """Whether values at the limit are meant too (`at least`)."""
    is_assumed: bool = False
    """Whether the limit is not in the question but that of the comfort table (`too warm`)."""
    kinds: frozenset[str] = frozenset()
    named: str = ""
    """Word that a device's name has to contain (`window` among the contacts)."""
    value: float | None = None
    """Code of the state that is asked for, 1 for online; None: all, with their states."""
    storeys: frozenset[StoreyId] = frozenset()
    rooms: frozenset[RoomId] = frozenset()
    devices: frozenset[DeviceId] = frozenset()
    period: Period | None = None
    statistic: Statistic | None = None
    counts: bool = False
    """Whether only their number is asked for."""
    ignored: tuple[str, ...] = ()
    """Words that were not understood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRow:
    """One room or device of an answer."""

    name: str
    room: RoomId | None = None
    device: DeviceId | None = None
    point: PointId | None = None
    """The point whose value is shown; None for a value of several points."""
    capability: str = ""
    value: float | None = None
    """Canonical unit; None where it is not known."""
    duration_ms: int | None = None
    """How long the condition held in the period."""
    text: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAnswer:
    """The answer: what was understood, one sentence, the rows behind it, and what limits it."""

    understood: tuple[Text, ...]
    sentence: Text
    rows: tuple[AnswerRow, ...] = ()
    points: tuple[PointId, ...] = ()
    """Points whose chart shows the answer."""
    notes: tuple[Text, ...] = field(default=())
