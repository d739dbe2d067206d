"""Checkout panel: devices are tested room by room: seen, plausible, right room, passed or failed, with note and photo."""

from __future__ import annotations

from typing import override

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QComboBox, QPushButton, QVBoxLayout, QWidget

from app.i18n import tr
from app.selection import SelectionState
from app.view.control.gauge import Gauge
from app.view.control.widgets import row, text_label
from app.view.feed import Feed
from app.view.panel.checkout_card import CheckoutCard
from app.view.panel.panel_base import EmptyState, Panel, clear, scrolled
from twin.model.change import Change, DeviceOnline, TwinChanged
from twin.model.checkout_tally import RoomTally, checkouts_of, house_tally, next_untested, tallies
from twin.model.ids import DeviceId, RoomId

SHOWN = 60
"""Maximum number of devices listed of a room; the others come as these are tested."""


class CheckoutPanel(Panel):
    """Lists the devices of one room, chosen here, in the tree or in the 3D view."""

    title, icon = "Checkout", "check"
    report_wanted = Signal()
    """The user wants the hand-over report."""

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self.room: RoomId | None = feed.selection.state.room
        self.cards: dict[DeviceId, CheckoutCard] = {}
        self._rows: tuple[RoomTally, ...] = ()
        self.summary, self.gauge, self.more = text_label("", "", wrap=True), Gauge(), text_label("", "faint")
        self.next, self.report, self.rooms = QPushButton(), QPushButton(), QComboBox()
        self.next.setObjectName("primary")
        self.next.clicked.connect(self._show_next)
        self.report.clicked.connect(self.report_wanted)
        self.rooms.activated.connect(self._choose)
        self.list = QVBoxLayout()
        self.list.setSpacing(10)
        self.empty = EmptyState("check")
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(14, 14, 14, 14)
        column.setSpacing(10)
        column.addWidget(self.summary)
        column.addWidget(self.gauge)
        column.addLayout(row(self.next, self.report, 1))
        column.addWidget(self.rooms)
        column.addLayout(self.list)
        column.addWidget(self.more)
        column.addWidget(self.empty, 1)
        column.addStretch(0)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self.area = scrolled(inside)
        outer.addWidget(self.area)
        feed.project_left.connect(self._forget)
        self.retranslate()

    @override
    def retranslate(self) -> None:
        self.next.setText(tr("Next untested device"))
        self.report.setText(tr("Hand-over report…"))
        self.rooms.setAccessibleName(tr("Rooms"))
        self.gauge.setAccessibleName(tr("Progress"))
        self.empty.set_texts(tr("Nothing to test yet."), "", tr("Devices are added under Install."))
        self._clear()
        self._fill()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        self.room = self.feed.selection.state.room or self.room
        self._fill()

    @override
    def on_change(self, change: Change) -> None:
        if isinstance(change, TwinChanged) and self.isVisible():
            self._fill()
        elif isinstance(change, DeviceOnline) and (card := self.cards.get(change.device)) is not None:
            card.show_evidence()

    @override
    def on_slow(self, rows: NDArray[np.intp]) -> None:
        if self.isVisible():
            for card in self.cards.values():
                card.show_evidence()

    @override
    def on_picked(self, old: SelectionState, new: SelectionState) -> None:
        picked = next(iter(new.devices), None) if new.devices != old.devices else None
        device = self.feed.twin.device_of.get(picked) if picked else None
        room = device.room if device else new.room if new.room != old.room else None
        if room is not None and room != self.room and self.isVisible():
            self._turn_to(room)

    def _forget(self) -> None:
        self.room = None
        self._clear()
        self._fill()

    def _clear(self) -> None:
        self.cards.clear()
        clear(self.list)

    def _turn_to(self, room: RoomId | None) -> None:
        self.room = room
        self._fill()
        self.area.verticalScrollBar().setValue(0)

    def _choose(self, at: int) -> None:
        self._turn_to(self._rows[at].room)
        if self.room is not None:
            self.feed.selection.pick_room(self.room)

    def _show_next(self) -> None:
        """Turns to the next untested device, and selects it so that the 3D view shows it."""
        after = next(iter(self.feed.selection.state.devices), None)
        device = next_untested(self.feed.twin, after)
        if device is None:
            return
        self._turn_to(device.room)
        self.feed.selection.pick_device(device.id)
        if (card := self.cards.get(device.id)) is not None:
            self.area.ensureWidgetVisible(card)
            card.setFocus()

    def _fill(self) -> None:
        twin = self.feed.twin
        self._rows = tallies(twin)
        if self._rows and self.room not in {one.room for one in self._rows}:
            self.room = self._rows[0].room
        house = house_tally(self._rows)
        counts = (
            tr("{count} expected", count=house.expected),
            tr("{count} found", count=house.found),
            tr("{count} tested", count=house.tested),
            tr("{count} failed", count=house.failed),
        )
        self.summary.setText(" · ".join(counts))
        self.gauge.show_fraction(house.tested / house.expected if house.expected else 0.0)
        self.next.setEnabled(house.tested < house.found)
        for widget in (self.summary, self.gauge, self.next, self.report, self.rooms):
            widget.setVisible(bool(self._rows))
        self.empty.setVisible(not self._rows)
        self.rooms.clear()
        self.rooms.addItems([self._room_title(one) for one in self._rows])
        self.rooms.setCurrentIndex(next((n for n, one in enumerate(self._rows) if one.room == self.room), -1))
        self._fill_room()

    def _room_title(self, one: RoomTally) -> str:
        room = self.feed.twin.room_of.get(one.room) if one.room else None
        title = room.title if room else tr("In no room")
        return tr("{room}: {tested} of {expected} tested", room=title, tested=one.tested, expected=one.expected)

    def _fill_room(self) -> None:
        done = checkouts_of(self.feed.twin)
        devices = self.feed.twin.devices_in.get(self.room, ()) if self._rows else ()
        shown = {device.id: device for device in devices[:SHOWN]}
        for id in [id for id in self.cards if id not in shown]:
            card = self.cards.pop(id)
            card.hide()
            card.deleteLater()
        for at, device in enumerate(shown.values()):
            card = self.cards.get(device.id)
            if card is None:
                card = self.cards[device.id] = CheckoutCard(self.feed, device)
            if self.list.indexOf(card) != at:
                self.list.insertWidget(at, card)
            card.show_result(device, done.get(device.id))
        self.more.setText(tr("and %n more", len(devices) - SHOWN) if len(devices) > SHOWN else "")
        self.more.setVisible(len(devices) > SHOWN)
