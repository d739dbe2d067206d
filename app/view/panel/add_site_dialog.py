"""Dialog that adds a site: a project file, or the URL of an engine, whose certificate is shown before its token is sent."""

from __future__ import annotations

from concurrent.futures import Future
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QFormLayout, QLineEdit, QVBoxLayout, QWidget

from app.i18n import in_full, sentence, tr
from app.portfolio.portfolio_api import PortfolioApi
from app.portfolio.site_list import PortfolioSite, new_site
from app.view.control.dialog import Dialog
from app.view.control.slots import calling
from app.view.control.widgets import button, row, text_label
from app.view.feed import Feed
from app.view.formatting import format_fingerprint
from twin.model.grant import ShownCertificate
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text

EXAMPLE = "house.oikos, https://house.local:8443"


class AddSiteDialog(Dialog):
    """Adds one site; closes once it is in the list."""

    def __init__(self, feed: Feed, portfolio: PortfolioApi, parent: QWidget, at: str = "") -> None:
        """`at` fills in the address."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Add a site"))
        self.setMinimumWidth(480)
        self._feed, self._portfolio, self._certificate = feed, portfolio, ShownCertificate(url="", fingerprint="")
        self.at, self.name, self.place = QLineEdit(at), QLineEdit(), QLineEdit()
        self.latitude, self.longitude, self.token = QLineEdit(), QLineEdit(), QLineEdit()
        self.token.setEchoMode(QLineEdit.EchoMode.Password)
        self.at.setPlaceholderText(EXAMPLE)
        self.pick, self.yes, self.no = button(tr("Choose a file…")), button(tr("Add"), "primary"), button(tr("Cancel"))
        self.shown, self.reason = text_label("", "muted", wrap=True, select=True), text_label("", "reason", wrap=True)
        self._form()
        self.pick.clicked.connect(calling(self._choose))
        self.yes.clicked.connect(calling(self._add))
        self.no.clicked.connect(self.reject)
        self.at.textChanged.connect(calling(self._forget_pin))
        self.yes.setDefault(True)
        self._forget_pin()

    def _form(self) -> None:
        column, form = QVBoxLayout(self), QFormLayout()
        column.setContentsMargins(22, 20, 22, 18)
        column.setSpacing(10)
        column.addWidget(text_label(tr("Add a site"), "heading"))
        self.token_label = text_label(tr("Token"), "fact")
        where = row(self.latitude, self.longitude)
        address = row(self.at, self.pick)
        address.setStretch(0, 1)
        fields = ((tr("Project or URL"), address), (tr("Name"), self.name), (tr("Place"), self.place),
                  (tr("Latitude, longitude"), where))  # fmt: skip
        for text, field in fields:
            form.addRow(text_label(text, "fact"), field)
        form.addRow(self.token_label, self.token)
        column.addLayout(form)
        column.addWidget(self.shown)
        column.addWidget(self.reason)
        column.addLayout(row(1, self.no, self.yes))
        for field, text in (
            (self.at, tr("Project or URL")), (self.name, tr("Name")), (self.place, tr("Place")),
            (self.latitude, tr("Latitude")), (self.longitude, tr("Longitude")), (self.token, tr("Token")),
        ):  # fmt: skip
            field.setAccessibleName(text)
        self.name.setPlaceholderText(tr("that of the project"))
        self.latitude.setPlaceholderText("51.34")
        self.longitude.setPlaceholderText("12.37")

    def _choose(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, tr("Open project"), "", "Oikos (*.oikos)")
        if path:
            self.at.setText(path)

    def _forget_pin(self) -> None:
        self._certificate = ShownCertificate(url="", fingerprint="")
        for part in (self.shown, self.token, self.token_label):
            part.hide()
        self._failed(None)

    def _add(self) -> None:
        self._failed(None)
        try:
            site = new_site(
                self.at.text(),
                name=self.name.text(),
                place=self.place.text(),
                latitude=_degrees(self.latitude.text()),
                longitude=_degrees(self.longitude.text()),
            )
        except ProblemError as error:
            self._failed(error.problems[0])
            return
        seen, token = site.at == self._certificate.url, self.token.text().strip()
        if seen and not token:
            self._failed(Problem(code="attach.no_token"))
            self.token.setFocus()
            return
        self.yes.setEnabled(False)
        if site.far and not seen:
            self._feed.when(self._portfolio.certificate(site.at), partial(self._certified, site), self._failed)
        else:
            self._wait(self._portfolio.add(site, self._certificate.fingerprint, token))

    def _certified(self, site: PortfolioSite, found: ShownCertificate | None) -> None:
        """Asks for the token of an engine that this computer does not know, or that does not let it in; adds another one."""
        if found is None:
            self._wait(self._portfolio.add(site))
            return
        self._certificate = found
        self.shown.setText(_about(found))
        for part in (self.shown, self.token, self.token_label):
            part.show()
        self.yes.setEnabled(True)
        self.token.setFocus()

    def _wait(self, adding: Future[None]) -> None:
        self._feed.when(adding, lambda _: self.accept(), self._failed)

    def _failed(self, problem: Problem | None) -> None:
        self.yes.setEnabled(True)
        self.reason.setText(in_full(problem) if problem is not None else "")
        self.reason.setVisible(problem is not None)


def _about(found: ShownCertificate) -> str:
    """What the user has to know of a certificate before the token is sent."""
    if found.trusted == found.fingerprint:
        return sentence(Text("portfolio.new_token"))
    compare = sentence(Text("portfolio.certificate", fingerprint=format_fingerprint(found.fingerprint)))
    return (
        compare
        if not found.trusted
        else sentence(Text("attach.changed", fingerprint=format_fingerprint(found.trusted))) + "\n" + compare
    )


def _degrees(text: str) -> float | None:
    """The number of a field; None for an empty one. Raises ProblemError for what is no number."""
    try:
        return float(text.strip().replace(",", ".")) if text.strip() else None
    except ValueError:
        raise ProblemError(Problem(code="portfolio.coordinates", where=text[:80])) from None
