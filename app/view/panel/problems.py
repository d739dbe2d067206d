"""Problems panel: what went wrong, where, and the remedy; problems can be copied and cleared."""

from __future__ import annotations

from functools import partial
from typing import override

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.i18n import remedy, tr, what
from app.view.control.widgets import IconButton, IconLabel, row, text_label
from app.view.feed import Feed
from app.view.panel.card_list import CardPanel
from app.view.panel.panel_base import CardFrame, EmptyState
from twin.model.change import Change, ProblemRaised, ProblemsSolved
from twin.model.import_review import CHANGED
from twin.model.problem import Problem, Severity

_ICONS = {
    Severity.ERROR: ("problem", "error"),
    Severity.WARNING: ("problem", "warning"),
    Severity.NOTE: ("info", "muted"),
}
SHOWN = 100


def as_text(problem: Problem) -> str:
    """The problem as text for the clipboard."""
    lines = [what(problem), problem.where, remedy(problem), problem.detail, f"[{problem.code}]"]
    return "\n".join(line for line in lines if line)


class ProblemsPanel(CardPanel):
    """Lists the problems, newest first."""

    title, icon = "Problems", "problem"
    emptied = Signal()
    review_wanted = Signal(str)
    """The user wants to review the changed building file with this path."""

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self._stale = False
        self.empty = EmptyState("check")
        self.copy_all, self.forget = QPushButton(), QPushButton()
        self.copy_all.clicked.connect(lambda: copy("\n\n".join(as_text(p) for p in self.feed.problems)))
        self.forget.clicked.connect(self._forget)
        self.column.setContentsMargins(14, 4, 14, 14)
        self.cards = self.add_list()
        self.tools = QWidget()
        self.tools.setLayout(row(1, self.copy_all, self.forget))
        strip = QHBoxLayout()
        strip.setContentsMargins(14, 8, 14, 4)
        strip.addWidget(self.tools)
        self.outer.insertLayout(0, strip)
        self.outer.addWidget(self.empty, 1)
        feed.project_left.connect(self._left)
        self.retranslate()

    @override
    def retranslate(self) -> None:
        self.copy_all.setText(tr("Copy all"))
        self.forget.setText(tr("Put away"))
        self.empty.set_texts(tr("No problems."))
        self.drop_cards()
        self.rebuild()

    @override
    def on_change(self, change: Change) -> None:
        self._stale |= isinstance(change, ProblemRaised | ProblemsSolved)

    @override
    def refresh(self) -> None:
        if self._stale:
            self.rebuild()

    def rebuild(self) -> None:
        """Lists the problems again, equal ones once with their number; called at most four times a second, and only
        while the panel is visible."""
        self._stale = False
        counted: dict[Problem, int] = {}
        for problem in reversed(self.feed.problems):
            counted[problem] = counted.get(problem, 0) + 1
        newest = list(counted.items())[:SHOWN]
        self.cards.show({one: partial(self._card, *one) for one in newest})
        for widget, wanted in ((self.tools, True), (self.area, True), (self.empty, False)):
            widget.setVisible(bool(counted) is wanted)

    def _card(self, problem: Problem, times: int) -> CardFrame:
        card = _card(problem, times)
        if problem.code == CHANGED:
            card.column.addLayout(row(1, self._review(problem.where)))
        return card

    def _review(self, path: str) -> QPushButton:
        button = QPushButton(tr("Review"))
        button.clicked.connect(lambda: self.review_wanted.emit(path))
        return button

    def _forget(self) -> None:
        self.feed.problems.clear()
        self._left()

    def _left(self) -> None:
        self.rebuild()
        self.emptied.emit()


def copy(text: str) -> None:
    """Copies text to the clipboard."""
    QGuiApplication.clipboard().setText(text)


def _card(problem: Problem, times: int) -> CardFrame:
    card = CardFrame()
    name, tone = _ICONS[problem.severity]
    head = text_label(what(problem) + (f"  ×{times}" if times > 1 else ""), "paneltitle", wrap=True, select=True)
    button = IconButton("copy", tr("Copy"), size=16)
    button.clicked.connect(lambda: copy(as_text(problem)))
    line = QHBoxLayout()
    line.setSpacing(10)
    line.addWidget(IconLabel(name, tone=tone, size=18), 0, Qt.AlignmentFlag.AlignTop)
    column = QVBoxLayout()
    column.setSpacing(3)
    column.addWidget(head)
    if problem.where:
        column.addWidget(text_label(problem.where, "faint", wrap=True, select=True))
    column.addWidget(text_label(remedy(problem), "muted", wrap=True, select=True))
    if problem.detail:
        column.addWidget(text_label(problem.detail[:400], "faint", wrap=True, select=True))
    line.addLayout(column, 1)
    line.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
    card.column.addLayout(line)
    return card
