"""How long a battery lasts, from its percentages and from batteries of the same model that died in the building.

Percentages alone do not suffice: coin and lithium cells stay near full and then fall within weeks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

type Numbers = NDArray[np.float64]

DEAD = 10.0
"""Percentage at which a battery counts as empty."""
CHANGED = 20.0
"""Rise (percentage points) from which a battery counts as changed or charged."""
LIKE = 1.5
"""Percentages that differ by at most this are alike."""
LEAST_LIVES = 2
"""Batteries of the model that must have died before they predict."""
SLOPE_DAYS, LEAST_FALL, STRAIGHT = 60, 4.0, 0.2
"""Days of a slope, the least fall in them (percentage points), and the most by which their halves may differ."""
LEAST_KNOWN = 4
"""Days that must be known of each half: a battery that is reported once a week has as many."""
MOST_DAYS = 3650.0


@dataclass(frozen=True, slots=True)
class BatteryOutlook:
    """Days until DEAD: the likely number with the least and the most."""

    low: float
    days: float
    high: float
    lives: int
    """Batteries of the same model that it is taken from; 0: from this battery's own steady fall."""


def life_spans(percent: Numbers) -> list[tuple[int, int]]:
    """(first day, day after the last) that are known of each battery of a device in daily values (days,)."""
    days = np.flatnonzero(np.isfinite(percent))
    rise = np.flatnonzero(np.diff(percent[days]) > CHANGED) + 1
    return [(int(part[0]), int(part[-1]) + 1) for part in np.split(days, rise) if len(part)]


def carried(percent: Numbers, days: int) -> Numbers:
    """(days,) the daily percentages with each unknown day as the last known one, where that is at most `days` old."""
    at = np.maximum.accumulate(np.where(np.isfinite(percent), np.arange(len(percent)), -1))
    age = np.arange(len(percent)) - at
    return np.where((at >= 0) & (age <= days), percent[np.maximum(at, 0)], np.nan)


def lives(percent: Numbers) -> list[Numbers]:
    """The percentages of each battery of a device in daily values (days,), the last is in use. Each begins and ends with a
    known day; days between that are unknown are NaN."""
    return [percent[first:end] for first, end in life_spans(percent)]


def outlook(present: Numbers, dead: list[Numbers]) -> BatteryOutlook | None:
    """What to expect of a battery in use (days,), from the finished lives of its model; None where neither allows a prediction."""
    if not len(present):
        return None
    left = [days for life in dead if (days := _left_in(life, float(present[-1]))) is not None]
    if len(left) >= LEAST_LIVES:
        low, high = min(left), max(left)
        return BatteryOutlook(low, float(np.median(left)), high, len(left))
    return _by_slope(present)


def _left_in(life: Numbers, percent: float) -> float | None:
    """Days that this finished life still had where it had this percentage; None where it never had or did not end."""
    end = np.flatnonzero(life <= DEAD)
    there = np.flatnonzero(np.abs(life - percent) <= LIKE)
    there = there[there <= end[0]] if len(end) else there[:0]
    return float(np.median(end[0] - there)) if len(there) else None


def _by_slope(present: Numbers) -> BatteryOutlook | None:
    """By a steady fall of the last 60 days; None where it is not steady, as of coin and lithium cells, or too few days
    of both halves are known."""
    recent = present[-SLOPE_DAYS:]
    if len(recent) < SLOPE_DAYS:
        return None
    half = SLOPE_DAYS // 2
    if min(np.isfinite(part).sum() for part in (recent[:half], recent[half:])) < LEAST_KNOWN:
        return None
    whole, first, second = theil_sen(recent), theil_sen(recent[:half]), theil_sen(recent[half:])
    if -whole * SLOPE_DAYS < LEAST_FALL or abs(first - second) > STRAIGHT * abs(whole):
        return None
    days = max(0.0, min(MOST_DAYS, (float(present[-1]) - DEAD) / -whole))
    return BatteryOutlook(days / 2, days, days * 1.5, 0)


def theil_sen(values: Numbers) -> float:
    """Median slope of all pairs of equidistant values that are known, per step."""
    at = np.flatnonzero(np.isfinite(values))
    first, second = (at[one] for one in np.triu_indices(len(at), 1))
    return float(np.median((values[second] - values[first]) / (second - first)))
