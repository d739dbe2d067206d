"""Bar of the gravest alarm that waits for an acknowledgement, above the 3D view."""

from __future__ import annotations

from typing import override

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QVBoxLayout

from app.i18n import sentence, tr, translate
from app.view.control.widgets import ElidedLabel, IconLabel, button, row
from app.view.feed import Feed
from app.view.formatting import format_short_time
from app.view.panel.panel_base import Panel
from twin.model.alarm import AlarmStatus, listed
from twin.model.change import AlarmsChanged, Change, TwinChanged
from twin.model.problem import Problem
from twin.rules.alarm_act import Acknowledge

WIDE_PX = 900
"""Width in pixels from which texts and buttons stand side by side."""


class AlarmBar(Panel):
    """Title, place, time and instruction of one alarm of priority 1 or 2, and what can be done about it at once; hidden
    while none waits."""

    flown = Signal(str)
    """Device or room that the 3D view is to show."""
    replayed = Signal(object)
    """The AlarmStatus whose hour before is to be played."""
    alarms_wanted = Signal()
    silenced = Signal()

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self.alarm: AlarmStatus | None = None
        self.title, self.what_to_do = ElidedLabel("", "paneltitle"), ElidedLabel("", "muted")
        self.more, self.silence, self.hour, self.show_place, self.acknowledge = (
            *(button() for _ in range(4)),
            button("", "primary"),
        )
        texts = QVBoxLayout()
        texts.setSpacing(1)
        texts.addWidget(self.title)
        texts.addWidget(self.what_to_do)
        head = row(IconLabel("alarm", tone="error", size=18), spacing=10)
        head.addLayout(texts, 1)
        buttons = row(1, self.more, self.silence, self.hour, self.show_place, self.acknowledge)
        self.line = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self.line.setContentsMargins(16, 8, 16, 8)
        self.line.setSpacing(8)
        self.line.addLayout(head, 1)
        self.line.addLayout(buttons)
        frame = QFrame()
        frame.setObjectName("alarmbar")
        frame.setLayout(self.line)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(frame)
        self.more.clicked.connect(self.alarms_wanted)
        self.silence.clicked.connect(self._silence)
        self.hour.clicked.connect(lambda: self.replayed.emit(self.alarm))
        self.show_place.clicked.connect(lambda: self.flown.emit(self._place_id()))
        self.acknowledge.clicked.connect(self._acknowledge)
        feed.project_left.connect(self._follow)
        self.silence.hide()
        self.retranslate()

    @override
    def retranslate(self) -> None:
        self.silence.setText(tr("Silence"))
        self.hour.setText(tr("The hour before"))
        self.show_place.setText(tr("Show"))
        self.acknowledge.setText(tr("Acknowledge"))
        self._follow()

    @override
    def on_change(self, change: Change) -> None:
        if isinstance(change, AlarmsChanged) or (isinstance(change, TwinChanged) and self.alarm is not None):
            self._follow()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Puts the buttons below the texts where both have no room side by side."""
        super().resizeEvent(event)
        wide = self.width() >= WIDE_PX
        self.line.setDirection(QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom)

    def show_sounding(self, on: bool) -> None:
        """Shows the button that ends the repeated sound, while it sounds."""
        self.silence.setVisible(on)

    def _follow(self) -> None:
        waiting = [one for one in listed(self.feed.alarms) if one.standing and one.needs_ack and one.grave]
        if not waiting:
            self.alarm = None
            self.hide()
            return
        alarm = waiting[0]
        if alarm.id != (self.alarm.id if self.alarm is not None else ""):
            self.acknowledge.setEnabled(True)
        self.alarm = alarm
        title = sentence(alarm.title)
        since = format_short_time(alarm.raised_ms, self.feed.api.now_ms())
        parts = (title, self._place(), translate(f"alarm.priority.{alarm.priority}"), since)
        self.title.setText(" · ".join(part for part in parts if part))
        says = translate("alarm.device_says", message=alarm.message) if alarm.message else ""
        words = [one for one in (says, sentence(alarm.what_to_do)) if one]
        self.what_to_do.setText(" · ".join(words))
        self.what_to_do.setVisible(bool(words))
        self.show_place.setVisible(bool(self._place_id()))
        self.more.setText(tr("%n more alarms", len(waiting) - 1))
        self.more.setVisible(len(waiting) > 1)
        for one in (self.silence, self.hour, self.show_place, self.acknowledge):
            one.setAccessibleName(f"{one.text()}: {title}")
        self.setAccessibleName(self.title.text())
        self.show()

    def _place_id(self) -> str:
        return str(self.alarm.device or self.alarm.room or "") if self.alarm is not None else ""

    def _place(self) -> str:
        """Room of the alarm, else its device."""
        twin, alarm = self.feed.twin, self.alarm
        if alarm is None:
            return ""
        room = twin.room_of.get(alarm.room) if alarm.room is not None else None
        device = twin.device_of.get(alarm.device) if alarm.device is not None else None
        return room.name if room is not None else device.name if device is not None else ""

    def _silence(self) -> None:
        self.show_sounding(False)
        self.silenced.emit()

    def _acknowledge(self) -> None:
        if self.alarm is None:
            return
        self.acknowledge.setEnabled(False)
        done = self.feed.api.act_on_alarms([self.alarm.id], Acknowledge())
        self.feed.when(done, lambda _: self.acknowledge.setEnabled(True), self._refused)

    def _refused(self, problem: Problem) -> None:
        self.acknowledge.setEnabled(True)
        self.feed.raise_problem(problem)
