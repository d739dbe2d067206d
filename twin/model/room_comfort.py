"""Thermal comfort and air of rooms in a period: assumptions, exposure per room and day, ventilation, dampness, evidence.

NaN and None mean unknown, never comfortable.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from twin.model.energy import EnergySpan
from twin.model.ids import DeviceId, PointId, RoomId, StoreyId
from twin.model.text import Text


class ComfortModel(StrEnum):
    """By what rooms are judged."""

    PMV = "pmv"
    """ISO 7730: predicted mean vote."""
    ADAPTIVE = "adaptive"
    """EN 16798-1: by the running mean of the outdoor temperature, without mechanical cooling."""


class RoomVerdict(StrEnum):
    """How a room is felt to be at a moment, from cold to warm. By PMV and the adaptive model alike: within category B or II
    it is comfortable, in C or III cool or warm, outside all too cold or too warm."""

    TOO_COLD = "too_cold"
    COOL = "a_little_cold"
    COMFORTABLE = "comfortable"
    WARM = "a_little_warm"
    TOO_WARM = "too_warm"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComfortAssumptions:
    """What no sensor of the building measures."""

    model: ComfortModel = ComfortModel.PMV
    met: float = 1.2
    """Activity: 1.2 sitting at a desk, 1.6 in a kitchen, 0.8 asleep."""
    clo: float | None = None
    """Clothing; None: by the outdoor temperature at 6 o'clock, else 0.7."""
    air_m_s: float = 0.1
    radiant_offset_c: float = 0.0
    """Mean radiant temperature less the air's, K."""
    humidity: float = 50.0
    """Relative humidity where it is not measured, %."""
    factor: float = 0.7
    """Temperature factor f_Rsi of the coldest wall surface (DIN 4108-2 requires 0.7)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RoomComfort:
    """Comfort and air of one room; minutes are those in which it was occupied, or all where that is not measured."""

    room: RoomId
    storey: StoreyId
    joined: tuple[RoomId, ...] = ()
    """Rooms that are judged as this one, itself among them, where comfort is shown in groups; else empty."""
    coverage: float
    """Share of the elapsed time with a temperature, 0 to 1; below 0.5 there is no verdict."""
    occupied_known: bool
    minutes: tuple[float, float, float, float] | None
    """In category A, B, C (adaptive: I, II, III) and outside all; None without a verdict."""
    too_cold: float | None
    too_warm: float | None
    """Minutes outside category C or III."""
    degree_hours: float | None
    """K·h outside category II, or for PMV outside 20 to 26 °C."""
    mean_c: float
    low_c: float
    high_c: float
    pmv: float
    """Mean vote while occupied; NaN where unknown or by the adaptive model."""
    beyond_range: float = 0.0
    """Minutes of these in which PMV is outside the range of ISO 7730, which then only tells too cold or too warm."""
    worst_ms: int | None
    """UTC ms at which the interval farthest from comfort begins."""
    worst: float
    """Vote, or K from the comfort temperature, of that interval."""
    humidity: float
    co2_mean: float
    co2_high: float
    co2_minutes: tuple[float, float] | None
    """Minutes above 1,000 and 1,400 ppm; None where CO2 is not measured."""
    air_changes: float | None = None
    """Median air changes per hour from the decay of CO2 after the room was left."""
    air_changes_spread: tuple[float, float] | None = None
    decays: int = 0
    air_per_person_l_s: float | None = None
    """Outdoor air for each person by the hour of most CO2 in which people were there throughout: at most so much, for CO2 may not
    have been steady yet."""
    dew_point_c: float = float("nan")
    """Highest dew point."""
    surface_humidity: float | None = None
    """Highest 24 h mean of the relative humidity at the coldest wall, %; from 80 % on mould can grow. None without an
    outdoor temperature."""
    mould_index: float | None = None
    """Highest mould index (0 to 6) that the coldest wall would have reached in the period from 0 on; None where less than half of
    its hours is known, and for periods of less than a month."""
    newest: RoomVerdict | None = None
    """By the newest quarter-hour or hour of the period, whether occupied or not; None where its temperature is unknown."""
    daily: NDArray[np.float64] | None = None
    """(days,) share of the known minutes outside category B or II, NaN where less than half of the day is known."""

    @property
    def outside_share(self) -> float:
        """Share of the minutes outside category C or III; NaN without a verdict."""
        total = sum(self.minutes) if self.minutes is not None else 0.0
        return self.minutes[3] / total if self.minutes is not None and total > 0 else float("nan")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ComfortReport:
    """Comfort of all rooms with a temperature in a period of the local calendar, elapsed up to `until_ms` (UTC ms)."""

    span: EnergySpan
    from_ms: int
    to_ms: int
    until_ms: int
    before_ms: int
    zone: str
    days_ms: NDArray[np.int64]
    assumptions: ComfortAssumptions
    rooms: tuple[RoomComfort, ...]
    """The least comfortable first, those without a verdict last."""
    outdoor: PointId | None = None
    notes: tuple[Text, ...] = ()
    computed_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandFact:
    """A command that was given to a device of the room: when, by whom, what, and how it ended."""

    time_ms: int
    who: str
    """Name of the person, rule or scene; empty: the engine's own user."""
    device: DeviceId
    point: PointId
    verb: str
    value: object
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ComfortEvidence:
    """What is known about a room at a moment: values then, their range of the day, the verdict, and what was set."""

    room: RoomId
    time_ms: int
    temperature_c: float | None
    humidity: float | None
    co2_ppm: float | None
    outdoor_c: float | None
    pmv: float | None
    ppd: float | None
    """Share of people who would be dissatisfied, %."""
    day: RoomComfort | None
    """The local day of the moment; None where nothing is known."""
    points: tuple[PointId, ...]
    """Points of the room to be drawn as a chart."""
    commands: tuple[CommandFact, ...]
    """Commands of the 24 h before and 6 h after, newest first."""
