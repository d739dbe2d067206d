"""Bar over the 3D view while a device or a room is to be picked in the building."""

from __future__ import annotations

from typing import override

from PySide6.QtWidgets import QFrame, QVBoxLayout

from app.i18n import tr
from app.view.control.slots import calling
from app.view.control.widgets import IconLabel, button, row, text_label
from app.view.feed import Feed
from app.view.panel.panel_base import Panel


class PickBar(Panel):
    """Shows what to click, why the last click did not fit, and offers the way back; hidden while nothing is asked."""

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self.text, self.back = text_label("", wrap=True), button()
        self.back.clicked.connect(calling(feed.pick.cancel))
        frame = QFrame()
        frame.setObjectName("approvals")
        line = row(IconLabel("cursor", tone="accent", size=18), self.text, self.back, spacing=10)
        line.setContentsMargins(16, 8, 16, 8)
        line.setStretch(1, 1)
        frame.setLayout(line)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(frame)
        feed.pick.changed.connect(self._show)
        feed.project_left.connect(feed.pick.cancel)
        self.retranslate()

    @override
    def retranslate(self) -> None:
        self.back.setText(tr("Back"))
        self._show()

    def _show(self) -> None:
        what = tr("Click a device or a room, here, in the tree or in the table. Esc: back.")
        self.text.setText(f"{self.feed.pick.refusal} {what}".strip())
        self.setVisible(self.feed.pick.is_open)
