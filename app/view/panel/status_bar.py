"""Status bar: link states, current job with cancel, device count."""

from __future__ import annotations

from typing import override

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from app.i18n import in_full, sentence, tr, what
from app.view.control.gauge import Gauge
from app.view.control.safe_text import fitted, set_tip
from app.view.control.widgets import IconButton, StatusDot, text_label
from app.view.feed import Feed
from app.view.formatting import format_reason
from app.view.panel.panel_base import Panel
from app.view.shown_moment import is_past, is_shown_online
from twin.model.change import (
    Change,
    DeviceOnline,
    LinkChanged,
    ProblemRaised,
    ProblemsSolved,
    Progress,
    Resync,
    TwinChanged,
)
from twin.model.ids import LinkId

LOST = frozenset({"engine.gone", "door.unknown_token", "door.expired", "door.not_attached", "door.certificate"})
"""Problems of a window whose engine does not answer or does not let it in any more."""
TONES = {"online": "good", "connecting": "warning", "waiting": "warning", "needs login": "error", "off": "offline"}
MAX_LINKS = 5
MAX_TITLE, TITLE_PX, TITLES_PX = 48, 100, 360
"""Letters of a title; pixels of a title at least, and of all titles together where there are few links."""


class LinkIndicator(QWidget):
    """State of one link as a dot and a text; a click opens the page of gateways."""

    def __init__(self) -> None:
        super().__init__()
        self.dot, self.label = StatusDot("offline"), QPushButton()
        self.label.setObjectName("plain")
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        line.addWidget(self.dot)
        line.addWidget(self.label)

    def show_link(self, title: str, change: LinkChanged | None, width_px: int) -> None:
        """Shows the link's title, at most so wide, and its state; the reason is the tool tip."""
        state = change.state if change else "connecting"
        self.dot.set_tone(TONES.get(state, "offline"))
        text = f"{title[:MAX_TITLE]} {tr(state, about='gateway')}"
        self.label.setText(f"{fitted(self.label, title, width_px)} {tr(state, about='gateway')}")
        set_tip(self, format_reason(change.reason) if change else "")
        self.label.setAccessibleName(text)
        self.setAccessibleName(text)


class StatusBar(Panel):
    """Links at the left; current job, device count and offline count at the right."""

    offline_wanted = Signal(str)
    """The user wants the device table filtered by this text."""
    link_wanted = Signal(str)
    """The user wants the page of the link with this id."""

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self.setObjectName("status")
        self.marks: dict[LinkId, LinkIndicator] = {}
        self._stale = False
        self.links = QHBoxLayout()
        self.links.setSpacing(16)
        self.more, self.devices, self.offline = text_label(), text_label(), QPushButton()
        self.offline.setObjectName("link")
        self.offline.clicked.connect(lambda: self.offline_wanted.emit(tr("offline")))
        self.job, self.gauge = text_label(), Gauge(140)
        self.stop = IconButton("close", size=12)
        self.stop.clicked.connect(self._cancel)
        line = QHBoxLayout(self)
        line.setContentsMargins(14, 0, 14, 0)
        line.setSpacing(12)
        self.lost_dot, self.lost = StatusDot("error"), text_label("", "reason")
        line.addWidget(self.lost_dot)
        line.addWidget(self.lost)
        line.addLayout(self.links)
        line.addWidget(self.more)
        line.addStretch(1)
        for widget in (self.job, self.gauge, self.stop, self.devices, self.offline):
            line.addWidget(widget)
        self.retranslate()

    @override
    def retranslate(self) -> None:
        self.stop.set_description(tr("Cancel"))
        self.gauge.setAccessibleName(tr("Progress"))
        self._fill()
        self._show_job()

    @override
    def on_change(self, change: Change) -> None:
        match change:
            case LinkChanged():
                self._fill()
            case TwinChanged():
                if self.feed.diff.links or self.feed.diff.came or self.feed.diff.went:
                    self._fill()
            case DeviceOnline():
                self._stale = True  # a broker that goes takes thousands with it: counted once
            case Progress():
                self._show_job()
            case ProblemRaised() | ProblemsSolved() | Resync():
                self._show_loss()
            case _:
                pass

    @override
    def on_slow(self, rows: object) -> None:
        if self._stale:
            self._fill()

    def _fill(self) -> None:
        self._stale = False
        links = self.feed.twin.links
        for id in [id for id in self.marks if id not in {link.id for link in links}]:
            self.marks.pop(id).deleteLater()
        for link in links:
            if link.id not in self.marks:
                mark = self.marks[link.id] = LinkIndicator()
                mark.label.clicked.connect(lambda _=False, which=link.id: self.link_wanted.emit(which))
                self.links.addWidget(self.marks[link.id])
            width_px = max(TITLE_PX, TITLES_PX // min(len(links), MAX_LINKS))
            self.marks[link.id].show_link(link.title or link.address, self.feed.links.get(link.id), width_px)
        self._show_loss()
        self.more.setText(tr("and %n more", len(links) - MAX_LINKS) if len(links) > MAX_LINKS else "")
        devices = self.feed.twin.devices
        there = self.feed.twin.device_of
        past = is_past(self.feed)
        asked = there if past else self.feed.online
        away = sum(id in there and not is_shown_online(self.feed, id) for id in asked)
        self.devices.setText(tr("%n devices", len(devices)) if devices else "")
        self.offline.setText(tr("%n offline", away))
        set_tip(self.offline, tr("Lists them"))
        self.offline.setVisible(away > 0)

    def _show_loss(self) -> None:
        """Shows that the engine is lost, in place of the links, whose states are not known then."""
        lost = next((one for one in reversed(self.feed.problems) if one.code in LOST), None)
        for part in (self.lost_dot, self.lost):
            part.setVisible(lost is not None)
        self.lost.setText("" if lost is None else what(lost))
        set_tip(self.lost, "" if lost is None else in_full(lost))
        for at, link in enumerate(self.feed.twin.links):
            if (mark := self.marks.get(link.id)) is not None:
                mark.setVisible(at < MAX_LINKS and lost is None)

    def _show_job(self) -> None:
        job = next(reversed(self.feed.jobs.values()), None)
        for widget in (self.job, self.gauge):
            widget.setVisible(job is not None)
        self.stop.setVisible(job is not None and job.job not in self.feed.own_jobs)
        if job is None:
            return
        self.job.setText(sentence(job.title)[:80])
        self.gauge.show_fraction(job.fraction)

    def _cancel(self) -> None:
        if job := next(reversed(self.feed.jobs.values()), None):
            self.feed.api.cancel(job.job)
