"""Dialogs of a channel and of a recipient of notifications."""

from __future__ import annotations

from collections.abc import Sequence
from secrets import token_hex

from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QFormLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.i18n import in_full, tr, translate
from app.view.control.dialog import Dialog
from app.view.control.form_fields import ChoiceBox, WholeNumberBox
from app.view.control.slots import calling
from app.view.control.widgets import button, row, text_label
from app.view.feed import Feed
from app.view.panel.rule_fields import ClockField, together
from twin.model.definition import DefinitionEdit, DefinitionKind
from twin.model.problem import Problem
from twin.rules.alarm_definition import AlarmClass
from twin.rules.automation import EVERY_DAY
from twin.rules.definition_body import definition_of
from twin.rules.notification import (
    ChannelKind,
    ChannelSecurity,
    ChannelUse,
    NotificationChannel,
    QuietHours,
    Recipient,
)

MINUTE_MS = 60_000
MOST_LETTERS = 200
_EXAMPLES = {
    ChannelKind.EMAIL: "mail.example.org:587", ChannelKind.WEBHOOK: "https://example.org/hook",
    ChannelKind.NTFY: "https://ntfy.example.org", ChannelKind.MQTT: "mqtts://broker.local:8883",
}  # fmt: skip


def kind_text(kind: ChannelKind) -> str:
    """Name of a kind of channel."""
    return {ChannelKind.EMAIL: tr("E-mail"), ChannelKind.WEBHOOK: "Webhook", ChannelKind.NTFY: "ntfy", ChannelKind.MQTT: "MQTT"}[kind]  # fmt: skip


def _line(name: str, text: str = "") -> QLineEdit:
    made = QLineEdit(text)
    made.setMaxLength(max(MOST_LETTERS, len(text)))
    made.setAccessibleName(name)
    return made


class _FormDialog(Dialog):
    """A form with a line for refusals, and the buttons Cancel and Save."""

    def __init__(self, parent: QWidget, feed: Feed, title: str) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setMinimumWidth(480)
        self.feed = feed
        self.why = text_label("", "reason", wrap=True)
        self.why.hide()
        self.cancel, self.save = QPushButton(tr("Cancel")), QPushButton(tr("Save"))
        self.save.setObjectName("primary")
        self.cancel.clicked.connect(self.reject)
        feed.project_left.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 18, 22, 14)
        self.form = QFormLayout()
        column.addLayout(self.form)
        column.addWidget(self.why)
        self.foot = row(1, self.cancel, self.save)
        column.addLayout(self.foot)

    def refused(self, problem: Problem) -> None:
        """Shows why something was refused."""
        self.say(in_full(problem))

    def say(self, text: str) -> None:
        """Shows a line below the form; nothing where it is empty."""
        self.why.setText(text)
        self.why.setVisible(bool(text))


