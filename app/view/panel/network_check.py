"""Network check panel: what keeps devices from being found, with evidence and next step of each check."""

from __future__ import annotations

from typing import override

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from app.i18n import in_full, sentence, tr
from app.view.control.gauge import Gauge
from app.view.control.widgets import IconLabel, row, text_label
from app.view.feed import Feed
from app.view.formatting import format_reason
from app.view.panel.panel_base import CardFrame, Panel, clear, scrolled
from twin.model.change import Change, Progress
from twin.model.network_check import JOB, CheckVerdict, NetworkFinding
from twin.model.problem import Problem
from twin.model.text import Text

MARKS = {
    CheckVerdict.PASS: ("check", "good"),
    CheckVerdict.FAIL: ("cross", "error"),
    CheckVerdict.UNKNOWN: ("info", "muted"),
}
"""Icon and tone of each verdict."""
WORST_FIRST = (CheckVerdict.FAIL, CheckVerdict.UNKNOWN, CheckVerdict.PASS)
"""Order in which findings are listed."""


class FindingCard(CardFrame):
    """Card of one finding: verdict, name of the check, evidence, next step."""

    def __init__(self, finding: NetworkFinding) -> None:
        super().__init__()
        picture, tone = MARKS[finding.verdict]
        name = format_reason(Text(f"network.check.{finding.check}"))
        title = f"{name} · {finding.interface}" if finding.interface else name
        verdict = sentence(Text(f"network.{finding.verdict}"))
        head = row(
            IconLabel(picture, tone=tone, size=18), text_label(title, "paneltitle"), text_label(verdict, "faint")
        )
        head.setStretch(1, 1)
        self.column.addLayout(head)
        self.column.addWidget(text_label(format_reason(finding.evidence), "muted", wrap=True, select=True))
        if finding.to_do is not None:
            failed = finding.verdict is CheckVerdict.FAIL
            step = tr("Next: {step}", step=sentence(finding.to_do))
            self.column.addWidget(text_label(step, "reason" if failed else "", wrap=True, select=True))
        self.setAccessibleName(f"{title}: {verdict}")


class NetworkCheckPanel(Panel):
    """Starts the check when it is first shown; what failed is listed first."""

    title, icon = "Network check", "health"

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self.findings: tuple[NetworkFinding, ...] | None = None
        """The findings of the last check; None before it ended."""
        self.running = False
        self._failure: Problem | None = None
        self.about, self.summary = text_label("", "muted", wrap=True), text_label("", "", wrap=True)
        self.reason = text_label("", "reason", wrap=True)
        self.start, self.stop, self.gauge = QPushButton(), QPushButton(), Gauge()
        self.start.setObjectName("primary")
        self.start.clicked.connect(self.check)
        self.stop.clicked.connect(lambda: self.feed.api.cancel(JOB))
        self.cards = QVBoxLayout()
        self.cards.setSpacing(8)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(14, 14, 14, 14)
        column.setSpacing(10)
        column.setAlignment(Qt.AlignmentFlag.AlignTop)
        column.addWidget(self.about)
        column.addLayout(row(self.start, self.stop, 1))
        column.addWidget(self.gauge)
        column.addWidget(self.reason)
        column.addWidget(self.summary)
        column.addLayout(self.cards)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolled(inside))
        self.retranslate()

    @override
    def retranslate(self) -> None:
        self.about.setText(
            tr("Checks from here whether devices can be found and reached. It takes seconds and needs no internet.")
        )
        self.start.setText(tr("Check again") if self.findings is not None else tr("Check now"))
        self.stop.setText(tr("Cancel"))
        self.gauge.setAccessibleName(tr("Progress"))
        self._show()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        if self.findings is None and self._failure is None:
            self.check()

    @override
    def on_change(self, change: Change) -> None:
        if isinstance(change, Progress) and change.job == JOB and self.running:
            self.gauge.show_fraction(change.fraction)

    def check(self) -> None:
        """Asks the engine for a check, unless one is running."""
        if self.running:
            return
        self.running, self._failure = True, None
        self.gauge.show_fraction(0.0)
        self._show()
        self.feed.when(self.feed.api.check_network(), self._done, self._failed)

    def _done(self, findings: tuple[NetworkFinding, ...]) -> None:
        self.findings = tuple(sorted(findings, key=lambda one: WORST_FIRST.index(one.verdict)))
        self.running = False
        self.retranslate()

    def _failed(self, problem: Problem) -> None:
        self.running, self._failure = False, problem
        self._show()

    def _show(self) -> None:
        self.start.setVisible(not self.running)
        self.stop.setVisible(self.running)
        self.gauge.setVisible(self.running)
        self.reason.setText(in_full(self._failure) if self._failure else "")
        self.reason.setVisible(self._failure is not None)
        clear(self.cards)
        found = self.findings if not self.running else None
        self.summary.setVisible(found is not None)
        for one in found or ():
            self.cards.addWidget(FindingCard(one))
        wrong = sum(one.verdict is CheckVerdict.FAIL for one in found or ())
        unclear = sum(one.verdict is CheckVerdict.UNKNOWN for one in found or ())
        said = tr("%n checks failed.", wrong) if wrong else tr("Nothing is wrong that a check could see.")
        self.summary.setText(f"{said} {tr('%n could not tell.', unclear)}" if unclear else said)
