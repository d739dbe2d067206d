"""Install panel: found candidates, what each one needs, and adding them; pairing codes go to the pair dialog."""

from __future__ import annotations

from collections.abc import Iterable
from typing import override

from PySide6.QtCore import QPoint, Qt, QUrl, Signal
from PySide6.QtGui import QDrag, QHideEvent, QMouseEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QFormLayout, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.i18n import in_full, tr, translation
from app.view.control.safe_text import set_tip
from app.view.control.widgets import ElidedLabel, IconLabel, Spinner, row, text_label
from app.view.feed import Feed
from app.view.formatting import format_protocol
from app.view.panel.building_tree_model import pack
from app.view.panel.certificate_trust import CODE, CertificateTrust
from app.view.panel.link_options_form import LinkOptionsForm
from app.view.panel.panel_base import CardFrame, EmptyState, Panel, scrolled
from app.view.panel.search_text import folded
from twin.model.candidate import Candidate, Need
from twin.model.change import CandidatesChanged, Change, TwinChanged
from twin.model.device import Device
from twin.model.ids import DeviceId, RoomId
from twin.model.link_option import LinkOption
from twin.model.problem import Problem

NEEDS = {
    Need.NOTHING: "Ready to add",
    Need.CODE: "Needs its pairing code",
    Need.PASSWORD: "Needs a login",
    Need.PIN: "Needs its PIN",
    Need.KEY: "Needs its key",
    Need.BUTTON: "Press its button, then add",
    Need.KNOWN: "Recognised; not supported yet",
}
LOGIN = "link.login"
WITHOUT_LOGIN = ("modbus", "modbus+rtu", "bacnet")
"""URL schemes of protocols without user and password."""
_LOGIN = (Need.PASSWORD, Need.PIN, Need.KEY)
SHOWN = 60
"""Maximum number of cards in a group; the others are found by searching."""


def matches_search(candidate: Candidate, wanted: str) -> bool:
    """Whether every word of the search occurs in a candidate's names, maker, product, addresses or protocol."""
    known = folded(
        " ".join(
            (
                candidate.name,
                candidate.maker,
                candidate.product,
                candidate.model,
                *candidate.addresses,
                candidate.protocol,
            )
        )
    )
    return all(word in known for word in folded(wanted).split())


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


class CandidateCard(CardFrame):
    """Card of a candidate: name, requirement, and the form to add it."""

    added = Signal(str, object)

    def __init__(self, feed: Feed, candidate: Candidate) -> None:
        super().__init__()
        self.feed, self.candidate = feed, candidate
        self.user, self.password, self.reason = QLineEdit(), QLineEdit(), text_label("", "reason", wrap=True)
        self.spinner, self.button = Spinner(16), QPushButton(self._verb())
        self.button.setAccessibleName(f"{self._verb()}: {candidate.name}")
        self.button.clicked.connect(self._add)
        self.button.setVisible(candidate.needs is not Need.KNOWN)
        self.reason.hide()
        self._build()

    def _build(self) -> None:
        candidate = self.candidate
        names = QVBoxLayout()
        names.setSpacing(1)
        names.addWidget(ElidedLabel(candidate.name, "paneltitle"))
        known = translation(candidate.product) or candidate.product or candidate.model
        product = " ".join(part for part in (candidate.maker, known) if part)
        names.addWidget(
            ElidedLabel(" · ".join(part for part in (product, format_protocol(candidate.protocol)) if part), "muted")
        )
        line = QHBoxLayout()
        line.setSpacing(10)
        line.addWidget(IconLabel("bridge" if candidate.needs in _LOGIN else "device", size=22))
        line.addLayout(names, 1)
        line.addWidget(self.spinner)
        line.addWidget(self.button)
        self.column.addLayout(line)
        where = ", ".join(candidate.addresses[:3]) + (f" : {candidate.port}" if candidate.port else "")
        self.column.addWidget(ElidedLabel(f"{tr(NEEDS[candidate.needs])} · {where}", "faint"))
        self.form = QWidget()
        form = QFormLayout(self.form)
        form.setContentsMargins(0, 6, 0, 0)
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.user.returnPressed.connect(self.password.setFocus)
        self.password.returnPressed.connect(self._add)
        if candidate.needs is Need.PASSWORD:
            form.addRow(text_label(tr("User"), "fact"), self.user)
        form.addRow(
            text_label(tr({Need.PIN: "PIN", Need.KEY: "Key"}.get(candidate.needs, "Password")), "fact"), self.password
        )
        self.user.setAccessibleName(tr("User"))
        self.password.setAccessibleName(tr("Password"))
        self.form.hide()
        self.column.addWidget(self.form)
        self.column.addWidget(self.reason)
        self._trusted: dict[str, str] = {}
        self.trusting = CertificateTrust(self.feed)
        self.trusting.chosen.connect(self._trust)
        self.column.addWidget(self.trusting)
        set_tip(self, "\n".join(candidate.evidence))

    def _verb(self) -> str:
        return tr("Pair…") if self.candidate.needs is Need.CODE else tr("Add")

    def _add(self) -> None:
        if self.candidate.needs is Need.CODE:
            self.added.emit("pair", ())
            return
        if self.candidate.needs in _LOGIN and self.form.isHidden():
            self.form.show()
            (self.user if self.candidate.needs is Need.PASSWORD else self.password).setFocus()
            return
        self._send()

    def _trust(self, trust: dict[str, str]) -> None:
        self.trusting.hide()
        self._trusted = trust  # also for the next password
        self._send()

    def _send(self) -> None:
        self._work(True)
        room = self.feed.selection.state.room
        job = self.feed.api.add(self.candidate, self.user.text(), self.password.text(), room, self._trusted)
        self.feed.when(job, self._done, self._failed)

    def _work(self, busy: bool) -> None:
        self.spinner.set_busy(busy)
        for widget in (self.button, self.user, self.password):
            widget.setEnabled(not busy)
        self.reason.hide()

    def _done(self, devices: tuple[Device, ...]) -> None:
        self._work(False)
        self.password.clear()
        self.form.hide()
        self.added.emit("added", devices)

    def _failed(self, problem: Problem) -> None:
        self._work(False)
        self.reason.setText(in_full(problem))
        self.reason.show()
        if problem.code.startswith(CODE):
            self.trusting.show_certificate_of(self.candidate)
            return
        if not self.form.isHidden():
            self.password.setFocus()
            self.password.selectAll()


