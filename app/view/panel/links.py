"""Gateways panel: state, login, certificate trust, skipped objects and removal of each gateway."""

from __future__ import annotations

from functools import partial
from typing import override

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFileDialog, QFormLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.i18n import in_full, sentence, tr
from app.view.control.slots import calling
from app.view.control.widgets import ElidedLabel, StatusDot, row, show_text, text_label
from app.view.control.wrapping_row import WrappingRow
from app.view.feed import Feed
from app.view.formatting import format_protocol, format_reason
from app.view.panel.certificate_trust import CertificateTrust, in_lines
from app.view.panel.link_options_form import LinkOptionsForm
from app.view.panel.panel_base import CardFrame, EmptyState, Panel, scroll_into_view, scrolled
from app.view.panel.prompts import ask_user
from app.view.panel.status_bar import TONES
from app.view.panel.table_changes_dialog import OPTION, TableChangesDialog
from twin.model.candidate import BUTTON_JOB
from twin.model.change import Change, DeviceOnline, LinkChanged, LinkSkipped, TwinChanged
from twin.model.ids import LinkId
from twin.model.link_option import LinkSchema, OptionKind
from twin.model.link_status import LinkStatus
from twin.model.problem import Problem
from twin.model.skipped import Skipped
from twin.model.text import Text

SOON_MS = 250
SHOWN = 50
"""Maximum number of skipped objects listed on a card; the rest is counted."""


