"""The dialog of a rule's runs: each with its steps, newest first, and starts that came to none."""

from __future__ import annotations

import pytest
from fake_api import FakeDesk
from PySide6.QtWidgets import QLabel
from turns import run_turns

from app.view.i18n import set_language
from app.view.panel.rule_runs import MOST_RUNS, RuleRunsDialog, runs_of
from app.view.window import MainWindow
from twin.model.rule_status import RuleStatus, RunLogEntry
from twin.model.text import Text

NOW = 1_764_000_000_000


def entry(run: int, code: str, at_ms: int) -> RunLogEntry:
    return RunLogEntry(time_ms=at_ms, rule="warm", run=run, reason=Text(code))


def opened(window: MainWindow, api: FakeDesk, *oldest_first: RunLogEntry) -> RuleRunsDialog:
    api.run_rows = tuple(reversed(oldest_first))
    made = RuleRunsDialog(
        window, window.feed, RuleStatus(id="warm", kind="automation", title=Text("edit.undo"), enabled=True)
    )
    made.show()
    window.feed.tick()
    run_turns(window)
    return made


def texts(widget: object) -> list[str]:
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget)]  # type: ignore[attr-defined]


def test_each_run_is_a_card_with_its_steps_in_their_order_and_the_newest_run_comes_first(
    window: MainWindow, api: FakeDesk
) -> None:
    steps = [entry(1, "run.started", NOW), entry(1, "run.finished", NOW + 2000), entry(2, "run.started", NOW + 60_000)]
    dialog = opened(window, api, *steps)
    assert [len(card.steps) for card in dialog.cards] == [1, 2]
    first, second = dialog.cards[1].steps
    assert first < second, "times"
    assert dialog.cards[1].ended.text() == second.split("  ")[1].capitalize()


def test_every_step_of_a_long_run_is_shown(window: MainWindow, api: FakeDesk) -> None:
    dialog = opened(window, api, *(entry(1, "run.finished", NOW + 1000 * n) for n in range(100)))
    (card,) = dialog.cards
    shown = "\n".join(texts(card)).split("\n")
    assert [step for step in card.steps if step not in shown] == []


def test_runs_that_overlap_are_told_apart_and_refused_starts_stand_alone() -> None:
    newest_first = [
        entry(2, "run.finished", 5), entry(0, "run.refused", 4), entry(1, "run.finished", 3), entry(2, "run.started", 2),
        entry(0, "run.refused", 1), entry(1, "run.started", 0),
    ]  # fmt: skip
    found = [[(one.run, one.time_ms) for one in steps] for steps in runs_of(newest_first)]
    assert found == [[(2, 2), (2, 5)], [(0, 4)], [(1, 0), (1, 3)], [(0, 1)]]


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_of_a_rule_that_never_ran_that_is_said(window: MainWindow, api: FakeDesk, language: str) -> None:
    set_language(language)
    dialog = opened(window, api)
    assert not dialog.cards
    assert ("It has not run yet." in texts(dialog)) is (language == "en")


def test_of_hundreds_of_runs_the_newest_have_a_card(window: MainWindow, api: FakeDesk) -> None:
    dialog = opened(window, api, *(entry(run, "run.finished", NOW + run) for run in range(1, 2 * MOST_RUNS)))
    assert len(dialog.cards) == MOST_RUNS


def test_a_dialog_that_is_closed_while_its_cards_are_made_makes_no_more(window: MainWindow, api: FakeDesk) -> None:
    api.run_rows = tuple(entry(run, "run.finished", NOW + run) for run in range(1, 30))
    made = RuleRunsDialog(
        window, window.feed, RuleStatus(id="warm", kind="automation", title=Text("edit.undo"), enabled=True)
    )
    made.show()
    window.feed.tick()
    made.reject()
    run_turns(window)
    assert not made.cards


def test_at_a_past_moment_only_what_had_run_is_asked_for(
    window: MainWindow, api: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    log = api.run_log
    monkeypatch.setattr(
        api, "run_log", lambda begin, end, most, rule: (asked.append(end), log(begin, end, most, rule))[1]
    )
    window.feed.selection.change(moment_ms=NOW)
    opened(window, api)
    assert asked == [NOW + 1]