class AddedDevice(QWidget):
    """Row of a newly added device: drag it onto its room, or make it blink to identify it."""

    def __init__(self, feed: Feed, device: Device) -> None:
        super().__init__()
        self._feed, self._device, self._press = feed, device, QPoint()
        hint = tr("drag onto its room")
        blink = QPushButton(tr("Blink"))
        blink.setAccessibleName(f"{tr('Blink')}: {device.name}")
        point = device.point("identify")
        blink.setVisible(point is not None)
        if point is not None:
            blink.clicked.connect(lambda: feed.order(point.id, "identify"))
        line = row(IconLabel("check", tone="good", size=16), ElidedLabel(device.name), text_label(hint, "faint"), blink)
        line.setStretch(1, 1)
        self.setLayout(line)
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._press = event.position().toPoint()
        self._feed.selection.pick_device(self._device.id)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        far = (event.position().toPoint() - self._press).manhattanLength()
        if event.buttons() & Qt.MouseButton.LeftButton and far >= QApplication.startDragDistance():
            drag = QDrag(self)
            drag.setMimeData(pack((self._device.id,)))
            drag.exec(Qt.DropAction.MoveAction)


class DiscoverPanel(Panel):
    """The install panel; discovery runs only while it is visible."""

    title, icon = "Install", "discover"
    pair_wanted = Signal()
    checkout_wanted = Signal()
    check_wanted = Signal()
    """The user wants to see the network check."""
    placing_wanted = Signal()
    """The user wants all devices placed into the rooms that their systems name."""

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self.cards: dict[str, CandidateCard] = {}
        self.fresh: dict[DeviceId, AddedDevice] = {}
        self._more_fresh: dict[DeviceId, Device] = {}
        self.code, self.spinner, self.looking = QPushButton(), Spinner(), text_label("", "muted")
        self.code.setObjectName("primary")
        self.code.clicked.connect(self.pair_wanted)
        self.network, self.checkout = QPushButton(), QPushButton()
        self.checkout.clicked.connect(self.checkout_wanted)
        self.network.clicked.connect(self.check_wanted)
        self.url, self.by_url, self.url_reason = QLineEdit(), QPushButton(), text_label("", "reason", wrap=True)
        self.url_reason.hide()
        self.user, self.password = QLineEdit(), QLineEdit()
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.login = QWidget()
        self.login.setLayout(row(self.user, self.password))
        self.login.hide()
        self.link_options, self._scheme = LinkOptionsForm(), ""
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
        self.taken_label, self.taken = text_label("", "section"), QVBoxLayout()
        self.search, self.addable, self.known = QLineEdit(), CandidateGroup(), CandidateGroup()
        self.search.textChanged.connect(self._fill)
        self.empty = EmptyState("discover")
        self._build()
        self.retranslate()

    def _build(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(14, 14, 14, 14)
        column.setSpacing(10)
        column.addLayout(row(self.code, self.checkout))
        column.addLayout(row(self.url, self.by_url))
        column.addWidget(self.login)
        column.addWidget(self.link_options)
        column.addWidget(self.url_reason)
        column.addWidget(self.trusting)
        column.addWidget(self.proposal)
        column.addWidget(self.taken_label)
        column.addLayout(self.taken)
        column.addLayout(row(self.search, self.looking, self.spinner))
        column.addWidget(self.addable)
        column.addWidget(self.known)
        column.addWidget(self.empty, 1)
        column.addLayout(row(1, self.network, 1))
        column.addStretch(0)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolled(inside))

    @override
    def retranslate(self) -> None:
        self.code.setText(tr("Pair with a code…"))
        self.url.setPlaceholderText(tr("or an address: mqtts://broker.local"))
        self.url.setAccessibleName(tr("Address of a gateway or broker"))
        self.by_url.setText(tr("Add"))
        self.checkout.setText(tr("Check out devices…"))
        self.network.setText(tr("Check the network…"))
        self.put.setText(tr("Put them there"))
        self._propose()
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
            card.hide()
            card.deleteLater()
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
        here = [candidate for candidate in self.feed.candidates if matches_search(candidate, wanted)]
        groups = (
            (self.addable, tr("CAN BE ADDED"), [one for one in here if one.needs is not Need.KNOWN]),
            (self.known, tr("RECOGNISED"), [one for one in here if one.needs is Need.KNOWN]),
        )
        shown = {one.key: one for _, _, group in groups for one in group[:SHOWN]}
        for key in [key for key, card in self.cards.items() if shown.get(key) != card.candidate]:
            if not self.cards[key].isAncestorOf(QApplication.focusWidget() or self):
                card = self.cards.pop(key)
                card.hide()
                card.deleteLater()
        for group, heading, candidates in groups:
            for at, candidate in enumerate(candidates[:SHOWN]):
                if candidate.key not in self.cards:
                    card = self.cards[candidate.key] = CandidateCard(self.feed, candidate)
                    card.added.connect(self._after)
                    group.cards.insertWidget(at, card)
            group.set_heading(heading, len(candidates))
        self.search.setVisible(bool(self.feed.candidates))
        self.empty.setVisible(not self.cards)
        self.empty.set_texts(
            tr("Nothing found is called like that.") if self.feed.candidates else tr("Nothing has answered yet."),
            "",
            tr("Devices must be on the same network, powered and near enough."),
        )

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
        self.login.setVisible(bool(text.strip()) and scheme not in WITHOUT_LOGIN)
        if (scheme := scheme if found else "") == self._scheme:
            return
        self._scheme = scheme
        self.link_options.set_schema(())
        if scheme:
            asked = self.feed.api.link_options(f"{scheme}://")
            self.feed.when(asked, lambda schema: self._show_options(scheme, schema), lambda _problem: None)

    def _show_options(self, scheme: str, schema: tuple[LinkOption, ...]) -> None:
        if scheme == self._scheme:
            self.link_options.set_schema(schema)

    def _send_url(self) -> None:
        address = self.url.text().strip()
        self.by_url.setEnabled(False)
        self.url_reason.hide()
        room: RoomId | None = self.feed.selection.state.room
        options = self.link_options.values()
        job = self.feed.api.add(address, self.user.text(), self.password.text(), room, self._trusted, options)
        self.feed.when(job, self._url_done, self._url_failed)

    def _url_done(self, devices: tuple[Device, ...]) -> None:
        self.by_url.setEnabled(True)
        self.url.setFocus()  # the fields of the login, one of which had it, vanish
        for field in (self.url, self.user, self.password):
            field.clear()
        self.show_fresh(devices)

    def _url_failed(self, problem: Problem) -> None:
        self.by_url.setEnabled(True)
        self.url_reason.setText(in_full(problem))
        self.url_reason.show()
        if problem.code.startswith(CODE):
            self.trusting.show_certificate_of(self.url.text().strip())
        elif problem.code == LOGIN:
            self.user.setText(self.user.text() or QUrl(self.url.text().strip()).userName())
            field = self.password if self.user.text() else self.user
            field.setFocus()
            field.selectAll()
        else:
            self.url.setFocus()
