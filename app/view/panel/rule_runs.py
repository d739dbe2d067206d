"""Dialog with the runs of a rule, newest first: each with its steps, and starts that were refused."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import batched
from typing import override

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.i18n import in_full, sentence, tr
from app.view.control.dialog import Dialog
from app.view.control.widgets import button, row, text_label
from app.view.feed import Feed
from app.view.formatting import format_clock, format_reason, format_time
from app.view.panel.panel_base import CardFrame, scrolled
from app.view.site_clock import site_moment
from twin.model.problem import Problem
from twin.model.rule_status import RuleStatus, RunLogEntry

MOST_STEPS = 500
"""Newest steps that are asked for."""
MOST_RUNS = 40
"""Newest runs that get a card."""
LINES = 4
"""Steps in one label: a label shows a limited number of lines and letters."""
_EVER_MS = 1 << 53


class RunCard(CardFrame):
    """One run, or a start that came to none: when, how it ended, and its steps."""

    def __init__(self, steps: Sequence[RunLogEntry]) -> None:
        """`steps`: oldest first, at least one."""
        super().__init__()
        first, last = steps[0], steps[-1]
        self.ended = text_label(format_reason(last.reason), "muted", wrap=True)
        self.column.addWidget(text_label(format_time(first.time_ms, seconds=True), "paneltitle"))
        self.column.addWidget(self.ended)
        self.steps = [
            f"{format_clock(site_moment(one.time_ms), seconds=True)}  {sentence(one.reason)}" for one in steps
        ]
        below = QVBoxLayout()
        below.setSpacing(0)
        for some in batched(self.steps if len(steps) > 1 else (), LINES):
            below.addWidget(text_label("\n".join(some), "", wrap=True, select=True))
        self.column.addLayout(below)


class RuleRunsDialog(Dialog):
    """Asks once, for what had run at the moment that is shown. Closes with the project."""

    def __init__(self, parent: QWidget, feed: Feed, rule: RuleStatus) -> None:
        super().__init__(parent)
        self.cards: list[RunCard] = []
        self._turns, self._ended = feed.turns, False
        self.setWindowTitle(tr("Runs of {name}", name=sentence(rule.title)))
        self.setMinimumSize(480, 420)
        self.told = text_label(tr("Looking…"), "muted", wrap=True)
        self.close_button = button(tr("Close"), "primary")
        inside = QWidget()
        self.list = QVBoxLayout(inside)
        self.list.setContentsMargins(0, 0, 0, 0)
        self.list.setSpacing(8)
        self.list.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 20, 22, 18)
        column.setSpacing(10)
        column.addWidget(text_label(sentence(rule.title), "heading", wrap=True))
        column.addWidget(self.told)
        column.addWidget(scrolled(inside), 1)
        column.addLayout(row(1, self.close_button))
        self.close_button.clicked.connect(self.reject)
        feed.project_left.connect(self.reject)
        moment_ms = feed.selection.state.moment_ms
        to_ms = _EVER_MS if moment_ms is None else moment_ms + 1
        feed.when(feed.api.run_log(0, to_ms, MOST_STEPS, rule.id), self._show, self._failed)

    @override
    def done(self, result: int) -> None:
        super().done(result)
        self._ended = True
        self.deleteLater()

    def _show(self, newest_first: Sequence[RunLogEntry]) -> None:
        runs = runs_of(newest_first)
        shown = runs[:MOST_RUNS]
        self.told.setText(tr("It has not run yet.") if not runs else tr("The newest runs come first."))
        for steps in shown:
            self._turns.add(partial(self._add, steps))

    def _add(self, steps: Sequence[RunLogEntry]) -> None:
        if self._ended:
            return
        card = RunCard(steps)
        self.list.insertWidget(len(self.cards), card)
        self.cards.append(card)

    def _failed(self, problem: Problem) -> None:
        self.told.setText(in_full(problem))


def runs_of(newest_first: Sequence[RunLogEntry]) -> list[list[RunLogEntry]]:
    """The steps of each run, oldest first; runs newest first by their last step. An entry without a run stands alone."""
    by_run: dict[int, list[RunLogEntry]] = {}
    found: list[list[RunLogEntry]] = []
    for entry in newest_first:
        if entry.run and entry.run in by_run:
            by_run[entry.run].insert(0, entry)
        else:
            steps = [entry]
            found.append(steps)
            if entry.run:
                by_run[entry.run] = steps
    return found
