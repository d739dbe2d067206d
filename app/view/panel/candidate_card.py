"""Cards of the install panel: a candidate with the form to add it, and a device that was just added."""

from __future__ import annotations

from functools import cached_property, partial
from typing import override

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QDrag, QMouseEvent
from PySide6.QtWidgets import QApplication, QFormLayout, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.i18n import in_full, sentence, tr, translation
from app.view.control.identify_button import identify_points, offer_identify
from app.view.control.safe_text import set_tip
from app.view.control.widgets import ElidedLabel, IconButton, IconLabel, Spinner, row, show_text, text_label
from app.view.feed import Feed
from app.view.formatting import format_protocol
from app.view.panel.building_tree_model import pack
from app.view.panel.certificate_trust import CODE, CertificateTrust
from app.view.panel.panel_base import CardFrame, scroll_into_view
from twin.model.candidate import BUTTON_JOB, Candidate, Need
from twin.model.device import Device
from twin.model.problem import Problem
from twin.model.text import Text

NEEDS = {
    Need.NOTHING: "Ready to add",
    Need.CODE: "Needs its pairing code",
    Need.PASSWORD: "Needs a login",
    Need.PIN: "Needs its PIN",
    Need.KEY: "Needs its key",
    Need.BUTTON: "Press its button, then add",
    Need.KNOWN: "Recognised; not supported yet",
}
TAKEN = "In a network of another app: share it from there"
"""A Matter node in operation, of a network that is not the project's."""
_LOGIN = (Need.PASSWORD, Need.PIN, Need.KEY)


