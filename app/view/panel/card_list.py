"""Panels that are columns of cards: the cards by key, the questions whose answers they show, and when these are asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import Future
from functools import partial
from itertools import islice
from typing import Any, NamedTuple, override

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.i18n import tr
from app.view.control.slots import calling
from app.view.control.widgets import button
from app.view.feed import Feed
from app.view.panel.panel_base import Panel, scrolled
from app.view.turn_queue import TurnQueue
from twin.model.problem import Problem
from twin.model.twin import Twin

MARGINS = (14, 8, 14, 14)
SPACING = 8
PAGE = 100
"""Cards of a list that are made without being asked for."""
SLICE_S = 0.006
"""Time (s) for making cards in one turn."""
REFUSED = ("door.role", "door.scope")
"""Problems of a role that does not suffice."""
AGAIN_TICKS = 8
"""Slow ticks (a quarter of a second each) after which a question that failed is asked again."""


class CardList:
    """A column of cards by key; cards whose key stays are reused.

    Of many cards the first PAGE are made, and as many again at each press of the button below: a column lays itself out
    anew with each card. They come in slices, the first at once and each other in a turn of its own. A card that
    goes while it has the keyboard leaves the focus to the same control of the card that takes its place.
    """

    def __init__(self, column: QVBoxLayout, turns: TurnQueue) -> None:
        self._column, self._turns = column, turns
        self._column.addStretch(1)
        self.more = button("", "link")
        self.more.clicked.connect(calling(self._show_more))
        self.more.hide()
        self._column.addWidget(self.more)
        self._most = PAGE
        self._all: dict[Hashable, Callable[[], QWidget]] = {}
        self._wanted: dict[Hashable, Callable[[], QWidget]] = {}
        self._there: dict[Hashable, QWidget] = {}
        """In the order of the column."""
        self._filling = False
        self._focus: _FocusPlace | None = None

    def show(self, wanted: Mapping[Hashable, Callable[[], QWidget]]) -> None:
        """Shows exactly the cards with these keys, in this order; the values create missing cards."""
        self._all = dict(wanted)
        self._wanted = dict(islice(self._all.items(), self._most))
        left = len(self._all) - len(self._wanted)
        self.more.setText(tr("Show %n more", min(left, PAGE)))
        self.more.setVisible(left > 0)
        gone = [key for key in self._there if key not in self._wanted]
        if gone and (focused := self._focused()) is not None and [*self._there][focused.card] in gone:
            self._focus = focused
        for key in gone:
            self._let_go(key)
        self._arrange()
        self._fill()

    def holds(self, key: Hashable) -> bool:
        """Whether a card with this key is in the column; others are not made yet, or removed."""
        return key in self._there

    def clear(self) -> None:
        """Removes all cards; they are created again at the next `show`."""
        self._all, self._wanted, self._most, self._focus = {}, {}, PAGE, None
        self.more.hide()
        for key in list(self._there):
            self._let_go(key)

    def _show_more(self) -> None:
        self._most += PAGE
        self.show(self._all)

    def _arrange(self) -> None:
        """Moves the cards that stay to their places."""
        ordered = [key for key in self._wanted if key in self._there]
        if ordered != list(self._there):
            self._there = {key: self._there[key] for key in ordered}
            for at, card in enumerate(self._there.values()):
                self._column.insertWidget(at, card)

    def _fill(self) -> None:
        """Makes missing cards: one of them, and more while the slice lasts; the rest in a later turn."""
        end_s, made, there = time.thread_time() + SLICE_S, 0, dict[Hashable, QWidget]()
        for key, make in self._wanted.items():
            if key in self._there:
                there[key] = self._there[key]
            elif not made or time.thread_time() < end_s:
                made += 1
                card = there[key] = make()
                self._column.insertWidget(len(there) - 1, card)
                card.show()
        self._there = there
        if made:
            lay_out()
        if self._focus is not None:
            self._turns.add(partial(self._refocus, self._column))  # once the layout shows what is new
        if len(there) < len(self._wanted) and not self._filling:
            self._filling = True
            self._turns.add(partial(self._go_on, self._column))

    def _go_on(self, _column: QVBoxLayout) -> None:
        """The next slice; the queue drops it where the column is gone."""
        self._filling = False
        self._fill()

    def _let_go(self, key: Hashable) -> None:
        card = self._there.pop(key)
        self._column.removeWidget(card)
        card.hide()
        card.deleteLater()

    # -- focus

    def _focused(self) -> _FocusPlace | None:
        """The card and the control in it that have the keyboard; None where none does."""
        for at, card in enumerate(self._there.values()):
            focused: QWidget | None = card.window().focusWidget()
            if focused is not None and card.isAncestorOf(focused):  # pyright: ignore[reportUnnecessaryComparison]
                return _FocusPlace(at, type(focused), _word(focused))
        return None

    def _refocus(self, _column: QVBoxLayout) -> None:
        """Gives the keyboard to the control in the place of the one that went: Qt gives it to whatever comes next."""
        place, self._focus = self._focus, None
        cards = [*self._there.values()]
        if place is None or not cards:
            return
        controls = [one for one in _controls(cards[min(place.card, len(cards) - 1)]) if one.isEnabled()]
        like = [one for one in controls if type(one) is place.type]
        same = [one for one in like if _word(one) == place.word]
        if found := same or like or controls:
            found[0].setFocus()


def lay_out() -> None:
    """Does what layouts wait for now: a paint before it would show texts cut to the height of another width or font."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)


