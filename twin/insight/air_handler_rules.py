"""Fault conditions of air handlers on means of five minutes: ASHRAE Guideline 36, section 5.16.14, and five of ours.

Operating states by Guideline 36: OS1 heating; OS2 both valves shut, damper between; OS3 cooling with the damper open; OS4
cooling with the damper at its minimum. A fault is told once it has held for an hour: on the labelled days of LBNL's data
(tests/twin/insight/lbnl_days.py) that found 28 of 36 days with a fault, and something on 2 of 27 without.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.insight.air_handler_points import Role
from twin.insight.sensor_faults import Mask

type Numbers = NDArray[np.float64]

STEP_MS = 300_000
HELD_STEPS = 12
"""Means of five minutes for which a condition must hold: an hour."""
HOUR_STEPS = 12
E_SUPPLY, E_RETURN, E_MIXED, E_OUTDOOR = 1.1, 1.1, 2.8, 1.1
"""Errors of the temperature sensors, K; the mixed air is stratified."""
LEAST_APART_K = 6.0
"""Least difference between return and outdoor air from which their share can be computed."""
E_SHARE, SHUT_SHARE, E_DUCT_PA, NEARLY_FULL, FULL = 0.3, 0.2, 25.0, 94.0, 99.0
OPEN, SHUT, WIDE_OPEN = 5.0, 2.0, 90.0
"""Positions, %: open from, shut below, a damper wide open from."""
EFFECT_OPEN, NO_EFFECT_K, BOTH_OPEN = 50.0, 1.5, 10.0
MOST_CHANGES = 7
DEFAULT_RISE_K, MOST_RISE_K = 1.0, 2.0
"""Temperature rise by the fan where none can be learned, and the highest that is believed."""
LEARN_STEPS = 12


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Where a condition holds (t,), the temperature in excess (t,), K, and what the point should show (t,)."""

    holds: Mask
    excess: Numbers | None = None
    expected: Numbers | None = None


@dataclass(frozen=True, slots=True)
class FaultRule:
    """One fault condition: the roles that it needs, the role whose point shows it, and its test."""

    id: str
    needs: tuple[Role, ...]
    shown: Role
    test: Callable[[AirSide], Judged]
    at_once: bool = False
    """Whether the condition itself counts over an hour."""


@dataclass(frozen=True, slots=True, eq=False)
class AirSide:
    """What an air handler did: (t,) means of each role, and its states."""

    series: Mapping[Role, Numbers]
    rise: float
    """Temperature rise by the fan, K."""
    on: Mask
    heats: Mask
    cools: Mask
    low: Mask
    """The damper is at its minimum."""
    wide: Mask
    minimum: float
    """Minimum position of the damper, %; NaN where it is not known."""

    def __getitem__(self, role: Role) -> Numbers:
        return self.series[role]

    @property
    def states(self) -> tuple[Mask, Mask, Mask, Mask]:
        """(t,) for each of the operating states 1 to 4 whether it is that."""
        between = ~self.low & ~self.wide
        cools = self.on & ~self.heats & self.cools
        return (
            self.on & self.heats & ~self.cools, self.on & ~self.heats & ~self.cools & between,
            cools & self.wide, cools & self.low,
        )  # fmt: skip

    @property
    def share(self) -> Numbers:
        """(t,) share of outdoor air by the temperatures; NaN where return and outdoor air are too much alike."""
        apart = self[Role.OUTDOOR] - self[Role.RETURN]
        apart = np.where(np.abs(apart) >= LEAST_APART_K, apart, np.nan)
        return (self[Role.MIXED] - self[Role.RETURN]) / apart


