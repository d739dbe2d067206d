"""Fifty flipped bits: whatever changes a value is noticed, also where nothing is sealed yet."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from tests.twin.store.worlds import QUIET, T0, device
from twin.model.observation import Observation
from twin.model.problem import ProblemError
from twin.store.history import History
from twin.store.history.samples import DAY_MS

FAR = 2**52
POINTS = device("d", "temperature", "humidity", "energy_import").points


def recorded(path: Path, *, sealed: bool) -> None:
    """A thousand batches of three points, all of them still unsealed, beside some that are sealed."""
    with History.open(path, pace=QUIET, now_ms=lambda: T0, lived_ms=None) as store:
        store.declare(POINTS)
        times = T0 - DAY_MS + np.arange(600, dtype=np.int64) * 60_000
        store.bulk(POINTS[0].id, times, np.round(np.sin(times / 1e6), 1))
        store.keep_words(["eco", "boost"])
        for n in range(1000):
            store.put([Observation(p.id, T0 + n * 1000 + i, n / 10 + i) for i, p in enumerate(POINTS)])
            if n % 20 == 0:
                store.flush()
        store.flush()
        if sealed:
            store.seal()


def seen(path: Path) -> tuple[list[list[tuple[int, float, int]]], tuple[str, ...], bool]:
    """All samples and words, and whether reading them met damage."""
    with History.open(path, readonly=True) as store:
        samples = [list(zip(*(c.tolist() for c in store.raw(p.id, 0, FAR)), strict=True)) for p in POINTS]
        said = [[(t, v, q) for t, v, q in one if q < 8] for one in samples]
        return said, store.strings(), store.damage is not None


@pytest.mark.parametrize("sealed", [False, True])
def test_of_fifty_flipped_bits_every_one_that_changes_a_value_is_noticed(tmp_path: Path, sealed: bool) -> None:
    path, chance = tmp_path / "h", random.Random(5 + sealed)
    recorded(path, sealed=sealed)
    whole, wanted = path.read_bytes(), seen(path)
    assert wanted[2] is False
    changed = silent = uncharted = flipped = 0
    while flipped < 50 or (changed < (1 if sealed else 5) and flipped < 500):
        flipped += 1
        at, bit = chance.randrange(100, len(whole)), chance.randrange(8)
        hurt = bytearray(whole)
        hurt[at] ^= 1 << bit
        path.write_bytes(hurt)
        try:
            got = seen(path)
            with History.open(path, readonly=True) as store:
                noticed = bool(store.check())
        except ProblemError:
            continue
        if got[:2] != wanted[:2]:
            changed += 1
            silent += not noticed
            uncharted += not (got[2] or noticed)
    assert silent == 0
    assert changed >= (1 if sealed else 5)
    assert uncharted == 0


def test_a_damaged_batch_is_left_out_told_and_kept_for_whoever_can_save_it(tmp_path: Path) -> None:
    path = tmp_path / "h"
    recorded(path, sealed=False)
    db = sqlite3.connect(path)
    seq = db.execute("select seq from hot where point != 0 order by seq limit 1 offset 500").fetchone()[0]
    db.execute("update hot set v = 1e9 where seq = ?", (seq,))
    db.commit()
    db.close()
    with History.open(path, pace=QUIET, now_ms=lambda: T0, lived_ms=None) as store:
        assert store.damage is not None
        assert store.damage.code == "history.damaged"
        values = np.concatenate([store.raw(p.id, T0, FAR).values for p in POINTS])
        assert 2800 <= int((~np.isnan(values)).sum()) < 3000
        assert np.nanmax(values) < 1000
        store.seal()
        assert [problem.code for problem in store.check()] == ["history.damaged"]
    with History.open(path, readonly=True) as store:
        assert store.damage is not None
    db = sqlite3.connect(path)
    assert db.execute("select count(*) from hot where v = 1e9").fetchone() == (1,)
    db.close()


def test_an_old_history_counts_its_registers_anew(tmp_path: Path) -> None:
    path, meter = tmp_path / "h", POINTS[2]
    with History.open(path, pace=QUIET, now_ms=lambda: T0, lived_ms=None) as store:
        store.declare(POINTS)
        values = 1e6 + 10 * np.arange(600.0)
        values[300] = 0.0
        store.bulk(meter.id, T0 + np.arange(600, dtype=np.int64) * 60_000, values)
        right = store.exact(meter.id, T0, T0 + DAY_MS).increase.sum()
    db = sqlite3.connect(path)
    db.execute("update exact set inc = null")
    db.execute("update point set counted = 0")
    db.commit()
    db.close()
    with History.open(path, pace=QUIET, now_ms=lambda: T0, lived_ms=None) as store:
        store.flush()
        store.seal()
        assert store.exact(meter.id, T0, T0 + DAY_MS).increase.sum() == pytest.approx(right)
