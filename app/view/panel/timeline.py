"""Timeline panel below the 3D view: shows the building at any moment of the last days."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import override

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout

from app.i18n import tr
from app.selection import SelectionState
from app.view.chart.home_state import HomeHistory
from app.view.control.safe_text import set_tip
from app.view.control.slots import taking
from app.view.control.widgets import IconButton, text_label
from app.view.feed import Feed
from app.view.formatting import format_short_time
from app.view.panel.alarm_marks import AlarmMarks
from app.view.panel.panel_base import Panel
from app.view.panel.time_slider import SPANS_S, TimeSlider
from app.view.site_clock import zone_note

HEIGHT_PX = 58
WORDS_PX = 104
LEAST_PX, _ROOMY_PX = 390, 540
"""Minimum width in pixels, and the width below which the button for the time span is hidden."""
PLAYS_S = 30.0
"""Seconds that playing the whole span or a period takes."""
_FRAME_MS = 40
_FINE_MS = 15_000
"""Step in ms between the moments of a period that is played."""
_LONGEST_S = 0.15
"""Maximum time in seconds that one step of playing advances: slow answers slow playing down."""
_HURRY, _STILL = 6.0, 24
"""Speed factor while nothing changes, and the fraction of the span without changes that triggers it."""


class TimelinePanel(Panel):
    """Time slider with play, span, compare and live buttons; it sets the displayed moment of the selection."""

    def __init__(self, feed: Feed, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(feed)
        self.setFixedHeight(HEIGHT_PX)
        self.setMinimumWidth(LEAST_PX)
        self._clock, self._last_s = clock, 0.0
        self._at_ms, self._changed_ms, self._played_ms = 0.0, 0.0, -1
        self._period_ms: tuple[int, int] | None = None
        """Start and end of the period that is played, UTC ms; None: from the shown moment to the present."""
        self.live, self.reach, self.compare = QToolButton(), QToolButton(), QToolButton()
        for button in (self.live, self.reach, self.compare):
            button.setObjectName("chip")
        self.live.setCheckable(True)
        self.live.setChecked(True)
        self.compare.setCheckable(True)
        self.play = IconButton("play")
        self.bar = TimeSlider()
        self._chosen_s = self.bar.span_s
        """The span (s) that the user chose; an older moment shows a longer one until the present is shown again."""
        self.when, self.than = text_label("", ""), text_label("", "muted")
        self._marks, self._home = AlarmMarks(feed, self.bar.show_marks), HomeHistory(feed, self.bar.show_home)
        self._lay_out()
        self._timer = QTimer(self)
        self._timer.setInterval(_FRAME_MS)
        self._timer.timeout.connect(self.step)
        self.bar.moved.connect(self._moved)
        self.bar.pinned.connect(taking(int, lambda at: feed.selection.change(compare_ms=at)))
        self.live.clicked.connect(self._present)
        self.reach.clicked.connect(self._next_reach)
        self.compare.clicked.connect(self.pin)
        self.play.clicked.connect(self.run_or_rest)
        feed.rows.connect(self._rows)
        self._reach_for(feed.selection.state.moment_ms, feed.selection.state.compare_ms)
        self._follow()
        self._followed_s = 0
        self.retranslate()

    def _lay_out(self) -> None:
        labels = QVBoxLayout()
        labels.setContentsMargins(0, 0, 0, 0)
        labels.setSpacing(1)
        labels.addStretch(1)
        for label in (self.when, self.than):
            label.setMinimumWidth(WORDS_PX)
            labels.addWidget(label)
        labels.addStretch(1)
        line = QHBoxLayout(self)
        line.setContentsMargins(12, 0, 14, 0)
        line.setSpacing(6)
        for widget in (self.live, self.play, self.reach, self.bar, self.compare):
            line.addWidget(widget, 1 if widget is self.bar else 0, Qt.AlignmentFlag.AlignVCenter)
        line.addSpacing(4)
        line.addLayout(labels)

    @property
    def playing(self) -> bool:
        """Whether the period is being played."""
        return self._timer.isActive()

    @override
    def retranslate(self) -> None:
        self.live.setText(tr("Live"))
        self.live.setAccessibleName(tr("Show the present"))
        self.bar.setAccessibleName(tr("Moment shown"))
        self.compare.setText(tr("Compare"))
        set_tip(self.compare, tr("Pins this moment and shows what changed between it and another one"))
        self.compare.setAccessibleName(self.compare.toolTip())
        self.play.set_description(tr("Pause") if self.playing else tr("Play"))
        days = self.bar.span_s // 86400
        self.reach.setText(tr("24 h") if days == 1 else tr("%n d", days))
        set_tip(self.reach, tr("How far back the strip reaches"))
        self.reach.setAccessibleName(f"{self.reach.toolTip()}: {self.reach.text()}")
        self._update_texts()

    @override
    def on_picked(self, old: SelectionState, new: SelectionState) -> None:
        if (old.moment_ms, old.compare_ms) == (new.moment_ms, new.compare_ms):
            return
        if self.playing and new.moment_ms != self._played_ms:
            self._stop()
        self._reach_for(
            new.moment_ms if new.moment_ms != old.moment_ms else None,
            new.compare_ms if new.compare_ms != old.compare_ms else None,
        )
        self._follow()

    @override
    def on_slow(self, rows: object) -> None:
        self.when.setEnabled(self.feed.moments.idle)  # grey while the picture is of another moment still
        now_s = self.feed.api.now_ms() // 1000
        if now_s != self._followed_s and not self.bar.isSliderDown():
            self._followed_s = now_s
            self._follow()
        if self.isVisible() and not self.playing and self.feed.twin.devices:
            self._marks.request_marks(self.bar.start_ms, self.bar.end_ms)
            self._home.request(self.bar.start_ms, self.bar.end_ms)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Hides the button for the time span if the panel is too narrow."""
        super().resizeEvent(event)
        self.reach.setVisible(self.width() >= _ROOMY_PX)

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        """Stops playing."""
        self._stop()
        super().hideEvent(event)

    def _follow(self) -> None:
        """Updates slider, buttons and texts from the selection."""
        picked, now_ms = self.feed.selection.state, self.feed.api.now_ms()
        present = picked.moment_ms is None and picked.compare_ms is None
        if present and self.bar.span_s != self._chosen_s and not self.bar.isSliderDown():
            self._reach_back(self._chosen_s)
        self.live.setChecked(picked.moment_ms is None and not self.feed.is_previewing)
        self.compare.setChecked(picked.compare_ms is not None)
        self.bar.show_moments(now_ms, picked.moment_ms, picked.compare_ms)
        self.feed.moments.stride_ms = self.bar.grid_ms
        self._update_texts()

    def _update_texts(self) -> None:
        picked = self.feed.selection.state
        now_ms = self.feed.api.now_ms()
        moment = format_short_time(now_ms if picked.moment_ms is None else picked.moment_ms, now_ms)
        self.when.setText(tr("Preview of a scene") if self.feed.is_previewing else moment)
        self.bar.setAccessibleDescription(self.when.text())
        zone = zone_note(now_ms if picked.moment_ms is None else picked.moment_ms)
        set_tip(self.when, tr("Times are those of the site: {zone}", zone=zone) if zone else "")
        self.than.setVisible(bool(zone) or picked.compare_ms is not None)
        self.than.setText(zone)
        if picked.compare_ms is not None:
            self.than.setText(tr("and {moment}", moment=format_short_time(picked.compare_ms, now_ms)))

    def _moved(self, at: object) -> None:
        self._stop()
        self.feed.selection.change(moment_ms=at)

    def _present(self) -> None:
        self._stop()
        self.feed.preview(None)
        self.feed.selection.change(moment_ms=None)
        self._follow()

    def pin(self, on: bool) -> None:
        """Starts comparing with the shown moment, or with the start of the span if the present is shown; or stops."""
        shown = self.feed.selection.state.moment_ms
        if not on:
            self.feed.selection.change(compare_ms=None)
        elif shown is None:
            self.feed.selection.change(compare_ms=self.feed.api.now_ms() - 1000 * self.bar.span_s)
        else:
            self.feed.selection.change(compare_ms=shown, moment_ms=None)

    def _next_reach(self) -> None:
        self._chosen_s = SPANS_S[(SPANS_S.index(self.bar.span_s) + 1) % len(SPANS_S)]
        self._reach_back(self._chosen_s)
        self._reach_for(self.feed.selection.state.moment_ms, self.feed.selection.state.compare_ms)
        self._follow()

    def _reach_for(self, *moments: int | None) -> None:
        """Shows a longer span for newly chosen moments (UTC ms) that lie beyond it. One that has just slid out at the left
        end as time went on stays there: the span doesn't change by itself."""
        ages_s = [(self.feed.api.now_ms() - at) // 1000 for at in moments if at is not None]
        if ages_s and max(ages_s) > self.bar.span_s + self.bar.grid_ms // 1000:
            self._reach_back(max(ages_s))

    def _reach_back(self, seconds: int) -> None:
        self.bar.show_span(next((span for span in SPANS_S if span >= seconds), SPANS_S[-1]))
        self.retranslate()

    # playing

    def run_or_rest(self) -> None:
        """Starts playing from the shown moment, or from the left end if that is the present; or stops."""
        if self.playing:
            self._stop()
            return
        shown = self.feed.selection.state.moment_ms
        self._start(self.bar.start_ms if shown is None else shown)

    def play_period(self, from_ms: int, to_ms: int) -> None:
        """Plays a period (UTC ms) and stops at its end, which stays shown."""
        self._stop()
        self.feed.selection.change(moment_ms=from_ms)
        self._period_ms = (from_ms, to_ms)
        self._start(from_ms)

    def _start(self, at_ms: int) -> None:
        self._at_ms = self._played_ms = at_ms
        self._last_s, self._changed_ms = self._clock(), float(at_ms)
        self._timer.start()
        self.play.set_icon("pause")
        self.play.set_description(tr("Pause"))

    def _stop(self) -> None:
        self._period_ms = None
        if self.playing:
            self._timer.stop()
            self.play.set_icon("play")
            self.play.set_description(tr("Play"))

    def step(self) -> None:
        """Advances playing by the elapsed time; waits for pending moments, is faster without changes, stops at now."""
        now_s = self._clock()
        gone_s, self._last_s = min(_LONGEST_S, now_s - self._last_s), now_s
        if not self.feed.moments.idle:
            return
        span_ms, grid_ms = self.bar.span_s * 1000, self.bar.grid_ms
        if self._period_ms is not None:
            span_ms, grid_ms = self._period_ms[1] - self._period_ms[0], _FINE_MS
        still = self._at_ms - self._changed_ms > span_ms / _STILL
        self._at_ms += gone_s * span_ms / PLAYS_S * (_HURRY if still else 1.0)
        if self._period_ms is not None and self._at_ms >= (end_ms := self._period_ms[1]):
            self._stop()
            self.feed.selection.change(moment_ms=end_ms)
            return
        if self._at_ms >= self.feed.api.now_ms():
            self._present()
            return
        at = round(self._at_ms) // grid_ms * grid_ms
        if at != self.feed.selection.state.moment_ms:
            self._played_ms = at
            self.feed.selection.change(moment_ms=at)

    def _rows(self, rows: NDArray[np.intp]) -> None:
        if len(rows):
            self._changed_ms = self._at_ms
        is_live = self.feed.selection.state.moment_ms is None and not self.feed.is_previewing
        if self.live.isChecked() is not is_live:
            self._follow()
        self.when.setEnabled(self.feed.moments.idle)