class _FocusPlace(NamedTuple):
    """Number of a card in its list, and what is known of a control in it."""

    card: int
    type: type[QWidget]
    word: str


def _word(control: QWidget) -> str:
    """What a control does, without what it does it to: accessible names are `Delete: Kitchen`."""
    return control.accessibleName().partition(":")[0]


def _controls(card: QWidget) -> list[QWidget]:
    """The controls of a card that take the keyboard, in the order of their making."""
    return [
        one
        for one in card.findChildren(QWidget)
        if one.focusPolicy() & Qt.FocusPolicy.TabFocus and one.isVisibleTo(card)
    ]


class PanelQuery[T]:
    """A question about the twin, answered away from the GUI thread, whose answer a panel shows. Stale at first and after
    `invalidate`; `refresh` asks while it is stale, one question at a time. An answer about an earlier twin is not shown
    and the question stays stale: the answer may name what is gone. After a failure it waits for `ask_failed_again`."""

    def __init__(
        self,
        feed: Feed,
        ask: Callable[[Twin], Future[T]],
        show: Callable[[T], object],
        failed: Callable[[Problem], object] | None = None,
    ) -> None:
        """`failed` gets the problem of an unanswered question, the same one once; without it the problem is raised."""
        self._feed, self._ask, self._show, self._tell = feed, ask, show, failed or feed.raise_problem
        self._stale, self._asking = True, False
        self.problem: Problem | None = None
        """Why the newest question was not answered; None where it was."""

    @property
    def is_asking(self) -> bool:
        """Whether a question is under way."""
        return self._asking

    def invalidate(self) -> None:
        """The answer that is shown, or under way, is no longer true."""
        self._stale = True

    def ask_failed_again(self) -> None:
        """Makes a question stale that was not answered; what the role refuses stays so, and each refusal is a row of the
        event log."""
        self._stale |= self.problem is not None and self.problem.code not in REFUSED

    def refresh(self) -> None:
        """Asks if the answer is stale, a project is open and no question is under way."""
        if self._stale and not self._asking and self._feed.api.project():
            self._stale, self._asking = False, True
            twin = self._feed.twin
            self._feed.when(self._ask(twin), partial(self._answered, twin), self._unanswered)

    def _answered(self, of: Twin, answer: T) -> None:
        self._asking, self.problem = False, None
        if of is self._feed.twin:
            self._show(answer)
        else:
            self._stale = True

    def _unanswered(self, problem: Problem) -> None:
        self._asking, known, self.problem = False, self.problem, problem
        if known is None or known.code != problem.code:  # told once
            self._tell(problem)


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
        self._ticks = 0
        feed.project_left.connect(self.drop_cards)

    def add_list(self, *before: QWidget) -> CardList:
        """Adds these widgets and a list of cards to the column."""
        for widget in before:
            self.column.addWidget(widget)
        inner = QVBoxLayout()
        inner.setSpacing(SPACING)
        self.column.addLayout(inner)
        made = CardList(inner, self.feed.turns)
        self._lists.append(made)
        return made

    def add_query[T](
        self,
        ask: Callable[[Twin], Future[T]],
        show: Callable[[T], object],
        failed: Callable[[Problem], object] | None = None,
    ) -> PanelQuery[T]:
        """Adds a question that is asked at each refresh where its answer is stale. `failed` gets the problem of one that is
        not answered, and without it the problem is raised; it is asked again after AGAIN_TICKS."""
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
        if not self.isVisible():
            return
        self._ticks += 1
        if self._ticks % AGAIN_TICKS == 0:
            for query in self._queries:
                query.ask_failed_again()
        self.refresh()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        self.refresh()
