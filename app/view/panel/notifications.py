"""Notifications panel: who is told of alarms, by which channel, what waits, and what was delivered."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from functools import partial
from typing import override

from PySide6.QtWidgets import QPushButton, QWidget

from app.i18n import sentence, tr, translate
from app.view.control.slots import calling
from app.view.control.widgets import IconButton, row, text_label
from app.view.feed import Feed
from app.view.formatting import format_time
from app.view.panel.card_list import CardPanel
from app.view.panel.notification_dialogs import ChannelDialog, RecipientDialog, kind_text
from app.view.panel.panel_base import CardFrame
from twin.model.change import Change, TwinChanged
from twin.model.definition import DefinitionEdit, DefinitionKind
from twin.model.notification_status import NotificationStatus
from twin.model.problem import Problem
from twin.model.rule_status import RunLogEntry
from twin.model.twin import Twin
from twin.rules.definition_body import RuleSet, read_rules
from twin.rules.notification import NotificationChannel, Recipient

LOG_ROWS = 50
EVERY_TICKS = 8


class EntryCard(CardFrame):
    """Card of a recipient or channel: title, facts, edit and delete."""

    def __init__(self, panel: NotificationsPanel, one: Recipient | NotificationChannel, facts: Sequence[str]) -> None:
        super().__init__()
        self.edit = IconButton("rename", f"{tr('Edit…')}: {one.title}", size=16)
        self.remove = IconButton("remove", f"{tr('Delete')}: {one.title}", size=16)
        self.edit.clicked.connect(lambda: panel.edit(one))
        self.remove.clicked.connect(lambda: panel.delete(one))
        title = text_label(one.title or one.id, "paneltitle", wrap=True)
        head = row(title, self.edit, self.remove)
        head.setStretch(0, 1)
        self.column.addLayout(head)
        self.column.addWidget(text_label(" · ".join(part for part in facts if part), "muted", wrap=True))


class NotificationsPanel(CardPanel):
    """Lists recipients, channels and deliveries; each change is one undo step."""

    title, icon = "Notifications", "alarm"

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self._rules = RuleSet()
        self._status = self.add_query(lambda _: feed.api.notifications(), self._show_status, self._unknown)
        self._log = self.add_query(
            lambda _: feed.api.run_log(0, 1 << 53, LOG_ROWS, "notify"), self._show_log, self._unknown
        )
        self._definitions = self.add_query(self._read, self._show)
        self.add_recipient, self.add_channel = QPushButton(), QPushButton()
        self.add_recipient.setObjectName("primary")
        self.add_recipient.clicked.connect(calling(self._new_recipient))
        self.add_channel.clicked.connect(calling(self._new_channel))
        self.none, self.failed = text_label("", "muted", wrap=True), text_label("", "reason", wrap=True)
        self.failed.hide()
        self.people_title, self.ways_title = text_label("", "paneltitle"), text_label("", "paneltitle")
        self.waiting, self.log_title = text_label("", "muted", wrap=True), text_label("", "paneltitle")
        self.column.addLayout(row(self.add_recipient, self.add_channel, 1))
        self.recipients = self.add_list(self.failed, self.none, self.people_title)
        self.channels = self.add_list(self.ways_title)
        self.log = self.add_list(self.log_title, self.waiting)
        self.column.addStretch(1)
        self.retranslate()

    @override
    def retranslate(self) -> None:
        self.add_recipient.setText(tr("New recipient…"))
        self.add_channel.setText(tr("New channel…"))
        self.none.setText(tr("Nobody is told of alarms yet. Make a channel, send a test, then add who is told by it."))
        self.people_title.setText(tr("Who is told"))
        self.ways_title.setText(tr("Channels"))
        self.log_title.setText(tr("Deliveries"))
        self.drop_cards()
        if self.isVisible():
            self.refresh()

    @override
    def on_change(self, change: Change) -> None:
        if isinstance(change, TwinChanged):
            self._definitions.invalidate()
            self._status.invalidate()

    @override
    def on_slow(self, rows: object) -> None:
        super().on_slow(rows)
        if self._ticks % EVERY_TICKS == 0:
            self._status.invalidate()
            self._log.invalidate()

    def _read(self, twin: Twin) -> Future[RuleSet]:
        return self.feed.api.compute(lambda: read_rules(twin.definitions))

    def _show(self, rules: RuleSet) -> None:
        self._rules = rules
        people, ways = rules.recipients.values(), rules.channels
        self.recipients.show({one: partial(self._recipient_card, one) for one in people})
        self.channels.show({one: partial(self._channel_card, one) for one in ways.values()})
        self.people_title.setVisible(bool(people))
        self.ways_title.setVisible(bool(ways))
        self.none.setVisible(not people)

    def _recipient_card(self, one: Recipient) -> QWidget:
        ways = self._rules.channels
        by = [f"{ways[use.channel].title if use.channel in ways else use.channel} {use.to}".strip() for use in one.uses]
        after = (
            tr("after {minutes} min without acknowledgement", minutes=one.after_ms // 60_000) if one.after_ms else ""
        )
        from_on = tr("from priority {priority} on", priority=translate(f"alarm.priority.{one.priority}"))
        return EntryCard(self, one, [", ".join(by), from_on, after])

    def _channel_card(self, one: NotificationChannel) -> QWidget:
        return EntryCard(self, one, [kind_text(one.kind), one.address, one.user or one.topic])

    def _show_status(self, status: NotificationStatus) -> None:
        self.failed.hide()
        self.waiting.setText(tr("%n messages wait", len(status.waiting)) if status.waiting else "")
        self.waiting.setVisible(bool(status.waiting))

    def _show_log(self, rows: Sequence[RunLogEntry]) -> None:
        texts = {(at, one.time_ms): f"{format_time(one.time_ms)} · {sentence(one.reason)}" for at, one in enumerate(rows)}  # fmt: skip
        self.log.show({(key, text): partial(text_label, text, "faint", wrap=True) for key, text in texts.items()})
        self.log_title.setVisible(bool(rows))

    def _unknown(self, problem: Problem) -> None:
        self.failed.setText(sentence(problem.what))
        self.failed.show()

    # -- what people ask for

    def _new_channel(self) -> None:
        ChannelDialog(self, self.feed).open()

    def _new_recipient(self) -> None:
        RecipientDialog(self, self.feed, dict(self._rules.channels)).open()

    def edit(self, one: Recipient | NotificationChannel) -> None:
        """Opens the dialog of a recipient or channel."""
        if isinstance(one, Recipient):
            RecipientDialog(self, self.feed, dict(self._rules.channels), one).open()
        else:
            ChannelDialog(self, self.feed, one).open()

    def delete(self, one: Recipient | NotificationChannel) -> None:
        """Deletes a recipient or channel: one undo step."""
        kind = DefinitionKind.RECIPIENT if isinstance(one, Recipient) else DefinitionKind.CHANNEL
        self.feed.when(
            self.feed.api.change_definitions([DefinitionEdit(kind, one.id)]), calling(self._definitions.invalidate)
        )
