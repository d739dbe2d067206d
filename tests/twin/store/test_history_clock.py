"""Outages and wrong clocks: nothing is invented for the time in which nobody recorded, and nothing is erased."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.i18n import what
from tests.twin.store.worlds import QUIET, device, say
from twin.model.device import Point
from twin.model.observation import Observation, Quality
from twin.model.problem import ProblemError
from twin.store.history import History
from twin.store.history.samples import DAY_MS, HOUR_MS, MIN15_MS
from twin.store.history.session import BUILT_MS, RecordingSession, believed_ms

HEATER = device("heater", "power", "on_off")
POWER, SWITCH = HEATER.points
NOW = BUILT_MS + 10 * DAY_MS
YEAR_MS = 365 * DAY_MS
FAR = 2**52


@dataclass
class Recorder:
    """A history whose clock and lifetime are moved by hand, and which can be torn from the machine."""

    path: Path
    now: int = NOW
    lived: int = 0
    sent: set[int] = field(default_factory=set)
    """Times of `heat`, UTC ms: one that a clock set back gives twice, with the same value, is one sample."""
    store: History = field(init=False)

    def open(self) -> History:
        self.store = History.open(self.path, pace=QUIET, now_ms=lambda: self.now, lived_ms=lambda: self.lived)
        self.store.declare(HEATER.points)
        return self.store

    def beat(self) -> None:
        """Lets the writing thread look at its clocks."""
        assert self.store._writer is not None
        self.store._writer.call(lambda _: None).result()
        self.store._writer.call(lambda _: None).result()

    def on(self, ms: int, step: int = 0) -> None:
        """Time goes on by so much; the clock is set by `step` besides."""
        self.lived += ms
        self.now += ms + step
        self.beat()

    def heat(self, seconds: int, watts: float = 2000.0) -> None:
        """2 kW at 4 Hz, with a heartbeat every five seconds."""
        for _ in range(seconds):
            times = range(self.now, self.now + 1000, 250)
            self.store.put(say(POWER, times, [watts] * 4))
            self.sent.update(times)
            self.on(1000)
        self.store.flush()

    def cut(self) -> None:
        """The power goes: what was committed is all that is left."""
        self.store.flush()
        image = self.path.with_name("image")
        source = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)
        copy = sqlite3.connect(image)
        source.backup(copy)
        source.close()
        copy.close()
        self.store.close()
        image.replace(self.path)

    def energy(self, point: Point, from_ms: int, to_ms: int) -> float:
        """Wh of [from, to) from the quarter-hours."""
        a, b = from_ms // MIN15_MS * MIN15_MS, -(-to_ms // MIN15_MS) * MIN15_MS
        return float(self.store.exact(point.id, a, b).integral.sum()) / HOUR_MS


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    one = Recorder(tmp_path / "h")
    one.open()
    yield one
    one.store.close()


@pytest.mark.parametrize("sealed", [False, True])
def test_a_power_cut_is_a_gap_and_no_energy_is_invented_for_it(recorder: Recorder, sealed: bool) -> None:
    recorder.store.put([Observation(SWITCH.id, NOW, 1.0)])
    recorder.heat(60)
    if sealed:
        recorder.store.seal()
    recorder.heat(3)
    if sealed:
        recorder.store.seal()
    cut = recorder.now
    recorder.cut()
    recorder.now += 8 * HOUR_MS
    store = recorder.open()
    recorder.heat(60)
    store.seal()
    assert recorder.energy(POWER, NOW, recorder.now) == pytest.approx(2000 * 123 / 3600, rel=0.01)
    assert np.isnan(store.columns([POWER.id], cut + HOUR_MS, recorder.now - HOUR_MS, 20)[0].mean).all()
    night = store.moment(cut + HOUR_MS, [POWER.id, SWITCH.id])
    assert night.quality.tolist() == [Quality.OFFLINE, Quality.OFFLINE]
    last = store.moment(cut - 250, [POWER.id, SWITCH.id])
    assert (last.value.tolist(), last.quality.tolist()) == ([2000.0, 1.0], [0, 0])
    assert store.latest([SWITCH.id], cut + HOUR_MS)[SWITCH.id] == (NOW, 1.0, 0)
    assert store.check() == []


def test_a_recorder_that_slept_leaves_a_gap_too(recorder: Recorder) -> None:
    recorder.heat(60)
    slept = recorder.now
    recorder.on(8 * HOUR_MS)
    recorder.heat(60)
    recorder.store.seal()
    assert recorder.energy(POWER, NOW, recorder.now) == pytest.approx(2000 * 120 / 3600, rel=0.01)
    assert recorder.store.moment(slept + HOUR_MS, [POWER.id]).quality.tolist() == [Quality.OFFLINE]


def test_a_clock_set_two_hours_ahead_invents_nothing_and_keeps_what_is_so(recorder: Recorder) -> None:
    recorder.store.put([Observation(SWITCH.id, NOW, 1.0)])
    recorder.heat(60)
    set_at = recorder.now
    recorder.on(1000, step=2 * HOUR_MS)
    recorder.heat(60)
    recorder.store.seal()
    assert recorder.energy(POWER, NOW, recorder.now) == pytest.approx(2000 * 121 / 3600, rel=0.02)
    assert recorder.store.moment(set_at + HOUR_MS, [SWITCH.id]).quality.tolist() == [Quality.OFFLINE]
    assert recorder.store.moment(recorder.now, [SWITCH.id]).value.tolist() == [1.0]


@pytest.mark.parametrize("hours", [2, -2])
def test_what_still_waited_when_the_clock_was_set_is_what_goes_on(recorder: Recorder, hours: int) -> None:
    recorder.store.put([Observation(SWITCH.id, NOW - 60_000, 1.0)])
    recorder.store.flush()
    recorder.store.put([Observation(SWITCH.id, NOW - 1000, 0.0)])
    recorder.on(1000, step=hours * HOUR_MS)
    assert recorder.store.moment(recorder.now, [SWITCH.id]).value.tolist() == [0.0]


def test_a_clock_set_two_hours_back_keeps_every_sample_and_what_is_so(recorder: Recorder) -> None:
    recorder.store.put([Observation(SWITCH.id, NOW, 1.0)])
    recorder.heat(60)
    recorder.on(1000, step=-2 * HOUR_MS)
    recorder.heat(60)
    assert len(recorder.store.raw(POWER.id, recorder.now - 70_000, recorder.now).times) >= 240
    recorder.store.seal()
    assert recorder.store.moment(recorder.now, [SWITCH.id]).value.tolist() == [1.0]
    assert int((recorder.store.raw(POWER.id, 0, FAR).quality == 0).sum()) >= 480
    assert len(recorder.store.columns([POWER.id], recorder.now - HOUR_MS, recorder.now, 30)[0].time_ms) > 0
    assert recorder.store.check() == []


def test_a_clock_three_years_ahead_erases_nothing(recorder: Recorder) -> None:
    times = NOW - 2 * DAY_MS + np.arange(2000, dtype=np.int64) * 60_000
    recorder.store.bulk(POWER.id, times, np.arange(2000.0))
    recorder.on(5000)
    recorder.store.close()
    for _ in range(3):  # three starts with the wrong clock do not make it right
        recorder.now += 3 * YEAR_MS if recorder.now < NOW + YEAR_MS else HOUR_MS
        store = recorder.open()
        recorder.on(HOUR_MS // 2)
        with pytest.raises(ProblemError) as caught:
            store.retain(recorder.now - 730 * DAY_MS)
        assert caught.value.problems[0].code == "history.clock"
        store.close()
    recorder.now = NOW + DAY_MS
    store = recorder.open()
    assert store.wrong_clock() is None
    assert len(store.raw(POWER.id, 0, NOW).times) >= 2000
    assert store.retain(NOW - 730 * DAY_MS) == 0


def test_a_clock_that_jumps_while_it_records_erases_nothing(recorder: Recorder) -> None:
    recorder.heat(10)
    recorder.on(1000, step=3 * YEAR_MS)
    recorder.heat(10)
    assert recorder.store.wrong_clock() is not None
    recorder.on(1000, step=-3 * YEAR_MS)
    recorder.heat(10)
    assert recorder.store.wrong_clock() is None
    recorder.store.seal()
    recorder.heat(10)
    recorder.store.seal()
    assert recorder.energy(POWER, NOW, NOW + DAY_MS) == pytest.approx(2000 * 32 / 3600, rel=0.05)


def test_a_clock_before_the_program_was_made_is_wrong(tmp_path: Path) -> None:
    with History.open(tmp_path / "h", pace=QUIET, now_ms=lambda: BUILT_MS - DAY_MS, lived_ms=None) as store:
        wrong = store.wrong_clock()
    assert wrong is not None
    assert "2026-11" in what(wrong)


def test_after_a_month_of_recording_a_long_pause_is_believed() -> None:
    before, after = RecordingSession(1, NOW, NOW + DAY_MS, NOW + DAY_MS), NOW + YEAR_MS
    assert believed_ms([before, RecordingSession(2, after, after + 20 * DAY_MS)]) == NOW + DAY_MS
    assert believed_ms([before, RecordingSession(2, after, after + 31 * DAY_MS)]) == after + 31 * DAY_MS
    assert (
        believed_ms(
            [before, RecordingSession(2, after, after + 20 * DAY_MS), RecordingSession(3, NOW, NOW + 2 * DAY_MS)]
        )
        == NOW + 2 * DAY_MS
    )


@given(
    st.lists(
        st.tuples(st.sampled_from(["on", "back", "ahead", "sleep", "cut", "seal"]), st.integers(1, 5 * HOUR_MS)),
        max_size=8,
    )
)
@example(moves=[("on", 27475), ("back", 1), ("back", 46174), ("on", 1)])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_clock_and_power_do_every_sample_is_kept_and_no_energy_invented(
    tmp_path_factory: pytest.TempPathFactory, moves: list[tuple[str, int]]
) -> None:
    one = Recorder(tmp_path_factory.mktemp("h") / "h")
    one.open()
    for move, ms in moves:
        one.heat(6)
        if move == "cut":
            one.cut()
            one.now += ms
            one.open()
        elif move == "seal":
            one.store.seal()
        else:
            one.on(ms if move in ("on", "sleep") else 100, step={"back": -ms, "ahead": ms}.get(move, 0))
    one.store.seal()
    kept = one.store.raw(POWER.id, 0, FAR)
    assert int(((kept.values == 2000.0) & (kept.quality == 0)).sum()) >= len(one.sent)
    assert (np.diff(kept.times) > 0).all()
    backs = sum(move == "back" for move, _ in moves)
    if not backs:  # a clock set back tells the same hours twice
        most = 2000 * (6 * len(moves) + 61 * len(moves)) / 3600
        assert one.energy(POWER, NOW - DAY_MS, NOW + 3 * DAY_MS) <= most
    assert one.store.check() == []
    one.store.close()


def test_of_values_at_one_instant_every_one_is_kept(recorder: Recorder) -> None:
    store = recorder.store
    store.put([Observation(POWER.id, NOW, float(n)) for n in range(500)])
    store.flush()
    assert store.raw(POWER.id, 0, FAR).values.tolist() == list(range(500))
    store.seal()
    store.put(
        [Observation(POWER.id, NOW + 3, 777.0), Observation(POWER.id, NOW - 5, 1.0)]
    )  # late, onto a taken instant
    store.put([Observation(POWER.id, NOW + 3, 3.0)])  # said again just as it is stored
    store.flush()
    got = store.raw(POWER.id, 0, FAR)
    assert got.times.tolist() == [NOW - 5, *range(NOW, NOW + 501)]
    assert got.values.tolist() == [1.0, *range(500), 777.0]
    counts = store.counts
    assert (counts.put, counts.written, counts.repeated, counts.merged, counts.waiting) == (503, 502, 1, 0, 0)


@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 30), st.sampled_from([POWER, SWITCH]), st.integers(0, 4)), max_size=12),
        max_size=8,
    ),
    st.booleans(),
)
@settings(max_examples=30, deadline=None)
def test_whatever_arrives_when_it_is_all_there_at_the_end(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[tuple[int, Point, int]]], sealing: bool
) -> None:
    one = Recorder(tmp_path_factory.mktemp("h") / "h")
    store = one.open()
    for batch in batches:
        store.put([Observation(point.id, NOW + ms, float(value)) for ms, point, value in batch])
        if sealing:
            store.flush()
            store.seal()
    store.flush()
    counts, there = store.counts, sum(len(store.raw(point.id, 0, FAR).times) for point in HEATER.points)
    assert there == counts.written
    assert counts.put == counts.written + counts.repeated == sum(map(len, batches))
    for point in HEATER.points:
        said = [value for batch in batches for _, one_point, value in batch if one_point is point]
        assert set(store.raw(point.id, 0, FAR).values.tolist()) == set(map(float, said))
    store.close()


def test_a_clock_that_is_set_while_samples_are_sealed_loses_none_of_them(recorder: Recorder) -> None:
    houses = [device(f"heater {number}", "power", "on_off") for number in range(20)]  # sealed in four transactions
    points = [point for house in houses for point in house.points]
    sent: dict[str, set[int]] = {point.id: set() for point in points}

    def heat(store: History) -> None:
        for point in points:
            times = range(recorder.now, recorder.now + 1000, 250)
            store.put(say(point, times, [1.0, 0.0, 1.0, 0.0]))
            sent[point.id].update(times)
        recorder.on(1000)
        store.flush()

    def missing() -> set[str]:
        found = ((point.id, store.raw(point.id, NOW, recorder.now + 1)[0].tolist()) for point in points)
        return {id for id, times in found if not sent[id] <= set(times)}

    store = recorder.store
    store.declare(points)
    heat(store)
    writer = store._writer
    assert writer is not None
    asked: list[int] = []

    def set_clock() -> int:
        asked.append(0)
        if len(asked) == 4:  # once, between two of the seal's transactions
            recorder.now += HOUR_MS
        return recorder.now

    writer.now_ms = set_clock
    sessions = writer.session
    store.seal()
    writer.now_ms = lambda: recorder.now
    assert writer.session > sessions, "the clock was set while it sealed"
    heat(store)
    assert not missing()
    store.seal()
    assert not missing()
    assert writer.failing is None
    store.close()
    store = recorder.open()
    assert not missing()
