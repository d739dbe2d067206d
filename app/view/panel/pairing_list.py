"""Page that pairs many devices from a list: the list, what waits and runs, and what failed with its reason."""

from __future__ import annotations

from pathlib import Path
from typing import override

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFileDialog, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from app.i18n import in_full, sentence, tr
from app.pairing_requests import lines_without_code, list_too_long, read_requests
from app.view.control.gauge import Gauge
from app.view.control.widgets import ElidedLabel, IconLabel, row, show_text, text_label
from app.view.feed import Feed
from app.view.panel.panel_base import CardFrame, Panel, scrolled
from twin.files.opening import regular
from twin.model.change import Change, PairingJobsChanged, TwinChanged
from twin.model.checkout_tally import unfilled_places
from twin.model.pairing_job import ENDED, PairingJob, PairingRequest, PairingState, tally
from twin.model.problem import Problem, ProblemError

SHOWN = 60
"""Most jobs listed at once."""
MOST_BYTES = 1_000_000
_ORDER = (
    PairingState.RUNNING, PairingState.FAILED, PairingState.WAITING, PairingState.CANCELLED, PairingState.DONE,
)  # fmt: skip
_MARKS = {
    PairingState.WAITING: ("clock", "faint"),
    PairingState.RUNNING: ("pair", "accent"),
    PairingState.DONE: ("check", "good"),
    PairingState.FAILED: ("cross", "error"),
    PairingState.CANCELLED: ("minus", "faint"),
}


class PairingCard(CardFrame):
    """One job: name, state or stage, reason, and its button."""

    def __init__(self, feed: Feed, id: str) -> None:
        super().__init__()
        self.feed, self.id = feed, id
        self.mark, self.name = IconLabel("minus", tone="faint", size=18), ElidedLabel("", "paneltitle")
        self.state, self.reason, self.button = (
            text_label("", "faint"),
            text_label("", "reason", wrap=True),
            QPushButton(),
        )
        head = row(self.mark, self.name, self.state, self.button)
        head.setStretch(1, 1)
        self.column.addLayout(head)
        self.column.addWidget(self.reason)
        self.button.clicked.connect(self._press)

    def show_job(self, job: PairingJob) -> None:
        """Shows the state of the job."""
        self.job = job
        self.mark.set_icon(*_MARKS[job.state])
        paired = (self.feed.twin.device_of.get(id) for id in job.devices)
        devices = ", ".join(device.name for device in paired if device is not None)
        name = job.name or devices or tr("Code {number}", number=job.id)
        room = self.feed.twin.room_of.get(job.room) if job.room else None
        self.name.setText(f"{name} · {room.title}" if room else name)
        running = job.state is PairingState.RUNNING and job.stage is not None
        self.state.setText(_state_text(job.state))
        stage = sentence(job.stage) if running and job.stage else ""
        show_text(self.reason, in_full(job.problem) if job.problem else stage, "reason" if job.problem else "faint")
        again = job.can_retry
        text = tr("Try again") if again else tr("Cancel")
        self.button.setText(text)
        self.button.setAccessibleName(f"{text}: {name}")
        self.button.setVisible(again or job.state is PairingState.WAITING)
        self.setAccessibleName(f"{name}: {stage or self.state.text()}")

    def _press(self) -> None:
        again = self.job.can_retry
        ask = self.feed.api.retry_pairing if again else self.feed.api.cancel_pairing
        self.feed.when(ask([self.id]), lambda _: None)


def _state_text(state: PairingState) -> str:
    return {
        PairingState.WAITING: tr("Waiting"),
        PairingState.RUNNING: tr("Pairing"),
        PairingState.DONE: tr("Paired."),
        PairingState.FAILED: tr("Not paired"),
        PairingState.CANCELLED: tr("Cancelled"),
    }[state]


