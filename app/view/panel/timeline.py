"""The strip under the twin that takes the whole building to any moment of the last days, and back to now."""

from __future__ import annotations

from typing import override

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QSlider, QToolButton

from app.selection import Picked
from app.view.control.parts import text
from app.view.feed import Feed
from app.view.panel.frame import Panel
from app.view.words import moment, tr

STEPS = 2000
SPANS_S = (86400, 604800, 2592000)
SETTLE_MS = 80


class Timeline(Panel):
    """Drag back, and every value, colour and lamp is as it was; Live brings the present."""

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self.setFixedHeight(44)
        self.span_s = SPANS_S[0]
        self.live, self.reach = QToolButton(), QToolButton()
        for button in (self.live, self.reach):
            button.setObjectName("chip")
        self.live.setCheckable(True)
        self.live.setChecked(True)
        self.slider, self.when = QSlider(Qt.Orientation.Horizontal), text("", "muted")
        self.slider.setObjectName("timeline")
        self.slider.setRange(0, STEPS)
        self.slider.setValue(STEPS)
        self.slider.setPageStep(STEPS // 24)
        self.when.setMinimumWidth(150)
        line = QHBoxLayout(self)
        line.setContentsMargins(12, 0, 14, 0)
        line.setSpacing(10)
        for widget in (self.live, self.reach, self.slider, self.when):
            line.addWidget(widget)
        line.setStretch(2, 1)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE_MS)
        self._timer.timeout.connect(self._go)
        self.slider.valueChanged.connect(self._moved)
        self.live.clicked.connect(lambda: feed.selection.change(moment_ms=None))
        self.reach.clicked.connect(self._next_reach)
        self.retranslate()

    @override
    def retranslate(self) -> None:
        self.live.setText(tr("Live"))
        self.live.setAccessibleName(tr("Show the present"))
        self.slider.setAccessibleName(tr("Moment shown"))
        days = self.span_s // 86400
        self.reach.setText(tr("24 h") if days == 1 else tr("%n d", days))
        self.reach.setToolTip(tr("How far back the strip reaches"))
        self.reach.setAccessibleName(f"{self.reach.toolTip()}: {self.reach.text()}")
        self._say()

    @override
    def on_picked(self, old: Picked, new: Picked) -> None:
        if old.moment_ms != new.moment_ms:
            self.live.setChecked(new.moment_ms is None)
            share = (
                1.0 if new.moment_ms is None else 1 - (self.feed.desk.now_ms() - new.moment_ms) / (self.span_s * 1000)
            )
            self.slider.blockSignals(True)
            self.slider.setValue(round(max(0.0, min(1.0, share)) * STEPS))
            self.slider.blockSignals(False)
            self._say()

    @override
    def on_slow(self, rows: object) -> None:
        if self.feed.selection.picked.moment_ms is None:
            self._say()

    def _say(self) -> None:
        shown = self.feed.selection.picked.moment_ms
        self.when.setText(moment(self.feed.desk.now_ms() if shown is None else shown))

    def _moved(self) -> None:
        self._timer.start()

    def _go(self) -> None:
        back_ms = round((1 - self.slider.value() / STEPS) * self.span_s * 1000)
        self.feed.selection.change(moment_ms=self.feed.desk.now_ms() - back_ms if back_ms else None)

    def _next_reach(self) -> None:
        self.span_s = SPANS_S[(SPANS_S.index(self.span_s) + 1) % len(SPANS_S)]
        self.retranslate()
