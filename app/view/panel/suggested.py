"""Devices whose own systems say in which room they are: the offer to put all of them there, until it is taken."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton

from app.view.control.parts import Picture, row, text
from app.view.feed import Feed
from app.view.panel.frame import Card
from app.view.words import tr
from twin.model.change import Change, TwinChanged


class Suggested(Card):
    """Hidden while there is nothing to suggest. One click is one edit, and one undo step."""

    def __init__(self, feed: Feed) -> None:
        super().__init__()
        self._feed = feed
        self.sentence, self.button = text("", wrap=True), QPushButton()
        self.button.clicked.connect(self._put)
        self.column.addLayout(row(Picture("room", size=20), self.sentence, self.button))
        feed.changed.connect(self._changed)
        self.retranslate()

    def retranslate(self) -> None:
        """Says every word again."""
        self.button.setText(tr("Put them there"))
        self._count()

    def _changed(self, change: Change) -> None:
        if isinstance(change, TwinChanged):
            self._count()

    def _count(self) -> None:
        many = len(self._feed.twin.suggested())
        self.sentence.setText(tr("%n devices say in which room they are.", many))
        self.setVisible(many > 0)

    def _put(self) -> None:
        self._feed.when(self._feed.desk.bind_all(self._feed.twin.suggested()), lambda _: None)
