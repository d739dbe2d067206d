"""Early warnings from use by quarter-hours: water that flows without a use, and a base load that rose.

What is claimed is what was measured: a base load is told where it is a quarter above the month before for a week; smaller or
shorter rises are found too seldom to be promised.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.model.device import Device, Point
from twin.model.early_warning import EarlyWarning, WarningKind
from twin.model.text import Text

type Numbers = NDArray[np.float64]

QUARTER_MS, QUARTERS_OF_DAY, HOUR_MS = 900_000, 96, 3_600_000
NIGHT_MINUTES = 300
"""The night is from midnight to 5 o'clock, local."""
NIGHT_FLOW_QUARTERS = 8
"""Consecutive quarter-hours of a night with a flow that are a finding: two hours."""
BURST_PERCENTILE, BURST_LEARN_STEPS, BURST_TIMES = 99.9, 7 * 288, 1.5
"""Of means of five minutes; a burst is also so many times above their 99th percentile."""
RECENT_MS = 48 * HOUR_MS
NIGHTS, NIGHTS_BEFORE = 7, 28
BASE_SHARE, BASE_MADS, LEAST_W = 0.25, 3.0, 10.0
"""A base load rose by a share of the one before, by so many median deviations of nights, and by a power, W."""


@dataclass(frozen=True, slots=True, eq=False)
class MeterQuarters:
    """Use of a meter in consecutive quarter-hours from `begin_ms` on: (n,) in Wh or m³, NaN where unknown (also within hours
    without a reading of their own), with the local minute of the day and the number of the local day of each."""

    device: Device
    point: Point
    begin_ms: int
    use: Numbers
    minute: NDArray[np.int64]
    day: NDArray[np.int64]


def water_warnings(meter: MeterQuarters) -> list[EarlyWarning]:
    """Water that never stopped flowing for a day, or flowed for two hours of the last night."""
    flows = np.isfinite(meter.use) & (meter.use > 0)
    known = np.isfinite(meter.use)
    found: list[EarlyWarning] = []
    part = slice(max(0, len(flows) - QUARTERS_OF_DAY), None)
    if known[part].sum() == QUARTERS_OF_DAY:
        hours = meter.use[part].reshape(24, 4)
        if (hours.sum(axis=1) > 0).all():
            litres = float(hours.sum(axis=1).min()) * 1000
            since_ms = meter.begin_ms + (_first_since(meter.use) * QUARTER_MS)
            found.append(_water(meter, "never_zero", since_ms, len(flows) - 1, litres, 2.0))
    night = known & (meter.minute < NIGHT_MINUTES) & (meter.day >= meter.day[-1] - 1 if len(flows) else False)
    run, best, end = 0, 0, 0
    for at in np.flatnonzero(night).tolist():
        run = (run + 1 if at and night[at - 1] else 1) if flows[at] else 0  # each night for itself
        if run >= best:
            best, end = run, at
    if best >= NIGHT_FLOW_QUARTERS and not found:
        litres = float(np.nansum(meter.use[end - best + 1 : end + 1])) * 1000 / (best / 4)
        since_ms = meter.begin_ms + (end - best + 1) * QUARTER_MS
        found.append(_water(meter, "night", since_ms, end, litres, best / NIGHT_FLOW_QUARTERS))
    return found


def _first_since(use: Numbers) -> int:
    """The quarter-hour after the last hour without use; the first one where there is none."""
    hours = len(use) // 4
    still = np.flatnonzero(~(np.nansum(use[len(use) - 4 * hours :].reshape(hours, 4), axis=1) > 0))
    return len(use) - 4 * hours + 4 * (int(still[-1]) + 1) if len(still) else 0


def _water(meter: MeterQuarters, rule: str, since_ms: int, last: int, litres: float, score: float) -> EarlyWarning:
    return _warning(
        meter.device, meter.point, WarningKind.WATER, rule, since_ms, meter.begin_ms + last * QUARTER_MS, score,
        Text(f"warning.water.{rule}", name=meter.device.name, time=since_ms, litres=litres), level=litres,
    )  # fmt: skip


