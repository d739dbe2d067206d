"""Exposure of a room to thermal discomfort and bad air from values on a regular grid of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

import numpy as np
from numpy.typing import NDArray

from twin.insight.calendar_span import local_times
from twin.insight.damp import dew_point, mould_index, surface_humidity, surface_temperature
from twin.insight.thermal_comfort import (
    adaptive_limits,
    category,
    clothing_by_outdoor,
    pmv_is_valid,
    pmv_ppd,
    relative_air_speed,
    running_mean,
)  # fmt: skip
from twin.model.ids import RoomId, StoreyId
from twin.model.room_comfort import ComfortAssumptions, ComfortModel, RoomComfort, RoomVerdict

type Numbers = NDArray[np.float64]
type Times = NDArray[np.int64]

LEAST_COVERAGE = 0.5
"""Below this share of known time a room or day has no verdict."""
USUAL_CLO = 0.7
BAND_C = (20.0, 26.0)
"""Range of temperature from which degree-hours are counted by PMV (EN 16798-1, category II, sedentary)."""
CO2_LIMITS = (1000.0, 1400.0)
HOUR_MS, DAY_MS = 3_600_000, 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RoomSeries:
    """Means of a room in n intervals; NaN for unknown. None for what it does not measure."""

    room: RoomId
    storey: StoreyId
    temperature: Numbers
    humidity: Numbers | None = None
    co2: Numbers | None = None
    occupied: Numbers | None = None
    """Share of the interval in which it was occupied, 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ComfortGrid:
    """The intervals, of equal length, and what is known of outdoors."""

    starts_ms: Times
    width_ms: int
    days_ms: Times
    """(d + 1,) local midnights."""
    zone: tzinfo
    outdoor: Numbers | None = None
    daily_outdoor: Numbers | None = None
    """(d + 7,) daily means of the outdoor temperature, beginning seven days before the first day."""

    @property
    def day(self) -> Times:
        """(n,) number of each interval's local day."""
        return np.searchsorted(self.days_ms, self.starts_ms, side="right") - 1


