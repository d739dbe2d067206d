"""Log panel of this window's commands: time, command, outcome, and a button to undo."""

from __future__ import annotations

from functools import partial
from typing import override

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton

from app.actions import DEFAULT_SENDER
from app.i18n import point_title, sentence, tr
from app.i18n.numbers import format_decimal
from app.view.command_log import CommandGesture, LoggedCommand
from app.view.control.safe_text import set_tip
from app.view.control.widgets import ElidedLabel, IconLabel, text_label
from app.view.feed import Feed
from app.view.formatting import format_clock, format_value, format_word
from app.view.panel.card_list import CardPanel
from app.view.panel.panel_base import CardFrame, EmptyState
from app.view.site_clock import site_moment
from twin.model.change import ApprovalsChanged, Change

SHOWN = 60
_FAILURES = 20
"""Maximum number of failed devices listed below a gesture."""


class CommandsPanel(CardPanel):
    """Lists the newest gestures first; rebuilt at most four times a second."""

    title, icon = "Commands", "event"

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self.empty = EmptyState("event")
        self.cards = self.add_list()
        self.outer.addWidget(self.empty, 1)
        self._stale = False
        feed.commanded.connect(self._mark_stale)
        feed.project_left.connect(self._mark_stale)
        self.retranslate()

    @override
    def retranslate(self) -> None:
        self.empty.set_texts(tr("Nothing was commanded in this window yet."))
        self.drop_cards()
        self.rebuild()

    @override
    def on_change(self, change: Change) -> None:
        if isinstance(change, ApprovalsChanged):
            self._mark_stale()

    @override
    def refresh(self) -> None:
        if self._stale:
            self.rebuild()

    def _mark_stale(self) -> None:
        self._stale = True

    def rebuild(self) -> None:
        """Lists the gestures again; the card of a changed gesture is rebuilt."""
        self._stale = False
        newest = [gesture for gesture, _ in zip(self.feed.commands, range(SHOWN), strict=False)]
        self.cards.show(
            {
                (one.time_ms, id(one), one.pending, len(one.failed), self._waiting(one)): partial(self._card, one)
                for one in newest
            }
        )
        there = len(self.feed.commands) > 0
        self.area.setVisible(there)
        self.empty.setVisible(not there)

    def _card(self, gesture: CommandGesture) -> CardFrame:
        card = CardFrame()
        line = QHBoxLayout()
        line.setSpacing(10)
        name, tone = _mark(gesture)
        when = format_clock(site_moment(gesture.time_ms), seconds=True)
        line.addWidget(IconLabel(name, tone=tone, size=18), 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(text_label(when, "faint"))
        line.addWidget(ElidedLabel(self._what(gesture)), 1)
        if gesture.sender not in ("", DEFAULT_SENDER):
            line.addWidget(text_label(tr("by {sender}", sender=gesture.sender), "faint"))
        ended = tr("waits for a second person") if self._waiting(gesture) else _ended(gesture)
        line.addWidget(text_label(ended, "muted"))
        if not gesture.pending and (back := gesture.undoing()):
            button = QPushButton(tr("Put back"))
            set_tip(button, ", ".join(self._before(one) for one in gesture.commands[:_FAILURES]))
            button.clicked.connect(lambda: self.feed.order_many(back))
            line.addWidget(button)
        card.column.addLayout(line)
        for one in gesture.failed[:_FAILURES]:
            card.column.addWidget(text_label(f"{self._name(one)}: {sentence(one.reason)}", "faint", wrap=True))
        if (more := len(gesture.failed) - _FAILURES) > 0:
            card.column.addWidget(text_label(tr("and %n more", more), "faint"))
        return card

    def _waiting(self, gesture: CommandGesture) -> bool:
        """Whether a command of a gesture waits for a second person."""
        held = {one.command.id for one in self.feed.sent.approvals.waiting}
        return bool(held) and any(one.command.id in held for one in gesture.commands)

    def _what(self, gesture: CommandGesture) -> str:
        if len(gesture.commands) == 1:
            one = gesture.commands[0]
            return f"{self._name(one)} · {point_title(one.point.title)}: {_asked(one)}"
        first = gesture.commands[0] if gesture.commands else None
        many = tr("%n devices", len({one.point.device for one in gesture.commands}))
        return f"{many} · {point_title(first.point.title)}: {_asked(first)}" if first else many

    def _before(self, one: LoggedCommand) -> str:
        return f"{self._name(one)}: {format_value(one.point, one.before)}"

    def _name(self, one: LoggedCommand) -> str:
        device = self.feed.twin.device_of.get(one.point.device)
        return device.name if device else str(one.point.device)


def _asked(one: LoggedCommand) -> str:
    return format_value(one.point, one.value) if one.value is not None else format_word(one.verb)


def _mark(gesture: CommandGesture) -> tuple[str, str]:
    if gesture.pending:
        return "clock", "muted"
    return ("problem", "warning") if gesture.failed else ("check", "muted" if gesture.unconfirmed else "good")


def _ended(gesture: CommandGesture) -> str:
    many = len(gesture.commands)
    if gesture.pending:
        return (
            tr("pending")
            if many == 1
            else tr("{done} of {all}", done=format_decimal(many - gesture.pending), all=format_decimal(many))
        )
    if not gesture.failed:
        return tr("sent, cannot be confirmed") if gesture.unconfirmed else tr("confirmed")
    return tr("failed") if many == 1 else tr("%n failed", len(gesture.failed))