def air_side(series: Mapping[Role, Numbers], unitless: Set[Role] = frozenset()) -> AirSide:
    """The states of an air handler; its fan counts as off, its valves as shut, where they have no point or value. The rise by
    the fan is learned from the times with both valves shut. `unitless`: roles whose numbers have no unit."""
    known = _with_percent(series, unitless)
    length = len(next(iter(known.values()), np.zeros(0)))
    nothing = np.zeros(length)
    heat, cool = (np.nan_to_num(known.get(role, nothing)) for role in (Role.HEATING_VALVE, Role.COOLING_VALVE))
    on = known.get(Role.FAN, nothing) > 0.5
    damper = known.get(Role.DAMPER)
    running = damper[on & np.isfinite(damper)] if damper is not None else nothing[:0]
    minimum = max(0.0, float(np.percentile(running, 20))) if len(running) else np.nan
    with np.errstate(invalid="ignore"):
        low = damper <= minimum + OPEN if damper is not None else np.zeros(length, bool)
        wide = damper >= WIDE_OPEN if damper is not None else np.zeros(length, bool)
    return AirSide(
        series=known, rise=_rise(known, on & (heat < SHUT) & (cool < SHUT)), on=on, heats=heat > OPEN, cools=cool > OPEN,
        low=low, wide=wide, minimum=minimum,
    )  # fmt: skip


def _with_percent(series: Mapping[Role, Numbers], unitless: Set[Role]) -> dict[Role, Numbers]:
    """The series with positions and speeds in %, both set-points where there is only one, and whether the fan runs. Numbers
    without a unit that are never above 1 are shares of 1."""
    found = dict(series)
    for role in (Role.HEATING_VALVE, Role.COOLING_VALVE, Role.DAMPER, Role.FAN_SPEED):
        if role in found and role in unitless and np.isfinite(found[role]).any() and np.nanmax(found[role]) <= 1.0:
            found[role] = found[role] * 100
    if Role.SETPOINT in found:
        found.setdefault(Role.HEATING_SETPOINT, found[Role.SETPOINT])
        found.setdefault(Role.COOLING_SETPOINT, found[Role.SETPOINT])
    for role, least in ((Role.FAN_SPEED, OPEN), (Role.PRESSURE, E_DUCT_PA)):
        if role in found:
            found.setdefault(Role.FAN, (found[role] > least).astype(np.float64))
    return found


def _rise(series: Mapping[Role, Numbers], shut: Mask) -> float:
    if Role.SUPPLY not in series or Role.MIXED not in series:
        return DEFAULT_RISE_K
    rise = (series[Role.SUPPLY] - series[Role.MIXED])[shut]
    rise = rise[np.isfinite(rise)]
    return float(np.clip(np.median(rise), 0.0, MOST_RISE_K)) if len(rise) >= LEARN_STEPS else DEFAULT_RISE_K


def judge(side: AirSide, rule: FaultRule) -> Judged:
    """The condition of a rule where it has held for an hour, which includes that hour."""
    with np.errstate(invalid="ignore"):
        judged = rule.test(side)
    if rule.at_once:
        return judged
    return Judged(_held(judged.holds), judged.excess, judged.expected)


def _held(holds: Mask) -> Mask:
    """(t,) true where each of the runs of at least HELD_STEPS is."""
    edges = np.flatnonzero(np.diff(np.r_[False, holds, False].astype(np.int8)))
    kept = np.zeros(len(holds), bool)
    for first, end in edges.reshape(-1, 2).tolist():
        kept[first:end] = end - first >= HELD_STEPS
    return kept


def _fc1(air: AirSide) -> Judged:
    wanted = air[Role.PRESSURE_SETPOINT]
    low = air[Role.PRESSURE] < wanted - E_DUCT_PA
    return Judged(air.on & low & (air[Role.FAN_SPEED] >= NEARLY_FULL), None, wanted)


def _fc2(air: AirSide) -> Judged:
    lowest = np.minimum(air[Role.RETURN] - E_RETURN, air[Role.OUTDOOR] - E_OUTDOOR)
    short = lowest - air[Role.MIXED] - E_MIXED
    return Judged(air.on & (short > 0), None, lowest)


def _fc3(air: AirSide) -> Judged:
    highest = np.maximum(air[Role.RETURN] + E_RETURN, air[Role.OUTDOOR] + E_OUTDOOR)
    return Judged(air.on & (air[Role.MIXED] - E_MIXED > highest), None, highest)


def _fc4(air: AirSide) -> Judged:
    state = sum(number * mask for number, mask in enumerate(air.states, 1))
    changed = np.diff(np.asarray(state, np.int64), prepend=0) != 0
    each_hour = np.convolve(changed.astype(np.int64), np.ones(HOUR_STEPS, np.int64))[: len(changed)]
    return Judged(air.on & (each_hour > MOST_CHANGES))


