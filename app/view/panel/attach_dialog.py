"""Dialog that attaches this computer to an engine elsewhere: address, token, and its certificate to be compared."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING, override

from PySide6.QtWidgets import QFormLayout, QLineEdit, QVBoxLayout, QWidget

from app.i18n import in_full, sentence, tr
from app.portfolio.portfolio_api import PortfolioApi
from app.portfolio.site_list import new_site
from app.view.control.dialog import Dialog
from app.view.control.slots import calling
from app.view.control.widgets import Spinner, button, row, text_label
from app.view.feed import Feed
from app.view.formatting import format_fingerprint
from twin.model.problem import Problem
from twin.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from twin.model.grant import ShownCertificate

EXAMPLE = "https://house.local:8443"


class AttachDialog(Dialog):
    """Asks for the address, shows the certificate, sends the token once the user has compared it, opens the window."""

    def __init__(self, feed: Feed, portfolio: PortfolioApi, parent: QWidget, opened: Callable[[], object]) -> None:
        """`opened` is called once a window on the engine was started."""
        super().__init__(parent)
        self.setWindowTitle(tr("Attach to another computer's engine"))
        self.setMinimumWidth(520)
        self._feed, self._portfolio, self._opened = feed, portfolio, opened
        self._shown: ShownCertificate | None = None
        self._given_up = False
        self.busy = False
        self.address, self.token = QLineEdit(), QLineEdit()
        self.address.setPlaceholderText(EXAMPLE)
        self.token.setEchoMode(QLineEdit.EchoMode.Password)
        self.yes, self.no, self.spinner = button("", "primary"), button(tr("Cancel")), Spinner(16)
        self.lead, self.pin = text_label("", "muted", wrap=True), text_label("", "paneltitle", wrap=True, select=True)
        self.warning, self.reason = text_label("", "reason", wrap=True), text_label("", "reason", wrap=True)
        self._build()
        self.yes.clicked.connect(calling(self._go_on))
        self.no.clicked.connect(self.reject)
        self.address.textChanged.connect(calling(self._forget))
        self.yes.setDefault(True)
        self.no.setAutoDefault(False)
        self._forget()

    def _build(self) -> None:
        column, form = QVBoxLayout(self), QFormLayout()
        self._column = column
        column.setContentsMargins(22, 20, 22, 18)
        column.setSpacing(10)
        column.addWidget(text_label(tr("Attach to another computer's engine"), "heading"))
        for text, field in ((tr("Address"), self.address), (tr("Token"), self.token)):
            form.addRow(text_label(text, "fact"), field)
            field.setAccessibleName(text)
        column.addLayout(form)
        for label in (self.lead, self.pin, self.warning, self.reason):
            column.addWidget(label)
        column.addLayout(row(self.spinner, 1, self.no, self.yes))

    def _forget(self) -> None:
        """Another address: its certificate has not been seen."""
        self._shown = None
        self.lead.setText(sentence(Text("attach.lead")))
        self.yes.setText(tr("Continue"))
        self.token.setPlaceholderText("")
        self.pin.hide()
        self.warning.hide()
        self._fail(None)

    def _go_on(self) -> None:
        self._fail(None)
        if self._shown is None:
            self._wait(self._portfolio.examine(self.address.text()), self._compare)
        elif not self.token.text().strip() and not self._known:
            self._fail(Problem(code="attach.no_token"))
            self.token.setFocus()
        else:
            attaching = self._portfolio.attach(self._shown, self.token.text().strip(), lambda: self._given_up)
            self._wait(attaching, lambda _: self._open())

    @property
    def _known(self) -> bool:
        return self._shown is not None and self._shown.trusted == self._shown.fingerprint

    def _compare(self, shown: ShownCertificate) -> None:
        """Shows the certificate; one that this computer trusts already needs no comparison."""
        self._shown = shown
        if self._known:
            self.token.setPlaceholderText(tr("the one that is kept"))
            self._go_on()
            return
        self.lead.setText(sentence(Text("attach.compare", url=shown.url)))
        self.pin.setText(format_fingerprint(shown.fingerprint))
        self.pin.show()
        self.warning.setText(sentence(Text("attach.changed", fingerprint=shown.trusted)) if shown.trusted else "")
        self.warning.setVisible(bool(shown.trusted))
        self.yes.setText(tr("It is the same"))
        self._grow()
        if not self.token.text():
            self.token.setFocus()

    def _open(self) -> None:
        if self._shown is not None:
            self._wait(self._portfolio.open(new_site(self._shown.url)), lambda _: self._done())

    def _done(self) -> None:
        self.accept()
        self._opened()

    def _wait[T](self, asked: Future[T], then: Callable[[T], None]) -> None:
        """Awaits an answer while the user may cancel; a cancelled one is dropped."""
        self._set_busy(True)

        def answered(found: T) -> None:
            self._set_busy(False)
            if self._given_up:
                self.deleteLater()
            else:
                then(found)

        def failed(problem: Problem) -> None:
            self._set_busy(False)
            if self._given_up:
                self.deleteLater()
            else:
                self._fail(problem)

        self._feed.when(asked, answered, failed)

    def _set_busy(self, on: bool) -> None:
        self.busy = on
        self.spinner.set_busy(on)
        for part in (self.yes, self.address, self.token):
            part.setEnabled(not on)

    def _grow(self) -> None:
        """Makes the dialog high enough for its wrapped texts."""
        width = max(self.width(), self.minimumWidth())
        self._column.activate()
        self.resize(width, max(self.height(), self._column.totalHeightForWidth(width)))

    def _fail(self, problem: Problem | None) -> None:
        self.reason.setText(in_full(problem) if problem is not None else "")
        self.reason.setVisible(problem is not None)
        self._grow()

    @override
    def done(self, result: int, /) -> None:
        """Closes; what is still asked is given up, and nothing is kept of it."""
        self._given_up = True
        super().done(result)
        if not self.busy:
            self.deleteLater()
