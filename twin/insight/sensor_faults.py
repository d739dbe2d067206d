"""Faults of sensors on a grid of hours, by comparison with their own past and with like sensors ("peers").

The residual of a sensor is its value less its usual value at this hour of workdays or days off; less the median of the
residuals of its peers, what the weather and the plant do to all of them is gone. What they do to some of them alone (the
rooms on one side, those that are heated) is gone where only what lies outside the range of nearly all others counts. A score
above 1 is a finding.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.model.early_warning import WarningKind

type Numbers = NDArray[np.float64]
type Mask = NDArray[np.bool_]
type Counts = NDArray[np.int64]
type Readings = NDArray[np.integer]

HOUR_MS = 3_600_000
CARRIED_H = 26
"""Longest time, hours, for which the last value of a sensor stands for the present one."""
CELLS = 48
"""Hours of a workday and of a day off."""
SILENT_H, STUCK_H = 6.0, 12.0
"""Least silence and least standstill that are findings, hours."""
PEERS_MOVED = 3.0
"""Steps that each peer must have made meanwhile, on average, before a standing value is a finding."""
JUMP_H, BEFORE_H = 5, 12
"""Length of the median, and the distance to the one that it is compared with, hours."""
TOGETHER = 64
"""Sensors whose running medians are taken at once: 60 days of each are copied for every hour of the median, some 60 kB."""
CUSUM_SLACK, CUSUM_CLIP, CUSUM_ALARM = 0.75, 3.0, 6.0
"""Two-sided CUSUM of daily medians, in standard deviations."""
GAIN_PRIOR = 1.0
"""Weight of the assumption that a sensor follows the others one to one, against the days that it was learned: squared least
deviations of interest."""
MOST_GAIN = 1.5
"""Largest gain that is believed: a room that follows the others two and a half times as far, or half against them."""
DAY_H = 24
SHARED, LEAST_SHARED = 0.1, 2
"""Share and least number of sensors that must deviate alike for a deviation to be theirs in common: with the change of
seasons half of the rooms of a building drift from the others by 1 K, and none of their sensors is faulty."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SensorGrid:
    """Like sensors (n) on a grid of hours (t)."""

    values: Numbers
    """(n, t) last value at the beginning of each hour, at most CARRIED_H old; NaN where unknown."""
    counts: Counts
    """(n, t) readings in each hour."""
    cell: Counts
    """(t,) 0 to 47: hour of the local day, plus 24 on days off."""
    learning: Mask
    """(n, t) the hours from which each sensor's normal behaviour is learned."""
    step: float
    """Resolution of the sensors, canonical unit."""
    floor: float
    """Smallest deviation of interest, canonical unit."""
    peers: bool = True
    recorded: Mask | None = None
    """(n, t) hours in which a report of the sensor would have been recorded; None: all."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SensorNorms:
    """What each of the sensors (n) did while all was well."""

    usual: Numbers
    """(n, 48)"""
    jump_mad: Numbers
    jump_p: Numbers
    day_mean: Numbers
    day_sigma: Numbers
    gain: Numbers
    """How much further than the median of all each went with it, from day to day: 0 as far, -1 not at all."""
    standstill_h: Numbers
    noise_p: Numbers
    silence_h: Numbers


def on_hours(times_ms: NDArray[np.int64], values: Numbers, begin_ms: int, hours: int) -> tuple[Numbers, Counts]:
    """(t,) last value at each hour and (t,) readings in it; times ascend, and may begin before `begin_ms`."""
    edges = begin_ms + np.arange(hours + 1) * HOUR_MS
    if not len(times_ms):
        return np.full(hours, np.nan), np.zeros(hours, np.int64)
    at = np.searchsorted(times_ms, edges, side="right") - 1
    row = np.maximum(at[:-1], 0)
    fresh = (at[:-1] >= 0) & (edges[:-1] - times_ms[row] <= CARRIED_H * HOUR_MS)
    return np.where(fresh, values[row], np.nan), np.diff(at).astype(np.int64)


def norms(grid: SensorGrid) -> SensorNorms:
    """Learns what is normal for each sensor; NaN for what its hours of learning do not show."""
    with np.errstate(invalid="ignore"):
        known = np.where(grid.learning, grid.values, np.nan)
        usual = np.stack([_median(known[:, grid.cell == cell]) for cell in range(CELLS)], axis=1)
        residual = _residual(grid, usual)
        jump = np.where(grid.learning, jumps(residual), np.nan)
        daily = _daily(residual)
        days = daily.shape[1]
        learned_days = grid.learning[:, : days * DAY_H].reshape(len(daily), days, DAY_H).all(axis=2)
        daily = np.where(learned_days, daily, np.nan)
        noise = np.where(grid.learning, _noise(grid.values), np.nan)
        noise[:, :DAY_H] = np.nan
        still = _standstill(grid)
        return SensorNorms(
            usual=usual, jump_mad=_mad(jump), jump_p=_percentile(np.abs(jump), 99.5), day_mean=_median(daily),
            day_sigma=np.fmax(_mad(daily), max(grid.floor / 3, grid.step)), gain=_gain(grid, daily, _common(grid, usual)),
            standstill_h=np.where(grid.learning & ~_lasting(still), still, 0.0).max(axis=1, initial=0.0),
            noise_p=_percentile(noise, 99), silence_h=np.where(grid.learning, silence_hours(grid), 0.0).max(axis=1, initial=0.0),
        )  # fmt: skip


def deviations(grid: SensorGrid, learned: SensorNorms) -> Numbers:
    """(n, t) residual of each sensor less the median of all, canonical unit."""
    return _residual(grid, learned.usual)


def levels(grid: SensorGrid, learned: SensorNorms) -> Numbers:
    """(n,) how far each sensor usually lies above its peers, canonical unit; NaN without peers or norms."""
    if not grid.peers:
        return np.full(len(grid.values), np.nan)
    with np.errstate(invalid="ignore"):
        return _median(learned.usual - _median(learned.usual, axis=0))


def own_shifts(grid: SensorGrid, shift: Numbers) -> Numbers:
    """(n,) the part of each shift of a level that lies outside the range of nearly all others; NaN where unknown."""
    return _own(grid, shift[:, None])[:, 0]


def scores(grid: SensorGrid, learned: SensorNorms) -> dict[WarningKind, Numbers]:
    """(n, t) for each kind of fault how far the test is beyond its limit: a finding above 1, 0 where unknown."""
    residual = _residual(grid, learned.usual)
    with np.errstate(invalid="ignore", divide="ignore"):
        limit = np.fmax(np.fmax(6 * learned.jump_mad, 1.5 * learned.jump_p), 1.2 * grid.floor)
        found = {
            WarningKind.JUMP: np.abs(_own(grid, jumps(residual))) / limit[:, None],
            WarningKind.DRIFT: _drift(grid, residual, learned),
            WarningKind.STUCK: _stuck(grid, learned),
            WarningKind.NOISE: _noise(grid.values) / np.fmax(3 * learned.noise_p, grid.floor / 2)[:, None],
            WarningKind.SILENT: silence_hours(grid) / np.fmax(SILENT_H, 2 * learned.silence_h)[:, None],
        }
    return {kind: np.nan_to_num(score, nan=0.0, posinf=0.0) for kind, score in found.items()}


def spans(finding: Mask, merged_h: int = 48) -> list[tuple[int, int]]:
    """(first, last) hours of each episode of findings (t,); pauses of at most `merged_h` hours do not end one."""
    at = np.flatnonzero(finding)
    if not len(at):
        return []
    cut = np.flatnonzero(np.diff(at) > merged_h)
    firsts, lasts = at[np.r_[0, cut + 1]], at[np.r_[cut, len(at) - 1]]
    return [(int(first), int(last)) for first, last in zip(firsts, lasts, strict=True)]


def _residual(grid: SensorGrid, usual: Numbers) -> Numbers:
    residual = grid.values - usual[:, grid.cell]
    return residual - _median(residual, axis=0) if grid.peers else residual


def jumps(residual: Numbers) -> Numbers:
    """(n, t) change of the running median against the one before."""
    if residual.shape[1] <= BEFORE_H:
        return np.full_like(residual, np.nan)
    smooth = np.empty_like(residual)
    for first in range(0, len(residual), TOGETHER):
        rows = slice(first, first + TOGETHER)
        padded = np.pad(residual[rows], ((0, 0), (JUMP_H - 1, 0)), constant_values=np.nan)
        smooth[rows] = _median(np.lib.stride_tricks.sliding_window_view(padded, JUMP_H, axis=1), axis=2)
    found = np.full_like(smooth, np.nan)
    np.subtract(smooth[:, BEFORE_H:], smooth[:, :-BEFORE_H], out=found[:, BEFORE_H:])
    return found


def _daily(residual: Numbers) -> Numbers:
    """(n, days) medians of whole days, by the hours of the grid."""
    days = residual.shape[1] // DAY_H
    return _median(residual[:, : days * DAY_H].reshape(len(residual), days, DAY_H), axis=2)


def _common(grid: SensorGrid, usual: Numbers) -> Numbers:
    """(days,) what all sensors do together: how far the median of them is from usual; 0 without peers."""
    if not grid.peers:
        return np.zeros(grid.values.shape[1] // DAY_H)
    together = np.nan_to_num(_median(grid.values - usual[:, grid.cell], axis=0))
    return _daily(together[None])[0]


def _gain(grid: SensorGrid, daily: Numbers, common: Numbers) -> Numbers:
    """(n,) gain by least squares over the days learned (n, days), drawn towards 0 where the sensors hardly moved."""
    with_it = np.isfinite(daily) * common
    off = np.nan_to_num(daily - _median(daily)[:, None])
    gain = (off * with_it).sum(axis=1) / ((with_it**2).sum(axis=1) + GAIN_PRIOR * grid.floor**2)
    return np.clip(gain, -MOST_GAIN, MOST_GAIN)


def _unexplained(deviation: Numbers, explained: Numbers) -> Numbers:
    """What is left of each deviation: an explanation takes away at most all of it, and adds nothing."""
    return deviation - np.clip(deviation, np.minimum(explained, 0), np.maximum(explained, 0))


def _drift(grid: SensorGrid, residual: Numbers, learned: SensorNorms) -> Numbers:
    """(n, t) CUSUM of the daily medians over its limit; each day has the result of its last hour."""
    own = _own(grid, _daily(residual) - learned.day_mean[:, None])
    off = _unexplained(own, learned.gain[:, None] * _common(grid, learned.usual))
    z = np.nan_to_num(np.clip(off / learned.day_sigma[:, None], -CUSUM_CLIP, CUSUM_CLIP))
    up, down, found = np.zeros(len(z)), np.zeros(len(z)), np.zeros(residual.shape)
    for day in range(z.shape[1]):
        up = np.maximum(0, up + z[:, day] - CUSUM_SLACK)
        down = np.maximum(0, down - z[:, day] - CUSUM_SLACK)
        found[:, day * DAY_H + DAY_H - 1] = np.maximum(up, down) / CUSUM_ALARM
    return found


def _own(grid: SensorGrid, deviation: Numbers) -> Numbers:
    """(n, t) how far each deviation lies outside the range of the others, without the outermost of them."""
    number = max(LEAST_SHARED, int(np.ceil(SHARED * len(deviation))))
    if not grid.peers or len(deviation) <= number:
        return deviation
    low = _kth_of_others(deviation, number)
    high = -_kth_of_others(-deviation, number)
    return deviation - np.clip(deviation, np.minimum(low, high), np.maximum(low, high))


def _kth_of_others(values: Numbers, number: int) -> Numbers:
    """(n, t) the `number`-th smallest of the others at each time."""
    ordered: Numbers = np.sort(values, axis=0)
    kth, next = ordered[number - 1 : number], ordered[number : number + 1]
    return np.where(values <= kth, next, kth)


def _standstill(grid: SensorGrid) -> Numbers:
    """(n, t) hours for which the value has not moved."""
    same = np.zeros(grid.values.shape, bool)
    same[:, 1:] = np.abs(np.diff(grid.values, axis=1)) <= grid.step / 2
    return _run(same)


def _lasting(still: Numbers) -> Mask:
    """(n, t) hours of the standstill that lasts until now: it is judged, not learned from."""
    hours = np.arange(still.shape[1], dtype=np.int64)
    return hours >= still.shape[1] - still[:, -1:]


def _stuck(grid: SensorGrid, learned: SensorNorms) -> Numbers:
    still = _standstill(grid)
    score = still / np.fmax(STUCK_H, 2 * learned.standstill_h)[:, None]
    if not grid.peers:
        return score
    moved = np.zeros(grid.values.shape)
    moved[:, 1:] = np.abs(np.diff(grid.values, axis=1)) > grid.step / 2
    steps = np.cumsum(moved.mean(axis=0))
    hours = np.arange(grid.values.shape[1], dtype=np.int64)
    since = np.maximum(0, hours - still.astype(np.int64))
    return np.where(steps[hours] - steps[since] > PEERS_MOVED, score, 0.0)


def silence_hours(grid: SensorGrid) -> Numbers:
    """(n, t) hours without a reading, of those in which one would have been recorded."""
    spoken = grid.counts > 0
    return quiet_hours(spoken, np.ones(spoken.shape, bool) if grid.recorded is None else grid.recorded)


def quiet_hours(spoken: Mask, recorded: Mask) -> Numbers:
    """(n, t) hours since the last reading of each sensor, of those in which a report would have been recorded; the first hour of
    the grid does not count."""
    found, run = np.zeros(spoken.shape), np.zeros(len(spoken))
    for hour in range(1, spoken.shape[1]):
        run = np.where(spoken[:, hour], 0.0, run + recorded[:, hour])
        found[:, hour] = run
    return found


def _noise(values: Numbers) -> Numbers:
    """(n, t) mean hourly step of the last 24 hours."""
    steps = np.nan_to_num(np.abs(np.diff(values, axis=1, prepend=values[:, :1])))
    padded = np.concatenate([np.zeros((len(values), DAY_H - 1)), steps], axis=1)
    found: Numbers = np.lib.stride_tricks.sliding_window_view(padded, DAY_H, axis=1).mean(axis=2)
    return found


def _run(true: Mask) -> Numbers:
    """(n, t) number of hours for which each row has been true without a break."""
    hours = np.arange(1, true.shape[1] + 1, dtype=np.int64)
    broken = np.maximum.accumulate(np.where(true, 0, hours), axis=1)
    return (hours - broken).astype(np.float64)


def _median(values: Numbers, axis: int = 1) -> Numbers:
    """Median of what is known; NaN where nothing is."""
    ordered = np.sort(values, axis=axis)  # NaN go to the end
    count = np.isfinite(values).sum(axis=axis, keepdims=True)
    if not ordered.shape[axis]:
        return np.full(count.squeeze(axis).shape, np.nan)
    low = np.take_along_axis(ordered, np.maximum(count - 1, 0) // 2, axis)
    high = np.take_along_axis(ordered, count // 2, axis)
    return np.where(count > 0, (low + high) / 2, np.nan).squeeze(axis)


def _mad(values: Numbers) -> Numbers:
    """(n,) median absolute deviation, scaled as a standard deviation."""
    return 1.4826 * _median(np.abs(values - _median(values)[:, None]))


def _percentile(values: Numbers, share: float) -> Numbers:
    """(n,) percentile of what is known; NaN where nothing is."""
    found = np.full(len(values), np.nan)
    for row, one in enumerate(values):
        known = one[np.isfinite(one)]
        if len(known):
            found[row] = np.percentile(known, share)
    return found
