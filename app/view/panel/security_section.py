"""Section of the page of early warnings: what the security watch noticed, and what it watches."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from app.i18n import sentence, tr, translate
from app.view.control.slots import taking
from app.view.control.widgets import text_label
from app.view.feed import Feed
from app.view.formatting import format_time
from twin.model.security_event import SecurityKind, SecurityStatus

DAYS_MS = 30 * 86_400_000
SHOWN = 20
"""Most events that are listed."""


class SecuritySection(QWidget):
    """One switch for each kind, and the newest events."""

    def __init__(self, feed: Feed) -> None:
        super().__init__()
        self._feed = feed
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        self.title, self.events = text_label("", "paneltitle"), text_label("", "muted", wrap=True, select=True)
        self.switches = {kind: QCheckBox() for kind in SecurityKind}
        column.addWidget(self.title)
        column.addWidget(self.events)
        for kind, switch in self.switches.items():
            switch.clicked.connect(taking(bool, lambda on, kind=kind: self._switch(kind, on=on)))
            column.addWidget(switch)
        self.hide()

    def retranslate(self) -> None:
        """Sets all texts in the current language."""
        self.title.setText(tr("Signs of an intrusion"))
        for kind, switch in self.switches.items():
            switch.setText(translate(f"alarm.of.{kind.value}"))

    def show_status(self, status: SecurityStatus) -> None:
        """Shows an answer of the engine."""
        lines = [f"{format_time(one.time_ms)}  {sentence(one.text)}" for one in status.events[:SHOWN]]
        if len(status.events) > SHOWN:
            lines.append(tr("and %n more", len(status.events) - SHOWN))
        self.events.setText("\n".join(lines) or tr("Nothing was noticed in the last 30 days."))
        for kind, switch in self.switches.items():
            switch.setChecked(kind not in status.off)
        self.show()

    def _switch(self, kind: SecurityKind, *, on: bool) -> None:
        self._feed.when(self._feed.api.watch_security(kind.value, on=on), lambda _: None, self._feed.raise_problem)
