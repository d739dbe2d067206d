"""Users panel: where the engine lets other machines in, who has access, in which role, where and until when."""

from __future__ import annotations

from functools import partial
from typing import override

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import QFormLayout, QLineEdit, QListWidget, QListWidgetItem, QWidget

from app.i18n import in_full, sentence, tr
from app.view.control.form_fields import ChoiceBox
from app.view.control.slots import calling
from app.view.control.widgets import ElidedLabel, button, row, text_label
from app.view.feed import Feed
from app.view.formatting import format_date, format_fingerprint
from app.view.panel.card_list import CardPanel
from app.view.panel.panel_base import CardFrame
from app.view.panel.prompts import ask_user
from app.view.site_clock import site_moment
from twin.model.change import Change, TwinChanged
from twin.model.grant import ROLES, SCOPED_ROLES, Grant, NetworkDoor, NewGrant
from twin.model.ids import RoomId
from twin.model.privacy import PrivacyStatus
from twin.model.problem import Problem
from twin.model.text import Text

HOUR_MS = 3_600_000
ENDS: tuple[tuple[str, int | None], ...] = (
    ("access.for_good", None),
    ("access.hours", 8 * HOUR_MS),
    ("access.month", 30 * 24 * HOUR_MS),
    ("access.year", 365 * 24 * HOUR_MS),
)
"""Ends of an access that the form offers: the code of the text, and the time in ms."""
EVERYWHERE = "[::]:8443"
EVERY_TICKS = 8
"""Slow ticks (a quarter of a second each) after which accesses and door are asked for again: other windows and command
lines change them as well."""
_ROOM, _ZONE = "room", "zone"


class GrantCard(CardFrame):
    """Card of one person's access."""

    def __init__(self, panel: UsersPanel, grant: Grant) -> None:
        super().__init__()
        self.grant = grant
        name, role = ElidedLabel(grant.name, "paneltitle"), text_label(tr(grant.role), "muted")
        self.revoke = button(tr("Revoke…"))
        self.revoke.setAccessibleName(f"{tr('Revoke…')}: {grant.name}")
        self.revoke.clicked.connect(lambda: panel.ask_revocation(grant))
        head = row(name, role, self.revoke)
        head.setStretch(0, 1)
        self.column.addLayout(head)
        titles = {room.id: room.title for room in panel.feed.twin.rooms}
        places = [*(titles.get(room, room) for room in grant.rooms), *grant.zones]
        self.column.addWidget(text_label(", ".join(places) or tr("The whole building"), "muted", wrap=True))
        if grant.expires_ms is not None:
            when = format_date(site_moment(grant.expires_ms), "yMMMd")
            over = grant.expired(panel.feed.api.now_ms())
            text = Text("access.expired" if over else "access.expires", date=when)
            self.column.addWidget(text_label(sentence(text), "reason" if over else "faint"))


