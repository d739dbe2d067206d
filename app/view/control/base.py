"""Base class of controls: title, value, progress spinner, failure reason."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.i18n import point_title, sentence, tr
from app.view.control.safe_text import set_tip
from app.view.control.widgets import ElidedLabel, Spinner, text_label
from app.view.formatting import format_staleness, format_value, format_word
from twin.model.device import Point
from twin.model.observation import Quality, Value
from twin.model.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlState:
    """State that a control displays: value, quality, times and outcome of the last command."""

    value: Value
    quality: Quality = Quality.GOOD
    time_ms: int = 0
    now_ms: int = 0
    online: bool = True
    pending: bool = False
    waiting: str = ""
    """What the last command waits for before it is sent, as text; empty where it does not wait."""
    sent: bool = False
    """The last command was sent, and the device never reports this value."""
    reason: Text | None = None
    note: str = ""
    """Text shown instead of the value; used if several points differ."""
    live: bool = True
    """False while a past moment is shown; nothing can be commanded then."""


def why_not(*, online: bool, live: bool) -> str:
    """The reason why nothing can be commanded now, as text; empty if commands are possible."""
    if not live:
        return tr("This is the past: press Esc to come back to now")
    return "" if online else tr("The device is offline")


class Control(QWidget):
    """Control of one point. Emits `asked(verb, value)`; `show_state` is the only way to change what it displays."""

    asked = Signal(str, object)

    def __init__(self, point: Point) -> None:
        super().__init__()
        self.point = point
        self.shown = ControlState(value=None, quality=Quality.OFFLINE)
        self.title = ElidedLabel(point_title(point.title))
        self.note = text_label("", "muted")
        self.spinner = Spinner()
        self.reason = text_label("", "reason", wrap=True)
        self.reason.hide()
        self.waiting = text_label("", "waiting", wrap=True)
        self.waiting.hide()
        self.unsure = text_label(
            tr("Sent. The device does not report this, so nothing can confirm it"), "faint", wrap=True
        )
        self.unsure.hide()
        self.head = QHBoxLayout()
        self.head.setSpacing(8)
        self.head.addWidget(self.title, 1)
        self.head.addWidget(self.spinner)
        self.head.addWidget(self.note)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(0, 5, 0, 5)
        self.body.setSpacing(4)
        self.body.addLayout(self.head)
        self.build()
        self.body.addWidget(self.waiting)
        self.body.addWidget(self.reason)
        self.body.addWidget(self.unsure)
        self.setAccessibleName(point_title(point.title))

    def build(self) -> None:
        """Adds the widgets of this kind of control to `head` or `body`."""

    def show_value(self, value: Value) -> None:
        """Shows the reported value; called for every report, but not while a command is pending."""

    def commandable(self) -> tuple[QWidget, ...]:
        """The widgets that send commands."""
        return ()

    def show_state(self, shown: ControlState) -> None:
        """Displays value, quality and outcome of the last command."""
        self.shown = shown
        self.spinner.set_busy(shown.pending)
        self.waiting.setText(shown.waiting)
        self.waiting.setVisible(bool(shown.waiting))
        self.reason.setText(tr("Not done: {reason}", reason=sentence(shown.reason)) if shown.reason else "")
        self.reason.setVisible(bool(shown.reason))
        self.unsure.setVisible(shown.sent and not shown.reason)
        if not shown.pending:
            self.show_value(shown.value)
        self.note.setText(shown.note or self.note_text())
        reason = why_not(online=shown.online, live=shown.live)
        for widget in self.commandable():
            widget.setEnabled(self.point.writable and not reason)
            set_tip(widget, reason)
        self.title.setEnabled(shown.online)
        self.note.setEnabled(shown.online)
        self.setAccessibleDescription(self.note.text())
        self.pending_changed(shown.pending)

    def pending_changed(self, pending: bool) -> None:
        """Called when a command becomes pending or ends; for controls that display that themselves."""

    def note_text(self) -> str:
        """The text at the right of the title: the value, and its age if it is stale."""
        unknown = self.shown.value is None and self.shown.quality == Quality.BAD
        text = format_word("unknown") if unknown else format_value(self.point, self.shown.value)
        old = format_staleness(self.shown.quality, self.shown.time_ms, self.shown.now_ms)
        return f"{text} · {old}" if old and self.shown.value is not None else text

    def ask(self, verb: str, value: Value = None) -> None:
        """Emits `asked` with the verb and value that the user chose."""
        self.asked.emit(verb, value)
