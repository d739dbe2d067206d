"""The status bar tells that the engine is lost, in place of links whose states are not known then."""

from __future__ import annotations

import pytest
from fake_api import FakeDesk
from turns import run_turns

from app.view.panel.status_bar import LOST, StatusBar
from app.view.window import MainWindow
from twin.model.change import ProblemRaised, ProblemsSolved
from twin.model.problem import Problem


def tell(window: MainWindow, api: FakeDesk, change: ProblemRaised | ProblemsSolved) -> StatusBar:
    api.inbox.put_change(change)
    window.feed.tick()
    run_turns(window)
    bar = window.parts["status"]
    assert isinstance(bar, StatusBar)
    return bar


@pytest.mark.parametrize("code", sorted(LOST))
def test_a_lost_engine_is_told_until_it_answers_again(window: MainWindow, api: FakeDesk, code: str) -> None:
    problem = Problem(code=code, where="https://house.local:8443", args={"name": "Vera", "fingerprint": "AA:BB"})
    bar = tell(window, api, ProblemRaised(problem))
    assert bar.lost.isVisible()
    assert bar.lost.text()
    assert bar.lost.toolTip().startswith(bar.lost.text()), "and what to do"
    assert not any(mark.isVisible() for mark in bar.marks.values())
    bar = tell(window, api, ProblemsSolved((problem,)))
    assert not bar.lost.isVisible()
    assert not bar.lost_dot.isVisible()
    assert all(mark.isVisible() for mark in bar.marks.values())


def test_other_problems_are_no_loss_of_the_engine(window: MainWindow, api: FakeDesk) -> None:
    bar = tell(window, api, ProblemRaised(Problem(code="notify.full", args={"n": 5})))
    assert not bar.lost.isVisible()
