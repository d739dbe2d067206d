"""Shows a server's certificate and lets the user trust it by fingerprint or CA file."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QFormLayout, QPushButton, QVBoxLayout, QWidget

from app.i18n import tr, what
from app.view.control.safe_text import set_tip
from app.view.control.widgets import Spinner, row, text_label
from app.view.feed import Feed
from app.view.panel.panel_base import scroll_into_view
from twin.model.candidate import Candidate
from twin.model.certificate import Certificate
from twin.model.ids import LinkId
from twin.model.problem import Problem

CODE = "certificate."
"""Prefix of problem codes that a look at the certificate can solve."""


class CertificateTrust(QWidget):
    """Shows the certificate of a peer; `chosen` emits `{"pin": …}` or `{"ca": …}` as the user decides."""

    chosen = Signal(object)

    def __init__(self, feed: Feed) -> None:
        super().__init__()
        self._feed, self._pin = feed, ""
        self.spinner, self.reason = Spinner(16), text_label("", "reason", wrap=True)
        self.facts = QWidget()
        self.form = QFormLayout(self.facts)
        self.form.setContentsMargins(0, 0, 0, 0)
        self.form.setVerticalSpacing(3)
        self.form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self.pin, self.ca = QPushButton(), QPushButton()
        self._shown: Certificate | None = None
        self.pin.clicked.connect(lambda: self.chosen.emit({"pin": self._pin}))
        self.ca.clicked.connect(self._choose_file)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 6, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.facts)
        column.addWidget(self.reason)
        column.addLayout(row(self.spinner, 1, self.ca, self.pin))
        self.retranslate()
        self.hide()

    def retranslate(self) -> None:
        """Sets all texts in the current language."""
        self.pin.setText(tr("Trust this one"))
        self.ca.setText(tr("CA file…"))
        set_tip(self.ca, tr("The file of the authority that signed the certificate (PEM)"))
        if self._shown is not None:
            self._fill(self._shown)

    def show_certificate_of(self, target: Candidate | LinkId | str) -> None:
        """Requests and shows the certificate of this candidate, link or address."""
        self.show()
        self.facts.hide()
        self.reason.hide()
        self.pin.setEnabled(False)
        self.spinner.set_busy(True)
        self._feed.when(self._feed.api.certificate(target), self._show, self._failed)

    def _show(self, shown: Certificate | None) -> None:
        self.spinner.set_busy(False)
        if shown is None:
            self._fail(tr("It shows no certificate."))
            return
        self._shown, self._pin = shown, shown.fingerprint
        self._fill(shown)
        self.pin.setEnabled(True)
        self.facts.show()
        self._feed.turns.add(partial(scroll_into_view, self.pin))  # which the certificate may have pushed below the end

    def _fill(self, shown: Certificate) -> None:
        while self.form.rowCount():
            self.form.removeRow(0)
        validity = tr("{start} to {end}", start=shown.valid_from, end=shown.valid_to)
        issuer = tr("itself") if shown.self_signed else shown.issuer
        for name, value in (
            (tr("Certificate of"), shown.name),
            (tr("For"), ", ".join(shown.names)),
            (tr("Signed by"), issuer),
            (tr("Valid"), validity),
            ("SHA-256", in_lines(shown.fingerprint)),
        ):
            if value:
                self.form.addRow(text_label(name, "fact"), text_label(value, wrap=True, select=True))

    def _failed(self, problem: Problem) -> None:
        self.spinner.set_busy(False)
        self._fail(what(problem))

    def _fail(self, text: str) -> None:
        self.reason.setText(text)
        self.reason.show()

    def _choose_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self.window(), tr("CA file"), "", "PEM (*.pem *.crt *.cer);;*")
        if path:
            self.chosen.emit({"ca": path})


def in_lines(fingerprint: str) -> str:
    """A fingerprint as lines of eight bytes each, for comparison by eye."""
    pairs = fingerprint.split(":")
    return "\n".join(":".join(pairs[start : start + 8]) for start in range(0, len(pairs), 8))