def burst_warning(device: Device, point: Point, flow: Numbers, begin_ms: int, step_ms: int) -> EarlyWarning | None:
    """A flow (n,), m³/h, in means of five minutes that in the last two days was higher than it almost ever was."""
    recent = max(0, len(flow) - RECENT_MS // step_ms)
    learned = flow[:recent][np.isfinite(flow[:recent])]
    if len(learned) < BURST_LEARN_STEPS:
        return None
    limit = max(float(np.percentile(learned, BURST_PERCENTILE)), BURST_TIMES * float(np.percentile(learned, 99.0)))
    at = recent + np.flatnonzero(flow[recent:] > limit)
    if limit <= 0 or not len(at):
        return None
    highest = float(np.nanmax(flow[at]))
    since_ms = begin_ms + int(at[0]) * step_ms
    text = Text("warning.water.burst", name=device.name, time=since_ms, flow=highest, limit=limit)
    return _warning(
        device, point, WarningKind.WATER, "burst", since_ms, begin_ms + int(at[-1]) * step_ms, highest / limit, text,
        level=highest,
    )  # fmt: skip


def night_powers(meter: MeterQuarters) -> tuple[Numbers, NDArray[np.int64]]:
    """(k,) 25th percentile of the power in each local night, W, and (k,) the numbers of their days; nights of which less
    than half is known are left out."""
    night = (meter.minute < NIGHT_MINUTES) & np.isfinite(meter.use)
    days = np.unique(meter.day[night])
    kept = [one for one in days.tolist() if np.count_nonzero(night & (meter.day == one)) >= NIGHT_MINUTES // 30]
    powers = [float(np.percentile(meter.use[night & (meter.day == one)] * 4, 25)) for one in kept]
    return np.array(powers, np.float64), np.array(kept, np.int64)


def base_load_warning(meter: MeterQuarters) -> EarlyWarning | None:
    """A base load of the last 7 nights that is a quarter above that of the 28 nights before."""
    powers, days = night_powers(meter)
    if len(powers) < NIGHTS + NIGHTS_BEFORE or days[-1] < meter.day[-1] - 1:
        return None
    now, before = powers[-NIGHTS:], powers[-NIGHTS - NIGHTS_BEFORE : -NIGHTS]
    usual = float(np.median(before))
    spread = 1.4826 * float(np.median(np.abs(before - usual)))
    rise, limit = float(np.median(now)) - usual, max(BASE_MADS * spread, BASE_SHARE * usual, LEAST_W)
    if rise <= limit:
        return None
    first = int(np.flatnonzero(meter.day == days[-NIGHTS])[0])
    since_ms = meter.begin_ms + first * QUARTER_MS
    text = Text(
        "warning.standby.base_load", name=meter.device.name, watts=usual + rise, usual=usual, percent=100 * rise / max(usual, 1.0)
    )  # fmt: skip
    return _warning(
        meter.device, meter.point, WarningKind.STANDBY, "base_load", since_ms,
        meter.begin_ms + (len(meter.use) - 1) * QUARTER_MS, rise / limit, text, level=rise, value=usual + rise,
        expected=usual, kwh=rise * 24 * NIGHTS / 1000,
    )  # fmt: skip


def _warning(
    device: Device, point: Point, kind: WarningKind, rule: str, since_ms: int, last_ms: int, score: float, text: Text,
    *, level: float, value: float | None = None, expected: float | None = None, kwh: float | None = None,
) -> EarlyWarning:  # fmt: skip
    return EarlyWarning(
        id=f"{kind.value}.{rule}:{point.id}", kind=kind, rule=rule, device=device.id, point=point.id, room=device.room,
        since_ms=since_ms, last_ms=last_ms, score=score, level=level, text=text,
        explanations=(Text(f"warning.maybe.{kind.value}"),), what_to_do=Text(f"warning.do.{kind.value}"), value=value,
        expected=expected, kwh=kwh,
    )  # fmt: skip
