"""Page shown while a project opens, or when it could not be opened."""

from __future__ import annotations

from typing import override

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.i18n import remedy, sentence, tr, what
from app.view.control.gauge import Gauge
from app.view.control.safe_text import one_line
from app.view.control.widgets import ElidedLabel, IconLabel, Spinner, row, text_label
from app.view.feed import Feed
from app.view.panel.panel_base import Panel, clear
from twin.model.change import Change, Progress, ProjectOpened, ProjectOpenFailed, ProjectOpening
from twin.model.text import Text

_WIDTH = 460
_HEADING_LETTERS, _REMEDY_LETTERS = 160, 400


class OpeningPage(Panel):
    """Page shown while a project opens without anything to show yet, and when opening failed."""

    left = Signal()
    """The user left the page of a project that could not be opened."""

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self.picture = IconLabel("live", tone="accent", size=48)
        self.heading = text_label("", "welcome", wrap=True)
        self.where = ElidedLabel("", "faint")
        self.remedy = text_label("", "muted", wrap=True)
        for label in (self.heading, self.where, self.remedy):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.steps = QVBoxLayout()
        self.steps.setSpacing(8)
        self.gauge = Gauge()
        self.stop, self.again, self.back = QPushButton(), QPushButton(), QPushButton()
        self.again.setObjectName("primary")
        self.back.setObjectName("link")
        self.stop.clicked.connect(self._stop)
        self.again.clicked.connect(self._again)
        self.back.clicked.connect(self._leave)
        self._titles: list[Text] = []
        self._build()
        self.retranslate()

    def _build(self) -> None:
        middle = QWidget()
        middle.setFixedWidth(_WIDTH)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        column.addLayout(row(1, self.picture, 1))
        column.addWidget(self.heading)
        column.addWidget(self.where)
        column.addWidget(self.remedy)
        column.addSpacing(6)
        column.addLayout(self.steps)
        column.addWidget(self.gauge)
        column.addLayout(row(1, self.stop, self.again, 1))
        column.addLayout(row(1, self.back, 1))
        outer = QVBoxLayout(self)
        outer.addStretch(3)
        outer.addLayout(row(1, middle, 1))
        outer.addStretch(4)

    @override
    def retranslate(self) -> None:
        self.stop.setText(tr("Cancel"))
        self.again.setText(tr("Try again"))
        self.back.setText(tr("Back"))
        self.gauge.setAccessibleName(tr("Progress"))
        self._show()

    @override
    def on_change(self, change: Change) -> None:
        match change:
            case ProjectOpening():
                self._titles.clear()
                self._show()
            case ProjectOpenFailed() | ProjectOpened():
                self._show()
            case Progress() if self.feed.opening is not None:
                self._take(change)
            case _:
                pass

    def _take(self, step: Progress) -> None:
        if step.title and not step.done and step.title not in self._titles[-1:]:
            self._titles.append(step.title)
            self._list()
        self.gauge.setVisible(not step.done)
        self.stop.setVisible(not step.done)
        self.gauge.show_fraction(step.fraction)

    def _show(self) -> None:
        failed = self.feed.open_failed
        for widget, wanted in ((self.where, True), (self.remedy, True), (self.again, True), (self.back, True)):
            widget.setVisible((failed is not None) is wanted)
        self.gauge.setVisible(failed is None and bool(self.feed.jobs))
        self.stop.setVisible(failed is None and bool(self.feed.jobs))
        self._list()
        if failed is not None:
            problem = failed.problems[0]
            self.picture.set_icon("problem", "warning" if problem.retry else "error")
            self.heading.setText(one_line(what(problem), _HEADING_LETTERS))
            self.where.setText(problem.where or failed.path)
            self.remedy.setText(one_line(remedy(problem), _REMEDY_LETTERS))
            self.again.setFocus()
        else:
            self.picture.set_icon("live", "accent")
            title = sentence(self.feed.opening.title) if self.feed.opening else ""
            self.heading.setText(one_line(title, _HEADING_LETTERS))
            self.where.setText("")

    def _list(self) -> None:
        clear(self.steps)
        if self.feed.open_failed is not None:
            return
        for title in self._titles:
            running = title is self._titles[-1]
            mark = Spinner(16) if running else IconLabel("check", tone="good", size=16)
            if isinstance(mark, Spinner):
                mark.set_busy(True)
            line = QHBoxLayout()
            line.setSpacing(10)
            line.addWidget(mark)
            line.addWidget(ElidedLabel(sentence(title), "" if running else "muted"), 1)
            self.steps.addLayout(line)

    def _stop(self) -> None:
        cancel(self.feed)

    def _again(self) -> None:
        self.feed.when(self.feed.api.open_again(), lambda _: None, lambda _: None)

    def _leave(self) -> None:
        self.feed.open_failed = None
        self.left.emit()


class OpeningStrip(Panel):
    """One line with the progress of opening, below the parts of the building that are already shown."""

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self.spinner, self.title, self.step = Spinner(16), text_label("", "paneltitle"), ElidedLabel("", "muted")
        self.gauge, self.stop = Gauge(140), QPushButton()
        self.stop.clicked.connect(lambda: cancel(self.feed))
        line = QHBoxLayout(self)
        line.setContentsMargins(16, 8, 16, 8)
        line.setSpacing(12)
        line.addWidget(self.spinner)
        line.addWidget(self.title)
        line.addWidget(self.step, 1)
        line.addWidget(self.gauge)
        line.addWidget(self.stop)
        self.retranslate()

    @override
    def retranslate(self) -> None:
        self.stop.setText(tr("Cancel"))
        self.gauge.setAccessibleName(tr("Progress"))
        self._show()

    @override
    def on_change(self, change: Change) -> None:
        if isinstance(change, Progress | ProjectOpening | ProjectOpened | ProjectOpenFailed):
            self._show()

    def _show(self) -> None:
        job = next(reversed(self.feed.jobs.values()), None)
        opening = self.feed.opening
        self.setVisible(job is not None and opening is not None)
        self.spinner.set_busy(job is not None)
        if job is not None and opening is not None:
            self.title.setText(sentence(opening.title)[:120])
            self.step.setText(sentence(job.title))
            self.gauge.show_fraction(job.fraction)


def cancel(feed: Feed) -> None:
    """Asks the engine to cancel the newest job."""
    if job := next(reversed(feed.jobs.values()), None):
        feed.api.cancel(job.job)
