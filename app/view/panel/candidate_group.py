"""Found devices of one kind on the Install page: a heading with their number, and a card for the first of them."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.i18n import tr
from app.view.control.widgets import text_label
from app.view.panel.search_text import has_words, words_of
from twin.model.candidate import Candidate

SHOWN = 60
"""Maximum number of cards in a group; the others are found by searching."""


def found_by(candidates: Iterable[Candidate], wanted: str) -> list[Candidate]:
    """The candidates in whose names, maker, product, addresses or protocol every word of the search occurs."""
    words = words_of(wanted)
    return [one for one in candidates if has_words(_said_of(one), words)] if words else list(candidates)


def _said_of(one: Candidate) -> str:
    return " ".join((one.name, one.maker, one.product, one.model, *one.addresses, one.protocol))


class CandidateGroup(QWidget):
    """A group of candidate cards below a heading with their number."""

    def __init__(self) -> None:
        super().__init__()
        self.label, self.more, self.cards = text_label("", "section"), text_label("", "faint"), QVBoxLayout()
        self.cards.setSpacing(8)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.label)
        column.addLayout(self.cards)
        column.addWidget(self.more)

    def set_heading(self, heading: str, count: int) -> None:
        """Sets the heading with the number of candidates; an empty group is hidden."""
        self.label.setText(f"{heading} · {count}")
        self.more.setText(tr("%n more: search for them", count - SHOWN) if count > SHOWN else "")
        self.more.setVisible(count > SHOWN)
        self.setVisible(count > 0)