class UsersPanel(CardPanel):
    """One card per access; a new token is shown until the next one, or until the project is left."""

    title, icon = "Users", "lock"

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self.door, self.pin = text_label("", "", wrap=True), text_label("", "faint", wrap=True, select=True)
        self.address, self.listen = QLineEdit(EVERYWHERE), button()
        self.name, self.role, self.places, self.end = QLineEdit(), ChoiceBox(), QListWidget(), ChoiceBox()
        self.places.setMaximumHeight(130)
        self.give, self.reason = button("", "primary"), text_label("", "reason", wrap=True)
        self.token, self.copy, self.once = QLineEdit(), button(), text_label("", "muted", wrap=True)
        self.token.setReadOnly(True)
        self.labels = [text_label("", "fact") for _ in range(4)]
        form, fields = QWidget(), (self.name, self.role, self.places, self.end)
        layout = QFormLayout(form)
        layout.setContentsMargins(0, 6, 0, 0)
        for label, field in zip(self.labels, fields, strict=True):
            layout.addRow(label, field)
        layout.addRow(row(1, self.give))
        self._listening = QWidget()
        listening = row(self.address, self.listen)
        listening.setContentsMargins(0, 0, 0, 0)
        self._listening.setLayout(listening)
        for widget in (self.door, self.pin, self._listening):
            self.column.addWidget(widget)
        self.shown_token = QWidget()
        shown = row(self.token, self.copy)
        shown.setContentsMargins(0, 0, 0, 0)
        self.shown_token.setLayout(shown)
        self._served: NetworkDoor | None = None
        self._form = form
        self.cards = self.add_list(form, self.reason, self.once, self.shown_token)
        self._grants = self.add_query(lambda _: feed.api.grants(), self._show_grants, self._failed)
        self._doors = self.add_query(lambda _: feed.api.served(), self._show_door, self._failed)
        self._add_privacy()
        self.listen.clicked.connect(calling(self._listen))
        self.give.clicked.connect(calling(self._give))
        self.name.returnPressed.connect(self._give)
        self.role.currentIndexChanged.connect(calling(self._show_places))
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.token.text()))
        feed.project_left.connect(self._forget_token)
        self._forget_token()
        self.retranslate()

    def _add_privacy(self) -> None:
        self.privacy = button()
        self.privacy.clicked.connect(calling(self._ask_privacy))
        self.column.addLayout(row(self.privacy, 1))

    def _ask_privacy(self) -> None:
        self.feed.when(self.feed.api.privacy(), self._open_privacy)

    def _open_privacy(self, status: PrivacyStatus) -> None:
        from app.view.panel.privacy_dialog import PrivacyDialog  # not before it is used

        dialog = PrivacyDialog(self, self.feed, status)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @override
    def retranslate(self) -> None:
        for label, text in zip(self.labels, (tr("Name"), tr("Role"), tr("Where"), tr("Until")), strict=True):
            label.setText(text)
        for field, text in (
            (self.name, tr("Name")), (self.role, tr("Role")), (self.places, tr("Where")), (self.end, tr("Until")),
            (self.address, tr("Address to listen on")), (self.token, tr("Token")),
        ):  # fmt: skip
            field.setAccessibleName(text)
        for box, texts in (
            (self.role, [tr(role) for role in ROLES]),
            (self.end, [sentence(Text(code)) for code, _ in ENDS]),
        ):
            chosen = max(box.currentIndex(), 0)
            box.clear()
            box.addItems(texts)
            box.setCurrentIndex(chosen)
        self.privacy.setText(tr("Privacy…"))
        self.give.setText(tr("Give access"))
        self.copy.setText(tr("Copy"))
        self.once.setText(sentence(Text("access.once")))
        self._show_door(self._served)
        self._fill_places()
        self.drop_cards()

    @override
    def on_change(self, change: Change) -> None:
        if isinstance(change, TwinChanged):
            self._fill_places()
            self._grants.invalidate()

    @override
    def on_slow(self, rows: object) -> None:
        if self._ticks % EVERY_TICKS == 0:
            self._grants.invalidate()
            self._doors.invalidate()
        super().on_slow(rows)

    @override
    def refresh(self) -> None:
        """Updates what is stale; who may not see it is told so, and nothing is asked."""
        may = self.feed.api.may("grants")
        for part in (self.door, self._listening, self._form):
            part.setVisible(may)
        if may:
            super().refresh()
        else:
            self.pin.hide()
            self.reason.setText(tr("Only an admin sees and changes who has access."))
            self.reason.show()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        self._grants.invalidate()
        self._doors.invalidate()
        super().showEvent(event)

    # -- other machines

    def _show_door(self, door: NetworkDoor | None) -> None:
        self._served = door
        off = door is None
        self.door.setText(sentence(Text("access.closed") if door is None else Text("access.open", urls=[*door.urls])))
        self.pin.setText(
            ""
            if door is None
            else sentence(Text("access.fingerprint", fingerprint=format_fingerprint(door.fingerprint)))
        )
        self.pin.setVisible(not off)
        self.address.setVisible(off)
        self.listen.setText(tr("Let other machines in") if off else tr("Let nobody in"))

    def _listen(self) -> None:
        address = self.address.text() if self._served is None else ""
        self._failed(None)
        self.feed.when(self.feed.api.serve(address), self._show_door, self._failed)

    # -- persons

    def _fill_places(self) -> None:
        """Lists rooms and zones; what is checked stays so, also where it is gone: else the access would be for all."""
        twin, checked = self.feed.twin, self._checked()
        zones = sorted({zone for room in twin.rooms for zone in room.zones})
        self.places.clear()
        places = {(_ZONE, zone): zone for zone in zones} | {(_ROOM, str(room.id)): room.title for room in twin.rooms}
        places |= {gone: text for gone, text in checked.items() if gone not in places}
        for place, text in places.items():
            item = QListWidgetItem(text)
            item.setData(Qt.ItemDataRole.UserRole, place)
            item.setCheckState(Qt.CheckState.Checked if place in checked else Qt.CheckState.Unchecked)
            self.places.addItem(item)
        self._show_places()

    def _show_places(self) -> None:
        scoped = self._role() in SCOPED_ROLES
        self.places.setVisible(scoped)
        self.labels[2].setVisible(scoped)

    def _checked(self) -> dict[tuple[str, str], str]:
        """Texts of the checked places by kind and id."""
        items = [self.places.item(at) for at in range(self.places.count())]
        checked = (one for one in items if one.checkState() is Qt.CheckState.Checked)
        return {tuple(one.data(Qt.ItemDataRole.UserRole)): one.text() for one in checked}

    def _role(self) -> str:
        return ROLES[max(self.role.currentIndex(), 0)]

    def _give(self) -> None:
        checked = sorted(self._checked()) if self._role() in SCOPED_ROLES else []
        lasts_ms = ENDS[max(self.end.currentIndex(), 0)][1]
        ends_ms = None if lasts_ms is None else self.feed.api.now_ms() + lasts_ms
        self._failed(None)
        asked = self.feed.api.add_grant(
            self.name.text(),
            self._role(),
            [RoomId(id) for kind, id in checked if kind == _ROOM],
            [id for kind, id in checked if kind == _ZONE],
            ends_ms,
        )
        self.feed.when(asked, self._given, self._failed)

    def _given(self, made: NewGrant) -> None:
        self.name.clear()
        self.token.setText(made.token)
        self.shown_token.show()
        self.once.show()
        self._ask_again()

    def _forget_token(self) -> None:
        self.token.clear()
        self.shown_token.hide()
        self.once.hide()
        self._failed(None)

    def _ask_again(self) -> None:
        self._grants.invalidate()
        self.refresh()

    def ask_revocation(self, grant: Grant) -> None:
        """Asks whether a person's access shall end."""
        ask_user(
            self.window(),
            tr("Revoke the access of {name}?", name=grant.name),
            tr("What is attached with its token is disconnected at once."),
            tr("Revoke"),
            lambda: self.feed.when(self.feed.api.revoke_grant(grant.id), lambda _: self._ask_again(), self._failed),
        )

    def _show_grants(self, grants: tuple[Grant, ...]) -> None:
        now_ms = self.feed.api.now_ms()
        self.cards.show({(one, one.expired(now_ms)): partial(GrantCard, self, one) for one in grants})

    def _failed(self, problem: Problem | None) -> None:
        self.reason.setText(in_full(problem) if problem is not None else "")
        self.reason.setVisible(problem is not None)
