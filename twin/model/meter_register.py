"""Consumption from meter register readings: handles resets, glitches and exchanged meters.

Cases from Home Assistant: `total_increasing` counts the whole register after one reading of 0, and the difference of
two registers after an exchange (home-assistant/core #140300, #101155, #124420).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

type Floats = NDArray[np.float64]
type Times = NDArray[np.int64]

HOUR_MS = 3_600_000
UNDONE_READINGS = 3
UNDONE_MS = 900_000
"""A fall or an implausible leap is a glitch where it is undone within so many readings or so many ms."""
NOISE = 0.9
"""A fall to at least this share of the reading before is a correction; a deeper one is a restart from 0."""
SILENCE_MS = 3_600_000
"""Consumption over a longer gap (ms) is spread evenly over it and marked as an estimate."""
NEIGHBOURS = 4
"""Number of steps on each side from which the register's usual rate is taken."""
USUAL = 10.0
"""A step of up to this many times the rate of the fastest neighbouring steps is plausible."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A meter was replaced at `time_ms` (UTC ms): the old one's final and the new one's first reading, canonical unit,
    None where not known. A reading at that very time belongs to the new meter.
    """

    time_ms: int
    final: float | None = None
    first: float | None = None


@dataclass(frozen=True, slots=True)
class RegisterLimits:
    """Limits of a register, canonical units: rollover value (None where it resets instead), highest rate per hour, and
    the step that is always plausible because coarse registers jump by it. `exchanges` are in time order.
    """

    rollover: float | None = None
    per_hour: float = float("inf")
    step: float = 0.0
    exchanges: tuple[Exchange, ...] = ()


LIMITS: dict[str, RegisterLimits] = {
    "Wh": RegisterLimits(None, 25_000.0, 2_000.0),
    "m³": RegisterLimits(None, 25.0, 1.0),
}
"""Limits by canonical unit: 25 kW is a large home's connection, 25 m³/h its water main. Registers that are faster are
recognised by their neighbouring steps.
"""


@dataclass(frozen=True, slots=True, eq=False)
class MeterIncrease:
    """Result for n readings, arrays (n,): the increase up to each reading since the one before, whether the reading is
    a glitch, whether the meter seems to have been replaced there unmarked, and whether the increase is a guess.
    """

    increase: Floats
    glitch: NDArray[np.bool_]
    changed: NDArray[np.bool_]
    guessed: NDArray[np.bool_]


def meter_increase(times_ms: Times, values: Floats, limits: RegisterLimits) -> MeterIncrease:
    """The increase up to each of n readings (times in UTC ms, ascending; values canonical, no NaN).

    Each decision looks at most 15 minutes or a few readings around it, and never across a marked exchange.
    """
    cuts: list[int] = (
        np.searchsorted(times_ms, [one.time_ms for one in limits.exchanges]).tolist() if limits.exchanges else []
    )
    inner = sorted({cut for cut in cuts if 0 < cut < len(values)})
    if not inner:
        return _of_one_meter(times_ms, values, limits)
    edges = [0, *inner, len(values)]
    parts = [_of_one_meter(times_ms[a:b], values[a:b], limits) for a, b in itertools.pairwise(edges)]
    whole = MeterIncrease(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in MeterIncrease.__slots__)
    )
    for cut in inner:
        known = [one for one, at in zip(limits.exchanges, cuts, strict=True) if at == cut]
        last = float(values[:cut][~whole.glitch[:cut]][-1])
        whole.increase[cut], whole.guessed[cut] = _across(last, known, float(values[cut]))
    return whole


def _across(last: float, exchanges: Sequence[Exchange], first: float) -> tuple[float, bool]:
    """What was counted from the last reading of a meter to the first reading of its successor, with the exchanges between
    them; whether a reading is missing, so that it is less than was used."""
    began = [last, *(one.first for one in exchanges)]
    ended = [*(one.final for one in exchanges), first]
    parts = [max(0.0, b - a) for a, b in zip(began, ended, strict=True) if a is not None and b is not None]
    return sum(parts), len(parts) < len(began)


def _of_one_meter(times_ms: Times, values: Floats, limits: RegisterLimits) -> MeterIncrease:
    n = len(values)
    increase, glitch, changed = np.zeros(n), np.zeros(n, np.bool_), np.zeros(n, np.bool_)
    if n > 1:
        _leaps(times_ms, values, limits, glitch)
        _falls(times_ms, values, limits, glitch)
        at = np.flatnonzero(~glitch)
        increase[at], changed[at] = _steps(times_ms[at], values[at], limits)
    return MeterIncrease(increase, glitch, changed, changed.copy())


