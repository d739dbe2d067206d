"""The history against a simple truth: whatever comes late, twice, broken or reset, and whenever it is sealed."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from tests.twin.store.worlds import T0, Truth, Weather, brute, history, points
from twin.model.device import Point
from twin.model.meter_register import LIMITS, RegisterLimits
from twin.store.history import History
from twin.store.history.history_points import kind_of
from twin.store.history.rollup import FIELDS, edges, rollup
from twin.store.history.samples import DAY_MS, MIN15_MS

FAR = 2**52


def counting(point: Point) -> RegisterLimits | None:
    return LIMITS[point.capability.unit] if kind_of(point) == "counter" else None


def assert_close(got: np.ndarray, wanted: np.ndarray, message: object, *, atol: float = 1e-5) -> None:
    bad = np.flatnonzero(~np.isclose(got, wanted, rtol=1e-9, atol=atol, equal_nan=True))
    assert not len(bad), (message, bad[:5], got[bad[:5]], wanted[bad[:5]])


def check_raw(store: History, truth: Truth, point: Point) -> None:
    times, values, quality = truth.of(point)
    got = store.raw(point.id, 0, FAR)
    assert np.array_equal(got.times, times)
    assert np.array_equal(got.values, values, equal_nan=True)
    assert np.array_equal(got.quality, quality)


def check_exact(store: History, truth: Truth, point: Point) -> None:
    times, values, _ = truth.of(point)
    a, b = int(times[0]) // DAY_MS * DAY_MS, (int(times[-1]) // DAY_MS + 1) * DAY_MS
    wanted = brute(times, values, np.arange(a, b + 1, MIN15_MS), counting(point))
    got = store.exact(point.id, a, b)
    for name in FIELDS:
        assert_close(getattr(got, name), wanted[name], (point.id, name), atol=1e-3 if name == "integral" else 1e-5)


def check_columns(store: History, truth: Truth, point: Point, wide: int) -> None:
    times, values, _ = truth.of(point)
    a, b = int(times[0]) // DAY_MS * DAY_MS, (int(times[-1]) // DAY_MS + 1) * DAY_MS
    (got,) = store.columns([point.id], a, b, wide)
    if not got.width_ms:
        return
    assert not (got.time_ms % got.width_ms).any()
    at = np.append(got.time_ms, got.time_ms[-1] + got.width_ms)
    wanted = brute(times, values, at, counting(point))
    for name, field in (("low", got.low), ("high", got.high), ("last", got.last), ("count", got.count)):
        assert_close(np.asarray(field, np.float64), wanted[name], (point.id, wide, got.source, name), atol=1e-3)
    full = wanted["held"] > got.width_ms * 0.5
    with np.errstate(all="ignore"):
        mean = wanted["integral"] / wanted["held"]
    spread = np.nanmax(values) - np.nanmin(values)
    assert np.nanmax(np.abs(got.mean[full] - mean[full]), initial=0) < 0.02 * spread + 1e-9


def check_many(store: History, known: list[Point], moments: list[int]) -> None:
    ids = [point.id for point in known]
    for found, when in zip(store.moments(moments, ids), moments, strict=True):
        alone = store.moment(when, ids)
        assert found.time_ms == when
        assert np.array_equal(found.value, alone.value, equal_nan=True)
        assert np.array_equal(found.quality, alone.quality)


def check_moments(store: History, truth: Truth, known: list[Point], chance: random.Random) -> None:
    everything = [truth.of(point) for point in known]
    low, high = min(int(t[0]) for t, _, _ in everything), max(int(t[-1]) for t, _, _ in everything)
    moments = [low - 1, low, high, high + 1, *(chance.randrange(low, high) for _ in range(20))]
    check_many(store, known, sorted(moments))
    check_many(store, known, [high - 60_000 * i for i in range(30, 0, -1)])
    for when in moments:
        got = store.moment(when, [point.id for point in known])
        for value, quality, (times, values, marks) in zip(got.value, got.quality, everything, strict=True):
            i = int(np.searchsorted(times, when, side="right")) - 1
            if i < 0 or marks[i] >= 8:
                assert np.isnan(value)
                assert quality >= 8
            else:
                assert value == values[i]


@pytest.mark.parametrize("seed", range(8))
def test_samples_roll_ups_columns_and_moments_are_what_was_said(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    known = [*points(3), *points(1, "energy_import")]
    known[3] = points(5, "energy_import")[4]
    truth, weather = Truth(), Weather(known, chance, now=T0 + chance.randrange(10**9))
    with history(tmp_path / "h", known) as store:
        for _ in range(25):
            batch = weather.batch(most=1500 if seed == 0 else 400)  # seed 0 fills whole blocks
            truth.take(batch)
            store.put(batch)
            if chance.random() < 0.4:
                store.flush()
                store.seal()
        store.flush()
        for point in known:
            check_raw(store, truth, point)
            for wide in (40, 300, 900):
                check_columns(store, truth, point, wide)
        check_moments(store, truth, known, chance)
        store.seal()
        for point in known:
            check_raw(store, truth, point)
            check_exact(store, truth, point)
            for wide in (2, 40, 300, 900):
                check_columns(store, truth, point, wide)
        check_moments(store, truth, known, chance)
        assert store.check() == []


@pytest.mark.parametrize("seed", range(2))
def test_dense_points_have_fine_tiles_that_are_what_was_said(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    known = points(2)
    truth, weather = Truth(), Weather(known, chance, now=T0)
    with history(tmp_path / "h", known) as store:
        for _ in range(12):
            batch = weather.batch(most=3000, step_ms=600)
            batch = [one for one in batch if one.time_ms > T0]
            truth.take(batch)
            store.put(batch)
            store.flush()
            store.seal()
        store.put(more := weather.batch(most=50, step_ms=600)[:10])
        truth.take(more)
        store.flush()
        for point in known:
            times, values, _ = truth.of(point)
            a, b = T0 + 600_000, int(times[-1])
            (got,) = store.columns([point.id], a, b, (b - a) // 10_000)
            assert got.source == "10 s"
            at = np.append(got.time_ms, got.time_ms[-1] + got.width_ms)
            wanted = brute(times, values, at, None)
            for name in ("low", "high", "last", "count"):
                assert_close(np.asarray(getattr(got, name), np.float64), wanted[name], name, atol=1e-3)


def test_a_counter_below_zero_is_a_balance_and_its_falls_are_no_resets() -> None:
    times = T0 + np.arange(4, dtype=np.int64) * MIN15_MS
    at = edges(T0, T0 + 3 * MIN15_MS, MIN15_MS)
    net = np.array([-873_100.0, -873_250.0, -872_250.0, 0.0])
    assert rollup(times, net, at, counting=RegisterLimits()).increase.tolist() == [-150.0, 1000.0, 872_250.0]
    used = np.array([1_000.0, 1_100.0, 0.0, 50.0])
    assert rollup(times, used, at, counting=RegisterLimits()).increase.tolist() == [100.0, 0.0, 50.0]
