"""Part of the Install page: networks that can be opened for new devices, and who joins them."""

from __future__ import annotations

from typing import override

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QComboBox, QPushButton, QVBoxLayout, QWidget

from app.i18n import in_full, sentence, tr
from app.view.control.widgets import ElidedLabel, StatusDot, row, show_text, text_label
from app.view.feed import Feed
from app.view.panel.panel_base import CardFrame
from app.view.panel.software_sheet import SoftwareSheet
from twin.model.device_sharing import DeviceSoftware, UpdatePhase
from twin.model.ids import LinkId
from twin.model.joining import JoiningDevice, JoinNetwork, JoinStage
from twin.model.problem import Problem
from twin.model.text import Text

ASK_MS = 1000
"""How often networks are asked for while the page is visible."""
SHOWN = 12
"""Most joining devices on a card, newest first."""
_TONES = {
    JoinStage.JOINED: "warning", JoinStage.INTERVIEWING: "warning", JoinStage.READY: "good", JoinStage.FAILED: "error",
    JoinStage.LEFT: "offline",
}  # fmt: skip


def countdown(seconds: float) -> str:
    """Minutes and seconds that are left, as `1:05`."""
    whole = max(0, round(seconds))
    return f"{whole // 60}:{whole % 60:02d}"


class JoiningRow(QWidget):
    """One joining device: name and product, how far it is, and why it failed."""

    def __init__(self) -> None:
        super().__init__()
        self.dot, self.name, self.stage = StatusDot(), ElidedLabel("", "fact"), text_label("", "muted")
        self.reason = text_label("", "faint", wrap=True, select=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        head = row(self.dot, self.name, self.stage)
        head.setStretch(1, 1)
        column.addLayout(head)
        column.addWidget(self.reason)

    def show_device(self, device: JoiningDevice) -> None:
        """Shows how far the device is."""
        self.dot.set_tone(_TONES[device.stage])
        self.name.setText(" · ".join(part for part in (device.name, device.product) if part))
        self.stage.setText(sentence(Text(f"join.stage.{device.stage.value}")))
        self.reason.setText(sentence(device.reason) if device.reason else "")
        self.reason.setVisible(device.reason is not None)


class JoinCard(CardFrame):
    """One network: opens it for a time by all routers or one, counts down, and lists who joins."""

    def __init__(self, feed: Feed, network: JoinNetwork) -> None:
        super().__init__()
        self.feed, self.network = feed, network
        self.title, self.state = ElidedLabel("", "paneltitle"), text_label("", "muted")
        self.time, self.through, self.open = QComboBox(), QComboBox(), QPushButton()
        self.advice, self.reason = text_label("", "muted", wrap=True), text_label("", "reason", wrap=True)
        self.reason.hide()
        self.rows: list[JoiningRow] = []
        self.joining = QVBoxLayout()
        self.joining.setSpacing(6)
        self._routers: tuple[str, ...] = ()
        head = row(self.title, self.state)
        head.setStretch(0, 1)
        self.column.setSpacing(8)
        self.column.addLayout(head)
        self.column.addWidget(self.advice)
        choices = row(self.time, self.through, self.open)
        choices.setStretch(1, 1)
        self.column.addLayout(choices)
        self.column.addWidget(self.reason)
        self.column.addLayout(self.joining)
        self.open.clicked.connect(self._ask)
        self.retranslate()

    def retranslate(self) -> None:
        """Sets all texts in the current language."""
        chosen = self.time.currentIndex()
        self.time.clear()
        for seconds in (60, 120, self.network.most_s):
            self.time.addItem(tr("for {time} min", time=countdown(seconds)), seconds)
        self.time.setCurrentIndex(max(chosen, 0) if chosen >= 0 else 1)
        self.time.setAccessibleName(tr("How long"))
        self.through.setAccessibleName(tr("By which device"))
        self.advice.setText(tr("Let new devices join, then switch them to joining as their manual says."))
        self._routers = ()
        self.show_network(self.network)

    def show_network(self, network: JoinNetwork) -> None:
        """Shows the network's state; what the user chooses is kept."""
        self.network = network
        link = next((one for one in self.feed.twin.links if one.id == network.link), None)
        self.title.setText(" · ".join(part for part in (network.name, link.title if link else "") if part))
        left_s = (network.ends_ms - self.feed.now_ms()) / 1000 if network.ends_ms is not None else None
        if not network.is_open:
            self.state.setText(tr("closed"))
        else:
            self.state.setText(
                tr("open for new devices") if left_s is None else tr("open, {time} left", time=countdown(left_s))
            )
        self.open.setText(tr("Stop") if network.is_open else tr("Let devices join"))
        for choice in (self.time, self.through):
            choice.setEnabled(not network.is_open)
        self._fill_routers()
        self._fill_rows()

    def _fill_routers(self) -> None:
        routers = tuple(one.address for one in self.network.routers)
        if routers == self._routers and self.through.count():
            return
        chosen = self.through.currentData()
        self._routers = routers
        self.through.clear()
        self.through.addItem(tr("by all routers"), "")
        for one in self.network.routers:
            self.through.addItem(tr("by {device} only", device=one.name), one.address)
        self.through.setCurrentIndex(max(self.through.findData(chosen), 0))

    def _fill_rows(self) -> None:
        shown = self.network.devices[:SHOWN]
        while len(self.rows) < len(shown):
            self.rows.append(JoiningRow())
            self.joining.addWidget(self.rows[-1])
        for at, one in enumerate(self.rows):
            one.setVisible(at < len(shown))
            if at < len(shown):
                one.show_device(shown[at])

    def _ask(self) -> None:
        self.open.setEnabled(False)
        self.reason.hide()
        network = self.network
        seconds = 0 if network.is_open else int(self.time.currentData())
        asked = self.feed.api.permit_join(network.link, network.id, seconds, str(self.through.currentData() or ""))
        self.feed.when(asked, lambda _: self.open.setEnabled(True), self._refused)

    def _refused(self, problem: Problem) -> None:
        self.open.setEnabled(True)
        show_text(self.reason, in_full(problem), "reason")


class JoiningSection(QWidget):
    """A card for each network, and how many devices have a newer software. Asks once a second while it is visible."""

    joined = Signal(object)
    """Uid and link of a device that is ready: (LinkId, uid)."""

    def __init__(self, feed: Feed) -> None:
        super().__init__()
        self.feed = feed
        self.cards: dict[tuple[LinkId, str], JoinCard] = {}
        self.newer, self.software = text_label("", "", wrap=True), QPushButton()
        self.updates = CardFrame()
        self.updates.column.addLayout(row(self.newer, self.software))
        self.updates.hide()
        self._ready: set[tuple[LinkId, str]] = set()
        self._asking = False
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(10)
        self.column.addWidget(self.updates)
        self._timer = QTimer(self)
        self._timer.setInterval(ASK_MS)
        self._timer.timeout.connect(self.refresh)
        self.software.clicked.connect(lambda: SoftwareSheet(feed, self.window()).open())
        feed.project_left.connect(lambda: self._show(()))
        self.retranslate()

    def retranslate(self) -> None:
        """Sets all texts in the current language."""
        self.software.setText(tr("Software…"))
        for card in self.cards.values():
            card.retranslate()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        self._timer.start()
        self.refresh()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()

    def refresh(self) -> None:
        """Asks for the networks, unless the last answer is still to come."""
        if self._asking or not self.feed.api.project() or not self.feed.twin.links:
            return
        if self.feed.api.may("join_networks"):
            self._asking = True
            self.feed.when(self.feed.api.join_networks(), self._show, self._nothing)
        if self.feed.api.may("software_states"):
            self.feed.when(self.feed.api.software_states(), self._show_software, lambda _problem: None)

    def _nothing(self, _: Problem) -> None:
        self._show(())

    def _show(self, networks: tuple[JoinNetwork, ...]) -> None:
        self._asking = False
        there = {(one.link, one.id): one for one in networks}
        known = {(one.link, one.uid) for one in self.feed.twin.devices if networks}  # the twin learns of it later
        for key in [key for key in self.cards if key not in there]:
            card = self.cards.pop(key)
            card.hide()
            card.deleteLater()
        for key, network in there.items():
            if key in self.cards:
                self.cards[key].show_network(network)
            else:
                self.cards[key] = JoinCard(self.feed, network)
                self.column.addWidget(self.cards[key])
            for device in network.devices:
                ready = (network.link, device.uid)
                if device.stage is JoinStage.READY and ready not in self._ready and ready in known:
                    self._ready.add(ready)
                    self.joined.emit(ready)

    def _show_software(self, found: tuple[DeviceSoftware, ...]) -> None:
        newer = sum(bool(one.state.newer) for one in found)
        busy = sum(one.state.phase is UpdatePhase.UPDATING for one in found)
        parts = [tr("%n devices have newer software", newer)] if newer else [tr("Software of %n devices", len(found))]
        parts += [tr("%n are being updated", busy)] if busy else []
        self.newer.setText(" · ".join(parts))
        self.updates.setVisible(bool(found))
