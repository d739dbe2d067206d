"""From report to screen, with time moved by hand."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.engine import ingest
from app.engine.event_bus import EventBus, SubscriberRole
from app.engine.ingest import Ingest, IngestCounts, offline_observations
from app.inbox import Inbox
from devices.normalise import normalise
from twin.model.batch import Batch, PointTable
from twin.model.device import Device, DeviceInfo, Link, Point, PointInfo, device_from_description
from twin.model.ids import LinkId, PointId
from twin.model.observation import Observation, Quality, Report, StringTable
from twin.model.problem import Problem
from twin.model.report_columns import ReportColumns, ReportTable
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
        self.table = ReportTable()
        self.waiting: list[Report] = []
        self.bus, state = EventBus(reraise), State()
        self.bus.subscribe(SubscriberRole.STATE, state.take)
        self.bus.subscribe(SubscriberRole.RECORDER, self.kept.put)
        self.bus.subscribe(SubscriberRole.INBOX, self.inbox.put, self.inbox.put_change)
        self.line = Ingest(
            state=state,
            publish=self.bus.publish,
            strings=StringTable(),
            now_ms=lambda: self.now,
            raised=self.problems.append,
        )
        self.line.route(LINK.id, [self.device])

    def say(self, key: str, value: object, time_ms: int | None = None, *, echo: bool = False) -> None:
        self.waiting.append(Report("lamp", key, value, time_ms, echo))  # pyright: ignore[reportArgumentType]

    def turn(self) -> None:
        """What was said since the last turn is handed over."""
        said, self.waiting = self.waiting, []
        self.line.report(LINK.id, ReportColumns.of(said, self.table))

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
    for few in (0, ingest.FEW):  # in columns, and by itself
        one = Bench()
        one.now = 1_763_894_400_000
        device = device_from_description(DeviceInfo(uid="lamp", name="n", points=(info,)), LINK)
        one.line.route(LINK.id, [device])
        one.say("k", value, time_ms)
        with patch.object(ingest, "FEW", few):
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

    def __init__(self, bench: Bench, points: tuple[Point, ...]) -> None:
        self.now, self.words, self.counts, self.kept = bench.now, StringTable(), IngestCounts(), list[Observation]()
        uids = {bench.device.id: "lamp", PLAIN.id: "plain"}
        self.points = {(uids[point.device], point.info.key): point for point in points}
        self.state, self.arrived = State(point.id for point in points), dict[PointId, int]()
        self.problems: list[Problem] = []

    def hear(self, report: Report) -> None:
        self.counts.reports += 1
        point = self.points.get((report.uid, report.key))
        if report.echo or point is None:
            self.counts.echoes += report.echo
            self.counts.strange += not report.echo
            return
        made = normalise(report, point, self.words, self.now)
        if isinstance(made, Problem):
            self.counts.refused += 1
            if not any(
                (one.where, one.code, one.args["point"]) == (made.where, made.code, made.args["point"])
                for one in self.problems
            ):
                self.problems.append(made)
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
PLAIN = device_from_description(
    DeviceInfo(
        uid="plain",
        name="Plain",
        points=(
            PointInfo(key="h", capability="humidity"),
            PointInfo(key="n", capability="raw_number"),
            PointInfo(key="p", capability="hvac_mode"),
            PointInfo(key="b", capability="button"),
        ),
    ),
    LINK,
)
NUMBERS = [0.0, -0.0, 1.0, math.inf, -math.inf, 1e300, 101.0, -300.0, 1e16, 0, 1, 21, 10**400, -(10**400)]
SAID = st.builds(
    Report,
    st.sampled_from(["lamp", "lamp", "plain", "gone"]),
    st.sampled_from(["on", "t", "mode", "nobody", "h", "n", "p", "b"]),
    st.one_of(
        st.none(),
        st.booleans(),
        st.floats(),
        st.floats(-20.0, 120.0),
        st.integers(-20, 120),
        st.sampled_from(NUMBERS),
        st.tuples(st.floats(0, 1), st.floats(0, 1)),
        st.sampled_from(["a", "b", "on", "off", "21", "heat", "press"]),
    ),
    st.one_of(
        st.none(),
        st.integers(NOW - 5, NOW + 5),
        st.sampled_from([0, 946_684_800_000, NOW + 61_000, NOW + 10**9, 10**30, -(10**30)]),
    ),
    echo=st.sampled_from([False, False, False, True]),
    retained=st.sampled_from([False, False, True]),
)


def handed_over(said: list[Report], turns: list[int], table: ReportTable) -> Iterator[ReportColumns]:
    """A stream of reports in columns of these sizes."""
    left = list(said)
    for size in turns:
        yield ReportColumns.of(left[:size], table)
        left = left[size:]
    yield ReportColumns.of(left, table)


@given(st.lists(SAID, max_size=40), st.lists(st.integers(1, 20), max_size=40))
@example([Report("plain", "n", 10**400)], [1])
def test_however_a_stream_of_reports_is_cut_into_columns_the_same_comes_of_it(
    said: list[Report], turns: list[int]
) -> None:
    bench = Bench()
    bench.now = NOW
    bench.line.route(LINK.id, [PLAIN])
    alone = OneByOne(bench, (*bench.device.points, *PLAIN.points))
    for report in said:
        alone.hear(report)
    for columns in handed_over(said, turns, ReportTable()):
        bench.line.report(LINK.id, columns)
    assert repr(bench.kept) == repr(alone.kept)
    assert replace(bench.line.counts, batches=0) == alone.counts
    assert bench.line.strings.texts == alone.words.texts
    assert repr(bench.problems) == repr(alone.problems)
    for column in ("value", "time_ms", "quality", "dated_ms"):
        np.testing.assert_array_equal(getattr(bench.line.state, column), getattr(alone.state, column))
    seen = newest(bench.inbox)
    for point in (*bench.device.points, *PLAIN.points):
        row = alone.state.index(point.id)
        if row is not None and point.id in seen:
            np.testing.assert_array_equal(seen[point.id].value, alone.state.value[row])
            assert seen[point.id].time_ms == alone.state.time_ms[row]


@given(st.lists(SAID, max_size=20))
def test_columns_say_what_the_reports_say(said: list[Report]) -> None:
    columns = ReportColumns.of(said, ReportTable())
    told = [replace(one, time_ms=one.time_ms if 0 <= (one.time_ms or -1) < 1 << 62 else None) for one in columns]
    wanted = [replace(one, time_ms=one.time_ms if 0 <= (one.time_ms or -1) < 1 << 62 else None) for one in said]
    assert repr(told) == repr(wanted)
    assert columns.reporting_devices() == {one.uid for one in said if not one.retained}


def test_a_value_that_is_repeated_in_the_turn_in_which_it_was_said_is_no_news(bench: Bench) -> None:
    bench.say("on", True)
    bench.waiting.append(Report("lamp", "on", True, retained=True))
    bench.turn()
    assert [one.quality for one in bench.kept] == [Quality.GOOD]
    assert bench.line.counts.unsaid == 1


def test_columns_follow_a_new_description(bench: Bench) -> None:
    said = ReportColumns.of([Report("lamp", "t", 32.0)], bench.table)
    bench.line.report(LINK.id, said)
    assert [found.value for found in bench.kept] == [0.0]
    bench.line.route(LINK.id, [], [bench.device])
    bench.line.report(LINK.id, said)
    assert len(bench.kept) == 1
    assert bench.line.counts.strange == 1


def test_a_session_that_begins_anew_numbers_its_points_anew(bench: Bench) -> None:
    for keys in (("t", "on"), ("on", "t", "mode")):
        bench.line.report(LINK.id, ReportColumns.of([Report("lamp", key, 1.0) for key in keys], ReportTable()))
    bench.line.report(LINK.id, ReportColumns.of([Report("lamp", "on", False)], bench.table))
    bench.line.report(LINK.id, ReportColumns.of([Report("lamp", "t", 32.0)], bench.table))
    assert (bench.value("on"), bench.value("t")) == (0.0, 0.0)
