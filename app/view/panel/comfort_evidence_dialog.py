"""Dialog with the evidence of a complaint: what is known about a room at a moment, and who set what."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDateTimeEdit, QFileDialog, QVBoxLayout, QWidget

from app.i18n import current_language, in_full, sentence, tr
from app.view.control.dialog import Dialog
from app.view.control.gauge import Gauge
from app.view.control.slots import calling
from app.view.control.widgets import button, row, show_text, text_label
from app.view.export_name import file_name
from app.view.feed import Feed
from app.view.panel.panel_base import scrolled
from app.view.panel.report_page import show_file
from app.view.site_clock import site_moment, site_zone
from twin.insight.comfort_texts import air_texts, command_text, then_text, verdict_text
from twin.model.building_report import REPORT_JOB
from twin.model.change import Change, Progress
from twin.model.ids import DeviceId, RoomId
from twin.model.problem import Problem
from twin.model.room_comfort import ComfortAssumptions, ComfortEvidence

CHARTED = 3
"""Most points that are drawn as a chart."""


class ComfortEvidenceDialog(Dialog):
    """Asks the engine anew when the time is changed."""

    chart_wanted = Signal(str)

    def __init__(self, parent: QWidget, feed: Feed, room: RoomId, at_ms: int, assumed: ComfortAssumptions) -> None:
        super().__init__(parent)
        self.feed, self._room, self._assumed = feed, room, assumed
        found = feed.twin.room_of.get(room)
        self._title = found.title if found is not None else room
        self.evidence: ComfortEvidence | None = None
        self._writing, self._stopped = False, False
        self.setWindowTitle(tr("Evidence of {name}", name=self._title))
        self.setMinimumSize(520, 480)
        self.time = QDateTimeEdit()
        self.time.setTimeZone(site_zone())
        self.time.setDateTime(site_moment(at_ms))
        self.time.setCalendarPopup(True)
        self.time.setAccessibleName(tr("Time of the complaint"))
        self.facts, self.commands = (
            text_label("", "", wrap=True, select=True),
            text_label("", "muted", wrap=True, select=True),
        )
        self.reason = text_label("", "reason", wrap=True)
        self.gauge = Gauge()
        self.gauge.setAccessibleName(tr("Progress"))
        self.save = button(tr("Save as PDF…"))
        self.chart, self.close_button = button(tr("Open in trends"), "primary"), button(tr("Close"))
        self._arrange()
        self.time.dateTimeChanged.connect(calling(self.ask))
        self.save.clicked.connect(calling(self._save_or_stop))
        self.close_button.clicked.connect(self.reject)
        self.chart.clicked.connect(calling(self._draw))
        feed.changed.connect(self._follow)
        feed.project_left.connect(self.reject)
        self.ask()

    def _arrange(self) -> None:
        inside = QWidget()
        inner = QVBoxLayout(inside)
        inner.addWidget(self.facts)
        inner.addWidget(text_label(tr("What was set in the day before"), "paneltitle"))
        inner.addWidget(self.commands)
        inner.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 20, 22, 18)
        column.addWidget(text_label(self._title, "heading"))
        column.addLayout(row(text_label(tr("Time of the complaint"), "fact"), self.time, 1))
        column.addWidget(self.reason)
        column.addWidget(scrolled(inside), 1)
        column.addWidget(self.gauge)
        column.addLayout(row(self.save, 1, self.close_button, self.chart))
        self.reason.hide()
        self.gauge.hide()

    def ask(self) -> None:
        """Asks for the evidence of the time that is set."""
        at_ms = min(self.time.dateTime().toMSecsSinceEpoch(), self.feed.api.now_ms())
        self.chart.setEnabled(False)
        self.save.setEnabled(self._writing)
        self.feed.when(self.feed.api.comfort_evidence(self._room, at_ms, self._assumed), self._show, self._failed)

    def _show(self, found: ComfortEvidence) -> None:
        self.evidence = found
        self.reason.hide()
        texts = [then_text(found, self._title)]
        if found.day is not None:
            texts += [verdict_text(found.day), *air_texts(found.day)]
        self.facts.setText("\n".join(sentence(one) for one in texts))
        commands = [sentence(command_text(one, self.feed.twin)) for one in found.commands]
        self.commands.setText("\n".join(commands) or tr("Nothing was set in this room."))
        self.chart.setEnabled(bool(found.points))
        self.save.setEnabled(True)

    def _failed(self, problem: Problem) -> None:
        show_text(self.reason, in_full(problem), "reason")

    def _draw(self) -> None:
        """Shows the room's points in the trends around the moment, and the building as it was."""
        if self.evidence is None:
            return
        self.feed.selection.change(room=self._room, devices=frozenset[DeviceId](), moment_ms=self.evidence.time_ms)
        for point in self.evidence.points[:CHARTED]:
            self.chart_wanted.emit(point)
        self.accept()

    # -- as a file

    def _save_or_stop(self) -> None:
        """Asks for a file and has the engine write the evidence that is shown, or stops that."""
        if self._writing:
            self._stopped = True
            self.feed.api.cancel(REPORT_JOB)
        elif self.evidence is not None:
            name = file_name(tr("Evidence of {name}", name=self._title))
            path, _ = QFileDialog.getSaveFileName(self, tr("Save as PDF"), f"{name}.pdf", "PDF (*.pdf)")
            if path:
                self._write(path if path.lower().endswith(".pdf") else f"{path}.pdf", self.evidence.time_ms)

    def _write(self, path: str, at_ms: int) -> None:
        api = self.feed.api
        done = api.write_comfort_evidence(self._room, at_ms, self._assumed, path, current_language())
        self._stopped = False
        self._show_writing(True)
        self.feed.when(done, calling(partial(self._written, path)), self._not_written)

    def _written(self, path: str) -> None:
        self._show_writing(False)
        show_text(self.reason, tr("Saved {name}", name=Path(path).name), "muted")
        show_file(path)

    def _not_written(self, problem: Problem) -> None:
        self._show_writing(False)
        if not self._stopped:
            self._failed(problem)

    def _show_writing(self, on: bool) -> None:
        self._writing = on
        self.gauge.show_fraction(None)
        self.gauge.setVisible(on)
        self.save.setText(tr("Stop") if on else tr("Save as PDF…"))

    def _follow(self, change: Change) -> None:
        if self._writing and isinstance(change, Progress) and change.job == REPORT_JOB:
            self.gauge.show_fraction(change.fraction)
