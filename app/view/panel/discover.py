"""Install panel: found candidates, what each one needs, and adding them; pairing codes go to the pair dialog."""

from __future__ import annotations

import time
from collections.abc import Iterable
from functools import partial
from typing import override

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.i18n import in_full, sentence, tr
from app.view.control.widgets import Spinner, row, show_text, text_label
from app.view.control.wrapping_row import WrappingRow
from app.view.feed import Feed
from app.view.panel.candidate_card import AddedDevice, CandidateCard
from app.view.panel.candidate_group import SHOWN, CandidateGroup, found_by
from app.view.panel.card_list import SLICE_S, lay_out
from app.view.panel.certificate_trust import CODE, CertificateTrust
from app.view.panel.joining import JoiningSection
from app.view.panel.link_options_form import LinkOptionsForm
from app.view.panel.panel_base import CardFrame, EmptyState, Panel, scrolled
from twin.model.candidate import BUTTON_JOB, Candidate, Need
from twin.model.change import CandidatesChanged, Change, TwinChanged
from twin.model.device import Device
from twin.model.ids import DeviceId, LinkId
from twin.model.link_option import LinkSchema
from twin.model.problem import Problem
from twin.model.text import Text

LOGIN = "link.login"
DELETED_AT_ONCE = 8
"""Cards that are deleted in one turn."""


