"""Home and away in the top bar: shown only where it is used, unknown as unknown, changed by its menu."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace

from fake_api import FakeDesk, done

from app.view.panel.home_badge import LOOK_TICKS, HomeBadge
from app.view.window import MainWindow
from twin.model.definition import Definition
from twin.model.home_presence import HomeMode, HomeStatus
from twin.model.problem import Problem, ProblemError

type Make = Callable[[FakeDesk], MainWindow]


def badge(make_window: Make, api: FakeDesk, status: HomeStatus | None) -> HomeBadge:
    if status is not None:
        api.answers["home_presence"] = done(status)
    window = make_window(api)
    window.show()
    found = window.top_bar.home
    found.look()
    tick(window)
    return found


def tick(window: MainWindow, times: int = 8) -> None:
    for _ in range(times):
        window.feed.tick()


def asked(api: FakeDesk) -> list[tuple[object, ...]]:
    return [args for what, args in api.asked if what == "set_home_presence"]


def test_it_is_hidden_where_nobody_uses_it(make_window: Make, api: FakeDesk) -> None:
    assert badge(make_window, api, HomeStatus(at_home=True)).isHidden()


def test_what_was_set_by_hand_is_shown(make_window: Make, api: FakeDesk) -> None:
    found = badge(make_window, api, HomeStatus(mode=HomeMode.AWAY, at_home=False))
    assert not found.isHidden()
    assert found.text().startswith("Away")
    assert found.choices[HomeMode.AWAY].isChecked()


def test_an_automation_that_reads_it_shows_it_and_unknown_is_unknown(make_window: Make, api: FakeDesk) -> None:
    reads = Definition(id="a", title="A", enabled=True, body='{"triggers": [{"key": "home:presence"}]}')
    api.twin = replace(api.twin, definitions=replace(api.twin.definitions, automations=(reads,)))
    found = badge(make_window, api, HomeStatus())
    assert not found.isHidden()
    assert found.text().startswith("Not known")


def test_the_menu_sets_it_and_the_answer_is_shown(make_window: Make, api: FakeDesk) -> None:
    found = badge(make_window, api, HomeStatus(mode=HomeMode.HOME, at_home=True))
    api.answers["home_presence"] = done(HomeStatus(mode=HomeMode.AWAY, at_home=False))
    found.choices[HomeMode.AWAY].trigger()
    assert asked(api) == [("away",)]
    window = found.window()
    assert isinstance(window, MainWindow)
    tick(window)
    assert found.choices[HomeMode.AWAY].isChecked()
    assert found.text().startswith("Away")


def test_an_access_that_may_not_ask_sees_nothing_and_is_told_of_no_problem(make_window: Make, api: FakeDesk) -> None:
    refused = Future[object]()
    refused.set_exception(ProblemError(Problem(code="door.scope", args={"name": "home_presence"})))
    api.answers["home_presence"] = refused
    found = badge(make_window, api, None)
    window = found.window()
    assert isinstance(window, MainWindow)
    tick(window, LOOK_TICKS)
    assert found.isHidden()
    assert not window.feed.problems
