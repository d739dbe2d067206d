"""Dialog of the hand-over report: asks what goes into it and where, then shows progress while it is written elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import override

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QFileDialog, QPushButton, QVBoxLayout, QWidget

from app.i18n import in_full, tr
from app.view.control.dialog import Dialog
from app.view.control.gauge import Gauge
from app.view.control.widgets import row, text_label
from app.view.export_name import export_name
from app.view.feed import Feed
from app.view.report.handover_pdf import ReportProgress, no_photos, write_handover
from twin.model.problem import Problem
from twin.share.handover import handover

POLL_MS = 100
PHOTO_S = 60.0
"""Longest time (seconds) for one photo, which may come from another machine."""


_LOOK = "QR and bar codes are found in a photo, printed digits alone are not: look at the photos first."


class ReportSheet(Dialog):
    """Writes one report; closing the dialog cancels it."""

    written = Signal(str)
    """The report is written to this path."""

    def __init__(self, feed: Feed, parent: QWidget) -> None:
        super().__init__(parent)
        self.feed = feed
        self.progress: ReportProgress | None = None
        """The report that is being written; None while none is."""
        self.setWindowTitle(tr("Hand-over report"))
        self.setMinimumWidth(440)
        self.codes, self.gauge = QCheckBox(tr("Leave pairing codes in names and notes")), Gauge()
        self.photos = QCheckBox(tr("Photos of the checkout, but those of labels"))
        self.reason = text_label("", "reason", wrap=True)
        self.cancel, self.save = QPushButton(tr("Cancel")), QPushButton(tr("Save report…"))
        self.save.setObjectName("primary")
        self.gauge.setAccessibleName(tr("Progress"))
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 20, 22, 18)
        column.setSpacing(12)
        column.addWidget(text_label(tr("Hand-over report"), "heading"))
        about = tr(
            "A PDF with plans, devices per room, test results and open points, in the window's language, and a CSV beside it."
        )
        column.addWidget(text_label(about, "muted", wrap=True))
        column.addWidget(self.photos)
        column.addWidget(text_label(tr(_LOOK), "faint", wrap=True))
        column.addWidget(self.codes)
        column.addWidget(self.gauge)
        column.addWidget(self.reason)
        column.addLayout(row(1, self.cancel, self.save))
        self.gauge.hide()
        self.reason.hide()
        self.cancel.clicked.connect(self.reject)
        self.save.clicked.connect(self._ask_where)
        feed.project_left.connect(self._leave)
        self._poll = QTimer(self)
        self._poll.setInterval(POLL_MS)
        self._poll.timeout.connect(self._show_progress)

    def _ask_where(self) -> None:
        name = f"{export_name(self.feed.api.project(), self.feed.twin.name)}-{tr('hand-over')}.pdf"
        path, _ = QFileDialog.getSaveFileName(self, tr("Save report"), name, "PDF (*.pdf)")
        if path:
            self.write(path if path.lower().endswith(".pdf") else f"{path}.pdf")

    def write(self, path: str) -> None:
        """Writes the report to this path on another thread."""
        if self.progress is not None:
            return
        progress = self.progress = ReportProgress()
        twin, now_ms, with_codes = self.feed.twin, self.feed.api.now_ms(), self.codes.isChecked()
        offline = [id for id, online in self.feed.online.items() if not online]

        photo_of = self._photo if self.photos.isChecked() else no_photos

        def work() -> str:
            report = handover(twin, now_ms, offline, with_codes=with_codes)
            return str(write_handover(report, Path(path), progress, photo_of=photo_of)[0])

        self.reason.hide()
        self.gauge.show()
        self.save.setEnabled(False)
        self.codes.setEnabled(False)
        self.photos.setEnabled(False)
        self._show_progress()
        self._poll.start()
        self.feed.when(self.feed.api.compute(work), self._done, self._failed)

    def _photo(self, sha256: str) -> bytes | None:
        """A photo of the checkout; blocks, on the thread that writes the report."""
        return self.feed.api.checkout_photo(sha256).result(PHOTO_S)

    @override
    def reject(self) -> None:
        """Cancels the report that is being written; closes the dialog where none is, or where it is cancelled already."""
        if self.progress is not None and not self.progress.cancelled:
            self.progress.cancelled = True
            return
        super().reject()

    def _leave(self) -> None:
        """Cancels the report and closes the dialog: its project is left."""
        if self.progress is not None:
            self.progress.cancelled = True
        self.reject()

    def _show_progress(self) -> None:
        if self.progress is not None:
            self.gauge.show_fraction(self.progress.fraction)

    def _end(self) -> None:
        self.progress = None
        self._poll.stop()
        self.gauge.hide()
        self.save.setEnabled(True)
        self.codes.setEnabled(True)
        self.photos.setEnabled(True)

    def _done(self, path: str) -> None:
        self._end()
        self.written.emit(path)
        self.accept()

    def _failed(self, problem: Problem) -> None:
        self._end()
        self.reason.setText(in_full(problem))
        self.reason.show()