class LinkCard(CardFrame):
    """Card of one gateway."""

    def __init__(self, feed: Feed, status: LinkStatus) -> None:
        super().__init__()
        self.feed, self.status = feed, status
        self.dot, self.title, self.state = StatusDot(), ElidedLabel("", "paneltitle"), text_label("", "muted")
        self.where, self.counts = ElidedLabel("", "faint"), text_label("", "muted", wrap=True)
        self.reason = text_label("", "reason", wrap=True)
        self.login, self.trust, self.remove = QPushButton(), QPushButton(), QPushButton()
        self.table = QPushButton()
        self.user, self.password, self.send = QLineEdit(), QLineEdit(), QPushButton()
        self.passwords = LinkOptionsForm()
        """Further passwords of the gateway."""
        self.trusts = text_label("", "faint", wrap=True, select=True)
        self.trusting = CertificateTrust(feed)
        self.usual = QPushButton()
        self.more = QPushButton()
        self.more.setObjectName("link")
        self.list = QVBoxLayout()
        self.listed = QWidget()
        self._listed: tuple[Skipped, ...] | None = None
        self._pairing = False
        """Whether the button of the peer is waited for."""
        self._build()
        self.retranslate()

    def _build(self) -> None:
        self.column.setSpacing(6)
        head = row(self.dot, self.title, self.state)
        head.setStretch(1, 1)
        self.column.addLayout(head)
        self.column.addWidget(self.where)
        self.column.addWidget(self.reason)
        self.column.addWidget(self.counts)
        self.column.addWidget(self.trusts)
        self.form = QWidget()
        form = QFormLayout(self.form)
        form.setContentsMargins(0, 6, 0, 0)
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.user_label, self.password_label = text_label("", "fact"), text_label("", "fact")
        form.addRow(self.user_label, self.user)
        form.addRow(self.password_label, self.password)
        form.addRow(self.passwords)
        form.addRow(row(1, self.send))
        self.form.hide()
        self.listed.setLayout(self.list)
        self.list.setContentsMargins(0, 0, 0, 0)
        self.list.setSpacing(4)
        self.listed.hide()
        self.usual.hide()
        self.column.addLayout(row(self.more, 1))
        self.column.addWidget(self.listed)
        self.column.addLayout(WrappingRow(self.login, self.trust, self.table, self.remove))
        self.column.addWidget(self.form)
        self.column.addWidget(self.trusting)
        self.column.addLayout(row(1, self.usual))
        self.login.clicked.connect(self._open_login)
        self.send.clicked.connect(self._log_in)
        self.password.returnPressed.connect(self._log_in)
        self.trust.clicked.connect(self._open_trust)
        self.trusting.chosen.connect(self._trust)
        self.table.clicked.connect(calling(self._choose_table))
        self.usual.clicked.connect(lambda: self._trust({}))
        self.more.clicked.connect(lambda: self.listed.setVisible(self.listed.isHidden()))
        self.remove.clicked.connect(self._ask_removal)

    def retranslate(self) -> None:
        """Sets all texts in the current language."""
        self.trust.setText(tr("Certificate…"))
        self.table.setText(tr("Read its table again…"))
        self.remove.setText(tr("Remove…"))
        self.remove.setAccessibleName(f"{tr('Remove…')} {self.status.link.title}")
        self.send.setText(tr("Log in"))
        self.usual.setText(tr("Trust what this computer trusts"))
        self.user_label.setText(tr("User"))
        self.password_label.setText(tr("Password"))
        self.user.setAccessibleName(tr("User"))
        self.password.setAccessibleName(tr("Password"))
        self.passwords.retranslate()
        self.trusting.retranslate()
        self._listed = None
        self.show_status(self.status)

    def show_status(self, status: LinkStatus) -> None:
        """Shows the gateway's state; text that the user is typing is kept."""
        self.status = status
        link = status.link
        self.dot.set_tone(TONES.get(status.state, "offline"))
        self.title.setText(link.title or link.address)
        self.state.setText(tr(status.state, about="gateway"))
        self.where.setText(f"{format_protocol(link.protocol)} · {link.address}")
        if not self._pairing:
            show_text(self.reason, format_reason(status.reason) if status.state != "online" else "", "reason")
        points = tr("%n points", status.points)
        online = tr("{count} online", count=status.online)
        counts = [tr("{name} ({more})", name=tr("%n devices", status.devices), more=online), points]
        if status.user:
            counts.append(tr("as {user}", user=status.user))
        if not status.complete:
            counts.append(sentence(Text("link.still_reading")))
        self.counts.setText(" · ".join(counts))
        self.login.setText(self._verb())
        secure = link.address.startswith("mqtts://")
        self.login.setVisible(secure or bool(status.user) or status.state == "needs login" or self._pairing)
        self.trust.setVisible(secure)
        self.table.setVisible(bool(link.option(OPTION)) and self.feed.api.may("table_changes"))
        self.trusts.setVisible(secure)
        self.trusts.setText(_trusts(status))
        self._list(status.skipped)

    def _list(self, skipped: tuple[Skipped, ...]) -> None:
        self.more.setText(tr("%n not read", len(skipped)))
        self.more.setVisible(bool(skipped))
        if skipped == self._listed:
            return
        self._listed = skipped
        while (item := self.list.takeAt(0)) is not None:  # pyright: ignore[reportUnnecessaryComparison]
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        for one in skipped[:SHOWN]:
            self.list.addWidget(text_label(format_reason(one.reason), "", wrap=True, select=True))
            if one.where:
                self.list.addWidget(ElidedLabel(one.where, "faint"))
        if len(skipped) > SHOWN:
            self.list.addWidget(text_label(tr("and %n more", len(skipped) - SHOWN), "faint"))
        if not skipped:
            self.listed.hide()

    def _open_login(self) -> None:
        if self._pairing:
            self.feed.api.cancel(BUTTON_JOB)
            return
        if self.status.has_button:
            self._set_pairing(True)
            self._log_in()
            return
        self.form.setVisible(self.form.isHidden())
        if not self.form.isHidden():
            self.feed.turns.add(partial(scroll_into_view, self.form))
            self.user.setText(self.user.text() or self.status.user)
            (self.password if self.user.text() else self.user).setFocus()
            asked = self.feed.api.link_options(self.status.link.id)
            self.feed.when(asked, self._show_passwords, lambda _problem: None)

    def _show_passwords(self, schema: LinkSchema) -> None:
        self.passwords.set_schema(one for one in schema.options if one.kind is OptionKind.SECRET)
        self.feed.turns.add(partial(scroll_into_view, self.form))

    def _log_in(self) -> None:
        user, password, further = self.user.text(), self.password.text(), self.passwords.values()
        job = self.feed.api.log_in(self.status.link.id, user, password, further)
        self.password.clear()
        self.passwords.set_schema(())
        self.form.hide()
        self.feed.when(job, lambda _: self._set_pairing(False), self._login_failed)

    def _verb(self) -> str:
        if self._pairing:
            return tr("Cancel")
        return tr("Pair…") if self.status.has_button else tr("Log in…")

    def _set_pairing(self, on: bool) -> None:
        """Shows whether the button of the peer is waited for; the button then gives that up."""
        self._pairing = on
        if on:
            show_text(self.reason, sentence(Text("link.press_button")), "")
        self.show_status(self.status)

    def _login_failed(self, problem: Problem) -> None:
        self._set_pairing(False)
        self._failed(problem)

    def _open_trust(self) -> None:
        if not self.trusting.isHidden():
            self.trusting.hide()
            self.usual.hide()
            return
        options = dict(self.status.link.options)
        self.usual.setVisible(bool(options.get("pin") or options.get("ca")))
        self.trusting.show_certificate_of(self.status.link.id)

    def _trust(self, options: dict[str, str]) -> None:
        self.trusting.hide()
        self.usual.hide()
        self.feed.when(self.feed.api.trust(self.status.link.id, options), lambda _: None, self._failed)

    def _choose_table(self) -> None:
        link = self.status.link
        path, _ = QFileDialog.getOpenFileName(self.window(), tr("Choose its table of devices"), link.option(OPTION))
        if path:
            TableChangesDialog(self.feed, link, path, self.window()).open()

    def _ask_removal(self) -> None:
        link = self.status.link
        ask_user(
            self.window(),
            tr("Remove {name}?", name=link.title or link.address),
            tr("Its devices leave the project and its password is forgotten. Their history stays."),
            tr("Remove"),
            lambda: self.feed.when(self.feed.api.remove_link(link.id), lambda _: None, self._failed),
        )

    def _failed(self, problem: Problem) -> None:
        show_text(self.reason, in_full(problem), "reason")