class DiscoverPanel(Panel):
    """The install panel; discovery runs only while it is visible."""

    title, icon = "Install", "discover"
    pair_wanted = Signal()
    list_wanted = Signal()
    """The user wants to pair many devices from a list."""
    checkout_wanted = Signal()
    check_wanted = Signal()
    """The user wants to see the network check."""
    radio_wanted = Signal()
    """The user wants to see the radio links."""
    placing_wanted = Signal()
    """The user wants all devices placed into the rooms that their systems name."""

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self.cards: dict[str, CandidateCard] = {}
        self._wanted: list[tuple[CandidateGroup, list[Candidate]]] = []
        """The candidates that have a card, or get one in a later turn, in the order of their groups."""
        self._gone: list[CandidateCard] = []
        self.fresh: dict[DeviceId, AddedDevice] = {}
        self._more_fresh: dict[DeviceId, Device] = {}
        self.code, self.spinner, self.looking = QPushButton(), Spinner(), text_label("", "muted")
        self.code.setObjectName("primary")
        self.code.clicked.connect(self.pair_wanted)
        self.network, self.checkout, self.list = QPushButton(), QPushButton(), QPushButton()
        self.radio = QPushButton()
        self.radio.clicked.connect(self.radio_wanted)
        self.list.clicked.connect(self.list_wanted)
        self.checkout.clicked.connect(self.checkout_wanted)
        self.network.clicked.connect(self.check_wanted)
        self.url, self.by_url, self.url_reason = QLineEdit(), QPushButton(), text_label("", "reason", wrap=True)
        self.url_reason.hide()
        self.user, self.password = QLineEdit(), QLineEdit()
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.login = QWidget()
        self.login.setLayout(row(self.user, self.password))
        self.login.hide()
        self.link_options, self._scheme, self._has_button = LinkOptionsForm(), "", False
        self._pairing = False
        """Whether the button of the peer at the address is waited for."""
        self._trusted: dict[str, str] = {}
        self.trusting = CertificateTrust(feed)
        self.trusting.chosen.connect(self._trust_url)
        self.url.textChanged.connect(self._type_url)
        self.user.returnPressed.connect(self.password.setFocus)
        self.password.returnPressed.connect(self._add_url)
        self.by_url.clicked.connect(self._add_url)
        self.url.returnPressed.connect(self._add_url)
        self.proposed, self.put = text_label("", "", wrap=True), QPushButton()
        self.put.clicked.connect(self.placing_wanted)
        self.proposal = CardFrame()
        self.proposal.column.addLayout(row(self.proposed, self.put))
        self.proposal.hide()
        self.joining = JoiningSection(feed)
        self.joining.joined.connect(self._after_join)
        self.taken_label, self.taken = text_label("", "section"), QVBoxLayout()
        self.search, self.addable, self.known = QLineEdit(), CandidateGroup(), CandidateGroup()
        self.ignored, self.show_ignored = CandidateGroup(), QPushButton()
        self.show_ignored.setCheckable(True)
        self.show_ignored.toggled.connect(self._fill)
        self.search.textChanged.connect(self._fill)
        self.empty = EmptyState("discover")
        self._build()
        self.retranslate()

    def _build(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(14, 14, 14, 14)
        column.setSpacing(10)
        column.addLayout(WrappingRow(self.code, self.list))
        column.addLayout(row(self.url, self.by_url))
        column.addWidget(self.login)
        column.addWidget(self.link_options)
        column.addWidget(self.url_reason)
        column.addWidget(self.trusting)
        column.addWidget(self.joining)
        column.addWidget(self.proposal)
        column.addWidget(self.taken_label)
        column.addLayout(self.taken)
        column.addLayout(row(self.search, self.looking, self.spinner))
        column.addWidget(self.addable)
        column.addWidget(self.known)
        column.addLayout(row(self.show_ignored, 1))
        column.addWidget(self.ignored)
        column.addWidget(self.empty, 1)
        column.addLayout(WrappingRow(self.checkout, self.network, self.radio))
        column.addStretch(0)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolled(inside))

    @override
    def retranslate(self) -> None:
        self.code.setText(tr("Pair with a code…"))
        self.url.setPlaceholderText(tr("or an address: mqtts://broker.local"))
        self.url.setAccessibleName(tr("Address of a gateway or broker"))
        self.by_url.setText(self._verb())
        self.list.setText(tr("Pair from a list…"))
        self.checkout.setText(tr("Check out devices…"))
        self.network.setText(tr("Check the network…"))
        self.radio.setText(tr("Radio links"))
        self.put.setText(tr("Put them there"))
        self._propose()
        self.joining.retranslate()
        self.trusting.retranslate()
        self.link_options.retranslate()
        for field, text in ((self.user, tr("User")), (self.password, tr("Password"))):
            field.setPlaceholderText(text)
            field.setAccessibleName(text)
        self.search.setPlaceholderText(tr("Search what was found"))
        self.search.setAccessibleName(tr("Search what was found"))
        self.show_fresh(())
        self.looking.setText(tr("looking…"))
        for card in self.cards.values():
            self._let_go(card)
        self.cards.clear()
        self._fill()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        self.spinner.set_busy(True)
        self._propose()
        self.feed.api.discover(True)

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        self.spinner.set_busy(False)
        self.feed.api.discover(False)

    @override
    def on_change(self, change: Change) -> None:
        if isinstance(change, CandidatesChanged):
            self._fill()
        elif isinstance(change, TwinChanged) and not self.feed.diff.only_names:
            self._forget_placed()
            if self.isVisible():
                self._propose()

    def _propose(self) -> None:
        """Shows how many devices without a room have a suggested room; hidden if none."""
        found = len(self.feed.twin.suggested_rooms())
        self.proposed.setText(tr("%n devices say in which room they are.", found))
        self.proposal.setVisible(found > 0)

    def _fill(self) -> None:
        # cards stay where they are while somebody types into one; only what came or went changes
        wanted = self.search.text()
        here = found_by(self.feed.candidates, wanted)
        ignored = [one for one in here if one.ignored]
        groups = (
            (
                self.addable,
                tr("CAN BE ADDED"),
                [one for one in here if one.needs is not Need.KNOWN and not one.ignored],
            ),
            (self.known, tr("RECOGNISED"), [one for one in here if one.needs is Need.KNOWN and not one.ignored]),
            (self.ignored, tr("IGNORED"), ignored if self.show_ignored.isChecked() else []),
        )
        self.show_ignored.setText(
            tr("Hide ignored devices") if self.show_ignored.isChecked() else tr("Show %n ignored devices", len(ignored))
        )
        self.show_ignored.setVisible(bool(ignored))
        shown = {one.key: one for _, _, group in groups for one in group[:SHOWN]}
        for key in [key for key, card in self.cards.items() if shown.get(key) != card.candidate]:
            if not self.cards[key].isAncestorOf(QApplication.focusWidget() or self):
                self._let_go(self.cards.pop(key))
        self._wanted = [(group, candidates[:SHOWN]) for group, _, candidates in groups]
        for group, heading, candidates in groups:
            group.set_heading(heading, len(candidates))
        self._add_cards()
        self.search.setVisible(bool(self.feed.candidates))
        self.empty.setVisible(not here)
        self.empty.set_texts(
            tr("Nothing found is called like that.") if self.feed.candidates else tr("Nothing has answered yet."),
            "",
            tr("Devices must be on the same network, powered and near enough."),
        )

    def _add_cards(self) -> None:
        """Makes missing cards, a few at once and the others in later turns."""
        end_s = time.thread_time() + SLICE_S
        for group, candidates in self._wanted:
            for at, candidate in enumerate(candidates):
                if candidate.key not in self.cards:
                    if time.thread_time() > end_s:
                        self.feed.turns.add(self._add_cards)
                        return lay_out()
                    card = self.cards[candidate.key] = CandidateCard(self.feed, candidate)
                    card.added.connect(self._after)
                    group.cards.insertWidget(at, card)
                    card.show()
        return lay_out()

    def _let_go(self, card: CandidateCard) -> None:
        """Takes a card away at once, and deletes it in a later turn: the deletion of many takes time."""
        for group in (self.addable, self.known, self.ignored):
            group.cards.removeWidget(card)
        card.hide()
        self._gone.append(card)
        self.feed.turns.add(self._delete_gone)

    def _delete_gone(self) -> None:
        for card in self._gone[:DELETED_AT_ONCE]:
            card.deleteLater()
        del self._gone[:DELETED_AT_ONCE]
        if self._gone:
            self.feed.turns.add(self._delete_gone)

    def _forget_placed(self) -> None:
        """Removes devices that have been placed in a room or deleted from the list of new devices."""
        for id in tuple(self.fresh):
            device = self.feed.twin.device_of.get(id)
            if device is None or device.room is not None:
                gone = self.fresh.pop(id)
                gone.hide()
                gone.deleteLater()
        there = self.feed.twin.device_of
        waiting = [there[id] for id in self._more_fresh if id in there]
        self._more_fresh.clear()
        self.show_fresh(waiting)

    def _after(self, what: str, devices: tuple[Device, ...]) -> None:
        if what == "pair":
            self.pair_wanted.emit()
        else:
            self.show_fresh(devices)

    def _after_join(self, ready: tuple[LinkId, str]) -> None:
        self.show_fresh(one for one in self.feed.twin.devices if (one.link, one.uid) == ready)

    def show_fresh(self, devices: Iterable[Device]) -> None:
        """Lists newly added devices, newest first, at most 60 at a time."""
        for device in devices:
            if device.id in self.fresh or device.room is not None:
                continue
            if len(self.fresh) >= SHOWN:
                self._more_fresh[device.id] = device
                continue
            self.fresh[device.id] = AddedDevice(self.feed, device)
            self.taken.insertWidget(0, self.fresh[device.id])
        count = len(self.fresh) + len(self._more_fresh)
        self.taken_label.setText(f"{tr('JUST ADDED')} · {count}")
        self.taken_label.setVisible(count > 0)

    def _add_url(self) -> None:
        if self._pairing:
            self.feed.api.cancel(BUTTON_JOB)
            return
        address = self.url.text().strip()
        if not address:
            self.url.setFocus()
            return
        self._send_url()

    def _trust_url(self, trust: dict[str, str]) -> None:
        self.trusting.hide()
        self._trusted = trust  # also for the next password
        self._send_url()

    def _type_url(self, text: str) -> None:
        self._trusted = {}
        self.trusting.hide()
        scheme, found, _ = text.strip().partition("://")
        if (scheme := scheme if found else "") == self._scheme:
            return
        self._scheme = scheme
        self._show_schema(scheme, LinkSchema())
        if scheme:
            asked = self.feed.api.link_options(f"{scheme}://")
            unknown = LinkSchema(has_login=True)
            self.feed.when(
                asked, partial(self._show_schema, scheme), lambda _problem: self._show_schema(scheme, unknown)
            )

    def _show_schema(self, scheme: str, schema: LinkSchema) -> None:
        if scheme == self._scheme:
            self._has_button = schema.has_button
            self.login.setVisible(schema.has_login)
            self.link_options.set_schema(schema.options)

    def _send_url(self) -> None:
        address = self.url.text().strip()
        self._wait_for_url(True)
        options, trust = self.link_options.values(), self._trusted
        # a single device goes into the picked room, those of a gateway are each in a room of their own
        room = self.feed.selection.state.room
        login = (self.user.text(), self.password.text())
        job = self.feed.api.add(address, *login, room, trust=trust, options=options, only_one=True)
        self.feed.when(job, self._url_done, self._url_failed)

    def _verb(self) -> str:
        return tr("Cancel") if self._pairing else tr("Add")

    def _wait_for_url(self, waits: bool) -> None:
        """Shows whether the address is being added; where its peer's button is waited for, the button gives that up."""
        self._pairing = waits and self._has_button
        self.url.setEnabled(not waits)
        self.by_url.setEnabled(not waits or self._pairing)
        self.by_url.setText(self._verb())
        show_text(self.url_reason, sentence(Text("link.press_button")) if self._pairing else "", "")

    def _url_done(self, devices: tuple[Device, ...]) -> None:
        self._wait_for_url(False)
        self.url.setFocus()  # the fields of the login, one of which had it, vanish
        for field in (self.url, self.user, self.password):
            field.clear()
        self.show_fresh(devices)

    def _url_failed(self, problem: Problem) -> None:
        self._wait_for_url(False)
        show_text(self.url_reason, in_full(problem), "reason")
        if problem.code.startswith(CODE):
            self.trusting.show_certificate_of(self.url.text().strip())
        elif problem.code == LOGIN:
            self.user.setText(self.user.text() or QUrl(self.url.text().strip()).userName())
            field = self.password if self.user.text() else self.user
            field.setFocus()
            field.selectAll()
        else:
            self.url.setFocus()