def _fc5(air: AirSide) -> Judged:
    wanted = air[Role.MIXED] + air.rise
    return Judged(air.states[0] & (air[Role.SUPPLY] + E_SUPPLY <= wanted - E_MIXED), wanted - air[Role.SUPPLY], wanted)


def _fc6(air: AirSide) -> Judged:
    first, _, _, fourth = air.states
    off = air.share - air.minimum / 100
    apart = np.abs(air[Role.OUTDOOR] - air[Role.RETURN])
    wanted = air[Role.RETURN] + air.minimum / 100 * (air[Role.OUTDOOR] - air[Role.RETURN])
    return Judged((first | fourth) & air.low & (np.abs(off) > E_SHARE), np.abs(off) * apart, wanted)


def _fc7(air: AirSide) -> Judged:
    wanted = air[Role.HEATING_SETPOINT]
    short = wanted - air[Role.SUPPLY]
    return Judged(air.states[0] & (short > E_SUPPLY) & (air[Role.HEATING_VALVE] >= FULL), None, wanted)


def _fc8(air: AirSide) -> Judged:
    off = np.abs(air[Role.SUPPLY] - air.rise - air[Role.MIXED])
    return Judged(air.states[1] & (off > np.hypot(E_SUPPLY, E_MIXED)), off, air[Role.MIXED] + air.rise)


def _fc9(air: AirSide) -> Judged:
    above = air[Role.OUTDOOR] - E_OUTDOOR - (air[Role.COOLING_SETPOINT] - DEFAULT_RISE_K + E_SUPPLY)
    return Judged(air.states[1] & (above > 0), None, air[Role.COOLING_SETPOINT])


def _fc10(air: AirSide) -> Judged:
    off = np.abs(air[Role.MIXED] - air[Role.OUTDOOR])
    return Judged(air.states[2] & (off > np.hypot(E_MIXED, E_OUTDOOR)), off, air[Role.OUTDOOR])


def _fc11(air: AirSide) -> Judged:
    wanted = air[Role.COOLING_SETPOINT] - DEFAULT_RISE_K - E_SUPPLY
    short = wanted - air[Role.OUTDOOR] - E_OUTDOOR
    return Judged(air.states[2] & (short > 0), short, air[Role.COOLING_SETPOINT])


def _fc12(air: AirSide) -> Judged:
    _, second, third, fourth = air.states
    wanted = air[Role.MIXED] + air.rise
    warm = air[Role.SUPPLY] - E_SUPPLY >= wanted + E_MIXED
    return Judged((second | third | fourth) & warm, air[Role.SUPPLY] - wanted, wanted)


def _fc13(air: AirSide) -> Judged:
    _, _, third, fourth = air.states
    wanted = air[Role.COOLING_SETPOINT]
    warm = air[Role.SUPPLY] > wanted + E_SUPPLY
    return Judged((third | fourth) & warm & (air[Role.COOLING_VALVE] >= FULL), None, wanted)


def _fc14(air: AirSide) -> Judged:
    first, second, _, _ = air.states
    fall = air[Role.COOLING_ENTERING] - air[Role.COOLING_LEAVING]
    return Judged((first | second) & (fall >= np.hypot(E_SUPPLY, E_SUPPLY)), fall, air[Role.COOLING_ENTERING])


def _fc15(air: AirSide) -> Judged:
    _, second, third, fourth = air.states
    rise = air[Role.HEATING_LEAVING] - air[Role.HEATING_ENTERING]
    return Judged((second | third | fourth) & (rise >= np.hypot(E_SUPPLY, E_SUPPLY)), rise, air[Role.HEATING_ENTERING])


def _leak(air: AirSide) -> Judged:
    wanted = air[Role.MIXED] + air.rise
    off = air[Role.SUPPLY] - wanted
    leaks = (off > E_MIXED) | (off < -E_MIXED - DEFAULT_RISE_K)
    return Judged(air.on & ~air.heats & ~air.cools & leaks, np.abs(off), wanted)


def _both(air: AirSide) -> Judged:
    return Judged(air.on & (air[Role.HEATING_VALVE] > BOTH_OPEN) & (air[Role.COOLING_VALVE] > BOTH_OPEN))