class LinksPanel(Panel):
    """Lists one card per gateway; the state is requested again 0.25 s after a change."""

    title, icon = "Gateways", "bridge"

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self.cards: dict[LinkId, LinkCard] = {}
        self.empty = EmptyState("bridge")
        self.inside = QWidget()
        self.column = QVBoxLayout(self.inside)
        self.column.setContentsMargins(14, 14, 14, 14)
        self.column.setSpacing(10)
        self.column.setAlignment(Qt.AlignmentFlag.AlignTop)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self.area = scrolled(self.inside)
        outer.addWidget(self.area, 1)
        outer.addWidget(self.empty, 1)
        self._asking = False
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SOON_MS)
        self._soon.timeout.connect(self.request_status)
        feed.project_left.connect(self._soon.start)
        self.retranslate()

    @override
    def retranslate(self) -> None:
        self.empty.set_texts(tr("No gateways yet."), "", tr("A broker or bridge is added under Install."))
        for card in self.cards.values():
            card.retranslate()

    @override
    def on_change(self, change: Change) -> None:
        counts = isinstance(change, TwinChanged) and not self.feed.diff.only_names
        mine = counts or isinstance(change, LinkChanged | LinkSkipped | DeviceOnline)
        if mine and self.isVisible() and not self._soon.isActive():
            self._soon.start()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        self.request_status()

    def request_status(self) -> None:
        """Requests the state of all links from the engine."""
        if self._asking:
            self._soon.start()
            return
        self._asking = True
        self.feed.when(self.feed.api.links(), self._show, self._nothing)

    def _nothing(self, _: Problem) -> None:
        self._show(())

    def _show(self, found: tuple[LinkStatus, ...]) -> None:
        self._asking = False
        there = {status.link.id for status in found}
        for id in [id for id in self.cards if id not in there]:
            card = self.cards.pop(id)
            card.hide()
            card.deleteLater()
        for status in found:
            if status.link.id in self.cards:
                self.cards[status.link.id].show_status(status)
            else:
                card = self.cards[status.link.id] = LinkCard(self.feed, status)
                self.column.addWidget(card)
        self.area.setVisible(bool(found))
        self.empty.setVisible(not found)

    def scroll_to(self, link: str) -> None:
        """Scrolls to the card of this gateway."""
        if (card := self.cards.get(LinkId(link))) is not None:
            self.area.ensureWidgetVisible(card)


def _trusts(status: LinkStatus) -> str:
    options = dict(status.link.options)
    if pin := options.get("pin"):
        return tr("Trusts one certificate: {fingerprint}", fingerprint="\n" + in_lines(pin))
    if ca := options.get("ca"):
        return tr("Trusts what this CA file signed: {file}", file=ca)
    return tr("Trusts what this computer trusts")
