"""What a panel shows of the twin is asked for while it is stale, one question at a time, and never shown of an earlier twin."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from typing import override

import pytest
from fake_api import FakeDesk
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from turns import run_turns

from app.view.control.widgets import Label, text_label
from app.view.panel.card_list import CardList, PanelQuery
from app.view.panel.panel_base import CardFrame, scrolled
from app.view.turn_queue import TurnQueue
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


class SqueezedPaints(QObject):
    """Counts the paints of wrapped labels, and those of labels that are lower than their text."""

    def __init__(self) -> None:
        super().__init__()
        self.paints = self.squeezed = 0

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Paint and isinstance(watched, Label) and watched.wordWrap():
            self.paints += 1
            self.squeezed += watched.height() < watched.heightForWidth(watched.width())
        return False


def test_a_text_of_a_card_is_never_painted_cut_also_while_more_cards_are_being_made(qtbot: QtBot) -> None:
    shown, inside, turns, watcher = QWidget(), QWidget(), TurnQueue(), SqueezedPaints()
    qtbot.addWidget(shown)
    shown.resize(320, 700)
    column, cards = QVBoxLayout(inside), QVBoxLayout()
    column.addLayout(cards)
    column.addStretch(1)
    QVBoxLayout(shown).addWidget(scrolled(inside))
    shown.show()
    qtbot.waitExposed(shown)

    def card(number: int) -> QWidget:
        made = CardFrame()
        made.column.addWidget(
            text_label(f"Room {number} " + "was too cold on each of the days " * 4, "faint", wrap=True)
        )
        return made

    application = QApplication.instance()
    assert application is not None
    application.installEventFilter(watcher)
    found = CardList(cards, turns)
    found.show({number: partial(card, number) for number in range(40)})
    qtbot.waitUntil(lambda: found.holds(39) and turns.is_empty, timeout=60_000)
    application.removeEventFilter(watcher)
    assert watcher.paints > 5
    assert watcher.squeezed == 0
