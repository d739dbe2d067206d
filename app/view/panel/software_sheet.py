"""Dialog of the devices' software: what is installed, what is newer, and how an update goes on. Nothing is updated unasked."""

from __future__ import annotations

from collections.abc import Callable
from typing import override

from PySide6.QtCore import QMimeData, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QHideEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QPushButton, QWidget

from app.i18n import in_full, sentence, tr
from app.view.control.gauge import Gauge
from app.view.control.safe_text import set_tip
from app.view.control.widgets import ElidedLabel, show_text, text_label
from app.view.control.wrapping_row import WrappingRow
from app.view.feed import Feed
from app.view.panel.card_sheet import CardSheet
from app.view.panel.panel_base import CardFrame
from app.view.panel.prompts import ask_user
from app.view.panel.search_text import folded
from twin.model.device import Device
from twin.model.device_sharing import DeviceSoftware, SoftwareState, UpdateAct, UpdatePhase
from twin.model.problem import Problem
from twin.model.text import Text

ASK_MS = 1000
SHOWN = 40
"""Most devices that are listed; the others are found by searching."""
_FIRST = (UpdatePhase.UPDATING, UpdatePhase.AVAILABLE, UpdatePhase.SCHEDULED, UpdatePhase.UNKNOWN, UpdatePhase.IDLE)
_WORDS: dict[UpdateAct, Callable[[], str]] = {
    UpdateAct.CHECK: lambda: tr("Look for a newer one"),
    UpdateAct.INSTALL: lambda: tr("Update now…"),
    UpdateAct.SCHEDULE: lambda: tr("When it asks…"),
    UpdateAct.UNSCHEDULE: lambda: tr("Do not update"),
    UpdateAct.STOP: lambda: tr("Stop the update…"),
}
_WARNINGS: dict[UpdateAct, Callable[[], str]] = {
    UpdateAct.INSTALL: lambda: tr(
        "It may take an hour, and the network is slower meanwhile. The device may not work until it is done; leave it powered."
    ),
    UpdateAct.SCHEDULE: lambda: tr(
        "It begins by itself when the device asks for it next, as devices with batteries do some time within a day."
    ),
    UpdateAct.STOP: lambda: tr("The device goes on with the software that it has."),
}
"""Acts that are asked about first, and what they mean."""