class PairingListPanel(Panel):
    """Takes a list and shows the jobs of the pairing queue."""

    title, icon = "Pair from a list", "pair"

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self.cards: dict[str, PairingCard] = {}
        self.jobs: tuple[PairingJob, ...] = ()
        self.about, self.text, self.reason = (
            text_label("", "muted", wrap=True),
            QPlainTextEdit(),
            text_label("", "reason", wrap=True),
        )
        self.text.setMinimumHeight(120)
        self.text.setTabChangesFocus(True)
        self.file, self.planned, self.start = QPushButton(), QPushButton(), QPushButton()
        self.start.setObjectName("primary")
        self.summary, self.gauge, self.more = text_label("", "", wrap=True), Gauge(), text_label("", "faint")
        self.again, self.clear = QPushButton(), QPushButton()
        self.list = QVBoxLayout()
        self.list.setSpacing(8)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(14, 14, 14, 14)
        column.setSpacing(10)
        column.addWidget(self.about)
        column.addWidget(self.text)
        column.addWidget(self.reason)
        column.addLayout(row(self.file, self.planned, 1, self.start))
        column.addWidget(self.summary)
        column.addWidget(self.gauge)
        column.addLayout(row(self.again, self.clear, 1))
        column.addLayout(self.list)
        column.addWidget(self.more)
        column.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolled(inside))
        self.reason.hide()
        self._connect()
        self.retranslate()

    def _connect(self) -> None:
        self.file.clicked.connect(self._choose_file)
        self.planned.clicked.connect(self._insert_planned)
        self.start.clicked.connect(lambda: self.begin())
        self.again.clicked.connect(lambda: self._ask("again"))
        self.clear.clicked.connect(lambda: self._ask("clear"))
        self.text.textChanged.connect(lambda: self.start.setEnabled(bool(self.text.toPlainText().strip())))
        self.start.setEnabled(False)
        self.feed.project_left.connect(lambda: self.show_jobs(()))

    @override
    def retranslate(self) -> None:
        self.about.setText(
            tr(
                "A line for each device: code, name, room. A name that a planned device has takes its place. Paste a list, or choose a CSV file."
            )
        )
        self.text.setPlaceholderText(tr("3497-011-2332, Desk lamp, Kitchen"))
        self.text.setAccessibleName(tr("List of codes, names and rooms"))
        self.file.setText(tr("From a file…"))
        self.planned.setText(tr("Planned devices"))
        self.start.setText(tr("Pair all"))
        self.again.setText(tr("Try failed ones again"))
        self.clear.setText(tr("Clear what has ended"))
        self.gauge.setAccessibleName(tr("Progress"))
        self.show_jobs(self.jobs)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        self.text.setFocus()
        self.feed.when(self.feed.api.pairing_jobs(), self.show_jobs, lambda _problem: self.show_jobs(()))

    @override
    def on_change(self, change: Change) -> None:
        if isinstance(change, PairingJobsChanged):
            self.show_jobs(change.jobs)
        elif isinstance(change, TwinChanged) and self.isVisible():
            self.planned.setVisible(bool(unfilled_places(change.twin)))

    def begin(self) -> None:
        """Adds the list to the queue; what is wrong with the whole list is told here, with one line in its card."""
        text, twin = self.text.toPlainText(), self.feed.twin

        def read() -> tuple[tuple[PairingRequest, ...], str]:
            return read_requests(text, twin), lines_without_code(text, twin)

        self.start.setEnabled(False)
        self.reason.hide()
        self.feed.when(self.feed.api.compute(read), lambda found: self._pair(text, *found), self._refused)

    def _pair(self, text: str, requests: tuple[PairingRequest, ...], left: str) -> None:
        def added(jobs: tuple[PairingJob, ...]) -> None:
            if self.text.toPlainText() == text:  # unless it was changed meanwhile
                self.text.setPlainText(left)
            self.show_jobs(jobs)

        self.feed.when(self.feed.api.pair_many(requests), added, self._refused)

    def _refused(self, problem: Problem) -> None:
        self.start.setEnabled(True)
        self.reason.setText(in_full(problem))
        self.reason.show()

    def _choose_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, tr("From a file…"), "", f"{tr('Lists')} (*.csv *.txt *.tsv)")
        if path:
            self.read_file(path)

    def read_file(self, path: str) -> None:
        """Puts the content of a file into the list; it is read on another thread."""

        def read() -> str:
            with regular(Path(path)).open("rb") as file:
                found = file.read(MOST_BYTES + 1)
            if len(found) > MOST_BYTES:
                raise ProblemError(list_too_long())
            return found.decode("utf-8-sig", errors="replace")

        self.feed.when(self.feed.api.compute(read), self.text.setPlainText, self._refused)

    def _insert_planned(self) -> None:
        """Writes a line for each planned device without one, to be completed by its code."""
        twin = self.feed.twin
        free = unfilled_places(twin)
        titles = {room.id: room.title for room in twin.rooms}
        lines = [
            f', "{one.name}", "{titles.get(one.room, "") if one.room else ""}"'
            for one in twin.placeholders
            if one.id in free
        ]
        self.text.appendPlainText("\n".join(lines))
        self.text.setFocus()

    def _ask(self, what: str) -> None:
        if what == "again":
            wanted = [job.id for job in self.jobs if job.state is PairingState.FAILED]
            self.feed.when(self.feed.api.retry_pairing(wanted), self.show_jobs)
        else:
            wanted = [job.id for job in self.jobs if job.state in ENDED]
            self.feed.when(self.feed.api.forget_pairing(wanted), self.show_jobs)

    def show_jobs(self, jobs: tuple[PairingJob, ...]) -> None:
        """Lists the jobs: what runs and what failed first, at most SHOWN."""
        self.jobs = jobs
        counts = tally(jobs)
        told = tr(
            "{done} done, {failed} failed, {left} waiting", done=counts.done, failed=counts.failed, left=counts.left
        )
        self.summary.setText(told)
        whole = counts.done + counts.failed + counts.left
        self.gauge.show_fraction((counts.done + counts.failed) / whole if whole else 0.0)
        self.again.setEnabled(any(job.can_retry and job.state is PairingState.FAILED for job in jobs))
        self.clear.setEnabled(any(job.state in ENDED for job in jobs))
        for widget in (self.summary, self.gauge, self.again, self.clear):
            widget.setVisible(bool(jobs))
        self.planned.setVisible(bool(unfilled_places(self.feed.twin)))
        shown = sorted(jobs, key=lambda job: _ORDER.index(job.state))[:SHOWN]
        self._show_cards(shown)
        self.more.setText(tr("and %n more", len(jobs) - len(shown)) if len(jobs) > len(shown) else "")
        self.more.setVisible(len(jobs) > len(shown))

    def _show_cards(self, jobs: list[PairingJob]) -> None:
        wanted = {job.id for job in jobs}
        for id in [id for id in self.cards if id not in wanted]:
            card = self.cards.pop(id)
            card.hide()
            card.deleteLater()
        for at, job in enumerate(jobs):
            card = self.cards.get(job.id) or PairingCard(self.feed, job.id)
            self.cards[job.id] = card
            if self.list.indexOf(card) != at:
                self.list.insertWidget(at, card)
            card.show_job(job)
