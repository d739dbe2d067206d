"""Ventilation of a room from its CO2: the decay after people left, and the steady level with people.

Units: ppm, UTC ms, air changes per hour. The outdoor level is the 1st percentile of the room's recent values, which
cancels the sensor's offset.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

type Numbers = NDArray[np.float64]
type Times = NDArray[np.int64]

LEAST_MS = 40 * 60_000
LONGEST_MS = 4 * 3_600_000
LEAST_R2 = 0.95
LEFT = 0.2
"""The fit ends where this share of the initial rise is left; below, sensor noise dominates."""
LEAST_RISE = 30.0
LEAST_SAMPLES = 20
BREATH_L_S = {"awake": 0.005, "asleep": 0.0036}
"""CO2 exhaled by one adult, L/s (Persily and de Jonge 2017)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decay:
    """One decay of CO2: begin and end (UTC ms), air changes per hour, and r² of the fit."""

    begin_ms: int
    end_ms: int
    per_hour: float
    r2: float


def outdoor_level(co2: Numbers) -> float:
    """Outdoor CO2 in ppm: the 1st percentile of the room's values (about 14 days); NaN without data."""
    known = co2[np.isfinite(co2)]
    return float(np.percentile(known, 1)) if len(known) else float("nan")


def decays(times_ms: Times, co2: Numbers, occupied: NDArray[np.bool_], outdoor: float) -> tuple[Decay, ...]:
    """Decays of CO2 after the room was left for at least 40 minutes, with an exponential fit of r² of at least 0.95.

    `times_ms`, `co2` (ppm) and `occupied` are (n,), one per sample; `outdoor` in ppm.
    """
    left = np.flatnonzero(occupied[:-1] & ~occupied[1:]) + 1
    back: list[int] = [*(np.flatnonzero(~occupied[:-1] & occupied[1:]) + 1).tolist(), len(times_ms)]
    found: list[Decay] = []
    for begin in left.tolist():
        end = back[bisect_right(back, begin)]
        latest_ms = int(times_ms[begin]) + LONGEST_MS
        end = min(end, begin + int((times_ms[begin:] < latest_ms).sum()))
        fitted = _fitted(times_ms[begin:end], co2[begin:end], outdoor)
        if fitted is not None:
            found.append(fitted)
    return tuple(found)


def _fitted(times_ms: Times, co2: Numbers, outdoor: float) -> Decay | None:
    known = np.isfinite(co2)
    times_ms, rise = times_ms[known], co2[known] - outdoor
    if not len(rise) or times_ms[-1] - times_ms[0] < LEAST_MS:
        return None
    enough = rise > max(LEAST_RISE, LEFT * float(rise[0]))
    if int(enough.sum()) < LEAST_SAMPLES:
        return None
    hours, logs = (times_ms[enough] - times_ms[0]) / 3_600_000, np.log(rise[enough])
    x, y = hours - hours.mean(), logs - logs.mean()
    if float(np.ptp(logs)) == 0:
        return None
    slope = float(x @ y) / float(x @ x)
    r2 = float(x @ y) ** 2 / (float(x @ x) * float(y @ y))
    if r2 < LEAST_R2 or slope >= 0:
        return None
    last = int(times_ms[enough][-1])
    return Decay(begin_ms=int(times_ms[0]), end_ms=last, per_hour=-slope, r2=r2)


def highest_hour(times_ms: Times, co2: Numbers, occupied: NDArray[np.bool_]) -> float:
    """Highest mean of CO2 (ppm) in an hour that was occupied and known throughout; NaN without one. The samples are at equal
    distances."""
    width = max(1, round(3_600_000 / int(times_ms[1] - times_ms[0]))) if len(times_ms) > 1 else 1
    if len(co2) < width:
        return float("nan")
    means = np.convolve(np.where(occupied, co2, np.nan), np.full(width, 1 / width), "valid")
    known = means[np.isfinite(means)]
    return float(known.max()) if len(known) else float("nan")


def air_per_person(co2: float, outdoor: float, breath_l_s: float = BREATH_L_S["awake"]) -> float | None:
    """Outdoor air per person, L/s, from a steady CO2 level in ppm; None where it is not above the outdoor level."""
    return breath_l_s * 1e6 / (co2 - outdoor) if co2 > outdoor else None
