"""Welcome page: import or draw a building, open a demo or a recent project."""

from __future__ import annotations

from pathlib import Path
from typing import override

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout

from app.i18n import tr
from app.settings import Settings
from app.view.control.safe_text import entry, set_tip
from app.view.control.widgets import IconLabel, row, text_label
from app.view.feed import Feed
from app.view.panel.panel_base import Panel, clear

SHOWN = 5


class WelcomePage(Panel):
    """Page shown while no project is open."""

    import_wanted = Signal()
    new_wanted = Signal()
    open_wanted = Signal()
    draw_wanted = Signal()
    attach_wanted = Signal()

    def __init__(self, feed: Feed, settings: Settings) -> None:
        super().__init__(feed)
        self._settings = settings
        self.sentence, self.under = text_label("", "welcome", wrap=True), text_label("", "muted", wrap=True)
        for label in (self.sentence, self.under):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.button, self.demo, self.office = QPushButton(), QPushButton(), QPushButton()
        self.draw, self.attach = QPushButton(), QPushButton()
        self.draw.setObjectName("link")
        self.attach.setObjectName("link")
        self.button.setObjectName("primary")
        self.demo.setObjectName("link")
        self.office.setObjectName("link")
        self.or_label, self.recent_label = text_label("", "faint"), text_label("", "section")
        self.recent = QVBoxLayout()
        self.recent.setSpacing(2)
        self._build()
        self.button.clicked.connect(self.import_wanted)
        self.draw.clicked.connect(self.draw_wanted)
        self.attach.clicked.connect(self.attach_wanted)
        self.demo.clicked.connect(lambda: self._demo("home"))
        self.office.clicked.connect(lambda: self._demo("office"))
        self.retranslate()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addStretch(3)
        column.addLayout(row(1, IconLabel("live", tone="accent", size=56), 1))
        column.addWidget(self.sentence)
        column.addWidget(self.under)
        column.addSpacing(8)
        column.addLayout(row(1, self.button, 1))
        column.addLayout(row(1, self.draw, 1))
        column.addLayout(row(1, self.or_label, self.demo, self.office, 1, spacing=6))
        column.addLayout(row(1, self.attach, 1))
        column.addSpacing(20)
        column.addLayout(row(1, self.recent_label, 1))
        column.addLayout(self.recent)
        column.addStretch(4)

    @override
    def retranslate(self) -> None:
        self.sentence.setText(tr("Bring your building to life."))
        self.under.setText(
            tr("Open a plan (IFC or Sweet Home 3D); Oikos finds the devices and puts them in their rooms.")
        )
        self.button.setText(tr("Open a building…"))
        self.draw.setText(tr("No plan? Draw your home yourself"))
        self.attach.setText(tr("Attach to another computer's engine…"))
        self.or_label.setText(tr("or look around in"))
        self.demo.setText(tr("the demo home"))
        self.office.setText(tr("the demo office"))
        self._fill_recent()

    def _fill_recent(self) -> None:
        clear(self.recent)
        found = self._settings["recent_projects"]
        paths = [path for path in (found if isinstance(found, tuple) else ()) if Path(path).exists()][:SHOWN]
        self.recent_label.setText(tr("RECENT") if paths else "")
        for path in paths:
            button = QPushButton(entry(Path(path).stem))
            button.setObjectName("link")
            set_tip(button, path)
            button.clicked.connect(lambda _=False, path=path: self._open(path))
            self.recent.addLayout(row(1, button, 1))

    def _open(self, path: str) -> None:
        self.feed.when(self.feed.api.open_project(path), lambda _: None, lambda _: None)

    def _demo(self, name: str) -> None:
        self.feed.when(self.feed.api.open_demo(name), lambda _: None, lambda _: None)
