"""Radio links panel: asks devices for the links that they hear, and lists the weakest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import override

from PySide6.QtCore import QDateTime, Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from app.i18n import format_age, in_full, tr
from app.i18n.radio_texts import heard_text, node_title, quality_text, radio_name, strength_word
from app.view.control.gauge import Gauge
from app.view.control.widgets import IconLabel, row, text_label
from app.view.feed import Feed
from app.view.panel.panel_base import CardFrame, Panel, clear, scrolled
from twin.model.change import Change, Progress, TwinChanged
from twin.model.problem import Problem
from twin.model.radio_map import JOB, RadioLink, RadioMap, RadioNode, RadioStrength

MOST = 30
"""Most links that are listed."""
AGAIN_MS = 30_000
"""How often the strengths that devices report by themselves are read anew while the page is shown."""
TONES = {
    RadioStrength.STRONG: "good",
    RadioStrength.FAIR: "good",
    RadioStrength.WEAK: "error",
    RadioStrength.UNKNOWN: "muted",
}


class RadioPanel(Panel):
    """Reads the map when it is shown; asks the devices on demand only, for that loads their network."""

    title, icon = "Radio links", "bridge"
    mapped = Signal(object, bool)
    """A map was read, and whether devices were asked for it."""

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self.map: RadioMap | None = None
        self.running = self._reading = False
        self._failure: Problem | None = None
        self.about, self.summary = text_label("", "muted", wrap=True), text_label("", "", wrap=True)
        self.reason, self.notes = text_label("", "reason", wrap=True), text_label("", "muted", wrap=True, select=True)
        self.start, self.stop, self.gauge = QPushButton(), QPushButton(), Gauge()
        self.start.setObjectName("primary")
        self.start.clicked.connect(self.survey)
        self.stop.clicked.connect(lambda: self.feed.api.cancel(JOB))
        self.weakest, self.cards = text_label("", "section"), QVBoxLayout()
        self.cards.setSpacing(6)
        self._again = QTimer(self)
        self._again.setInterval(AGAIN_MS)
        self._again.timeout.connect(lambda: self.read() if self.isVisible() and self.map is not None else None)
        self._again.start()
        self._build()
        self.retranslate()

    def _build(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(14, 14, 14, 14)
        column.setSpacing(10)
        column.setAlignment(Qt.AlignmentFlag.AlignTop)
        column.addWidget(self.about)
        column.addLayout(row(self.start, self.stop, 1))
        for widget in (self.gauge, self.reason, self.summary, self.notes, self.weakest):
            column.addWidget(widget)
        column.addLayout(self.cards)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolled(inside))

    @override
    def retranslate(self) -> None:
        self.about.setText(
            tr(
                "Which device hears which, and how well. Asking takes minutes in large networks and loads them meanwhile."
            )
        )
        self.start.setText(tr("Ask the devices"))
        self.stop.setText(tr("Cancel"))
        self.gauge.setAccessibleName(tr("Progress"))
        self.weakest.setText(tr("Weakest links"))
        self._show()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        self.read()

    @override
    def on_change(self, change: Change) -> None:
        if isinstance(change, Progress) and change.job == JOB and self.running:
            self.gauge.show_fraction(change.fraction)
        elif isinstance(change, TwinChanged) and self.isVisible() and self.map is not None:
            self._show()

    def read(self) -> None:
        """Reads the map that the engine has, without asking devices."""
        if not self._reading and not self.running:
            self._reading = True
            self.feed.when(self.feed.api.radio_map(), self._done, self._unread)

    def survey(self) -> None:
        """Has the devices asked, unless they are being asked."""
        if self.running:
            return
        self.running, self._failure = True, None
        self.gauge.show_fraction(0.0)
        self._show()
        self.feed.when(self.feed.api.survey_radio(), self._asked, self._failed)

    def _asked(self, found: RadioMap) -> None:
        self.running = False
        self._take(found, asked=True)

    def _done(self, found: RadioMap) -> None:
        self._reading, self._failure = False, None
        self._take(found, asked=False)

    def _take(self, found: RadioMap, *, asked: bool) -> None:
        self.map = found
        self.mapped.emit(found, asked)
        self._show()

    def _failed(self, problem: Problem) -> None:
        self.running, self._failure = False, problem
        self._show()

    def _unread(self, problem: Problem) -> None:
        self._reading, self._failure = False, problem
        self._show()

    def _show(self) -> None:
        found, now_ms = self.map, QDateTime.currentMSecsSinceEpoch()
        self.start.setVisible(not self.running)
        self.start.setEnabled(found is not None and found.can_ask)
        self.stop.setVisible(self.running)
        self.gauge.setVisible(self.running)
        problems = (self._failure,) if self._failure else found.problems if found else ()
        self.reason.setText(
            "\n".join(f"{one.where}: {in_full(one)}" if one.where else in_full(one) for one in problems)
        )
        self.reason.setVisible(bool(problems))
        clear(self.cards)
        links = found.links if found else ()
        self.summary.setText(_summary(found, now_ms) if found else "")
        notes = _notes(found, self.feed) if found else []
        self.notes.setText("\n".join(notes))
        self.notes.setVisible(bool(notes))
        self.weakest.setVisible(bool(links))
        nodes = {node.key: node for node in found.nodes} if found else {}
        for link in links[:MOST]:
            self.cards.addWidget(_card(link, nodes, now_ms))
        if len(links) > MOST:
            self.cards.addWidget(
                text_label(tr("and %n more, which are stronger or not known", len(links) - MOST), "faint", wrap=True)
            )


def _summary(found: RadioMap, now_ms: int) -> str:
    if not found.links and found.asked_ms is None:
        if found.can_ask:
            return tr("The devices were not asked yet.")
        return tr("No gateway of this project can tell radio links.")
    weak = sum(link.strength is RadioStrength.WEAK for link in found.links)
    said = [tr("%n radio links", len(found.links)), tr("%n weak", weak)]
    said += [tr("Asked {ago}", ago=format_age(found.asked_ms, now_ms))] if found.asked_ms is not None else []
    said += [tr("simulated")] if found.simulated else []
    return " · ".join(said)


def _notes(found: RadioMap, feed: Feed) -> list[str]:
    linked = {key for link in found.links for key in (link.start, link.end)}
    of = feed.twin.device_of
    placeless = [
        node
        for node in found.nodes
        if node.key in linked and (node.device is None or (one := of.get(node.device)) is None or one.room is None)
    ]
    silent = [node for node in found.nodes if not node.answered]
    notes = [tr("Without a place: {names}", names=_names(placeless))] if placeless else []
    return notes + ([tr("Did not answer: {names}", names=_names(silent))] if silent else [])


def _names(nodes: Iterable[RadioNode]) -> str:
    names = [node_title(node) for node in nodes]
    more = [tr("and %n more", len(names) - MOST)] if len(names) > MOST else []
    return ", ".join([*names[:MOST], *more])


def _card(link: RadioLink, nodes: dict[str, RadioNode], now_ms: int) -> CardFrame:
    card = CardFrame()
    ends = f"{node_title(nodes.get(link.start))} ↔ {node_title(nodes.get(link.end))}"
    card.column.addLayout(row(IconLabel("bridge", tone=TONES[link.strength], size=16), text_label(ends, "", wrap=True)))
    facts = (
        radio_name(link.radio),
        quality_text(link),
        strength_word(link.strength),
        heard_text(link, now_ms),
    )
    card.column.addWidget(text_label(" · ".join(facts), "muted", wrap=True))
    card.setAccessibleName(f"{ends}: {', '.join(facts)}")
    return card
