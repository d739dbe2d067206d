"""Sensors of the demo office with faults put into them, by the recipe of the research: how many are found, how often sound
ones are named."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from app.bench.harness.result import UnmeasurableError
from devices.contract import Backfilling
from devices.protocol_registry import adapters
from twin.insight.sensor_faults import HOUR_MS, Counts, Numbers, SensorGrid, SensorNorms, norms, on_hours, scores, spans
from twin.insight.sensor_groups import CLASSES, SensorClass
from twin.model.early_warning import WarningKind

type GridHours = tuple[Numbers, Counts]
DAY_MS = 86_400_000
JUNE_MS = 1_780_000_000_000 // DAY_MS * DAY_MS
"""2026-05-28, the begin of the data of the research."""
DAYS, LEARNED = 60, 21
MONTH_DAYS = 30.4
LAST_DAYS = {
    WarningKind.STUCK: 3,
    WarningKind.JUMP: 3,
    WarningKind.DRIFT: 14,
    WarningKind.NOISE: 2,
    WarningKind.SILENT: 1.5,
}
"""How long each fault lasts, days."""


@cache
def office(begin_ms: int) -> dict[str, GridHours]:
    """By capability: (sensors, hours) values and readings of the demo office in 60 days. UnmeasurableError without it."""
    adapter = next((one for one in adapters().values() if "simulated" in one.schemes), None)
    if adapter is None or not isinstance(adapter, Backfilling):
        raise UnmeasurableError("there is no demo office")
    found: dict[str, list[GridHours]] = {kind.capability: [] for kind in CLASSES}
    for uid, key, times, values in adapter.past(adapter.link("simulated://office"), begin_ms, begin_ms + DAYS * DAY_MS):
        if key in found and "-air" in uid:
            found[key].append(on_hours(np.asarray(times), np.asarray(values, np.float64), begin_ms, DAYS * 24))
    return {key: (np.stack([x for x, _ in rows]), np.stack([n for _, n in rows])) for key, rows in found.items()}


def grid_of(kind: SensorClass, begin_ms: int, hours: GridHours, *, peers: bool = True) -> SensorGrid:
    """The sensors as the early warnings see them; the first LEARNED days are learned from."""
    hour = begin_ms // HOUR_MS + np.arange(hours[0].shape[1], dtype=np.int64)
    learning = np.zeros(hours[0].shape, bool)
    learning[:, : LEARNED * 24] = True
    return SensorGrid(
        values=hours[0], counts=hours[1], cell=hour % 24 + 24 * ((hour // 24 + 3) % 7 >= 5), learning=learning,
        step=kind.step, floor=kind.floor, peers=peers,
    )  # fmt: skip


def sensor_months(grid: SensorGrid) -> float:
    """Judged months of all sensors together."""
    return len(grid.values) * (DAYS - LEARNED) / MONTH_DAYS


def false_findings(grid: SensorGrid) -> int:
    """Episodes of findings in sensors without a fault."""
    found = np.any([score > 1 for score in scores(grid, norms(grid)).values()], axis=0) & ~grid.learning
    return sum(len(spans(row)) for row in found)


def _with_fault(
    kind: WarningKind, values: Numbers, counts: NDArray[np.int64], at: int, like: SensorClass, rng: np.random.Generator
) -> int:
    """Puts a fault into one sensor's hours from `at` on; returns its end."""
    end = min(len(values), at + round(LAST_DAYS[kind] * 24))
    part = slice(at, end)
    match kind:
        case WarningKind.STUCK:
            values[part] = values[at]
        case WarningKind.JUMP:
            values[part] += rng.choice([-1, 1]) * like.floor * 2.5
        case WarningKind.DRIFT:
            values[part] += rng.choice([-1, 1]) * like.floor * 0.25 * np.arange(end - at) / 24
        case WarningKind.NOISE:
            values[part] += rng.normal(0, like.floor * 1.5, end - at)
        case _:
            values[part], counts[part] = values[at], 0
    values[part] = np.round(values[part] / like.step) * like.step
    return end


def found_faults(
    kind: WarningKind, like: SensorClass, begin_ms: int, *, rounds: int = 3, peers: bool = True
) -> tuple[int, int]:
    """(found, put) faults, put into a sixth of the sensors at a time: found is what any test finds while it finds nothing
    without them."""
    hours, rng, hits, tries = office(begin_ms)[like.capability], np.random.default_rng(0), 0, 0
    sound = grid_of(like, begin_ms, hours, peers=peers)
    learned: SensorNorms = norms(sound)
    before = np.any([score > 1 for score in scores(sound, learned).values()], axis=0)
    for _ in range(rounds):
        values, counts, places = hours[0].copy(), hours[1].copy(), dict[int, tuple[int, int]]()
        for row in rng.permutation(len(values))[: len(values) // 6].tolist():
            at = int(rng.integers(LEARNED * 24 + 24, DAYS * 24 - 24 * (15 if kind is WarningKind.DRIFT else 4)))
            places[row] = at, _with_fault(kind, values[row], counts[row], at, like, rng)
        judged = scores(grid_of(like, begin_ms, (values, counts), peers=peers), learned)
        now = np.any([score > 1 for score in judged.values()], axis=0)
        for row, (at, end) in places.items():
            tries += 1
            hits += bool((now & ~before)[row, at : min(DAYS * 24, end + 30)].any())
    return hits, tries
