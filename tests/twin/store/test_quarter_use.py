"""Use by quarter-hours: the same as consumption, sealed or not; unknown before the first and after the last reading."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.twin.store.worlds import QUIET, T0, device
from twin.model.meter_register import Exchange
from twin.store.history import History

METER = device("meter", "energy_import", "power")
COUNTER, POWER = METER.points
MIN, HOUR, DAY, QUARTER = 60_000, 3_600_000, 86_400_000, 900_000


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    with History.open(tmp_path / "h.oikos-history", pace=QUIET, now_ms=lambda: T0 + 9 * DAY, lived_ms=None) as made:
        made.declare(METER.points)
        yield made


def counted(history: History, from_ms: int, to_ms: int) -> tuple[np.ndarray, np.ndarray]:
    """Sums per hour of the quarter-hours and of consumption."""
    found = history.quarter_use(COUNTER.id, from_ms, to_ms)
    used = history.consumption(COUNTER.id, np.arange(from_ms, to_ms + 1, HOUR))
    assert found is not None
    assert used is not None
    return np.nan_to_num(found.use).reshape(-1, 4).sum(axis=1), used.increase


@pytest.mark.parametrize("case", ["steady", "reset", "one zero", "new meter"])
def test_resets_zeros_and_exchanged_meters_count_as_in_the_trends(history: History, case: str) -> None:
    times = T0 + np.arange(5 * 24 * 60) * MIN
    values = 1_000_000 + 10.0 * np.arange(len(times))
    at = 3000
    if case == "reset":
        values[at:] -= values[at]
    elif case == "one zero":
        values[at] = 0
    elif case == "new meter":
        values[at:] += 4_000_000
    history.bulk(COUNTER.id, times, values)
    if case == "new meter":
        history.set_exchanges({COUNTER.id: (Exchange(int(times[at]), float(values[at - 1]), float(values[at])),)})
        history.flush()
    by_quarters, used = counted(history, T0, T0 + 5 * DAY)
    assert by_quarters.tolist() == pytest.approx(used.tolist(), abs=1e-6)
    assert by_quarters.sum() == pytest.approx(10.0 * (len(times) - 1), abs=10.0)


def test_a_meter_that_seems_to_be_another_one_is_named_in_both(history: History) -> None:
    times = T0 + np.arange(3 * 24 * 60) * MIN
    values = 10.0 * np.arange(len(times)) + np.where(np.arange(len(times)) >= 2000, 4_000_000, 0)
    history.bulk(COUNTER.id, times, values)
    found = history.quarter_use(COUNTER.id, T0, T0 + 3 * DAY)
    assert found is not None
    assert found.suspected_ms == (int(times[2000]),)


def test_before_the_first_and_after_the_last_reading_it_is_unknown(history: History) -> None:
    times = T0 + DAY + np.arange(24 * 60) * MIN
    history.bulk(COUNTER.id, times, 10.0 * np.arange(len(times)))
    found = history.quarter_use(COUNTER.id, T0, T0 + 3 * DAY)
    assert found is not None
    known = np.isfinite(found.use)
    assert np.flatnonzero(known).tolist() == list(range(96, 192))
    assert history.quarter_use(POWER.id, T0, T0 + DAY) is not None
    assert not np.isfinite(history.quarter_use(POWER.id, T0, T0 + DAY).use).any()  # type: ignore[union-attr]


def test_hours_without_readings_are_estimated(history: History) -> None:
    minutes = np.concatenate([np.arange(600), np.arange(1200, 2880)])
    history.bulk(COUNTER.id, T0 + minutes * MIN, 10.0 * minutes)
    found = history.quarter_use(COUNTER.id, T0, T0 + 2 * DAY)
    assert found is not None
    assert np.flatnonzero(found.estimated).tolist() == list(range(40, 80))
    assert np.nansum(found.use) == pytest.approx(10.0 * 2879)


def test_a_power_is_held_until_its_next_value_sealed_or_not(history: History) -> None:
    """Changes only: 100 W for 18 h, 2 kW for 6 h; a trapezoid would count 12 % more."""
    changes = np.concatenate([[T0 + n * DAY, T0 + n * DAY + 18 * HOUR] for n in range(4)])
    history.bulk(POWER.id, changes, np.tile([100.0, 2000.0], 4))
    found = history.quarter_use(POWER.id, T0, T0 + 3 * DAY)
    assert found is not None
    assert np.nansum(found.use) == pytest.approx(3 * (18 * 100 + 6 * 2000))
    assert np.isfinite(found.use).all()


def test_deleting_old_readings_changes_no_use(tmp_path: Path) -> None:
    """A window of deleted days only, one across the cutoff, and edges that lie in none of the quarter-hours' edges."""
    begin_ms = 22_000 * DAY  # after the day on which the program was built: nothing is deleted by a wrong clock
    with History.open(
        tmp_path / "h.oikos-history", pace=QUIET, now_ms=lambda: begin_ms + 31 * DAY, lived_ms=None
    ) as history:
        history.declare(METER.points)
        _compare_with_deleted(history, begin_ms)


def _compare_with_deleted(history: History, begin_ms: int) -> None:
    times = begin_ms + np.arange(30 * 24 * 12) * 5 * MIN
    history.bulk(COUNTER.id, times, 1_000_000 + 50.0 * np.arange(len(times)))
    history.bulk(POWER.id, times, np.full(len(times), 600.0))
    windows = [(0, 30), (0, 8), (2, 12), (19, 21), (12, 30), (25, 30)]

    def figures() -> list[float]:
        made: list[float] = []
        for first, last in windows:
            for point in (COUNTER, POWER):
                found = history.quarter_use(point.id, begin_ms + first * DAY, begin_ms + last * DAY)
                assert found is not None
                made += [float(np.nansum(found.use)), float(np.isfinite(found.use).sum()), float(found.estimated.sum())]
            for shift in (0, 123_456):
                used = history.consumption(
                    COUNTER.id, np.array([begin_ms + first * DAY + shift, begin_ms + last * DAY - shift])
                )
                assert used is not None
                made += used.increase.tolist()
        return made

    before = figures()
    assert history.retain(begin_ms + 20 * DAY + 4321) > 0
    assert figures() == pytest.approx(before, abs=1e-6)
    assert history.retain(begin_ms + 31 * DAY) > 0
    assert figures()[:6] == pytest.approx(before[:6], abs=1e-6)


def test_a_gauge_that_is_silent_is_unknown_also_where_the_window_begins_in_the_silence(history: History) -> None:
    times = np.concatenate([T0 + np.arange(4 * 288) * 5 * MIN, T0 + 10 * DAY + np.arange(288) * 5 * MIN])
    history.bulk(POWER.id, times, np.full(len(times), 16.0))
    within = history.means(POWER.id, T0 + 6 * DAY, T0 + 7 * DAY, QUARTER)
    around = history.means(POWER.id, T0, T0 + 11 * DAY, QUARTER)
    assert within is not None
    assert around is not None
    assert not np.isfinite(within).any()
    assert np.array_equal(np.isfinite(around)[6 * 96 : 7 * 96], np.isfinite(within))
