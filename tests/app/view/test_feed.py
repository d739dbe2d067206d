"""The feed brings what the engine told to the screen: merged, in order, never late, never blocking."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from functools import partial

import pytest
from fake_api import NOW_MS, FakeDesk, home
from PySide6.QtCore import QCoreApplication, QObject
from shiboken6 import delete

from app.i18n import what
from app.selection import Selection
from app.view.feed import LEAST_CHANGES, MAX_PROBLEMS, Feed
from app.view.window import MainWindow
from tests.english import plain
from twin.model.batch import Batch
from twin.model.change import DeviceOnline, LinkChanged, ProblemRaised, TwinChanged
from twin.model.command import CommandState
from twin.model.ids import LinkId
from twin.model.observation import Observation, Quality
from twin.model.problem import ProblemError
from twin.model.twin import Twin


def make(api: FakeDesk) -> Feed:
    """A feed driven by hand."""
    return Feed(api, api.inbox, Selection())


def test_a_thousand_values_of_one_point_cost_one_row(app: QObject) -> None:
    api = FakeDesk()
    feed, rows = make(api), []
    feed.rows.connect(lambda changed: rows.append(changed.tolist()))
    point = api.twin.points[0]
    for i in range(1000):
        api.inbox.put(Batch.of([Observation(point.id, NOW_MS + i, float(i % 2))]))
    feed.tick()
    assert rows == [[0]]
    assert feed.value(point) == (True, Quality.GOOD, NOW_MS + 999)


def test_twenty_thousand_values_a_second_leave_the_frame_its_time(app: QObject) -> None:
    api = FakeDesk()
    feed = make(api)
    points = api.twin.points
    spent: list[float] = []
    for frame in range(20):
        api.inbox.put(Batch.of(Observation(points[i % len(points)].id, NOW_MS + frame, 1.0) for i in range(333)))
        started = time.process_time()
        feed.tick()
        spent.append(time.process_time() - started)
    assert sorted(spent)[len(spent) // 2] < 0.008


def test_values_of_a_point_that_came_later_are_shown(app: QObject) -> None:
    api = FakeDesk(twin=Twin())
    feed = make(api)
    twin = home()
    api.twin = twin
    api.inbox.put_change(TwinChanged(twin))
    api.inbox.put(Batch.of([Observation(twin.points[0].id, NOW_MS, 1.0)]))
    feed.tick()
    assert feed.value(twin.points[0])[0] is True


def test_a_past_moment_is_shown_while_the_present_goes_on_behind_it(app: QObject) -> None:
    api = FakeDesk()
    api.fill()
    feed = make(api)
    feed.tick()
    sensor = api.twin.find_point("Climate sensor/temperature")
    assert sensor is not None
    now = feed.value(sensor)[0]
    feed.selection.change(moment_ms=NOW_MS - 3_600_000)
    feed.tick()
    past, _, at = feed.value(sensor)
    assert past != now
    assert at == NOW_MS - 3_600_000
    api.inbox.put(Batch.of([api.report(sensor, 30.0, NOW_MS + 5)]))
    feed.tick()
    assert feed.value(sensor)[0] == past
    feed.selection.change(moment_ms=None)
    feed.tick()
    assert feed.value(sensor)[2] == NOW_MS + 5


def test_an_answer_for_a_moment_that_is_no_longer_wanted_is_dropped(app: QObject) -> None:
    api = FakeDesk()
    late: Future[object] = Future()
    answer = api.moments([1000])
    api.moments = lambda _: late  # type: ignore[method-assign, assignment, return-value]
    feed = make(api)
    feed.selection.change(moment_ms=1000)
    feed.selection.change(moment_ms=None)
    late.set_result(answer.result())
    feed.tick()
    assert feed.past is None


def test_problems_are_kept_but_not_without_end(app: QObject) -> None:
    api = FakeDesk()
    feed = make(api)
    for i in range(MAX_PROBLEMS + 50):
        api.inbox.put_change(ProblemRaised(plain(str(i), "", code="x")))
    feed.tick()
    assert len(feed.problems) == MAX_PROBLEMS
    assert what(feed.problems[-1]) == str(MAX_PROBLEMS + 49)


def test_after_the_end_nothing_is_called_back(app: QObject) -> None:
    api = FakeDesk()
    feed, called = make(api), []
    waiting: Future[int] = Future()
    feed.when(waiting, called.append)
    feed.stop()
    waiting.set_result(1)
    feed.tick()
    assert not called


def test_problems_and_commands_belong_to_their_project_and_go_with_it(
    window: MainWindow, api: FakeDesk, live: Callable[..., None]
) -> None:
    lamp = api.twin.find_device("Floor lamp")
    assert lamp is not None
    window.feed.order(lamp.points[0].id, "off")
    api.inbox.put_change(ProblemRaised(plain("The broker is gone", "Start it", code="x")))
    live(window)
    assert len(window.feed.problems) == len(window.feed.commands) == 1
    api.path = "cottage.oikos"
    api.inbox.put_change(ProblemRaised(plain("The file has changed", "Look at it", code="y")))
    live(window)
    assert [problem.code for problem in window.feed.problems] == ["y"]
    assert len(window.feed.commands) == 0


def test_an_answer_to_a_widget_that_is_gone_is_let_go(app: QObject) -> None:
    feed, heard = make(FakeDesk()), list[str]()

    class Owner(QObject):
        def take(self, answer: str) -> None:
            heard.append(f"{self.objectName()}{answer}")

    def about(thing: QObject) -> Callable[[str], None]:
        return lambda answer: heard.append(thing.objectName() + answer)

    def named(thing: QObject, answer: str) -> None:
        heard.append(thing.objectName() + answer)

    def through(take: Callable[[str], None]) -> Callable[[str], None]:
        return lambda answer: take(answer)

    def ways(owner: Owner) -> list[Callable[[str], None]]:
        return [owner.take, about(owner), partial(owner.take), partial(named, owner), through(owner.take)]

    here, gone = Owner(), Owner()
    for done in (*ways(here), *ways(gone)):
        answer: Future[str] = Future()
        feed.when(answer, done)
        answer.set_result("!")
    delete(gone)
    feed.tick()
    assert heard == ["!"] * 5
    assert not feed.problems
    assert feed.is_quiet()


@pytest.mark.parametrize("with_failed", [False, True])
def test_a_refusal_whose_widget_is_gone_is_shown_as_a_problem(app: QObject, with_failed: bool) -> None:
    feed, heard = make(FakeDesk()), list[object]()

    class Owner(QObject):
        def take(self, answer: object) -> None:
            heard.append(answer)

    gone, answer = Owner(), Future[str]()
    feed.when(answer, gone.take, gone.take if with_failed else None)
    answer.set_exception(ProblemError(plain("The gateway refused", "Log in", code="x")))
    delete(gone)
    feed.tick()
    assert [problem.code for problem in feed.problems] == ["x"]
    assert heard == []


@pytest.mark.expects_log
def test_a_callback_that_fails_is_a_problem_and_the_other_answers_of_its_turn_arrive(app: QObject) -> None:
    feed, heard = make(FakeDesk()), list[str]()

    def fails(_: object) -> None:
        raise RuntimeError("lost")

    answers: list[Future[str]] = [Future() for _ in range(4)]
    feed.when(answers[0], heard.append)
    feed.when(answers[1], fails)
    feed.when(answers[2], heard.append, fails)
    feed.when(answers[3], heard.append)
    for answer in (answers[0], answers[1], answers[3]):
        answer.set_result("!")
    answers[2].set_exception(ValueError("no answer"))
    feed.tick()
    assert heard == ["!", "!"]
    assert [problem.code for problem in feed.problems] == ["oikos.mistake"] * 2
    assert feed.is_quiet()


def test_thousands_of_devices_that_go_together_do_not_stop_the_window(window: MainWindow, api: FakeDesk) -> None:
    devices = [device.id for device in api.twin.devices]
    for n in range(6000):
        api.inbox.put_change(DeviceOnline(devices[n % len(devices)], n % 7 > 0, NOW_MS + n))
    longest = 0.0
    for _ in range(2000):
        began = time.thread_time()
        window.feed.tick()
        longest = max(longest, time.thread_time() - began)
        if window.feed.is_quiet():
            break
    assert window.feed.is_quiet()
    assert longest < 0.1
    assert window.feed.online == {
        device: (5999 - (5999 - n) % len(devices)) % 7 > 0 for n, device in enumerate(devices)
    }


def test_a_screen_that_slept_too_long_reads_everything_anew_and_claims_nothing_of_what_it_missed(
    app: QObject, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = FakeDesk(prompt=False)
    feed = make(api)
    lamp = api.twin.points[0]
    feed.raise_problem(plain("Old", code="old"))
    api.inbox.put_change(LinkChanged(LinkId("gone"), "online"))
    feed.order(lamp.id, "on")
    feed.tick()
    assert feed.command_statuses.get(lamp.id) is not None
    monkeypatch.setattr("app.inbox.MOST_CHANGES", 50)
    for number in range(100):
        api.inbox.put_change(LinkChanged(LinkId(str(number)), "online"))
    api.twin = home()
    feed.tick()
    feed.tick()
    assert [what for what, _ in api.asked].count("resync") == 1
    assert feed.twin is api.twin
    assert (list(feed.problems), feed.links) == ([], {})
    assert feed.command_statuses.get(lamp.id) is None
    assert [one.state for gesture in feed.commands for one in gesture.commands] == [CommandState.SENT]


def test_a_screen_to_which_more_comes_than_it_can_show_keeps_no_more_than_one_that_sleeps(
    app: QObject, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = FakeDesk(prompt=False)
    feed = make(api)
    feed.tick()
    monkeypatch.setattr("app.inbox.MOST_CHANGES", 500)
    monkeypatch.setattr("app.view.feed.CHANGES_S", 0.0)
    for frame in range(40):
        for number in range(LEAST_CHANGES * 2):
            api.inbox.put_change(LinkChanged(LinkId(f"{frame}.{number}"), "online"))
        feed.tick()
        assert len(feed._changes) <= 500
    assert "resync" in [what for what, _ in api.asked]


def test_an_answer_from_another_thread_does_not_wait_for_the_next_frame_and_comes_after_the_news(app: QObject) -> None:
    api = FakeDesk()
    feed, heard, future = make(api), list[str](), Future[str]()
    feed.changed.connect(lambda change: heard.append(type(change).__name__))
    feed.when(future, heard.append)
    api.inbox.put_change(ProblemRaised(plain("It fell", "Lift it")))
    thread = threading.Thread(target=future.set_result, args=("answer",))
    thread.start()
    thread.join()
    assert heard == []  # never on that thread
    QCoreApplication.processEvents()
    assert heard == ["ProblemRaised", "answer"]


def test_an_answer_after_the_window_has_closed_is_let_go(app: QObject) -> None:
    feed, heard, future = make(FakeDesk()), list[str](), Future[str]()
    feed.when(future, heard.append)
    feed.stop()
    future.set_result("late")
    QCoreApplication.processEvents()
    delete(feed)
    assert heard == []


def test_a_scene_that_is_previewed_has_a_row_for_a_point_that_comes_meanwhile(app: QObject) -> None:
    twin = home()
    api = FakeDesk(twin=replace(twin, devices=twin.devices[:-1]))
    feed = make(api)
    feed.preview({api.twin.points[0].id: 1.0})
    api.twin = twin
    api.inbox.put_change(TwinChanged(twin))
    feed.tick()
    assert feed.state is not feed.live
    assert len(feed.state) == len(feed.live)
    assert feed.value(twin.devices[-1].points[0])[0] is None
    assert feed.value(api.twin.points[0])[0] is True
