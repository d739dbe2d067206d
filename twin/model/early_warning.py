"""Early warnings of faulty sensors, weak batteries, leaks and plant that works badly: what was found, how surely, and what
is still learned.

NaN and None mean unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from twin.model.ids import DeviceId, PointId, RoomId
from twin.model.text import Text

LEARN_DAYS = 21
"""Days of values of a sensor from which its normal behaviour is learned."""


class WarningKind(StrEnum):
    """What seems to be wrong, the gravest first."""

    SILENT = "silent"
    STUCK = "stuck"
    WATER = "water"
    """Water flows without a use."""
    AIR_HANDLER = "air_handler"
    CONTROL = "control"
    """Heating and cooling of a room do not do what they are set to."""
    NOISE = "noise"
    DRIFT = "drift"
    STANDBY = "standby"
    """More electricity is used at night than before."""
    JUMP = "jump"
    BATTERY = "battery"


class FaultPlace(StrEnum):
    """Where the cause seems to be, by a second sensor of the room."""

    UNKNOWN = ""
    SENSOR = "sensor"
    """The second sensor of the room does not agree."""
    ROOM = "room"
    """The second sensor of the room agrees: something happens there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlyWarning:
    """One warning; a device has at most one of its sensors and battery, its gravest. `id` stays the same while it lasts.
    Times are UTC ms."""

    id: str
    kind: WarningKind
    rule: str = ""
    """Which of the rules of the kind, where it has several; of a fault the most telling one."""
    device: DeviceId
    point: PointId
    room: RoomId | None
    since_ms: int
    last_ms: int
    """The newest hour in which the test failed."""
    score: float
    """How far beyond its limit the test is: 1 at the limit."""
    level: float = 1.0
    """What is called normal where a person dismisses it: the score, or the deviation where the score grows with time."""
    text: Text
    explanations: tuple[Text, ...] = ()
    """Other causes that would look the same."""
    what_to_do: Text
    place: FaultPlace = FaultPlace.UNKNOWN
    value: float | None = None
    expected: float | None = None
    """The value that the sensor would have if it had moved with its peers, canonical unit."""
    peers: int = 0
    also: tuple[WarningKind, ...] = ()
    """Further kinds of the same device."""
    kwh: float | None = None
    """Energy lost meanwhile, of the plant or, where its air flow is unknown, for each 1,000 m³/h; None where unknown."""

    fault: str = ""
    """Of an air handler: the fault of the plant that explains what its rules found."""
    parts: tuple[EarlyWarning, ...] = ()
    """What each of several rules found, the most telling first, where one fault explains them all."""

    @property
    def mark(self) -> tuple[str, str]:
        """What a person calls normal: kind, with its rule or fault, and point."""
        kind, _, point = self.id.partition(":")
        return kind, point

    @property
    def sure(self) -> bool:
        """Whether the test is well beyond its limit and other sensors do not show the same."""
        return self.score >= 1.5 and self.place is not FaultPlace.ROOM and self.kind is not WarningKind.JUMP


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorLearning:
    """A sensor whose normal behaviour is not learned yet."""

    point: PointId
    device: DeviceId
    days: int
    """Days with values so far, of LEARN_DAYS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningReport:
    """Early warnings of a building at a time (UTC ms), the gravest first, and what cannot be judged yet."""

    at_ms: int
    warnings: tuple[EarlyWarning, ...] = ()
    learning: tuple[SensorLearning, ...] = ()
    watched: int = 0
    """Sensors that are compared with peers."""
    alone: int = 0
    """Sensors with too few peers: only silence and standing still can be found."""
    dismissed: int = 0
    """Findings that are hidden since a person called them normal."""
    notes: tuple[Text, ...] = ()
    levels: Mapping[PointId, float] = field(default_factory=dict[PointId, float])
    """How far each learned sensor usually lies above its peers, canonical unit. What it was at first is the reference for
    faults that are older than what is read."""
    computed_s: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class WarningChart:
    """Values (n,) of a point, and what it should show: as its peers suggest, or the rule of the warning; NaN where unknown."""

    point: PointId
    time_ms: NDArray[np.int64]
    value: NDArray[np.float64]
    expected: NDArray[np.float64]
    rule: str = ""
    """The rule that tells what is expected; empty for the peers."""
