"""What a panel shows of the twin is asked for while it is stale, one question at a time, and never shown of an earlier twin."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace

import pytest
from fake_api import FakeDesk
from turns import run_turns

from app.view.panel.card_list import PanelQuery
from app.view.window import MainWindow
from tests.english import words
from twin.model.change import TwinChanged
from twin.model.problem import Problem, ProblemError
from twin.model.twin import Twin


class Answers:
    """Answers that a test gives when it wants; a question is a future that waits."""

    def __init__(self) -> None:
        self.questions: list[tuple[Twin, Future[str]]] = []
        self.shown: list[str] = []

    def ask(self, twin: Twin) -> Future[str]:
        future = Future[str]()
        self.questions.append((twin, future))
        return future

    def show(self, answer: str) -> None:
        self.shown.append(answer)


@pytest.fixture
def window(make_window: Callable[[FakeDesk], MainWindow], api: FakeDesk) -> MainWindow:
    return make_window(api)


def settle(window: MainWindow) -> None:
    window.feed.tick()
    run_turns(window)


def test_one_question_is_under_way_and_an_answer_that_is_true_is_not_asked_for_again(window: MainWindow) -> None:
    answers = Answers()
    query = PanelQuery(window.feed, answers.ask, answers.show)
    query.refresh()
    query.refresh()
    answers.questions[0][1].set_result("a")
    settle(window)
    query.refresh()
    assert (len(answers.questions), answers.shown) == (1, ["a"])


def test_what_changed_while_a_question_was_under_way_is_asked_for_again(window: MainWindow) -> None:
    answers = Answers()
    query = PanelQuery(window.feed, answers.ask, answers.show)
    query.refresh()
    query.invalidate()
    query.refresh()
    assert len(answers.questions) == 1
    answers.questions[0][1].set_result("a")
    settle(window)
    query.refresh()
    assert len(answers.questions) == 2


def test_an_answer_about_an_earlier_twin_is_not_shown_and_is_asked_for_again(window: MainWindow, api: FakeDesk) -> None:
    answers = Answers()
    query = PanelQuery(window.feed, answers.ask, answers.show)
    query.refresh()
    api.twin = replace(api.twin, devices=api.twin.devices[1:])
    api.inbox.put_change(TwinChanged(api.twin, words("One device less")))
    settle(window)
    answers.questions[0][1].set_result("of what is gone")
    settle(window)
    assert answers.shown == []
    query.refresh()
    answers.questions[1][1].set_result("of what is there")
    settle(window)
    assert answers.shown == ["of what is there"]
    assert answers.questions[1][0] is window.feed.twin


def test_a_question_without_an_answer_is_a_problem_and_can_be_asked_again(window: MainWindow) -> None:
    answers = Answers()
    query = PanelQuery(window.feed, answers.ask, answers.show)
    query.refresh()
    answers.questions[0][1].set_exception(ProblemError(Problem(code="store.locked")))
    settle(window)
    assert [one.code for one in window.feed.problems] == ["store.locked"]
    query.refresh()
    assert len(answers.questions) == 1, "not again and again by itself"
    query.invalidate()
    query.refresh()
    assert len(answers.questions) == 2
