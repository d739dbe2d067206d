"""Checkout panel: devices are tested room by room: seen, plausible, right room, passed or failed, with note and photo."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import override

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from app.i18n import tr
from app.selection import SelectionState
from app.view.control.form_fields import ChoiceBox
from app.view.control.gauge import Gauge
from app.view.control.slots import taking
from app.view.control.widgets import text_label
from app.view.control.wrapping_row import WrappingRow
from app.view.feed import Feed
from app.view.panel.checkout_card import CheckoutCard
from app.view.panel.panel_base import EmptyState, Panel, clear, scrolled
from app.view.report.checkout_photo import small_jpeg
from twin.model.change import Change, DeviceOnline, TwinChanged
from twin.model.checkout import DeviceCheckout
from twin.model.checkout_tally import RoomTally, checkouts_of, house_tally, next_untested, tallies
from twin.model.ids import DeviceId, RoomId
from twin.model.problem import Problem

SHOWN = 60
"""Maximum number of devices listed at once of a room; those around the next, or the selected, device are."""
MADE_AT_ONCE = 2
"""Cards that are made in one turn of the event loop."""


MARGIN_PX = 14
"""Room above the card that is scrolled to."""


class CheckoutPanel(Panel):
    """Lists the devices of one room, chosen here, in the tree or in the 3D view."""

    title, icon = "Checkout", "check"
    report_wanted = Signal()
    """The user wants the hand-over report."""

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self.room: RoomId | None = feed.selection.state.room
        self.cards: dict[DeviceId, CheckoutCard] = {}
        self._first = 0
        """Position in the room of the first listed device, a multiple of SHOWN."""
        self._rows: tuple[RoomTally, ...] = ()
        self.summary, self.gauge, self.more = text_label("", "", wrap=True), Gauge(), text_label("", "faint")
        self.next, self.report, self.rooms = QPushButton(), QPushButton(), ChoiceBox()
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
        column.addLayout(WrappingRow(self.next, self.report))
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
        picked = self.feed.selection.state
        self._turn_to(picked.room or self.room, next(iter(picked.devices), None))

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
        turned = room is not None and room != self.room
        hidden = device is not None and device.id not in self.cards
        if self.isVisible() and (turned or (hidden and room == self.room)):
            self._turn_to(room, picked)

    def _forget(self) -> None:
        self.room = None
        self._clear()
        self._fill()

    def _clear(self) -> None:
        self.cards.clear()
        clear(self.list)

    def _turn_to(self, room: RoomId | None, device: DeviceId | None = None) -> None:
        """Lists the devices of a room around the device, or from the first untested one on."""
        self.room = room
        self._first = self._first_around(device)
        self._fill()
        self.area.verticalScrollBar().setValue(0)

    def _first_around(self, device: DeviceId | None) -> int:
        devices, done = self.feed.twin.devices_in.get(self.room, ()), checkouts_of(self.feed.twin)
        wanted = next((n for n, one in enumerate(devices) if one.id == device), None)
        if wanted is None:
            open_ones = (n for n, one in enumerate(devices) if one.id not in done or not done[one.id].tests(one))
            wanted = next(open_ones, 0)
        return wanted // SHOWN * SHOWN

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
        self._turn_to(device.room, device.id)
        self.feed.selection.pick_device(device.id)
        if (card := self.cards.get(device.id)) is not None:
            card.setFocus()
            self._keep_in_view(card)

    def _keep_in_view(self, card: CheckoutCard) -> None:
        """Scrolls to the whole card, once now and once when the cards around it have their final height."""

        inside = self.area.widget()
        if inside is None:
            return

        def scroll() -> None:
            if self.cards.get(card.device.id) is card:
                top = card.mapTo(inside, card.rect().topLeft()).y()
                room = self.area.viewport().height() - card.height()
                self.area.verticalScrollBar().setValue(top - max(0, min(room, MARGIN_PX)))

        if (layout := inside.layout()) is not None:
            layout.activate()
        scroll()
        QTimer.singleShot(0, card, scroll)

    def _fill(self) -> None:
        twin = self.feed.twin
        self._rows = tallies(twin)
        if self._rows and self.room not in {one.room for one in self._rows}:
            self.room = self._rows[0].room
            self._first = self._first_around(None)
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

    def _go_on(self) -> None:
        """Makes further cards; those that are there have been filled."""
        self._fill_room(going_on=True)

    def _fill_room(self, *, going_on: bool = False) -> None:
        done = checkouts_of(self.feed.twin)
        devices = self.feed.twin.devices_in.get(self.room, ()) if self._rows else ()
        if self._first >= len(devices):
            self._first = self._first_around(None)
        shown = {device.id: device for device in devices[self._first : self._first + SHOWN]}
        for id in [id for id in self.cards if id not in shown]:
            card = self.cards.pop(id)
            card.hide()
            card.deleteLater()
        left = MADE_AT_ONCE
        for at, device in enumerate(shown.values()):
            card = self.cards.get(device.id)
            if card is not None and going_on:
                continue
            if card is None:
                if not left:
                    self.feed.turns.add(self._go_on)
                    break
                left -= 1
                card = self.cards[device.id] = CheckoutCard(self.feed, device)
                card.photo_chosen.connect(taking(str, lambda path, of=device.id: self.take_photo(of, path)))
            if self.list.indexOf(card) != at:
                self.list.insertWidget(at, card)
            card.show_result(device, done.get(device.id))
        others = len(devices) - len(shown)
        self.more.setText(tr("and %n more", others) if others else "")
        self.more.setVisible(others > 0)

    def take_photo(self, device: DeviceId, path: str) -> None:
        """Keeps a picture file as the device's photo, also where its card is gone by then; it is read and made smaller on
        another thread.
        """
        project = self.feed.api.project()
        self.feed.when(
            self.feed.api.compute(lambda: small_jpeg(path)),
            lambda data: self._keep_photo(device, data) if self.feed.api.project() == project else None,
            lambda problem: self._photo_refused(device, problem),
        )

    def _keep_photo(self, id: DeviceId, data: bytes) -> None:
        name, device = sha256(data).hexdigest(), self.feed.twin.device_of.get(id)
        if (card := self.cards.get(id)) is not None:
            card.keep_photo(name, data)
        elif device is not None:
            kept = checkouts_of(self.feed.twin).get(id) or DeviceCheckout(id=id)
            result = replace(kept.continued(device), photo=name)
            self.feed.when(self.feed.api.check_out([result], {name: data}), lambda _: None)

    def _photo_refused(self, id: DeviceId, problem: Problem) -> None:
        if (card := self.cards.get(id)) is not None:
            card.show_problem(problem)
        else:
            self.feed.raise_problem(problem)