class CandidateCard(CardFrame):
    """Card of a candidate: name, requirement, the form to add it, and a button to ignore it or to end that."""

    added = Signal(str, object)

    def __init__(self, feed: Feed, candidate: Candidate) -> None:
        super().__init__()
        self.feed, self.candidate, self._busy = feed, candidate, False
        self.user, self.password, self.reason = QLineEdit(), QLineEdit(), text_label("", "reason", wrap=True)
        self.spinner, self.button = Spinner(16), QPushButton(self._verb())
        self.button.setAccessibleName(f"{self._verb()}: {candidate.name}")
        self.button.clicked.connect(self._add)
        self.button.setVisible(candidate.needs is not Need.KNOWN and not candidate.ignored)
        told = tr("Show among the found ones again") if candidate.ignored else tr("Ignore: it is not ours")
        self.ignore = IconButton("eye" if candidate.ignored else "eye_off", told)
        self.ignore.setAccessibleName(f"{told}: {candidate.name}")
        self.ignore.clicked.connect(self._ignore)
        self.reason.hide()
        self._build()

    def _build(self) -> None:
        candidate = self.candidate
        names = QVBoxLayout()
        names.setSpacing(1)
        names.addWidget(ElidedLabel(candidate.name, "faint" if candidate.gone else "paneltitle"))
        names.addWidget(ElidedLabel(_described(candidate), "faint" if candidate.gone else "muted"))
        line = QHBoxLayout()
        line.setSpacing(10)
        line.addWidget(IconLabel("bridge" if candidate.needs in _LOGIN else "device", size=22))
        line.addLayout(names, 1)
        line.addWidget(self.button)
        self.column.addLayout(line)
        if version := _version(candidate):
            self.column.addWidget(ElidedLabel(version, "faint"))
        where = ", ".join(candidate.addresses[:3]) + (f" : {candidate.port}" if candidate.port else "")
        taken = candidate.protocol == "matter" and candidate.needs is Need.KNOWN
        need = TAKEN if taken else NEEDS[candidate.needs]
        state = tr("Not there any more") if candidate.gone else tr(need)
        told = ElidedLabel(f"{state} · {where}", "faint")
        below = row(told, self.spinner, self.ignore)
        below.setStretch(0, 1)
        self.column.addLayout(below)
        self.form = QWidget()
        self.form.hide()
        if candidate.needs in _LOGIN:
            self._build_form()
        self.column.addWidget(self.form)
        self.column.addWidget(self.reason)
        self._trusted: dict[str, str] = {}
        set_tip(self, "\n".join(candidate.evidence))

    def _build_form(self) -> None:
        form = QFormLayout(self.form)
        form.setContentsMargins(0, 6, 0, 0)
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.user.returnPressed.connect(self.password.setFocus)
        self.password.returnPressed.connect(self._add)
        if self.candidate.needs is Need.PASSWORD:
            form.addRow(text_label(tr("User"), "fact"), self.user)
        secret = {Need.PIN: "PIN", Need.KEY: "Key"}.get(self.candidate.needs, "Password")
        form.addRow(text_label(tr(secret), "fact"), self.password)
        self.user.setAccessibleName(tr("User"))
        self.password.setAccessibleName(tr("Password"))

    @cached_property
    def trusting(self) -> CertificateTrust:
        """The certificate of the peer; made where it is asked for, for most cards never show one."""
        made = CertificateTrust(self.feed)
        made.chosen.connect(self._trust)
        self.column.addWidget(made)
        return made

    def _verb(self) -> str:
        return tr("Pair…") if self.candidate.needs is Need.CODE else tr("Add")

    def _add(self) -> None:
        if self.candidate.needs is Need.CODE:
            self.added.emit("pair", ())
            return
        if self.candidate.needs in _LOGIN and self.form.isHidden():
            self.form.show()
            self.feed.turns.add(partial(scroll_into_view, self))
            (self.user if self.candidate.needs is Need.PASSWORD else self.password).setFocus()
            return
        self._send()

    def _ignore(self) -> None:
        self.ignore.clearFocus()  # a card with the focus stays where it is
        ignoring = self.feed.api.ignore_candidate(self.candidate.key, not self.candidate.ignored)
        self.feed.when(ignoring, lambda _: None)

    def _trust(self, trust: dict[str, str]) -> None:
        self.trusting.hide()
        self._trusted = trust  # also for the next password
        self._send()

    def _send(self) -> None:
        if self._waits_for_button():
            self.feed.api.cancel(BUTTON_JOB)
            return
        self._work(True)
        room, login = self.feed.selection.state.room, (self.user.text(), self.password.text())
        job = self.feed.api.add(self.candidate, *login, room, trust=self._trusted, only_one=True)
        self.feed.when(job, self._done, self._failed)

    def _waits_for_button(self) -> bool:
        return self.candidate.needs is Need.BUTTON and self._busy

    def _work(self, busy: bool) -> None:
        self._busy = busy
        self.spinner.set_busy(busy)
        for widget in (self.button, self.user, self.password):
            widget.setEnabled(not busy or self._waits_for_button())
        self.button.setText(tr("Cancel") if self._waits_for_button() else self._verb())
        show_text(self.reason, sentence(Text("link.press_button")) if self._waits_for_button() else "", "")

    def _done(self, devices: tuple[Device, ...]) -> None:
        self._work(False)
        self.password.clear()
        self.form.hide()
        self.added.emit("added", devices)

    def _failed(self, problem: Problem) -> None:
        self._work(False)
        show_text(self.reason, in_full(problem), "reason")
        if problem.code.startswith(CODE):
            self.trusting.show_certificate_of(self.candidate)
            return
        if not self.form.isHidden():
            self.password.setFocus()
            self.password.selectAll()


def _described(candidate: Candidate) -> str:
    """Maker, product and protocol."""
    product = translation(candidate.product, "kind") or candidate.product or candidate.model
    maker = candidate.maker if not product.startswith(candidate.maker) else ""
    what = " ".join(part for part in (maker, product) if part)
    return " · ".join(part for part in (what, format_protocol(candidate.protocol)) if part)


def _version(candidate: Candidate) -> str:
    """Model and firmware, as far as they are known."""
    model = candidate.model if candidate.product else ""
    firmware = tr("firmware {version}", version=candidate.firmware) if candidate.firmware else ""
    return " · ".join(part for part in (model, firmware) if part)


class AddedDevice(QWidget):
    """Row of a newly added device: drag it onto its room, or make it blink to identify it."""

    def __init__(self, feed: Feed, device: Device) -> None:
        super().__init__()
        self._feed, self._device, self._press = feed, device, QPoint()
        hint = tr("drag onto its room")
        blink = QPushButton(tr("Blink"))
        blink.setAccessibleName(f"{tr('Blink')}: {device.name}")
        offer_identify(blink, (device,))
        blink.clicked.connect(lambda: [feed.order(point.id, "identify") for point in identify_points((device,))])
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