class ChannelDialog(_FormDialog):
    """Edits a channel, or a new one; the password goes to the keyring, and a test may be sent before it is saved."""

    def __init__(self, parent: QWidget, feed: Feed, channel: NotificationChannel | None = None) -> None:
        super().__init__(parent, feed, tr("Channel"))
        self._base = channel or NotificationChannel(id=f"channel-{token_hex(4)}", kind=ChannelKind.EMAIL, address="")
        self.kind, self.security = ChoiceBox(), ChoiceBox()
        for one in ChannelKind:
            self.kind.addItem(kind_text(one), one.value)
        for one, words in ((ChannelSecurity.STARTTLS, "STARTTLS"), (ChannelSecurity.TLS, "TLS"), (ChannelSecurity.NONE, tr("not encrypted"))):  # fmt: skip
            self.security.addItem(words, one.value)
        self.title, self.address = _line(tr("Name"), self._base.title), _line(tr("Address"), self._base.address)
        self.user, self.mail_from = _line(tr("Login"), self._base.user), _line(tr("Sender"), self._base.sender)
        self.topic, self.password = _line(tr("Topic"), self._base.topic), _line(tr("Password or token"))
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.password.setPlaceholderText("" if channel is None else tr("unchanged"))
        self.to, self.test = _line(tr("Send the test to")), button(tr("Send a test"))
        self.kind.setAccessibleName(tr("Way"))
        self.security.setAccessibleName(tr("Encryption"))
        for name, field in (
            (tr("Name"), self.title), (tr("Way"), self.kind), (tr("Address"), self.address), (tr("Encryption"), self.security),
            (tr("Login"), self.user), (tr("Password or token"), self.password), (tr("Sender"), self.mail_from),
            (tr("Topic"), self.topic), (tr("Send the test to"), self.to),
        ):  # fmt: skip
            self.form.addRow(name, field)
        self.foot.insertWidget(0, self.test)
        self.kind.setCurrentIndex(self.kind.findData(self._base.kind.value))
        self.security.setCurrentIndex(self.security.findData(self._base.security.value))
        self.kind.currentIndexChanged.connect(calling(self._follow))
        for line in (self.title, self.address):
            line.textChanged.connect(calling(self._check))
        self.test.clicked.connect(calling(self._test))
        self.save.clicked.connect(calling(self._save))
        self._follow()
        self.title.setFocus()

    def channel(self) -> NotificationChannel:
        """The channel of the fields; what they do not show is kept."""
        return replace(
            self._base, title=self.title.text().strip(), kind=ChannelKind(self.kind.currentData()),
            address=self.address.text().strip(), security=ChannelSecurity(self.security.currentData()),
            user=self.user.text().strip(), sender=self.mail_from.text().strip(), topic=self.topic.text().strip(),
        )  # fmt: skip

    def _follow(self) -> None:
        kind = ChannelKind(self.kind.currentData())
        mail, topic = kind is ChannelKind.EMAIL, kind in (ChannelKind.NTFY, ChannelKind.MQTT)
        self.address.setPlaceholderText(_EXAMPLES[kind])
        for field, shown in ((self.security, mail), (self.mail_from, mail), (self.to, mail), (self.topic, topic)):
            self.form.setRowVisible(field, shown)
        self._check()

    def _check(self) -> None:
        channel = self.channel()
        self.save.setEnabled(bool(channel.title and channel.address))
        self.test.setEnabled(bool(channel.address))

    def _test(self) -> None:
        self.say(tr("Sending…"))
        self.test.setEnabled(False)
        asked = self.feed.api.test_channel(definition_of(self.channel()), self.to.text().strip(), self.password.text())
        self.feed.when(asked, calling(self._tested), self._not_tested)

    def _tested(self) -> None:
        self.say(tr("The test message went out."))
        self._check()

    def _not_tested(self, problem: Problem) -> None:
        self.refused(problem)
        self._check()

    def _save(self) -> None:
        channel = self.channel()
        edit = DefinitionEdit(DefinitionKind.CHANNEL, channel.id, definition_of(channel))
        self.save.setEnabled(False)
        self.feed.when(self.feed.api.change_definitions([edit]), calling(self._saved), self._not_tested)

    def _saved(self) -> None:
        if not self.password.text():
            self.accept()
            return
        kept = self.feed.api.keep_channel_password(self._base.id, self.password.text())
        self.feed.when(kept, calling(self.accept), self._not_tested)


