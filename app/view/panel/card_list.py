"""Panels that are columns of cards: the cards by key, the questions whose answers they show, and when these are asked."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import Future
from functools import partial
from typing import Any, override

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.view.feed import Feed
from app.view.panel.panel_base import Panel, scrolled
from twin.model.problem import Problem
from twin.model.twin import Twin

MARGINS = (14, 8, 14, 14)
SPACING = 8


class CardList:
    """A column of cards by key; cards whose key stays are reused."""

    def __init__(self, column: QVBoxLayout) -> None:
        self._column = column
        self._column.addStretch(1)
        self._there: dict[Hashable, QWidget] = {}

    def show(self, wanted: Mapping[Hashable, Callable[[], QWidget]]) -> None:
        """Shows exactly the cards with these keys, in this order; the values create missing cards."""
        for key in [key for key in self._there if key not in wanted]:
            self._let_go(key)
        for at, (key, make) in enumerate(wanted.items()):
            card = self._there.get(key)
            if card is None:
                card = self._there[key] = make()
            if self._column.indexOf(card) != at:
                self._column.insertWidget(at, card)

    def clear(self) -> None:
        """Removes all cards; they are created again at the next `show`."""
        for key in list(self._there):
            self._let_go(key)

    def _let_go(self, key: Hashable) -> None:
        card = self._there.pop(key)
        self._column.removeWidget(card)
        card.hide()
        card.deleteLater()


class PanelQuery[T]:
    """A question about the twin, answered away from the GUI thread, whose answer a panel shows. Stale at first and after
    `invalidate`; `refresh` asks while it is stale, one question at a time. An answer about an earlier twin is not shown
    and the question stays stale: the answer may name what is gone."""

    def __init__(
        self,
        feed: Feed,
        ask: Callable[[Twin], Future[T]],
        show: Callable[[T], object],
        failed: Callable[[Problem], object] | None = None,
    ) -> None:
        """`failed` gets the problem of an unanswered question; without it the problem is raised."""
        self._feed, self._ask, self._show = feed, ask, show
        self._failed = failed or feed.raise_problem
        self._stale, self._asking = True, False

    def invalidate(self) -> None:
        """The answer that is shown, or under way, is no longer true."""
        self._stale = True

    def refresh(self) -> None:
        """Asks if the answer is stale, a project is open and no question is under way."""
        if self._stale and not self._asking and self._feed.api.project():
            self._stale, self._asking = False, True
            twin = self._feed.twin
            self._feed.when(self._ask(twin), partial(self._answered, twin), self._unanswered)

    def _answered(self, of: Twin, answer: T) -> None:
        self._asking = False
        if of is self._feed.twin:
            self._show(answer)
        else:
            self._stale = True

    def _unanswered(self, problem: Problem) -> None:
        self._asking = False
        self._failed(problem)


class CardPanel(Panel):
    """A panel that is one scrolled column of card lists. It is refreshed while it is visible and when it is shown; its
    cards and answers are dropped when the project is left."""

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self._lists: list[CardList] = []
        self._queries: list[PanelQuery[Any]] = []
        self.list = QWidget()
        self.column = QVBoxLayout(self.list)
        self.column.setContentsMargins(*MARGINS)
        self.column.setSpacing(SPACING)
        self.area = scrolled(self.list)
        self.outer = QVBoxLayout(self)
        self.outer.setContentsMargins(0, 0, 0, 0)
        self.outer.setSpacing(0)
        self.outer.addWidget(self.area, 1)
        feed.project_left.connect(self.drop_cards)

    def add_list(self, *before: QWidget) -> CardList:
        """Adds these widgets and a list of cards to the column."""
        for widget in before:
            self.column.addWidget(widget)
        inner = QVBoxLayout()
        inner.setSpacing(SPACING)
        self.column.addLayout(inner)
        made = CardList(inner)
        self._lists.append(made)
        return made

    def add_query[T](
        self,
        ask: Callable[[Twin], Future[T]],
        show: Callable[[T], object],
        failed: Callable[[Problem], object] | None = None,
    ) -> PanelQuery[T]:
        """Adds a question that is asked at each refresh where its answer is stale."""
        made = PanelQuery(self.feed, ask, show, failed)
        self._queries.append(made)
        return made

    def refresh(self) -> None:
        """Updates what is stale."""
        for query in self._queries:
            query.refresh()

    def drop_cards(self) -> None:
        """Removes all cards; whatever they show is asked for again."""
        for cards in self._lists:
            cards.clear()
        for query in self._queries:
            query.invalidate()

    @override
    def on_slow(self, rows: object) -> None:
        if self.isVisible():
            self.refresh()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        self.refresh()
