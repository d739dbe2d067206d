"""Dialog of a device that may belong to several homes: lets another one in by a QR code, shows and ends its memberships, and
tells its software."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from app.i18n import in_full, sentence, tr
from app.view.control.dialog import Dialog
from app.view.control.safe_text import set_tip
from app.view.control.widgets import row, text_label
from app.view.feed import Feed
from app.view.panel.prompts import ask_user
from twin.model.device import Device
from twin.model.device_sharing import Membership, PairingWindow, SoftwareState
from twin.model.problem import Problem
from twin.model.setup_code import printed_code
from twin.share.qr_code import qr_modules

MODULE_PX = 6
"""Pixels per module of the QR code."""


class SharingSheet(Dialog):
    """Asks the device at once for its homes and software."""

    def __init__(self, feed: Feed, device: Device, parent: QWidget) -> None:
        super().__init__(parent)
        self.feed, self.device = feed, device
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Homes and software"))
        self.setMinimumWidth(440)
        self.share, self.close_button = QPushButton(tr("Share with another home")), QPushButton(tr("Close"))
        self.share.setObjectName("primary")
        self.code, self.told = text_label(), text_label("", "muted", wrap=True)
        self.told.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.software, self.reason = text_label("", "muted", wrap=True), text_label("", "reason", wrap=True)
        self.homes = QVBoxLayout()
        self.leave: dict[int, QPushButton] = {}
        """By number of another home, the button that takes the device out of it."""
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 20, 22, 18)
        column.setSpacing(12)
        column.addWidget(text_label(device.name, "heading", wrap=True))
        about = tr(
            "A device can belong to several homes at once: it stays in this one while another one pairs with it."
        )
        column.addWidget(text_label(about, "muted", wrap=True))
        column.addWidget(self.code, alignment=Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.told)
        column.addLayout(self.homes)
        column.addWidget(self.software)
        column.addWidget(self.reason)
        column.addLayout(row(1, self.close_button, self.share))
        for hidden in (self.code, self.told, self.reason):
            hidden.hide()
        self.share.clicked.connect(self._share)
        self.close_button.clicked.connect(self.reject)
        feed.project_left.connect(self.reject)
        self._ask()

    def _ask(self) -> None:
        self.software.setText(tr("The device is asked…"))
        self.feed.when(self.feed.api.memberships(self.device.id), self.show_homes, self._refused)
        self.feed.when(self.feed.api.software_state(self.device.id), self.show_software, self._refused)

    def _share(self) -> None:
        self.share.setEnabled(False)
        self.reason.hide()
        self.feed.when(self.feed.api.share_device(self.device.id), self.show_window, self._refused)

    def show_window(self, window: PairingWindow) -> None:
        """Shows the code for the other home."""
        self.share.setEnabled(True)
        self.feed.when(
            self.feed.api.compute(lambda: qr_modules(window.qr_text)), lambda made: self._show_code(window, made)
        )

    def _show_code(self, window: PairingWindow, modules: NDArray[np.bool_]) -> None:
        self.code.setPixmap(qr_pixmap(modules))
        self.code.setAccessibleName(tr("QR code for the other home"))
        minutes = window.seconds // 60
        self.told.setText(
            tr(
                "Scan it with the other home's app within {minutes} minutes, or type {code}",
                minutes=minutes,
                code=printed_code(window.manual_code),
            )
        )
        self.code.show()
        self.told.show()

    def show_homes(self, homes: tuple[Membership, ...]) -> None:
        """Shows the homes, the other ones with a button that ends the membership."""
        while (item := self.homes.takeAt(0)) is not None:
            if (inner := item.layout()) is not None:
                while (part := inner.takeAt(0)) is not None:
                    if (widget := part.widget()) is not None:
                        widget.deleteLater()
        self.leave.clear()
        for one in homes:
            name = " · ".join(part for part in (one.vendor, one.label) if part)
            text = text_label(tr("{name} (this home)", name=name) if one.own else name, "fact", wrap=True)
            if one.own:
                self.homes.addLayout(row(text, 1))
                continue
            button = QPushButton(tr("Take out"))
            button.setAccessibleName(tr("Take the device out of {name}", name=name))
            button.clicked.connect(lambda _=False, one=one, name=name: self._ask_to_end(one, name))
            self.leave[one.index] = button
            self.homes.addLayout(row(text, 1, button))

    def show_software(self, found: SoftwareState) -> None:
        """Shows the software's version, and what is known of a newer one."""
        if found.unchecked is not None:
            newer = sentence(found.unchecked)
        else:
            version = sentence(found.newer_text)
            newer = tr("Newer: {version}", version=version) if found.newer else tr("No newer one is known")
        parts = (tr("Software {version}", version=found.installed), newer, sentence(found.stage) if found.stage else "")
        self.software.setText(" · ".join(part for part in parts if part))
        set_tip(self.software, found.notes)

    def _ask_to_end(self, one: Membership, name: str) -> None:
        def end() -> None:
            self.feed.when(self.feed.api.end_membership(self.device.id, one.index), self.show_homes, self._refused)

        about = tr("The other home can then no longer control it, until it is shared again.")
        ask_user(self, tr("Take the device out of {name}?", name=name), about, tr("Take out"), end)

    def _refused(self, problem: Problem) -> None:
        self.share.setEnabled(True)
        if not self.software.text() or self.software.text() == tr("The device is asked…"):
            self.software.setText("")
        self.reason.setText(in_full(problem))
        self.reason.show()


def qr_pixmap(modules: NDArray[np.bool_]) -> QPixmap:
    """A QR code, black on white in every theme."""
    grey = ((~modules) * 255).astype("uint8")
    picture = QImage(grey.tobytes(), grey.shape[1], grey.shape[0], grey.shape[1], QImage.Format.Format_Grayscale8)
    return QPixmap.fromImage(picture.scaled(picture.size() * MODULE_PX))
