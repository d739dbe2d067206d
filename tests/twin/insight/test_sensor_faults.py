"""Faulty sensors are found by comparison with their peers: the table of the research, on the same data by the same recipe,
and through a whole year, whose seasons move some rooms and not others."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from devices.protocols.simulated.backfill import backfill
from twin.insight.sensor_faults import HOUR_MS, SensorGrid, SensorNorms, norms, on_hours, scores, spans
from twin.insight.sensor_groups import CLASSES, SensorClass
from twin.model.early_warning import WarningKind

DAY_MS = 86_400_000
JUNE_MS = 1_780_000_000_000 // DAY_MS * DAY_MS
"""2026-05-28, the begin of the data of the research."""
DAYS, LEARNED = 60, 21
LAST_DAYS = {
    WarningKind.STUCK: 3,
    WarningKind.JUMP: 3,
    WarningKind.DRIFT: 14,
    WarningKind.NOISE: 2,
    WarningKind.SILENT: 1.5,
}

type Numbers = NDArray[np.float64]
type Hours = tuple[Numbers, NDArray[np.int64]]


@cache
def office(begin_ms: int) -> dict[str, Hours]:
    """By capability: (sensors, hours) values and readings of the demo office in 60 days."""
    found: dict[str, list[Hours]] = {kind.capability: [] for kind in CLASSES}
    for uid, key, times, values in backfill("office", begin_ms, begin_ms + DAYS * DAY_MS):
        if key in found and "-air" in uid:
            found[key].append(on_hours(np.asarray(times), np.asarray(values, np.float64), begin_ms, DAYS * 24))
    return {key: (np.stack([x for x, _ in rows]), np.stack([n for _, n in rows])) for key, rows in found.items()}


def grid_of(kind: SensorClass, begin_ms: int, hours: Hours, *, peers: bool = True) -> SensorGrid:
    hour = begin_ms // HOUR_MS + np.arange(hours[0].shape[1], dtype=np.int64)
    learning = np.zeros(hours[0].shape, bool)
    learning[:, : LEARNED * 24] = True
    return SensorGrid(
        values=hours[0], counts=hours[1], cell=hour % 24 + 24 * ((hour // 24 + 3) % 7 >= 5), learning=learning,
        step=kind.step, floor=kind.floor, peers=peers,
    )  # fmt: skip


def false_each_month(grid: SensorGrid) -> float:
    """Episodes of findings in sensors without a fault, a sensor and month."""
    found = np.any([score > 1 for score in scores(grid, norms(grid)).values()], axis=0) & ~grid.learning
    return sum(len(spans(row)) for row in found) / (len(found) * (DAYS - LEARNED) / 30.4)


def with_fault(
    kind: WarningKind, values: Numbers, counts: NDArray[np.int64], at: int, like: SensorClass, rng: np.random.Generator
) -> int:
    """Puts a fault into one sensor's hours from `at` on, as the research did; returns its end."""
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


def found_percent(kind: WarningKind, like: SensorClass, begin_ms: int, *, rounds: int = 3) -> float:
    """Share of faults, put into a sixth of the sensors at a time, that any test finds while it finds nothing without
    them."""
    hours, rng, hits, tries = office(begin_ms)[like.capability], np.random.default_rng(0), 0, 0
    sound = grid_of(like, begin_ms, hours)
    learned: SensorNorms = norms(sound)
    before = np.any([score > 1 for score in scores(sound, learned).values()], axis=0)
    for _ in range(rounds):
        values, counts, places = hours[0].copy(), hours[1].copy(), dict[int, tuple[int, int]]()
        for row in rng.permutation(len(values))[: len(values) // 6].tolist():
            at = int(rng.integers(LEARNED * 24 + 24, DAYS * 24 - 24 * (15 if kind is WarningKind.DRIFT else 4)))
            places[row] = at, with_fault(kind, values[row], counts[row], at, like, rng)
        judged = scores(grid_of(like, begin_ms, (values, counts)), learned)
        now = np.any([score > 1 for score in judged.values()], axis=0)
        for row, (at, end) in places.items():
            tries += 1
            hits += bool((now & ~before)[row, at : min(DAYS * 24, end + 30)].any())
    return 100 * hits / tries


@pytest.mark.parametrize("like", CLASSES, ids=lambda one: one.capability)
def test_faults_are_found_as_often_as_in_the_research(like: SensorClass) -> None:
    least = dict.fromkeys(LAST_DAYS, 95.0)
    if like.capability == "co2":
        least[WarningKind.NOISE] = 85.0
    assert not {
        kind: found
        for kind in LAST_DAYS
        if (found := found_percent(kind, like, JUNE_MS)) < least[kind]
    }  # fmt: skip


@pytest.mark.parametrize(("like", "most"), [(one, most) for one, most in zip(CLASSES, (0.02, 0.02, 0.15), strict=True)])
def test_sound_sensors_are_left_alone(like: SensorClass, most: float) -> None:
    """The research had 0.36, 0.01 and 0.29: what several sensors show at once was not taken as theirs in common there."""
    assert false_each_month(grid_of(like, JUNE_MS, office(JUNE_MS)[like.capability])) <= most


def test_without_peers_more_sound_sensors_are_named() -> None:
    hours = office(JUNE_MS)["temperature"]
    assert 0.6 < false_each_month(grid_of(CLASSES[0], JUNE_MS, hours, peers=False)) < 1.0


@pytest.mark.parametrize("begin", ["2026-01-01", "2026-04-01", "2026-05-01", "2026-09-28", "2026-10-28"])
def test_a_season_that_moves_half_of_the_rooms_is_no_fault_of_their_sensors(begin: str) -> None:
    """In April and November half of the rooms leave the others by 1 K: heated or not, north or south."""
    begin_ms = int(np.datetime64(begin, "ms").astype(np.int64))
    assert false_each_month(grid_of(CLASSES[0], begin_ms, office(begin_ms)["temperature"])) <= 0.02


@pytest.mark.parametrize("kind", [WarningKind.DRIFT, WarningKind.JUMP])
def test_a_fault_is_found_while_the_season_changes(kind: WarningKind) -> None:
    begin_ms = int(np.datetime64("2026-09-28", "ms").astype(np.int64))
    assert found_percent(kind, CLASSES[0], begin_ms) >= 95


def test_the_last_value_stands_for_26_hours_and_no_longer() -> None:
    values, counts = on_hours(np.array([0, HOUR_MS // 2]), np.array([20.0, 21.0]), 0, 30)
    assert values[:3].tolist() == [20.0, 21.0, 21.0]
    assert np.flatnonzero(np.isnan(values)).tolist() == [27, 28, 29]
    assert counts[:3].tolist() == [1, 0, 0]  # what comes at the full hour belongs to the one before


def test_a_pause_of_two_days_ends_no_episode() -> None:
    finding = np.zeros(200, bool)
    finding[[3, 4, 52, 110]] = True
    assert spans(finding) == [(3, 52), (110, 110)]
