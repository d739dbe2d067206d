"""What tells of people is deleted with all that was computed from it, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.twin.store.worlds import T0, history, points
from twin.store.history import History, chart_tile
from twin.store.history.samples import DAY_MS, HOUR_MS, MIN15_MS

DAYS = 20
CUT = T0 + 10 * DAY_MS + 5 * HOUR_MS + 60_001


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """Two points with 20 days of a value each minute, sealed."""
    path = tmp_path / "h"
    times = T0 + np.arange(DAYS * 1440, dtype=np.int64) * 60_000
    with history(path, points(2)) as store:
        for point in points(2):
            store.bulk(point.id, times, np.round(np.sin(times / 1e7), 2))
    return path


def means(store: History, number: int, columns: int) -> np.ndarray:
    (found,) = store.columns([points(2)[number].id], T0, T0 + DAYS * DAY_MS, columns)
    return found.mean[found.time_ms < CUT]


def test_samples_and_roll_ups_before_the_cutoff_are_gone_and_those_after_it_are_as_they_were(recorded: Path) -> None:
    one, other = (point.id for point in points(2))
    with history(recorded, points(2)) as store:
        before = store.raw(one, CUT, T0 + DAYS * DAY_MS)
        quarters = store.exact(one, T0 + 11 * DAY_MS, T0 + DAYS * DAY_MS)
        gone = store.retain(CUT, [one], roll_ups=True)
        assert gone == int(np.ceil((CUT - T0) / 60_000))
        assert not len(store.raw(one, T0, CUT).times)
        assert np.array_equal(store.raw(one, CUT, T0 + DAYS * DAY_MS).values, before.values)
        assert not store.exact(one, T0, T0 + 10 * DAY_MS + 5 * HOUR_MS + MIN15_MS).count.any()
        assert np.array_equal(store.exact(one, T0 + 11 * DAY_MS, T0 + DAYS * DAY_MS).total, quarters.total)
        for columns in (20, 300, 3000):
            assert np.isnan(means(store, 0, columns)[:-1]).all(), columns
        assert len(store.raw(other, T0, CUT).times) == gone
        assert not np.isnan(means(store, 1, 300)).any()
        assert store.check() == []


def test_what_is_still_unsealed_is_deleted_too_and_recording_goes_on(recorded: Path) -> None:
    (one, _) = points(2)
    end = T0 + DAYS * DAY_MS
    with history(recorded, points(2)) as store:
        store.bulk(one.id, np.array([end], np.int64), np.array([1.0]))
        store.retain(end + HOUR_MS, [one.id], roll_ups=True)
        assert store.first_ms(one.id) is None
        store.bulk(one.id, np.array([end + 2 * HOUR_MS], np.int64), np.array([2.0]))
        assert store.raw(one.id, T0, end + 3 * HOUR_MS).values.tolist() == [2.0]
        assert not store.exact(one.id, T0, T0 + DAYS * DAY_MS).count.any()
        assert store.check() == []


def test_nothing_of_it_is_left_in_the_pages_of_the_file(tmp_path: Path) -> None:
    (point,) = points(1)
    path = tmp_path / "h"
    with history(path, [point]) as store:
        store.bulk(point.id, T0 + np.arange(2000, dtype=np.int64) * 1000, np.random.default_rng(1).random(2000))
    whole = path.read_bytes()
    with history(path, [point]) as store:
        (block,) = store._reader.db.execute("select data from block").fetchone()  # pyright: ignore[reportPrivateUsage]
        store.retain(T0 + DAY_MS, [point.id], roll_ups=True)
    part = bytes(block)[200:264]
    assert part in whole
    assert part not in path.read_bytes()


def test_what_was_blanked_is_not_written_again_but_what_came_late_is_blanked_too(
    recorded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = points(2)[0].id
    with history(recorded, points(2)) as store:
        store.retain(CUT, [one], roll_ups=True)
        written: list[int] = []
        encode = chart_tile.encode
        monkeypatch.setattr(chart_tile, "encode", lambda tile: (written.append(1), encode(tile))[1])
        store.retain(CUT + 1, [one], roll_ups=True)
        assert written == []
        store.retain(CUT + HOUR_MS, [one], roll_ups=True)
        assert 0 < len(written) <= 5
        monkeypatch.undo()
        late = np.array([CUT + HOUR_MS - 30_000], np.int64)
        store.bulk(one, late, np.array([5.0]))
        assert store.retain(CUT + HOUR_MS + 1, [one], roll_ups=True) == 1
        for columns in (20, 300, 3000):
            assert np.isnan(means(store, 0, columns)[:-1]).all(), columns
        assert store.check() == []


def test_many_points_are_forgotten_in_several_transactions(tmp_path: Path) -> None:
    known = points(25)
    with history(tmp_path / "h", known) as store:
        for point in known:
            store.bulk(point.id, np.array([T0], np.int64), np.array([1.0]))
        done: list[str] = []
        store._writes.call(lambda db: db.set_trace_callback(done.append)).result(60)
        assert store.retain(T0 + DAY_MS, [point.id for point in known], roll_ups=True) == 25
        store._writes.call(lambda db: db.set_trace_callback(None)).result(60)
        assert [sql.casefold() for sql in done].count("commit") >= 3


def test_pauses_are_the_times_between_recordings(tmp_path: Path) -> None:
    path, now = tmp_path / "h", [T0]

    def record() -> None:
        History.open(path, now_ms=lambda: now[0]).close()

    record()
    now[0] += 3 * HOUR_MS
    record()
    with History.open(path, readonly=True) as store:
        assert store.pauses() == ((T0, T0 + 3 * HOUR_MS),)
