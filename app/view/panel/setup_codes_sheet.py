"""Dialog of the setup codes that are kept: shows one with its QR code, keeps one that is typed, and deletes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget

from app.i18n import in_full, tr
from app.view.control.widgets import ElidedLabel, row, show_text, text_label
from app.view.feed import Feed
from app.view.formatting import format_date
from app.view.panel.card_sheet import CardSheet
from app.view.panel.panel_base import CardFrame
from app.view.panel.prompts import ask_user
from app.view.panel.sharing_sheet import qr_pixmap
from app.view.site_clock import site_moment
from twin.model.device import Device
from twin.model.problem import Problem
from twin.model.setup_code import KeptCode, printed_code
from twin.share.qr_code import qr_modules

SHOWN = 12
"""Most codes that are listed; the others are found by searching."""
_QR = ("MT:", "X-HM:")
"""Beginnings of codes that are the text of a QR code."""


class CodeCard(CardFrame):
    """The setup code of one device, hidden until it is asked for."""

    def __init__(self, feed: Feed, kept: KeptCode) -> None:
        super().__init__()
        self.feed, self.kept = feed, kept
        self._asking = False
        self.code, self.reason = text_label("", "heading"), text_label("", "reason", wrap=True)
        self.code.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.picture = text_label()
        self.show_button, self.copy = QPushButton(tr("Show")), QPushButton(tr("Copy"))
        self.forget = QPushButton(tr("Delete…"))
        for made in (self.show_button, self.copy, self.forget):
            made.setAccessibleName(f"{made.text().rstrip('…')} {kept.name}")
        self.column.setSpacing(6)
        self.column.addWidget(ElidedLabel(kept.name, "paneltitle"))
        self.column.addWidget(text_label(_about(kept), "muted", wrap=True))
        self.column.addWidget(self.code)
        self.column.addWidget(self.picture, alignment=Qt.AlignmentFlag.AlignHCenter)
        self.column.addWidget(self.reason)
        self.column.addLayout(row(self.show_button, self.copy, 1, self.forget))
        for hidden in (self.code, self.picture, self.reason, self.copy):
            hidden.hide()
        self.show_button.clicked.connect(self._toggle)
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.code.text()))

    def _toggle(self) -> None:
        if self.code.isVisible():
            self.code.clear()
            for shown in (self.code, self.picture, self.copy):
                shown.hide()
            self.show_button.setText(tr("Show"))
            return
        if self._asking:
            return
        self._asking = True  # the button stays enabled: the keyboard's focus would go on to the next one, which deletes
        self.feed.when(self.feed.api.setup_code(self.kept.device), self._reveal, self._refused)

    def _reveal(self, code: str) -> None:
        self._asking = False
        self.show_button.setText(tr("Hide"))
        self.reason.hide()
        self.code.setText(printed_code(code))
        self.code.show()
        self.copy.show()
        if code.startswith(_QR):
            self.feed.when(self.feed.api.compute(lambda: qr_modules(code)), self._draw)

    def _draw(self, modules: NDArray[np.bool_]) -> None:
        if self.code.isVisible():
            self.picture.setPixmap(qr_pixmap(modules))
            self.picture.setAccessibleName(tr("QR code of {name}", name=self.kept.name))
            self.picture.show()

    def _refused(self, problem: Problem) -> None:
        self._asking = False
        show_text(self.reason, in_full(problem), "reason")


class SetupCodesSheet(CardSheet[CodeCard]):
    """Lists the codes by the names of their devices; opened for a device, its code or a field for it comes first."""

    def __init__(self, feed: Feed, parent: QWidget, device: Device | None = None) -> None:
        super().__init__(feed, parent, SHOWN)
        self.device = device
        self._kept: tuple[KeptCode, ...] = ()
        self._wanted: tuple[KeptCode, ...] = ()
        """Those that are listed, in their order."""
        self.setWindowTitle(tr("Setup codes"))
        self.setMinimumSize(480, 480)
        self.search.setText(device.name if device else "")
        self.typed, self.keep = QLineEdit(), QPushButton(tr("Keep"))
        self.keep.setObjectName("primary")
        self.keep.setEnabled(False)
        self.asked, self.reason = text_label("", wrap=True), text_label("", "reason", wrap=True)
        self._build()
        self.search.textChanged.connect(lambda: feed.turns.add(self._fill))
        self.typed.textChanged.connect(self._offer)
        self.keep.clicked.connect(self._keep)
        feed.when(feed.api.setup_codes(), self._show, self._refused)

    def _build(self) -> None:
        about = tr(
            "Without its setup code a device that was reset cannot be paired again. Codes are kept encrypted on the computer of the engine and in backups; who looks at one is noted."
        )
        told = text_label(about, "muted", wrap=True)
        self.lay_out(told, self.asked, row(self.typed, self.keep), self.reason)
        for hidden in (self.asked, self.typed, self.keep, self.reason):
            hidden.hide()

    def _show(self, kept: tuple[KeptCode, ...]) -> None:
        self._kept = kept
        missing = self.device is not None and all(one.device != self.device.id for one in kept)
        for part in (self.asked, self.typed, self.keep):
            part.setVisible(missing)
        if missing and self.device is not None:
            self.asked.setText(tr("No setup code of {name} is kept. Type it from its label:", name=self.device.name))
            self.typed.setAccessibleName(tr("Setup code"))
            self.typed.setFocus()
        self._fill()

    def _offer(self) -> None:
        self.keep.setEnabled(bool(self.typed.text().strip()))

    def _keep(self) -> None:
        if self.device is not None:
            self.keep.setEnabled(False)
            kept = self.feed.api.keep_setup_code(self.device.id, self.typed.text())
            self.feed.when(kept, self._done, self._refused)

    def _done(self, kept: tuple[KeptCode, ...]) -> None:
        self.typed.clear()
        self.reason.hide()
        self._show(kept)

    def _refused(self, problem: Problem) -> None:
        self._offer()
        show_text(self.reason, in_full(problem), "reason")

    def _ask_to_forget(self, kept: KeptCode) -> None:
        def forget() -> None:
            self.feed.when(self.feed.api.forget_setup_code(kept.device), self._done, self._refused)

        about = tr("It is on the label of the device, or nowhere. This cannot be undone.")
        ask_user(self, tr("Delete the setup code of {name}?", name=kept.name), about, tr("Delete"), forget)

    def _fill(self) -> None:
        shown = {one.device: one for one in self.fitting(self._kept, lambda one: f"{one.name} {one.place}")}
        self.keep_cards(lambda device, card: shown.get(device) == card.kept)
        self._wanted = tuple(shown.values())
        self._add_next()
        self.none.setVisible(not self._kept and self.device is None)
        self.none.setText(tr("No setup code is kept yet. The code of each device that is paired here will be."))

    def _add_next(self) -> None:
        """Makes one card that is missing, and the next one in a turn of its own."""
        for at, kept in enumerate(self._wanted):
            card = self.cards.get(kept.device)
            made = card is None
            if card is None:
                card = self.cards[kept.device] = CodeCard(self.feed, kept)
                card.forget.clicked.connect(lambda _=False, kept=kept: self._ask_to_forget(kept))
            self.put_card(at, card)
            if made:
                self.setTabOrder(card.forget, self.close_button)
                self.feed.turns.add(self._add_next)
                return


def _about(kept: KeptCode) -> str:
    when = format_date(site_moment(kept.since_ms), "yMMMd")
    place = tr("removed, last in {place}", place=kept.place) if kept.place else tr("removed")
    return " · ".join(part for part in (place if kept.is_removed else kept.place, when) if part)