def estimated(times_ms: Times, found: MeterIncrease, at: Times) -> NDArray[np.bool_]:
    """(n,) whether the consumption between the edges `at` (n + 1,) is an estimate.

    True where an interval begins or ends within a gap of more than an hour, or contains a guessed step.
    """
    kept = np.flatnonzero(~found.glitch)
    began, ended = times_ms[kept[:-1]], times_ms[kept[1:]]
    silent = (ended - began > SILENCE_MS) & (found.increase[kept[1:]] != 0)
    guessed = found.guessed[kept[1:]]
    inside = np.zeros(len(at), np.bool_)
    out = np.zeros(len(at) - 1, np.bool_)
    for a, b in zip(began[silent].tolist(), ended[silent].tolist(), strict=True):
        inside[np.searchsorted(at, a, side="right") : np.searchsorted(at, b)] = True
    for a, b in zip(began[guessed].tolist(), ended[guessed].tolist(), strict=True):
        first = max(0, int(np.searchsorted(at, np.int64(a), side="right")) - 1)
        out[first : np.searchsorted(at, b)] = True
    return out | inside[:-1] | inside[1:]


def _since(times: Times, values: Floats) -> Times:
    """(n - 1,) ms from the first reading of a step's old value to the step: a register that leaps counted all the while."""
    moved = np.concatenate([[True], values[1:] != values[:-1]])
    began = np.maximum.accumulate(np.where(moved, np.arange(len(values)), 0))
    return times[1:] - times[began[:-1]]


def _most(times: Times, values: Floats, limits: RegisterLimits) -> Floats:
    """(n - 1,) the largest plausible step up to each reading but the first."""
    span = np.maximum(_since(times, values), 1).astype(np.float64)
    rate = np.where(np.diff(values) > 0, np.diff(values) / span, 0.0)
    padded = np.pad(rate, NEIGHBOURS)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * NEIGHBOURS + 1)
    others = np.delete(windows, NEIGHBOURS, axis=1)
    # One wild neighbour (the other end of a glitch) shows nothing: the second fastest does.
    usual = np.partition(others, -2, axis=1)[:, -2]
    return np.maximum(np.maximum(limits.per_hour / HOUR_MS, USUAL * usual) * span, limits.step)


def _implausible(step: Floats, times: Times, values: Floats, limits: RegisterLimits) -> NDArray[np.bool_]:
    """(n - 1,) which steps are beyond the largest plausible ones; few registers need the look at their neighbours."""
    usual = np.maximum(limits.per_hour / HOUR_MS * np.maximum(np.diff(times), 1), limits.step)
    wild = step > usual
    return wild & (step > _most(times, values, limits)) if wild.any() else wild


def _ahead(times: Times, k: int) -> range:
    """The readings after the k-th in which something may be undone."""
    end = int(np.searchsorted(times, int(times[k]) + UNDONE_MS, side="right"))
    return range(k + 1, min(len(times), max(end, k + 1 + UNDONE_READINGS)))


def _leaps(times: Times, values: Floats, limits: RegisterLimits, glitch: NDArray[np.bool_]) -> None:
    """Marks readings that leap up beyond what can be, and come back."""
    if not np.isfinite(limits.per_hour):
        return
    for k in np.flatnonzero(_implausible(np.diff(values), times, values, limits)) + 1:
        base, per_ms = values[k - 1], limits.per_hour / HOUR_MS
        for j in _ahead(times, int(k)):
            if base <= values[j] <= base + max(per_ms * float(times[j] - times[k - 1]), limits.step):
                glitch[k:j] = True
                break


def _falls(times: Times, values: Floats, limits: RegisterLimits, glitch: NDArray[np.bool_]) -> None:
    """Marks readings that fall below the one before, and come back."""
    kept = np.flatnonzero(~glitch)
    times, values = times[kept], values[kept]
    for k in np.flatnonzero(np.diff(values) < 0) + 1:
        base = values[k - 1]
        if min(base, values[k]) < 0:
            continue  # a balance goes both ways
        if limits.rollover and base > NOISE * limits.rollover:
            continue
        for j in _ahead(times, int(k)):
            if values[j] >= base:
                glitch[kept[k:j]] = True
                break


def _steps(times: Times, values: Floats, limits: RegisterLimits) -> tuple[Floats, NDArray[np.bool_]]:
    """What was counted up to each reading, and where the register cannot be the same meter's. A register below zero is a
    balance (what came less what went): it goes both ways, and none of its steps is a reset."""
    if len(values) < 2:
        return np.zeros(len(values)), np.zeros(len(values), np.bool_)
    step = np.diff(values)
    fell = step < 0
    anew = fell & (values[1:] < NOISE * values[:-1])
    grown = np.where(anew, values[1:], np.where(fell, 0.0, step))
    balance = np.minimum(values[1:], values[:-1]) < 0
    grown = np.where(balance, step, grown)
    if limits.rollover:
        over = fell & (values[:-1] > NOISE * limits.rollover)
        grown = np.where(over, step + limits.rollover, grown)
    changed = _implausible(np.abs(grown), times, values, limits)
    return np.concatenate([[0.0], np.where(changed, 0.0, grown)]), np.concatenate([[False], changed])