class SoftwareCard(CardFrame):
    """The software of one device."""

    def __init__(self, feed: Feed, device: Device) -> None:
        super().__init__()
        self.feed, self.device = feed, device
        self.name, self.version = ElidedLabel(device.name, "paneltitle"), text_label("", "muted", wrap=True)
        self.bar, self.reason = Gauge(), text_label("", "reason", wrap=True)
        self.buttons: dict[UpdateAct, QPushButton] = {}
        for act, word in _WORDS.items():
            made = self.buttons[act] = QPushButton(word())
            made.setAccessibleName(f"{word()} {device.name}")
            made.clicked.connect(lambda _=False, act=act: self._choose(act))
        self.file = QPushButton(tr("From a file…"))
        self.file.setAccessibleName(f"{self.file.text()} {device.name}")
        self.file.clicked.connect(self._choose_file)
        self.column.setSpacing(6)
        self.column.addWidget(self.name)
        self.column.addWidget(self.version)
        self.column.addWidget(self.bar)
        self.column.addWidget(self.reason)
        self.column.addLayout(WrappingRow(*self.buttons.values(), self.file))
        self.reason.hide()

    def show_state(self, state: SoftwareState) -> None:
        """Shows what is installed and what the device does."""
        parts = [tr("Software {version}", version=state.installed) if state.installed else ""]
        parts.append(tr("Newer: {version}", version=sentence(state.newer_text)) if state.newer else "")
        parts.append(sentence(Text(f"update.phase.{state.phase.value}")))
        if state.remaining_s is not None:
            parts.append(tr("%n minutes left", (state.remaining_s + 59) // 60))
        parts.append(sentence(state.stage) if state.stage else "")
        self.version.setText(" · ".join(part for part in parts if part))
        set_tip(self.version, state.notes)
        self.bar.setVisible(state.phase is UpdatePhase.UPDATING)
        self.bar.show_fraction(None if state.percent is None else state.percent / 100)
        for act, made in self.buttons.items():
            made.setVisible(act in state.acts)
        self.file.setVisible(state.takes_files)
        self.setAcceptDrops(state.takes_files)

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _files(event.mimeData()):
            event.acceptProposedAction()

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.load(_files(event.mimeData())[0])

    def _choose_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self.window(), tr("From a file…"), "", "Matter OTA (*.ota *.bin);;*")
        if path:
            self.load(path)

    def load(self, path: str) -> None:
        """Takes newer software for the device from a file; installs nothing."""
        self._wait(on=True)
        show_text(self.reason, tr("The file is checked…"), "muted")
        self.feed.when(self.feed.api.load_software(self.device.id, path), lambda _: self._done(), self._refused)

    def _choose(self, act: UpdateAct) -> None:
        if act not in _WARNINGS:
            self._send(act)
            return
        question = tr("{act} {name}?", act=_WORDS[act]().rstrip("…"), name=self.device.name)
        ask_user(self.window(), question, _WARNINGS[act](), _WORDS[act]().rstrip("…"), lambda: self._send(act))

    def _send(self, act: UpdateAct) -> None:
        self._wait(on=True)
        show_text(self.reason, tr("The device is asked…"), "muted")
        self.feed.when(self.feed.api.change_software(self.device.id, act), lambda _: self._done(), self._refused)

    def _done(self) -> None:
        self._wait(on=False)
        self.reason.hide()

    def _refused(self, problem: Problem) -> None:
        self._wait(on=False)
        show_text(self.reason, in_full(problem), "reason")

    def _wait(self, *, on: bool) -> None:
        for made in (*self.buttons.values(), self.file):
            made.setEnabled(not on)


class SoftwareSheet(CardSheet[SoftwareCard]):
    """Lists the devices that can be updated: those with news first. Asks once a second while it is visible."""

    def __init__(self, feed: Feed, parent: QWidget) -> None:
        super().__init__(feed, parent, SHOWN)
        self._found: tuple[DeviceSoftware, ...] = ()
        self._asking = False
        self.setWindowTitle(tr("Software of devices"))
        self.setMinimumSize(560, 480)
        self.about = text_label(tr("Nothing is looked for or updated unless you choose it here."), "muted", wrap=True)
        self.lay_out(self.about)
        self._timer = QTimer(self)
        self._timer.setInterval(ASK_MS)
        self._timer.timeout.connect(self.refresh)
        self.search.textChanged.connect(self._fill)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        self._timer.start()
        self.refresh()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()

    def refresh(self) -> None:
        """Asks for the software of all devices, unless the last answer is still to come."""
        if not self._asking:
            self._asking = True
            self.feed.when(self.feed.api.software_states(), self._show, self._refused)

    def _refused(self, problem: Problem) -> None:
        self._asking = False
        self.about.setText(in_full(problem))

    def _show(self, found: tuple[DeviceSoftware, ...]) -> None:
        self._asking, self._found = False, found
        self._fill()

    def _fill(self) -> None:
        there = self.feed.twin.device_of
        known = [(there[one.device], one.state) for one in self._found if one.device in there]
        known.sort(key=lambda pair: (_FIRST.index(pair[1].phase), folded(pair[0].name)))
        shown = {device.id: (device, state) for device, state in self.fitting(known, lambda pair: pair[0].name)}
        told = tr("No device is called so.") if known else tr("No device here tells of its software.")
        show_text(self.none, "" if shown else told, "muted")
        self.keep_cards(lambda device, _: device in shown)
        for at, (device, state) in enumerate(shown.values()):
            card = self.cards.get(device.id)
            if card is None:
                card = self.cards[device.id] = SoftwareCard(self.feed, device)
            self.put_card(at, card)
            card.show_state(state)


def _files(data: QMimeData) -> list[str]:
    """Files of this machine that are dragged."""
    return [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
