"""Past moments arrive one at a time, the newest wish first; comparing goes on whatever happens to the twin."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace

import numpy as np
import pytest
from fake_api import NOW_MS, FakeDesk

from app.i18n import what
from app.selection import Selection
from app.view.feed import Feed
from app.view.history_cursor import SETTLED_MS, STRETCH
from tests.english import plain
from twin.model.change import TwinChanged
from twin.model.history_series import PastMoment
from twin.model.observation import Quality
from twin.model.problem import ProblemError

HOUR = 3_600_000


class SlowDesk(FakeDesk):
    """Answers moments when the test says so; every value is the number of hours before now."""

    def __init__(self) -> None:
        super().__init__()
        self.fill()
        self.late: list[tuple[list[int], Future[list[PastMoment]]]] = []

    def moments(self, times_ms: Sequence[int]) -> Future[list[PastMoment]]:
        future: Future[list[PastMoment]] = Future()
        self.late.append((list(times_ms), future))
        return future

    def answer(self) -> list[int]:
        """Answers the oldest question; what it was."""
        times, future = self.late.pop(0)
        future.set_result([self.then(time_ms) for time_ms in times])
        return times

    def then(self, time_ms: int) -> PastMoment:
        ids = tuple(point.id for point in self.twin.points)
        value = np.full(len(ids), (NOW_MS - time_ms) / HOUR)
        return PastMoment(time_ms, ids, value, np.full(len(ids), Quality.GOOD, np.uint8))


@pytest.fixture
def slow(app: object) -> SlowDesk:
    return SlowDesk()


@pytest.fixture
def feed(slow: SlowDesk) -> Feed:
    made = Feed(slow, slow.inbox, Selection())
    made.tick()
    return made


def pick(feed: Feed, **fields: object) -> None:
    feed.selection.change(**fields)
    feed.tick()


def test_of_many_moments_that_are_dragged_over_the_first_and_the_last_are_read(feed: Feed, slow: SlowDesk) -> None:
    for hours in range(1, 50):
        pick(feed, moment_ms=NOW_MS - hours * HOUR)
    assert slow.answer() == [NOW_MS - HOUR]
    feed.tick()
    assert feed.state.value[0] == 1.0, "what was on its way is shown meanwhile"
    feed.tick()
    assert slow.answer() == [NOW_MS - 49 * HOUR]
    feed.tick()
    assert feed.state.value[0] == 49.0
    feed.tick()
    assert not slow.late
    assert feed.moments.idle


def test_a_moment_that_was_read_lately_is_shown_at_once(feed: Feed, slow: SlowDesk) -> None:
    pick(feed, moment_ms=NOW_MS - 2 * HOUR)
    slow.answer()
    feed.tick()
    pick(feed, moment_ms=None)
    pick(feed, moment_ms=NOW_MS - 2 * HOUR)
    assert feed.past is not None
    assert not slow.late


def test_the_last_minutes_are_read_again_because_reports_may_be_late(feed: Feed, slow: SlowDesk) -> None:
    young = NOW_MS - SETTLED_MS // 2
    for _ in range(2):
        pick(feed, moment_ms=young)
        assert slow.answer() == [young]
        feed.tick()
        pick(feed, moment_ms=None)


def test_nothing_is_kept_without_end(feed: Feed, slow: SlowDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.view.history_cursor.KEPT_BYTES", 3 * 9 * len(feed.live))
    for hours in range(1, 9):
        pick(feed, moment_ms=NOW_MS - hours * HOUR)
        slow.answer()
        feed.tick()
    pick(feed, moment_ms=NOW_MS - 7 * HOUR)
    assert not slow.late
    pick(feed, moment_ms=NOW_MS - HOUR)
    assert slow.late


def test_back_in_the_present_a_late_answer_is_dropped(feed: Feed, slow: SlowDesk) -> None:
    pick(feed, moment_ms=NOW_MS - HOUR)
    pick(feed, moment_ms=None)
    slow.answer()
    feed.tick()
    assert feed.past is None


def test_moments_that_cannot_be_read_are_one_problem_and_the_next_is_tried(feed: Feed, slow: SlowDesk) -> None:
    for hours in (1, 2, 3):
        pick(feed, moment_ms=NOW_MS - hours * HOUR)
        slow.late.pop()[1].set_exception(ProblemError(plain("Disk gone", "", code="x")))
        feed.tick()
        feed.tick()
    assert [what(problem) for problem in feed.problems] == ["Disk gone"]
    pick(feed, moment_ms=NOW_MS - 4 * HOUR)
    slow.answer()
    feed.tick()
    assert feed.state.value[0] == 4.0


def test_only_rows_that_differ_from_the_moment_before_are_news(feed: Feed, slow: SlowDesk) -> None:
    pick(feed, moment_ms=NOW_MS - HOUR)
    slow.answer()
    feed.tick()
    rows: list[np.ndarray] = []
    feed.rows.connect(rows.append)
    pick(feed, moment_ms=NOW_MS - HOUR - 1)
    found = slow.then(NOW_MS - HOUR)
    found.value[3] = 7.0
    slow.late.pop()[1].set_result([replace(found, time_ms=NOW_MS - HOUR - 1)])
    feed.tick()
    assert [row.tolist() for row in rows] == [[3]]


# dragging

MIN = 60_000


def test_with_a_moment_those_around_it_are_read_and_then_cost_nothing(feed: Feed, slow: SlowDesk) -> None:
    feed.moments.stride_ms = MIN
    start = NOW_MS - 5 * HOUR
    pick(feed, moment_ms=start)
    assert slow.answer() == [start], "first of all a picture"
    feed.tick()
    feed.tick()
    times = slow.answer()
    assert times == sorted(times)
    assert len(times) == STRETCH
    assert min(times) < start < max(times)
    feed.tick()
    pick(feed, moment_ms=start + 7 * MIN)
    assert feed.state.value[0] == pytest.approx(5 - 7 / 60)


def test_who_drags_one_way_finds_the_next_stretch_read_already(feed: Feed, slow: SlowDesk) -> None:
    feed.moments.stride_ms = MIN
    at = NOW_MS - 9 * HOUR
    missed = 0
    for _ in range(6 * STRETCH):
        pick(feed, moment_ms=at)
        missed += not feed.moments.idle
        if slow.late:
            times = slow.answer()
            assert len(times) <= STRETCH + 1
        feed.tick()
        feed.tick()
        assert feed.state.value[0] == pytest.approx((NOW_MS - at) / HOUR)
        at += MIN
    assert missed <= 2, "only the beginning was waited for"
    assert not feed.problems


def test_of_a_stretch_on_its_way_the_nearest_moment_is_shown_meanwhile(feed: Feed, slow: SlowDesk) -> None:
    feed.moments.stride_ms = MIN
    feed.moments._slow = False
    pick(feed, moment_ms=NOW_MS - 5 * HOUR)
    pick(feed, moment_ms=NOW_MS - 9 * HOUR)
    nearest = min(slow.answer())
    feed.tick()
    assert feed.state.value[0] == pytest.approx((NOW_MS - nearest) / HOUR)
    assert not feed.moments.idle


def test_where_stretches_take_long_every_other_moment_comes_alone_and_soon(feed: Feed, slow: SlowDesk) -> None:
    feed.moments.stride_ms = MIN
    clock = [0.0]
    feed.moments._clock = lambda: clock[0]
    lengths: list[int] = []
    for i in range(4):
        pick(feed, moment_ms=NOW_MS - (5 + 10 * i) * HOUR)
        clock[0] += 2.0
        lengths.append(len(slow.answer()))
        feed.tick()
        if slow.late:  # what lies ahead
            slow.answer()
            feed.tick()
    assert lengths[0] == 1
    assert lengths.count(1) >= 2
    assert feed.moments._slow


# comparing


def compared(feed: Feed, slow: SlowDesk, *, compare_ms: int = NOW_MS - 6 * HOUR) -> None:
    pick(feed, compare_ms=compare_ms)
    while slow.late:
        slow.answer()
        feed.tick()
        feed.tick()


def test_the_present_is_compared_with_a_moment_and_goes_on_being_the_present(feed: Feed, slow: SlowDesk) -> None:
    assert feed.compared is None
    compared(feed, slow)
    assert feed.compared is not None
    assert (feed.compared.compare_ms, feed.compared.shown_ms) == (NOW_MS - 6 * HOUR, None)
    assert feed.compared.state.value[0] == 6.0
    assert feed.state is feed.live


def test_both_moments_can_move_and_stopping_shows_values_again(feed: Feed, slow: SlowDesk) -> None:
    compared(feed, slow)
    pick(feed, moment_ms=NOW_MS - 2 * HOUR)
    slow.answer()
    feed.tick()
    assert feed.compared is not None
    assert feed.compared.shown_ms == NOW_MS - 2 * HOUR
    compared(feed, slow, compare_ms=NOW_MS - HOUR)
    assert feed.compared.backwards
    rows: list[np.ndarray] = []
    feed.rows.connect(rows.append)
    pick(feed, compare_ms=None)
    assert feed.compared is None
    assert len(rows[-1]) == len(feed.live)
    assert feed.state.value[0] == 2.0


def test_a_comparison_outlives_a_change_of_the_twin(feed: Feed, slow: SlowDesk) -> None:
    compared(feed, slow)
    old = len(feed.live)
    device = slow.twin.devices[0]
    again = tuple(replace(point, id=point.id + "-b") for point in device.points)
    slow.twin = replace(slow.twin, devices=(*slow.twin.devices, replace(device, id=device.id + "-b", points=again)))
    slow.inbox.put_change(TwinChanged(slow.twin))
    feed.tick()
    assert feed.compared is not None
    assert len(feed.compared.state) == len(feed.live) == old + len(again), "rows fit before the answer is there"
    assert np.isnan(feed.compared.state.value[-1])
    feed.tick()
    slow.answer()
    feed.tick()
    assert feed.compared.state.value[-1] == 6.0


def test_a_late_other_moment_is_dropped_when_nothing_is_compared_any_more(feed: Feed, slow: SlowDesk) -> None:
    pick(feed, compare_ms=NOW_MS - HOUR)
    pick(feed, compare_ms=None)
    slow.answer()
    feed.tick()
    assert feed.compared is None