def _no_heat(air: AirSide) -> Judged:
    wanted = air[Role.MIXED] + air.rise - DEFAULT_RISE_K + NO_EFFECT_K
    return Judged(air.on & (air[Role.HEATING_VALVE] > EFFECT_OPEN) & (air[Role.SUPPLY] < wanted), None, wanted)


def _no_cool(air: AirSide) -> Judged:
    wanted = air[Role.MIXED] + air.rise - DEFAULT_RISE_K - NO_EFFECT_K
    return Judged(air.on & (air[Role.COOLING_VALVE] > EFFECT_OPEN) & (air[Role.SUPPLY] > wanted), None, wanted)


def _damper(air: AirSide) -> Judged:
    position, share = air[Role.DAMPER], air.share
    apart = np.abs(air[Role.OUTDOOR] - air[Role.RETURN])
    shut, wide = (position <= SHUT) & (share > SHUT_SHARE), air.wide & (share < 1 - 2 * E_SHARE)
    excess = np.where(shut, share, 1 - share) * apart
    return Judged(air.on & (shut | wide), excess, np.where(shut, air[Role.RETURN], air[Role.OUTDOOR]))


_COILS = (Role.FAN, Role.HEATING_VALVE, Role.COOLING_VALVE)
_STATES = (*_COILS, Role.DAMPER)
_COOLS = (Role.FAN, Role.COOLING_VALVE, Role.DAMPER)
_MIXES = (Role.MIXED, Role.RETURN, Role.OUTDOOR)
_WARMS = (Role.SUPPLY, Role.MIXED)
RULES = (
    FaultRule("fc1", (Role.FAN, Role.PRESSURE, Role.PRESSURE_SETPOINT, Role.FAN_SPEED), Role.PRESSURE, _fc1),
    FaultRule("fc2", (Role.FAN, *_MIXES), Role.MIXED, _fc2),
    FaultRule("fc3", (Role.FAN, *_MIXES), Role.MIXED, _fc3),
    FaultRule("fc4", _STATES, Role.COOLING_VALVE, _fc4, at_once=True),
    FaultRule("fc5", (*_COILS, *_WARMS), Role.SUPPLY, _fc5),
    FaultRule("fc6", (*_STATES, *_MIXES), Role.MIXED, _fc6),
    FaultRule("fc7", (*_COILS, Role.SUPPLY, Role.HEATING_SETPOINT), Role.SUPPLY, _fc7),
    FaultRule("fc8", (*_STATES, *_WARMS), Role.SUPPLY, _fc8),
    FaultRule("fc9", (*_STATES, Role.OUTDOOR, Role.COOLING_SETPOINT), Role.OUTDOOR, _fc9),
    FaultRule("fc10", (*_COOLS, Role.MIXED, Role.OUTDOOR), Role.MIXED, _fc10),
    FaultRule("fc11", (*_COOLS, Role.OUTDOOR, Role.COOLING_SETPOINT), Role.OUTDOOR, _fc11),
    FaultRule("fc12", (*_STATES, *_WARMS), Role.SUPPLY, _fc12),
    FaultRule("fc13", (*_COOLS, Role.SUPPLY, Role.COOLING_SETPOINT), Role.SUPPLY, _fc13),
    FaultRule("fc14", (*_STATES, Role.COOLING_ENTERING, Role.COOLING_LEAVING), Role.COOLING_LEAVING, _fc14),
    FaultRule("fc15", (*_STATES, Role.HEATING_ENTERING, Role.HEATING_LEAVING), Role.HEATING_LEAVING, _fc15),
    FaultRule("leak", (*_COILS, *_WARMS), Role.SUPPLY, _leak),
    FaultRule("both", _COILS, Role.COOLING_VALVE, _both),
    FaultRule("no_heat", (Role.FAN, Role.HEATING_VALVE, *_WARMS), Role.SUPPLY, _no_heat),
    FaultRule("no_cool", (Role.FAN, Role.COOLING_VALVE, *_WARMS), Role.SUPPLY, _no_cool),
    FaultRule("damper", (Role.FAN, Role.DAMPER, *_MIXES), Role.MIXED, _damper),
)
"""fc1 to fc15 are those of Guideline 36; the others are ours."""
