"""Dialog of cards, one for each device, below a search field."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import override

from PySide6.QtWidgets import QLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.i18n import tr
from app.view.control.dialog import Dialog
from app.view.control.widgets import row, text_label
from app.view.feed import Feed
from app.view.panel.panel_base import scrolled
from app.view.panel.search_text import has_words, words_of
from twin.model.ids import DeviceId


class CardSheet[C: QWidget](Dialog):
    """Lists the first of the cards that fit the search; the others are found by searching. Closes with the project."""

    def __init__(self, feed: Feed, parent: QWidget, most: int) -> None:
        """`most`: the largest number of cards."""
        super().__init__(parent)
        self.feed, self._most = feed, most
        self.cards: dict[DeviceId, C] = {}
        self.search, self.close_button = QLineEdit(), QPushButton(tr("Close"))
        self.search.setPlaceholderText(tr("Search devices"))
        self.search.setAccessibleName(tr("Search devices"))
        self.none, self.more = text_label("", "muted", wrap=True), text_label("", "faint")
        self.none.hide()
        self.list = QVBoxLayout()
        self.close_button.clicked.connect(self.reject)
        feed.project_left.connect(self.reject)

    def lay_out(self, *above: QWidget | QLayout) -> None:
        """Puts these above the search, and the cards below it; called once, so that the keyboard goes from top to bottom."""
        inside = QWidget()
        inside.setLayout(self.list)
        self.list.setContentsMargins(0, 0, 0, 0)
        self.list.setSpacing(8)
        self.list.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 20, 22, 18)
        column.setSpacing(10)
        for one in above:
            column.addWidget(one) if isinstance(one, QWidget) else column.addLayout(one)
        column.addWidget(self.search)
        column.addWidget(self.none)
        column.addWidget(scrolled(inside), 1)
        column.addLayout(row(self.more, 1, self.close_button))

    @override
    def done(self, result: int) -> None:
        super().done(result)
        self.deleteLater()

    def fitting[T](self, items: Iterable[T], text: Callable[[T], str]) -> list[T]:
        """The first items in whose text the search occurs; `more` gets the number of the others."""
        words = words_of(self.search.text())
        found = [one for one in items if has_words(text(one), words)]
        left = max(0, len(found) - self._most)
        self.more.setText(tr("%n more: search for them", left) if left else "")
        return found[: self._most]

    def keep_cards(self, stays: Callable[[DeviceId, C], bool]) -> None:
        """Removes the cards that do not stay."""
        for id in [id for id, card in self.cards.items() if not stays(id, card)]:
            card = self.cards.pop(id)
            card.hide()
            card.deleteLater()

    def put_card(self, at: int, card: C) -> None:
        """Puts a card at this place of the list."""
        if self.list.indexOf(card) != at:
            self.list.insertWidget(at, card)
