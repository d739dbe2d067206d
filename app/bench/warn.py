"""`warn`: faults put into the sensors of the demo office that the early warnings find, compared with the same tests without
peers, and how often they name a sound sensor."""

from __future__ import annotations

from app.bench.harness.faulty_sensors import (
    JUNE_MS,
    LAST_DAYS,
    false_findings,
    found_faults,
    grid_of,
    office,
    sensor_months,
)
from app.bench.harness.result import Result
from twin.insight.sensor_groups import CLASSES
from twin.model.early_warning import WarningKind

LEAST_PERCENT, MOST_FALSE = 95.0, 0.4


def run(quick: bool) -> Result:
    """Percent of the faults found, of all kinds in temperature, humidity and CO₂; and false findings a sensor and month."""
    rounds = 1 if quick else 3
    ours = {kind: _found(kind, rounds, peers=True) for kind in LAST_DAYS}
    alone = [_found(kind, rounds, peers=False) for kind in LAST_DAYS]
    grids = [grid_of(like, JUNE_MS, office(JUNE_MS)[like.capability]) for like in CLASSES]
    months = sum(sensor_months(grid) for grid in grids)
    false = sum(false_findings(grid) for grid in grids) / months
    figure, yardstick = _percent(list(ours.values())), _percent(alone)
    ok = figure >= LEAST_PERCENT and false <= MOST_FALSE
    return Result(
        figure=figure,
        unit="% found",
        yardstick=yardstick,
        ratio=figure / yardstick,
        goal=f"≥ {LEAST_PERCENT:g} %, ≤ {MOST_FALSE:g} false a sensor and month",
        ok=ok,
        note="" if ok else "look at the kinds one by one: which one is missed, or named without a fault",
        more=(
            ("false_per_sensor_month", false),
            ("sensor_months", months),
            *((f"{kind.value}_percent", _percent([found])) for kind, found in ours.items()),
        ),
    )


def _found(kind: WarningKind, rounds: int, *, peers: bool) -> tuple[int, int]:
    found = [found_faults(kind, like, JUNE_MS, rounds=rounds, peers=peers) for like in CLASSES]
    return sum(hits for hits, _ in found), sum(tries for _, tries in found)


def _percent(found: list[tuple[int, int]]) -> float:
    return 100 * sum(hits for hits, _ in found) / sum(tries for _, tries in found)