def clothing(grid: ComfortGrid, assumed: ComfortAssumptions) -> Numbers:
    """(n,) clothing in clo: as assumed, else by the outdoor temperature at 6 o'clock, else 0.7."""
    n = len(grid.starts_ms)
    if assumed.clo is not None or grid.outdoor is None:
        return np.full(n, USUAL_CLO if assumed.clo is None else assumed.clo)
    local = local_times(grid.starts_ms, grid.zone)
    morning = (local.minute >= 360) & (local.minute < 360 + max(1, grid.width_ms // 60_000))
    by_day = np.full(len(grid.days_ms), np.nan)
    by_day[grid.day[morning]] = grid.outdoor[morning]
    worn = clothing_by_outdoor(by_day)
    return np.where(np.isfinite(worn), worn, USUAL_CLO)[grid.day]


def votes(series: RoomSeries, grid: ComfortGrid, assumed: ComfortAssumptions) -> tuple[Numbers, Numbers]:
    """(n,) PMV and (n,) PPD in % by the assumptions; NaN where the temperature is unknown."""
    humidity = np.full(len(series.temperature), assumed.humidity)
    if series.humidity is not None:
        humidity = np.where(np.isfinite(series.humidity), series.humidity, assumed.humidity)
    return pmv_ppd(
        series.temperature, series.temperature + assumed.radiant_offset_c,
        relative_air_speed(assumed.air_m_s, assumed.met), humidity, assumed.met, clothing(grid, assumed),
    )  # fmt: skip


def _deviation(series: RoomSeries, grid: ComfortGrid, assumed: ComfortAssumptions) -> tuple[Numbers, Numbers, Numbers]:
    """(n,) category (0 to 3, -1 unknown), (n,) signed distance from comfort (vote, or K), (n,) K outside the band of
    degree-hours."""
    operative = series.temperature + assumed.radiant_offset_c / 2
    if assumed.model is ComfortModel.PMV:
        pmv, _ = votes(series, grid, assumed)
        return category(pmv).astype(np.float64), pmv, _beyond(operative, *BAND_C)
    if grid.daily_outdoor is None:
        unknown = np.full(len(operative), np.nan)
        return np.full(len(operative), -1.0), unknown, unknown
    mean = running_mean(grid.daily_outdoor)[: len(grid.days_ms) - 1][np.minimum(grid.day, len(grid.days_ms) - 2)]
    found = np.full(len(operative), 3.0)
    for level in (2, 1, 0):
        low, _, high = adaptive_limits(mean, level)
        found[(operative >= low) & (operative <= high)] = level
    low, comfort, high = adaptive_limits(mean, 1)
    found[~np.isfinite(operative) | ~np.isfinite(comfort)] = -1
    return found, operative - comfort, _beyond(operative, low, high)


def _beyond(value: Numbers, low: Numbers | float, high: Numbers | float) -> Numbers:
    return np.maximum(np.maximum(low - value, value - high), 0)


def room_comfort(series: RoomSeries, grid: ComfortGrid, assumed: ComfortAssumptions) -> RoomComfort:
    """The exposure of a room over the grid."""
    level, distance, beyond = _deviation(series, grid, assumed)
    known = np.isfinite(series.temperature)
    coverage = float(known.mean()) if len(known) else 0.0
    seen = series.occupied is not None and bool(np.isfinite(series.occupied).mean() >= LEAST_COVERAGE)
    weight = np.nan_to_num(series.occupied) if series.occupied is not None and seen else np.ones(len(known))
    minutes = np.where(level >= 0, weight, 0.0) * grid.width_ms / 60_000
    judged = coverage >= LEAST_COVERAGE and bool((level >= 0).any())
    worst = int(np.nanargmax(np.where(minutes > 0, np.abs(distance), -1.0))) if judged and minutes.sum() > 0 else None
    means = distance[(minutes > 0) & np.isfinite(distance)]
    return RoomComfort(
        room=series.room, storey=series.storey, coverage=coverage, occupied_known=seen,
        minutes=_by_level(level, minutes) if judged else None,
        too_cold=float(minutes[(level == 3) & (distance < 0)].sum()) if judged else None,
        too_warm=float(minutes[(level == 3) & (distance > 0)].sum()) if judged else None,
        degree_hours=float(np.nansum(beyond * minutes)) / 60 if judged else None,
        mean_c=_mean(series.temperature), low_c=_least(series.temperature), high_c=-_least(-series.temperature),
        pmv=float(np.average(means, weights=minutes[(minutes > 0) & np.isfinite(distance)]))
        if judged and len(means) and assumed.model is ComfortModel.PMV else float("nan"),
        beyond_range=float(minutes[_is_beyond_range(series, grid, assumed, distance)].sum()),
        worst_ms=int(grid.starts_ms[worst]) if worst is not None else None,
        worst=float(distance[worst]) if worst is not None else float("nan"),
        humidity=_mean(series.humidity), co2_mean=_mean(series.co2),
        co2_high=-_least(-series.co2) if series.co2 is not None else float("nan"),
        co2_minutes=_co2_minutes(series.co2, weight, grid.width_ms),
        dew_point_c=_highest_dew_point(series), surface_humidity=_wall(series, grid, assumed),
        newest=_newest(level, distance), daily=_daily(level, minutes, known, grid),
    )  # fmt: skip


def _is_beyond_range(
    series: RoomSeries, grid: ComfortGrid, assumed: ComfortAssumptions, pmv: Numbers
) -> NDArray[np.bool_]:
    """(n,) whether a known PMV is outside the range for which ISO 7730 defines it; never by the adaptive model."""
    if assumed.model is not ComfortModel.PMV:
        return np.zeros(len(pmv), np.bool_)
    speed = relative_air_speed(assumed.air_m_s, assumed.met)
    return np.isfinite(pmv) & ~pmv_is_valid(series.temperature, speed, assumed.met, clothing(grid, assumed), pmv)


def _newest(level: Numbers, distance: Numbers) -> RoomVerdict | None:
    """The verdict of the newest interval; of the one before where the newest has just begun."""
    at = next((at for at in range(len(level) - 1, max(-1, len(level) - 3), -1) if level[at] >= 0), None)
    if at is None:
        return None
    if level[at] <= 1:
        return RoomVerdict.COMFORTABLE
    if level[at] == 2:
        return RoomVerdict.COOL if distance[at] < 0 else RoomVerdict.WARM
    return RoomVerdict.TOO_COLD if distance[at] < 0 else RoomVerdict.TOO_WARM


def _by_level(level: Numbers, minutes: Numbers) -> tuple[float, float, float, float]:
    sums = [float(minutes[level == at].sum()) for at in range(4)]
    return sums[0], sums[1], sums[2], sums[3]


def _mean(values: Numbers | None) -> float:
    known = values[np.isfinite(values)] if values is not None else np.zeros(0)
    return float(known.mean()) if len(known) else float("nan")


def _least(values: Numbers) -> float:
    known = values[np.isfinite(values)]
    return float(known.min()) if len(known) else float("nan")


def _co2_minutes(co2: Numbers | None, weight: Numbers, width_ms: int) -> tuple[float, float] | None:
    if co2 is None or not np.isfinite(co2).any():
        return None
    first, second = (float(weight[co2 > limit].sum()) * width_ms / 60_000 for limit in CO2_LIMITS)
    return first, second


def _highest_dew_point(series: RoomSeries) -> float:
    if series.humidity is None:
        return float("nan")
    return -_least(-dew_point(series.temperature, series.humidity))


def _wall(series: RoomSeries, grid: ComfortGrid, assumed: ComfortAssumptions) -> float | None:
    """Highest 24 h mean of the humidity at the coldest wall, %; None where a part of it is not known for a day."""
    if series.humidity is None or grid.outdoor is None:
        return None
    wall = surface_humidity(series.temperature, series.humidity, grid.outdoor, assumed.factor)
    day = max(1, DAY_MS // grid.width_ms)
    if len(wall) < day:
        return None
    means = np.lib.stride_tricks.sliding_window_view(wall, day).mean(axis=1)
    known = means[np.isfinite(means)]
    return float(known.max()) if len(known) else None


def mould_indices(
    rooms: Sequence[RoomSeries], grid: ComfortGrid, assumed: ComfortAssumptions
) -> tuple[float | None, ...]:
    """For each room the highest mould index at its coldest wall, which begins at 0; None where less than half of the hours is
    known, and on a grid of shorter intervals than hours."""
    if grid.outdoor is None or grid.width_ms != HOUR_MS or not len(grid.starts_ms):
        return (None,) * len(rooms)
    unknown = np.full(len(grid.starts_ms), np.nan)
    inside = np.stack([one.temperature for one in rooms]) if rooms else np.zeros((0, len(unknown)))
    moist = np.stack([unknown if one.humidity is None else one.humidity for one in rooms]) if rooms else inside
    surface = surface_temperature(inside, grid.outdoor, assumed.factor)
    humidity = surface_humidity(inside, moist, grid.outdoor, assumed.factor)
    known = (np.isfinite(surface) & np.isfinite(humidity)).mean(axis=1) >= LEAST_COVERAGE
    highest = mould_index(surface, humidity).max(axis=1)
    return tuple(float(one) if judged else None for one, judged in zip(highest, known, strict=True))


def _daily(level: Numbers, minutes: Numbers, known: NDArray[np.bool_], grid: ComfortGrid) -> Numbers:
    """(days,) share of the minutes outside category B or II; NaN where less than half of the day is known."""
    days = len(grid.days_ms) - 1
    day = np.clip(grid.day, 0, days - 1)
    whole = np.bincount(day, minutes, days)
    outside = np.bincount(day, np.where(level >= 2, minutes, 0.0), days)
    covered = np.bincount(day, known, days) * grid.width_ms / np.diff(grid.days_ms)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where((covered >= LEAST_COVERAGE) & (whole > 0), outside / whole, np.nan)
