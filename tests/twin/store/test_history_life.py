"""The history file through its life: killed, full disk, two programs, gaps, retention, backup, damage."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.i18n import what
from tests.twin.store.worlds import QUIET, T0, device, history, points, say
from twin.model.ids import PointId
from twin.model.observation import Observation, Quality
from twin.model.problem import Problem, ProblemError
from twin.store.history import History, QueueFull, WriterPace
from twin.store.history.samples import DAY_MS, HOUR_MS, MIN15_MS

TOP = Path(__file__).parents[3]
FAR = 2**52


def code(caught: pytest.ExceptionInfo[ProblemError]) -> str:
    return caught.value.problems[0].code


def test_a_killed_recorder_loses_and_doubles_nothing_that_was_on_disk(tmp_path: Path) -> None:
    path, sure, chance = tmp_path / "h", 0, random.Random(7)
    env = os.environ | {"PYTHONPATH": str(TOP)}
    for _ in range(4):
        command = [sys.executable, "-m", "tests.twin.store.recorder", str(path), str(sure)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=TOP, env=env) as child:
            assert child.stdout is not None
            child.stdout.readline()
            timer = threading.Timer(chance.uniform(0.1, 0.5), child.send_signal, [signal.SIGKILL])
            timer.start()
            said = [int(line) for line in child.stdout.read().splitlines() if line.strip().isdigit()]
            timer.join()
        sure = max([sure, *said])
        with History.open(path, readonly=True) as store:
            got = np.sort(np.concatenate([store.raw(p.id, 0, FAR).values for p in points(20)]))
            got = got[~np.isnan(got)]
            assert len(got) >= sure
            assert np.array_equal(got, np.arange(len(got)))
            assert store.check() == []
        sure = len(got)
    assert sure > 2000


def test_what_is_put_is_visible_at_once_after_a_flush_and_soon_without(tmp_path: Path) -> None:
    (point,) = points(1)
    with history(tmp_path / "h", [point], pace=WriterPace(flush_s=0.02)) as store:
        store.put(say(point, [T0], [1.0]))
        store.flush()
        assert store.raw(point.id, T0, T0 + 1).values.tolist() == [1.0]
        store.put(say(point, [T0 + 1], [2.0]))
        seen = threading.Event()
        for _ in range(6000):
            if len(store.raw(point.id, T0, T0 + 2).times) == 2:
                break
            seen.wait(0.01)
        assert store.raw(point.id, T0, T0 + 2).values.tolist() == [1.0, 2.0]


def test_readers_never_see_a_hole_or_a_double_while_sealing(tmp_path: Path) -> None:
    known = points(6)
    with history(tmp_path / "h", known, pace=WriterPace(flush_s=0.005, seal_rows=500, seal_points=1)) as store:
        stop, wrong = threading.Event(), list[str]()

        def read() -> None:
            while not stop.is_set():
                for point in known:
                    got = store.raw(point.id, 0, FAR).values
                    if not np.array_equal(got, np.arange(len(got))):
                        wrong.append(f"{got[:3]} {len(got)}")

        reader = threading.Thread(target=read)
        reader.start()
        for n in range(150):
            store.put([Observation(point.id, T0 + n * 1000 + k, float(3 * n + k)) for point in known for k in range(3)])
            store.flush()
        stop.set()
        reader.join()
        assert not wrong
        assert store.counts.seals > 2


def test_another_process_reads_what_is_recorded_meanwhile(tmp_path: Path) -> None:
    (point,) = points(1)
    with history(tmp_path / "h", [point]) as store, History.open(tmp_path / "h", readonly=True) as other:
        for n in range(3):
            store.put(say(point, [T0 + n], [n]))
            store.flush()
            assert len(other.raw(point.id, 0, FAR).times) == n + 1
            if n == 1:
                store.seal()
                assert len(other.raw(point.id, 0, FAR).times) == n + 1
        assert other.latest([point.id], FAR) == {point.id: (T0 + 2, 2.0, 0)}
        with pytest.raises(ProblemError) as caught:
            other.put(say(point, [T0], [0.0]))
        assert code(caught) == "history.readonly"


def test_a_second_writer_is_told_who_is_in_the_way(tmp_path: Path) -> None:
    with history(tmp_path / "h", []):
        with pytest.raises(ProblemError) as caught:
            History.open(tmp_path / "h")
        assert code(caught) == "store.locked"
    History.open(tmp_path / "h").close()


def test_closed_it_is_one_plain_file(tmp_path: Path) -> None:
    (point,) = points(1)
    with history(tmp_path / "h", [point]) as store:
        store.put(say(point, range(T0, T0 + 30_000), np.arange(30_000.0)))
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["h"]
    assert (tmp_path / "h").read_bytes()[18:20] == b"\x01\x01"  # not in WAL mode: opens from a read-only disk
    with History.open(tmp_path / "h", readonly=True) as store:
        assert len(store.raw(point.id, 0, FAR).times) == 30_000


def test_after_a_stop_values_end_where_recording_ended(tmp_path: Path) -> None:
    now = [T0]
    lamp = device("d", "temperature", "on_off")
    for start in (T0, T0 + DAY_MS):
        now[0] = start
        with History.open(tmp_path / "h", pace=QUIET, now_ms=lambda: now[0], lived_ms=None) as store:
            store.declare(lamp.points)
            for n in range(3):
                store.put([Observation(p.id, start + n * 60_000, 1.0) for p in lamp.points])
            now[0] = start + HOUR_MS
    with History.open(tmp_path / "h", readonly=True) as store:
        for point in lamp.points:
            got = store.raw(point.id, 0, FAR)
            assert got.times[3] == T0 + HOUR_MS
            assert np.isnan(got.values[3])
            assert got.quality.tolist() == [0, 0, 0, 8, 0, 0, 0]
        night = store.moment(T0 + DAY_MS // 2, [p.id for p in lamp.points])
        assert np.isnan(night.value).all()
        assert (night.quality == Quality.OFFLINE).all()
        assert store.latest([lamp.points[0].id], T0 + DAY_MS // 2)[lamp.points[0].id] == (T0 + 120_000, 1.0, 0)


def test_an_imported_past_does_not_last_until_today(tmp_path: Path) -> None:
    (point,) = points(1)
    with history(tmp_path / "h", [point]) as store:
        store.bulk(point.id, np.array([T0, T0 + 60_000]), np.array([1.0, 2.0]))
    with history(tmp_path / "h", []) as store:
        got = store.raw(point.id, 0, FAR)
        assert got.times.tolist() == [T0, T0 + 60_000, T0 + 60_000 + HOUR_MS]
        assert np.isnan(got.values[2])


def test_a_moment_marks_what_was_old_even_then(tmp_path: Path) -> None:
    lamp = device("d", "temperature", "on_off")
    ids = [point.id for point in lamp.points]
    with history(tmp_path / "h", lamp.points) as store:
        store.put([Observation(id, T0, 1.0) for id in ids])
        store.flush()
        soon, later = store.moment(T0 + 1000, ids), store.moment(T0 + 10 * HOUR_MS, [*ids, PointId("never")])
    assert soon.quality.tolist() == [0, 0]
    assert later.quality.tolist() == [Quality.STALE, Quality.GOOD, Quality.OFFLINE]
    assert later.value[:2].tolist() == [1.0, 1.0]


def test_the_value_in_force_enters_the_window_from_the_left(tmp_path: Path) -> None:
    lamp = device("d", "on_off")
    with history(tmp_path / "h", lamp.points) as store:
        store.put(say(lamp.points[0], [T0, T0 + DAY_MS], [1.0, 0.0]))
        store.flush()
        (got,) = store.columns([lamp.points[0].id], T0 + HOUR_MS, T0 + 2 * DAY_MS, 5000)
        assert got.time_ms.tolist() == [T0 + HOUR_MS, T0 + DAY_MS]
        assert got.last.tolist() == [1.0, 0.0]
        assert got.count.tolist() == [0, 1]
        assert got.width_ms == 0
        (none,) = store.columns([lamp.points[0].id], T0 - DAY_MS, T0 - HOUR_MS, 500)
        assert not len(none.time_ms)


def test_retention_takes_samples_and_leaves_roll_ups(tmp_path: Path) -> None:
    (point,) = points(1)
    times = T0 + np.arange(20 * 1440, dtype=np.int64) * 60_000
    with history(tmp_path / "h", [point]) as store:
        store.bulk(point.id, times, np.round(np.sin(times / 1e7), 2))
        before = store.exact(point.id, T0, T0 + 10 * DAY_MS)
    size = (tmp_path / "h").stat().st_size
    with history(tmp_path / "h", [point]) as store:
        gone = store.retain(T0 + 10 * DAY_MS)
        assert 0 < gone <= 10 * 1440
        kept = store.raw(point.id, 0, int(times[-1]) + 1)
        assert len(kept.times) == len(times) - gone
        assert store.first_ms(point.id) == kept.times[0]
        assert np.array_equal(store.exact(point.id, T0, T0 + 10 * DAY_MS).total, before.total)
        (old,) = store.columns([point.id], T0, T0 + HOUR_MS * 5, 300)
        assert old.source == "15 min"
        assert not np.isnan(old.mean).any()
        assert store.check() == []
    assert (tmp_path / "h").stat().st_size < size


def test_a_backup_made_while_recording_is_whole(tmp_path: Path) -> None:
    (point,) = points(1)
    with history(tmp_path / "h", [point]) as store:
        store.put(say(point, range(T0, T0 + 5000), np.arange(5000.0)))
        store.backup(tmp_path / "copy")
        with pytest.raises(ProblemError) as caught:
            store.backup(tmp_path / "copy")
        assert code(caught) == "history.exists"
    with History.open(tmp_path / "copy") as store:
        assert (store.raw(point.id, T0, T0 + 5000).values == np.arange(5000.0)).all()


def test_a_damaged_block_is_reported_left_out_and_does_not_stop_recording(tmp_path: Path) -> None:
    (point,) = points(1)
    times = T0 + np.arange(9000, dtype=np.int64) * 1000
    with history(tmp_path / "h", [point]) as store:
        store.bulk(point.id, times, np.arange(9000.0))
    db = sqlite3.connect(tmp_path / "h")
    (id, data) = db.execute("select id, data from block order by t0 desc limit 1").fetchone()
    db.execute("update block set data = ? where id = ?", (data[:-3] + b"xyz", id))
    db.execute("update tile set data = substr(data, 1, 200)")
    db.commit()
    db.close()
    with history(tmp_path / "h", [point]) as store:
        codes = {problem.code for problem in store.check()}
        assert codes == {"history.damaged"}
        store.put(say(point, range(T0 + 9_000_000, T0 + 9_000_050), np.arange(50.0)))
        store.flush()
        store.seal()
        assert 4096 * 2 <= len(store.raw(point.id, T0, T0 + 9_100_000).times) < 9050
        assert len(store.columns([point.id], T0, T0 + DAY_MS, 20)[0].time_ms) == 12
        store.moment(T0 + 9_000_000 - 1, [point.id])


def test_a_full_disk_keeps_what_waits_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    (point,) = points(1)
    with history(tmp_path / "h", [point]) as store:
        writer = store._writer
        assert writer is not None
        store.flush()
        writer.call(lambda db: db.execute("pragma max_page_count = 40").fetchone()).result()
        batch = say(point, range(T0, T0 + 20_000), np.arange(20_000.0))
        store.put(batch)
        with pytest.raises(ProblemError) as caught:
            store.flush()
        assert code(caught) == "store.full"
        assert store.failing is not None
        assert store.check()
        assert not len(store.raw(point.id, 0, FAR).times)
        writer.call(lambda db: db.execute("pragma max_page_count = 1000000").fetchone())
        for _ in range(3000):
            if store.failing is None:
                break
            threading.Event().wait(0.02)
        store.flush()
        assert (store.raw(point.id, 0, FAR).values == np.arange(20_000.0)).all()


def test_a_history_that_cannot_write_at_the_end_says_how_much_is_lost(tmp_path: Path) -> None:
    (point,) = points(1)
    store = history(tmp_path / "h", [point])
    store.flush()
    assert store._writer is not None
    store._writer.call(lambda db: db.execute("pragma max_page_count = 40").fetchone()).result()
    store.put(say(point, range(T0, T0 + 20_000), np.arange(20_000.0)))
    with pytest.raises(ProblemError) as caught:
        store.close()
    assert what(caught.value.problems[0]).startswith("20,000 values")
    History.open(tmp_path / "h").close()


def test_jobs_that_wait_for_observations_are_done_where_none_come(tmp_path: Path) -> None:
    with history(tmp_path / "h", points(1), pace=WriterPace(flush_s=0.0)) as store:
        writer, wrong = store._writes, list[Exception]()
        writer._explain = lambda error: wrong.append(error) or Problem(code="store.full")
        writer.call(lambda db: db.execute("create table mine(x)") and None, patient=True).result(60)
        writer.call(lambda db: db.execute("select x from mine") and None).result(60)
        assert wrong == []


def test_closing_writes_what_waits_behind_a_job_that_fails(tmp_path: Path) -> None:
    (point,) = points(1)
    store = history(tmp_path / "h", [point])
    writer, pause, gate = store._writes, store._writes._pause, threading.Event()

    def held() -> None:
        gate.wait(60)
        pause()

    writer._pause = held
    writer.call(lambda _: None).result(60)
    writer.call(lambda db: db.execute("rollback") and None, patient=True)  # loses the whole transaction
    writer.call(lambda _: None)
    store.put(say(point, range(T0, T0 + 50), np.arange(50.0)))
    writer._stopping = True
    gate.set()
    store.close()
    with History.open(tmp_path / "h", readonly=True) as again:
        assert len(again.raw(point.id, T0, T0 + 50).times) == 50


def test_a_full_queue_merges_live_values_and_counts_them(tmp_path: Path) -> None:
    known = points(3)
    store = history(tmp_path / "h", known, pace=WriterPace(flush_s=0.01, queue=300))
    assert store._writer is not None
    gate = threading.Event()
    store._writer.call(lambda _: gate.wait(60))
    for n in range(10):
        store.put([Observation(p.id, T0 + n * 100 + k, float(k)) for k in range(30) for p in known])
    gate.set()
    store.flush()
    counts = store.counts
    assert counts.put == 900
    assert counts.written + counts.merged == 900
    assert counts.merged > 0
    last = store.raw(known[0].id, 0, FAR)
    assert last.times[-1] == T0 + 929
    assert Quality.UNCERTAIN in last.quality
    store.close()


def test_an_import_waits_for_room_and_loses_nothing(tmp_path: Path) -> None:
    (point,) = points(1)
    with history(tmp_path / "h", [point], pace=WriterPace(flush_s=0.01, queue=500)) as store:
        for n in range(20):
            store.put(say(point, range(T0 + n * 400, T0 + n * 400 + 400), [0.0] * 400), full=QueueFull.WAIT)
        store.flush()
        assert (store.counts.merged, len(store.raw(point.id, 0, FAR).times)) == (0, 8000)


def test_numbers_that_are_none_are_kept_as_gaps(tmp_path: Path) -> None:
    (point,) = points(1)
    with history(tmp_path / "h", [point]) as store:
        store.put(say(point, [T0, T0 + 1, T0 + 2], [1.0, float("inf"), float("nan")]))
        store.flush()
        got = store.raw(point.id, 0, FAR)
        assert got.quality.tolist() == [0, Quality.BAD, Quality.BAD]
        assert np.isnan(got.values[1:]).all()


def test_numpy_numbers_mean_the_same_as_pythons(tmp_path: Path) -> None:
    (point,) = points(1)
    with history(tmp_path / "h", [point]) as store:
        store.bulk(point.id, T0 + np.arange(100) * MIN15_MS, np.arange(100.0))
        a, b = np.int64(T0), np.int64(T0 + DAY_MS)
        assert len(store.raw(point.id, a, b).times) == 96
        assert store.exact(point.id, a, b).total.sum() == sum(range(96))
        assert len(store.columns([point.id], a, b, np.int64(10))[0].time_ms) > 5  # pyright: ignore[reportArgumentType]
        assert store.moment(a, [point.id]).value.tolist() == [0.0]
        assert store.latest([point.id], b)


def test_a_point_that_nobody_declared_is_kept_all_the_same(tmp_path: Path) -> None:
    with history(tmp_path / "h", []) as store:
        store.put([Observation(PointId("stranger"), T0, 5.0)])
        store.flush()
        assert store.raw(PointId("stranger"), 0, FAR).values.tolist() == [5.0]


def test_a_unit_that_was_not_known_before_is_that_of_the_point_in_the_file(tmp_path: Path) -> None:
    meter = device("meter", "raw_number").points[0]
    for unit in ("", "W"):
        with history(tmp_path / "h", [replace(meter, info=replace(meter.info, unit=unit))]) as store:
            store.put(say(meter, [T0], [1.0]))
        with sqlite3.connect(tmp_path / "h") as db:
            assert db.execute("select unit from point").fetchall() == [(unit,)]
        db.close()


def test_texts_keep_their_codes(tmp_path: Path) -> None:
    with history(tmp_path / "h", []) as store:
        store.keep_words(["heiß", "kalt"])
        store.keep_words(["heiß", "kalt", "lau"])
        store.flush()
        store._writer.call(lambda _: None).result()  # pyright: ignore[reportOptionalMemberAccess]
        assert store.strings() == ("heiß", "kalt", "lau")


def test_a_value_held_over_years_of_silence_costs_no_years_of_roll_ups(tmp_path: Path) -> None:
    (point,) = points(1)
    with history(tmp_path / "h", [point]) as store:
        store.bulk(point.id, np.array([T0 - 10**12, T0]), np.array([1.0, 2.0]))
        store.bulk(point.id, np.array([T0 + 60_000]), np.array([3.0]))
        assert store.check() == []
    assert (tmp_path / "h").stat().st_size < 2_000_000


@pytest.mark.parametrize(
    ("content", "wanted"),
    [(b"", "history.foreign"), (b"hello" * 100, "history.foreign"), (b"SQLite format 3\x00" + bytes(4080), "history.foreign")],
)  # fmt: skip
def test_a_file_that_is_no_history_is_named_and_left_alone(tmp_path: Path, content: bytes, wanted: str) -> None:
    path = tmp_path / "h"
    path.write_bytes(content)
    for readonly in (False, True):
        with pytest.raises(ProblemError) as caught:
            History.open(path, readonly=readonly)
        assert code(caught) == wanted
    assert path.read_bytes() == content


def test_reading_what_is_not_there_makes_no_file(tmp_path: Path) -> None:
    with pytest.raises(ProblemError) as caught:
        History.open(tmp_path / "h", readonly=True)
    assert code(caught) == "history.missing"
    assert not list(tmp_path.iterdir())


def test_a_closed_history_says_so(tmp_path: Path) -> None:
    store = history(tmp_path / "h", [])
    store.close()
    store.close()
    for use in (lambda: store.put(say(points(1)[0], [T0], [0.0])), lambda: store.raw(PointId("x"), 0, 1), store.flush):
        with pytest.raises(ProblemError) as caught:
            use()
        assert code(caught) == "history.closed"


def test_a_window_of_centuries_costs_what_is_in_it(tmp_path: Path) -> None:
    (point,) = points(1)
    with history(tmp_path / "h", [point]) as store:
        store.bulk(point.id, T0 + np.arange(100) * DAY_MS, np.arange(100.0))
        (got,) = store.columns([point.id], 0, FAR, 10)
        assert got.count.sum() == 100
        assert np.nanmax(got.high) == 99
        (got,) = store.columns([point.id], FAR - 10, FAR, 10**9)
        assert got.count.sum() == 0


def test_live_data_is_written_while_a_long_seal_runs(tmp_path: Path) -> None:
    known = points(300)
    with history(tmp_path / "h", known, pace=WriterPace(flush_s=0.01, seal_rows=10**9, seal_points=5)) as store:
        store.put([Observation(p.id, T0 + k, float(k)) for k in range(20) for p in known])
        store.flush()
        writer = store._writer
        assert writer is not None
        sealing = writer.call(lambda _: writer.seal())
        store.put(say(known[0], [T0 + 999], [999.0]))
        store.flush()
        assert not sealing.done()
        assert store.raw(known[0].id, T0 + 999, FAR).values.tolist() == [999.0]
        sealing.result()
        assert store.raw(known[0].id, T0 + 999, FAR).values.tolist() == [999.0]
        assert store.check() == []


@pytest.mark.parametrize("power", [0, 1, 5, 10, 12, 13])
def test_every_size_around_a_power_of_two_comes_back_however_it_came(tmp_path: Path, power: int) -> None:
    known = points(3)
    with history(tmp_path / "h", known) as store:
        for n in sorted({max(1, 2**power - 1), 2**power, 2**power + 1}):
            times, values = T0 + np.arange(n, dtype=np.int64) * 1000, np.arange(n) / 8
            start = int(times[-1]) * 2 * n  # each size has its own stretch of time
            store.bulk(known[0].id, times + start, values)
            store.put(say(known[1], (times + start).tolist(), values.tolist()))
            for half in (slice(0, None, 2), slice(1, None, 2)):  # every second one first: the others are all late
                store.put(say(known[2], (times + start)[half].tolist(), values[half].tolist()))
                store.flush()
                store.seal()
            for point in known:
                got = store.raw(point.id, start, start + T0 + n * 1000)
                assert np.array_equal(got.times, times + start)
                assert np.array_equal(got.values, values)
        sizes = store._reader.db.execute("select max(n), min(n) from block").fetchone()
        assert sizes[0] <= 4096
        assert store.check() == []


def test_a_glitch_and_a_changed_meter_are_no_consumption_however_they_are_sealed(tmp_path: Path) -> None:
    (meter,) = points(1, "energy_import")
    values = 1_000_000.0 + 10 * np.arange(600.0)
    values[200:202], values[400:] = 0.0, values[400:] - 700_000
    times = T0 + np.arange(600, dtype=np.int64) * 60_000
    with history(tmp_path / "h", [meter]) as store:
        for i in range(0, 600, 50):
            store.put(say(meter, times[i : i + 50], values[i : i + 50]))
            store.flush()
            store.seal()
        assert store.exact(meter.id, T0, T0 + 10 * HOUR_MS).increase.sum() == pytest.approx(598 * 10)
        used = store.consumption(meter.id, np.array([T0, T0 + DAY_MS]))
        assert used is not None
        assert (used.total, used.suspected_ms) == (pytest.approx(598 * 10), (int(times[400]),))
        (other,) = points(2)[1:]
        assert store.consumption(other.id, np.array([T0, T0 + DAY_MS])) is None


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not let an open file go")
def test_whoever_reads_for_the_first_time_after_the_folder_went_says_that_it_went(tmp_path: Path) -> None:
    folder = tmp_path / "house"
    folder.mkdir()
    (point,) = points(1)
    store = history(folder / "h", [point])
    store.put(say(point, [T0], [1.0]))
    store.flush()
    shutil.rmtree(folder)
    with ThreadPoolExecutor(1) as pool, pytest.raises(ProblemError) as caught:
        pool.submit(store.strings).result()
    assert code(caught) == "store.vanished_folder"
    assert store.failing is not None
    assert store.failing.code == "store.vanished_folder"
    with pytest.raises(ProblemError) as ended:
        store.close()
    assert code(ended) == "store.vanished_folder"


def test_a_history_is_closed_only_when_no_other_thread_reads_it(tmp_path: Path) -> None:
    (point,) = points(1)
    store = history(tmp_path / "h", [point])
    entered, go, ended = threading.Event(), threading.Event(), list[str]()

    def slow() -> int:
        entered.set()
        go.wait(60)
        return 1

    def ask() -> None:
        with store._connection() as db:
            db.create_function("slow", 0, slow)
            db.execute("select slow() union all select slow()").fetchall()

    def read() -> None:
        with pytest.raises(ProblemError) as caught:
            ask()
        ended.append(code(caught))

    def close() -> None:
        store.close()
        ended.append("closed")

    with ThreadPoolExecutor(2) as threads:
        reading = threads.submit(read)
        assert entered.wait(60)
        closing = threads.submit(close)
        while not store._reader._closed:
            go.wait(0.01)
        assert not closing.done()
        go.set()
        reading.result(60)
        closing.result(60)
    assert ended == ["history.closed", "closed"]


def test_a_thread_may_close_the_history_that_it_reads(tmp_path: Path) -> None:
    (point,) = points(1)
    store = history(tmp_path / "h", [point])

    def close_and_read() -> None:
        with store._connection() as db:
            store.close()
            db.execute("select 1")

    with pytest.raises(ProblemError) as caught:
        close_and_read()
    assert code(caught) == "history.closed"


@pytest.mark.parametrize(("count", "rows", "sealed"), [(2_100, 10, False), (20, 1_050, True)])
def test_closing_seals_rows_only_where_that_is_cheaper_than_reading_them_again(
    tmp_path: Path, count: int, rows: int, *, sealed: bool
) -> None:
    known = points(count)
    store = history(tmp_path / "h", known)
    for row in range(rows):
        store.put(
            [Observation(point=p.id, time_ms=T0 + row * 1000, value=float(row), quality=Quality.GOOD) for p in known]
        )
    store.close()
    with sqlite3.connect(tmp_path / "h") as db:
        assert bool(db.execute("select count(*) from block").fetchone()[0]) is sealed
    with History.open(tmp_path / "h", readonly=True) as again:
        assert again.raw(known[-1].id, T0, T0 + rows * 1000).values.tolist() == [float(row) for row in range(rows)]
