"""From report to screen, with time moved by hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.engine.event_bus import EventBus, SubscriberRole
from app.engine.ingest import Ingest, IngestCounts, offline_observations
from app.inbox import Inbox
from devices.normalise import normalise
from twin.model.batch import Batch, PointTable
from twin.model.device import Device, DeviceInfo, Link, PointInfo, device_from_description
from twin.model.ids import LinkId, PointId
from twin.model.observation import Observation, Quality, Report, StringTable
from twin.model.problem import Problem
from twin.model.report_columns import UNTIMED, ReportColumns, ReportTable
from twin.model.state import State

LINK = Link(id=LinkId("l"), protocol="test", address="here")


def lamp(uid: str = "lamp") -> Device:
    points = (
        PointInfo(key="on", capability="on_off", writable=True),
        PointInfo(key="t", capability="temperature", unit="°F"),
        PointInfo(key="mode", capability="raw_text"),
    )
    return device_from_description(DeviceInfo(uid=uid, name="Lamp", points=points), LINK)


def reraise(error: BaseException, where: str) -> None:
    raise error


class Kept(list[Observation]):
    def put(self, batch: Batch) -> None:
        self.extend(batch)


def newest(inbox: Inbox) -> dict[PointId, Observation]:
    """What a client sees of everything since it looked last."""
    return {one.point: one for batch in inbox.drain()[0] for one in batch}


class Bench:
    """An ingest and its bus, whose turns of the loop and clock are made by hand."""

    def __init__(self) -> None:
        self.device = lamp()
        self.now = 1_000_000
        self.kept = Kept()
        self.inbox = Inbox()
        self.problems: list[Problem] = []
        self.waiting: list[Callable[[], None]] = []
        self.bus, state = EventBus(reraise), State()
        self.bus.subscribe(SubscriberRole.STATE, state.take)
        self.bus.subscribe(SubscriberRole.RECORDER, self.kept.put)
        self.bus.subscribe(SubscriberRole.INBOX, self.inbox.put, self.inbox.tell)
        self.line = Ingest(
            state=state,
            publish=self.bus.publish,
            strings=StringTable(),
            now_ms=lambda: self.now,
            soon=self.waiting.append,
            raised=self.problems.append,
        )
        self.line.route(LINK.id, {self.device.id: self.device.uid}, self.device.points)

    def say(self, key: str, value: object, time_ms: int | None = None, *, echo: bool = False) -> None:
        self.line.report(LINK.id, Report("lamp", key, value, time_ms, echo))  # pyright: ignore[reportArgumentType]

    def turn(self) -> None:
        waiting, self.waiting[:] = list(self.waiting), []
        for work in waiting:
            work()

    def value(self, key: str) -> float:
        row = self.line.state.index(self.point(key))
        assert row is not None
        return float(self.line.state.value[row])

    def point(self, key: str) -> PointId:
        point = self.device.point(key)
        assert point is not None
        return point.id


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_reports_of_one_turn_travel_as_one_batch(bench: Bench) -> None:
    for number in range(20):
        bench.say("t", 50 + number, 1000 + number + 946_684_800_000)
        bench.now = 946_684_900_000
    assert len(bench.waiting) == 1
    bench.turn()
    assert bench.line.counts.batches == 1
    assert len(bench.kept) == 20
    assert bench.value("t") == pytest.approx((69 - 32) * 5 / 9)


def test_history_keeps_every_observation_and_the_screen_the_newest(bench: Bench) -> None:
    for value in (True, False, True):
        bench.now += 10
        bench.say("on", value)
        bench.turn()
    assert [o.value for o in bench.kept] == [1.0, 0.0, 1.0]
    assert newest(bench.inbox)[bench.point("on")].value == 1.0


def test_an_echo_of_our_own_command_claims_nothing(bench: Bench) -> None:
    bench.say("on", True, echo=True)
    bench.turn()
    assert not bench.kept
    assert math.isnan(bench.value("on"))
    assert bench.line.counts.echoes == 1


def test_an_unknown_key_is_counted_and_left(bench: Bench) -> None:
    bench.say("nobody", 1)
    bench.turn()
    assert bench.line.counts.strange == 1
    assert not bench.problems


def test_nonsense_is_one_problem_however_often_it_comes(bench: Bench) -> None:
    for _ in range(5):
        bench.say("t", "warm")
        bench.turn()
    assert bench.line.counts.refused == 5
    assert len(bench.problems) == 1
    assert not bench.kept


@given(
    value=st.one_of(st.floats(), st.integers(-(10**18), 10**18), st.booleans(), st.text(max_size=8), st.none()),
    info=st.sampled_from(
        [
            PointInfo(key="k", capability="temperature"),
            PointInfo(key="k", capability="temperature", unit="°F"),
            PointInfo(key="k", capability="humidity", unit="%"),
            PointInfo(key="k", capability="humidity", scale=0.01),
            PointInfo(key="k", capability="power", unit="kW"),
            PointInfo(key="k", capability="raw_number", unit="bananas"),
            PointInfo(key="k", capability="on_off"),
        ]
    ),
    time_ms=st.one_of(st.none(), st.integers(-(10**13), 10**14)),
)
@example(value=-0.0, info=PointInfo(key="k", capability="humidity", unit="%"), time_ms=None)
@example(value=-0.0, info=PointInfo(key="k", capability="temperature"), time_ms=None)
@example(value=-0.0, info=PointInfo(key="k", capability="temperature", unit="°F"), time_ms=None)
def test_the_short_way_gives_what_normalising_gives(value: object, info: PointInfo, time_ms: int | None) -> None:
    one = Bench()
    one.now = 1_763_894_400_000
    device = device_from_description(DeviceInfo(uid="lamp", name="n", points=(info,)), LINK)
    one.line.route(LINK.id, {device.id: "lamp"}, device.points)
    one.say("k", value, time_ms)
    one.turn()
    report = Report("lamp", "k", value, time_ms)  # pyright: ignore[reportArgumentType]
    wanted = normalise(report, device.points[0], StringTable(), one.now)
    assert repr(one.kept) == repr([wanted] if isinstance(wanted, Observation) else [])


def test_late_data_goes_to_history_and_never_over_a_newer_value(bench: Bench) -> None:
    bench.now = 946_684_900_000
    bench.say("t", 70, bench.now)
    bench.turn()
    bench.say("t", 32, bench.now - 60_000)
    bench.turn()
    assert len(bench.kept) == 2
    assert bench.value("t") == pytest.approx(21.111, abs=0.01)
    assert newest(bench.inbox)[bench.point("t")].time_ms == bench.now


def test_texts_become_words(bench: Bench) -> None:
    bench.say("mode", "auto")
    bench.turn()
    assert bench.line.strings.text(int(bench.kept[0].value)) == "auto"


def test_a_device_that_went_has_no_value_from_then_on(bench: Bench) -> None:
    bench.say("on", True)
    bench.turn()
    bench.line.publish_own(offline_observations(bench.line.state, [p.id for p in bench.device.points], bench.now + 5))
    assert [(o.point, o.time_ms, o.quality) for o in bench.kept[1:]] == [
        (bench.point("on"), bench.now + 5, Quality.OFFLINE)
    ]
    assert math.isnan(bench.value("on"))
    assert not offline_observations(bench.line.state, [p.id for p in bench.device.points], bench.now + 9)


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 30), st.floats(-1e6, 1e6), st.booleans()), max_size=60),
    st.integers(1, 20),
    st.integers(0, 30),
)
def test_batches_of_any_size_end_in_the_state_of_one_by_one(
    said: list[tuple[int, int, float, bool]], size: int, now_ms: int
) -> None:
    points = [PointId(f"p{n}") for n in range(5)]
    slow, fast, late, found = State(points), State(points), [], []
    observations = [Observation(PointId(f"p{p}"), t, v, dated=dated) for p, t, v, dated in said if p < 5]
    for observation in observations:
        late.append(slow.is_late(observation, now_ms))
        if not late[-1]:
            slow.apply(observation)
    for start in range(0, len(observations), size):
        batch = Batch.of(observations[start : start + size], fast.table)
        batch = replace(batch, late=fast.late(batch.row, batch.time_ms, batch.dated, now_ms))
        fast.take(batch)
        found += batch.late.tolist()
    assert found == late
    np.testing.assert_array_equal(slow.dated_ms, fast.dated_ms)
    np.testing.assert_array_equal(slow.value, fast.value)
    np.testing.assert_array_equal(slow.time_ms, fast.time_ms)
    np.testing.assert_array_equal(slow.dirty, fast.dirty)


def test_a_sleeping_screen_costs_no_memory_and_loses_no_change() -> None:
    inbox, table = Inbox(), PointTable(PointId(f"p{number}") for number in range(7))
    for number in range(5000):
        inbox.put(Batch.of([Observation(PointId(f"p{number % 7}"), number, float(number))], table))
    assert len(inbox._batches) <= 257
    assert {o.value for o in newest(inbox).values()} == {float(n) for n in range(4993, 5000)}
    assert inbox.drain() == ([], [])


def test_everything_that_a_point_says_in_one_turn_has_its_own_time(bench: Bench) -> None:
    for value in range(500):
        bench.say("t", value % 100)
    bench.turn()
    bench.say("t", 7)
    bench.turn()
    times = [o.time_ms for o in bench.kept]
    assert times == list(range(bench.now, bench.now + 501))
    bench.line.publish_own(offline_observations(bench.line.state, [bench.point("t")], bench.now + 3))
    assert bench.kept[-1].time_ms == bench.now + 501


def test_a_clock_that_is_set_back_does_not_stop_the_screen(bench: Bench) -> None:
    bench.now = 1_763_894_400_000
    bench.say("on", False)
    bench.say("t", 70, bench.now - 10)
    bench.turn()
    bench.now -= 2 * 3_600_000
    bench.say("on", True)
    bench.say("t", 80, bench.now + 2 * 3_600_000)
    bench.turn()
    assert bench.value("on") == 1.0
    assert bench.value("t") == pytest.approx(26.667, abs=0.01)
    assert newest(bench.inbox)[bench.point("on")].time_ms == bench.now
    bench.line.publish_own(offline_observations(bench.line.state, [bench.point("on")], bench.now + 5))
    assert bench.kept[-1].time_ms == bench.now + 5


def test_a_clock_that_is_set_ahead_does_not_make_dated_values_late(bench: Bench) -> None:
    bench.now = 1_763_894_400_000
    bench.say("t", 70, bench.now)
    bench.turn()
    bench.now += 2 * 3_600_000
    bench.say("t", 80, bench.now - 2 * 3_600_000 + 1000)
    bench.turn()
    assert bench.value("t") == pytest.approx(26.667, abs=0.01)


@given(st.lists(st.tuples(st.integers(-(10**8), 10**8), st.booleans(), st.floats(-90, 90)), min_size=1, max_size=40))
def test_whatever_the_clock_does_the_state_is_what_was_heard_last(moves: list[tuple[int, bool, float]]) -> None:
    one = Bench()
    one.now = 1_763_894_400_000
    for step, together, value in moves:
        one.now += step
        one.say("t", value)
        if not together:
            one.turn()
    one.turn()
    assert one.value("t") == pytest.approx((moves[-1][2] - 32) * 5 / 9, abs=1e-9)
    assert len(one.kept) == len(moves)


class OneByOne:
    """The rules of the ingest, applied to one report after another without any column."""

    def __init__(self, bench: Bench) -> None:
        self.now, self.words, self.counts, self.kept = bench.now, StringTable(), IngestCounts(), list[Observation]()
        self.points = {point.info.key: point for point in bench.device.points}
        self.state, self.arrived = State(point.id for point in bench.device.points), dict[PointId, int]()

    def hear(self, report: Report) -> None:
        self.counts.reports += 1
        point = self.points.get(report.key)
        if report.echo or point is None:
            self.counts.echoes += report.echo
            self.counts.strange += not report.echo
            return
        made = normalise(report, point, self.words, self.now)
        if isinstance(made, Problem):
            self.counts.refused += 1
            return
        found = self.news(made) if report.retained else made
        if found is None:
            self.counts.unsaid += 1
            return
        if not found.dated:
            last = self.arrived.get(point.id, 0)
            found = replace(found, time_ms=last + 1 if self.now <= last < self.now + 60_000 else self.now)
            self.arrived[point.id] = found.time_ms
        self.counts.kept += 1
        self.counts.observations += 1
        self.kept.append(found)
        if not self.state.is_late(found, self.now):
            self.state.apply(found)

    def news(self, made: Observation) -> Observation | None:
        row = self.state.index(made.point)
        assert row is not None
        value, quality = float(self.state.value[row]), int(self.state.quality[row])
        known = math.nan if quality >= Quality.OFFLINE else value
        if math.isnan(made.value):
            return None if quality == Quality.BAD else replace(made, dated=False)
        if made.dated and made.time_ms > self.state.time_ms[row]:
            return made
        if made.value == known or (made.dated and not math.isnan(known)):
            return None
        return replace(made, quality=Quality.UNCERTAIN, dated=False)


NOW = 1_763_894_400_000
SAID = st.builds(
    Report,
    st.just("lamp"),
    st.sampled_from(["on", "t", "mode", "nobody"]),
    st.one_of(
        st.none(), st.booleans(), st.floats(), st.floats(-20.0, 120.0), st.sampled_from(["a", "b", "on", "off", "21"])
    ),
    st.one_of(st.none(), st.integers(NOW - 5, NOW + 5), st.sampled_from([0, NOW + 10**9, 10**30, -(10**30)])),
    echo=st.sampled_from([False, False, False, True]),
    retained=st.sampled_from([False, False, True]),
)


@given(st.lists(SAID, max_size=40), st.lists(st.integers(1, 20), min_size=40, max_size=40))
def test_columns_and_one_report_after_another_give_the_same(said: list[Report], turns: list[int]) -> None:
    bench = Bench()
    bench.now = NOW
    alone = OneByOne(bench)
    for report in said:
        alone.hear(report)
    left = list(said)
    for size in turns:
        for report in left[:size]:
            bench.line.report(LINK.id, report)
        bench.turn()
        left = left[size:]
    assert repr(bench.kept) == repr(alone.kept)
    assert replace(bench.line.counts, batches=0) == alone.counts
    assert bench.line.strings.texts == alone.words.texts
    for column in ("value", "time_ms", "quality", "dated_ms"):
        np.testing.assert_array_equal(getattr(bench.line.state, column), getattr(alone.state, column))
    seen = newest(bench.inbox)
    for point in bench.device.points:
        row = alone.state.index(point.id)
        if row is not None and point.id in seen:
            np.testing.assert_array_equal(seen[point.id].value, alone.state.value[row])
            assert seen[point.id].time_ms == alone.state.time_ms[row]


def test_a_value_that_is_repeated_in_the_turn_in_which_it_was_said_is_no_news(bench: Bench) -> None:
    bench.say("on", True)
    bench.line.report(LINK.id, Report("lamp", "on", True, retained=True))
    bench.turn()
    assert [one.quality for one in bench.kept] == [Quality.GOOD]
    assert bench.line.counts.unsaid == 1


NUMBERS = st.one_of(
    st.floats(-1e3, 1e3), st.sampled_from([0.0, -0.0, math.nan, math.inf, -math.inf, 1e300, 101.0, -300.0, 1e16])
)
TIMES = st.sampled_from([UNTIMED, 0, 946_684_800_000, 1_764_000_000_000, 1_764_000_000_500, 1_764_000_061_000, 2**60])
KEYS = st.sampled_from(
    [("lamp", "on"), ("lamp", "t"), ("lamp", "mode"), ("lamp", "nobody"), ("plain", "h"), ("gone", "t")]
)


@given(st.lists(st.lists(st.tuples(KEYS, NUMBERS, TIMES), max_size=12), max_size=4))
def test_numbers_handed_over_as_columns_become_what_as_many_reports_become(
    messages: list[list[tuple[tuple[str, str], float, int]]],
) -> None:
    plain = device_from_description(
        DeviceInfo(uid="plain", name="Plain", points=(PointInfo(key="h", capability="humidity"),)), LINK
    )
    one, other, table = Bench(), Bench(), ReportTable()
    for bench in (one, other):
        bench.now = 1_764_000_000_000
        bench.line.route(LINK.id, {bench.device.id: "lamp", plain.id: "plain"}, (*bench.device.points, *plain.points))
    for message in messages:
        one.now, other.now = one.now + 400, other.now + 400
        for (uid, key), value, time_ms in message:
            one.line.report(LINK.id, Report(uid, key, value, None if time_ms == UNTIMED else time_ms))
        one.turn()
        columns = ReportColumns(
            table,
            np.array([table.row(*key) for key, _, _ in message], np.intp),
            np.array([value for _, value, _ in message], np.float64),
            np.array([time_ms for _, _, time_ms in message], np.int64),
        )
        assert len([*columns]) == len(message)
        other.line.report_columns(LINK.id, columns)
    assert [repr(found) for found in other.kept] == [repr(found) for found in one.kept]
    assert [problem.code for problem in other.problems] == [problem.code for problem in one.problems]
    counted = replace(one.line.counts, batches=0)
    assert replace(other.line.counts, batches=0) == counted


def test_columns_wait_for_reports_that_came_before_them_and_follow_a_new_description(bench: Bench) -> None:
    table = ReportTable()
    columns = ReportColumns(table, np.array([table.row("lamp", "t")], np.intp), np.array([32.0]), np.array([UNTIMED]))
    bench.say("on", True)
    bench.line.report_columns(LINK.id, columns)
    assert [found.value for found in bench.kept] == [1.0, 0.0]
    bench.line.route(LINK.id, {}, ())
    bench.line.report_columns(LINK.id, columns)
    assert len(bench.kept) == 2
    assert bench.line.counts.strange == 1