class RecipientDialog(_FormDialog):
    """Edits a recipient, or a new one: by which way, for which alarms, when not, and after how long."""

    def __init__(
        self, parent: QWidget, feed: Feed, channels: dict[str, NotificationChannel], recipient: Recipient | None = None
    ) -> None:
        super().__init__(parent, feed, tr("Recipient"))
        self._base = recipient or Recipient(id=f"recipient-{token_hex(4)}", quiet=None)
        first = self._base.uses[0] if self._base.uses else ChannelUse(channel="")
        self.title, self.to = _line(tr("Name"), self._base.title), _line(tr("E-mail address or topic"), first.to)
        self.channel, self.priority, self.category, self.place = ChoiceBox(), ChoiceBox(), ChoiceBox(), ChoiceBox()
        for id, one in channels.items():
            self.channel.addItem(one.title or one.address, id)
        if first.channel and first.channel not in channels:  # stays as it is until another one is chosen
            self.channel.addItem(tr("missing channel"), first.channel)
        self.channel.setCurrentIndex(max(0, self.channel.findData(first.channel)))
        for number in range(1, 5):
            self.priority.addItem(translate(f"alarm.priority.{number}"), number)
        self.priority.setCurrentIndex(self._base.priority - 1)
        self._fill(
            self.category, tr("all alarms"), [(one.value, tr(one.value)) for one in AlarmClass], self._base.classes
        )
        twin = feed.twin
        places = [*((one.id, one.title) for one in twin.rooms), *((one.id, one.name) for one in twin.storeys)]
        self._fill(self.place, tr("The whole building"), places, self._base.places)
        self._make_times()
        for name, field in (
            (tr("Name"), self.title), (tr("Channel"), self.channel), (tr("E-mail address or topic"), self.to),
            (tr("Least urgent"), self.priority), (tr("Alarms"), self.category), (tr("Where"), self.place),
            (tr("If nobody acknowledges"), self.after),
        ):  # fmt: skip
            field.setAccessibleName(name)
            self.form.addRow(name, field)
        self.form.addRow(together(self.is_quiet, self.begin, text_label("–"), self.end))
        self.form.addRow(self.returns)
        for changed in (self.title.textChanged, self.is_quiet.toggled, self.begin.timeChanged, self.end.timeChanged):
            changed.connect(calling(self._check))
        self.save.clicked.connect(calling(self._save))
        self._check()
        self.title.setFocus()

    def _make_times(self) -> None:
        quiet = self._base.quiet or QuietHours(begin=22 * 60, end=7 * 60)
        self.after, self.is_quiet = WholeNumberBox(), QCheckBox(tr("Quiet from"))
        self.returns = QCheckBox(tr("Also when it is over"))
        self.after.setRange(0, 24 * 60)
        self.after.setSpecialValueText(tr("at once"))
        self.after.setSuffix(f" {tr('min')}")
        self.after.setValue(self._base.after_ms // MINUTE_MS)
        self.begin, self.end = ClockField(tr("Quiet from"), quiet.begin), ClockField(tr("until"), quiet.end)
        self.is_quiet.setChecked(self._base.quiet is not None)
        self.returns.setChecked(self._base.returns)

    def _fill(self, box: ChoiceBox, every: str, choices: Sequence[tuple[str, str]], chosen: tuple[str, ...]) -> None:
        box.addItem(every, ())
        for value, words in choices:
            box.addItem(words, (value,))
        if len(chosen) > 1:
            box.addItem(tr("%n chosen", len(chosen)), chosen)
        at = next((at for at in range(box.count()) if tuple(box.itemData(at)) == chosen), 0)
        box.setCurrentIndex(at)

    def recipient(self) -> Recipient:
        """The recipient of the fields; what they do not show is kept."""
        use = ChannelUse(channel=str(self.channel.currentData()), to=self.to.text().strip())
        known = self._base.quiet
        through, days = (1, EVERY_DAY) if known is None else (known.through, known.days)
        hours = QuietHours(begin=self.begin.minute(), end=self.end.minute(), through=through, days=days)
        return replace(
            self._base, title=self.title.text().strip(), uses=(use, *self._base.uses[1:]),
            priority=int(self.priority.currentData()), classes=tuple(self.category.currentData()),
            places=tuple(self.place.currentData()), after_ms=self.after.value() * MINUTE_MS,
            quiet=hours if self.is_quiet.isChecked() else None, returns=self.returns.isChecked(),
        )  # fmt: skip

    def _check(self) -> None:
        all_day = self.is_quiet.isChecked() and self.begin.minute() == self.end.minute()
        self.save.setEnabled(bool(self.title.text().strip()) and self.channel.count() > 0 and not all_day)
        self.say(
            tr("Quiet hours end at another time than they begin.") if all_day
            else "" if self.channel.count() else tr("Make a channel first.")
        )  # fmt: skip

    def _save(self) -> None:
        recipient = self.recipient()
        edit = DefinitionEdit(DefinitionKind.RECIPIENT, recipient.id, definition_of(recipient))
        self.feed.when(self.feed.api.change_definitions([edit]), calling(self.accept), self.refused)
