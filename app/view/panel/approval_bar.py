"""Bar of the commands that wait for a second person, with buttons that approve and refuse them."""

from __future__ import annotations

from typing import override

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.i18n import in_full, sentence, tr
from app.view.control.safe_text import set_tip
from app.view.control.slots import calling
from app.view.control.widgets import IconLabel, button, row, text_label
from app.view.feed import Feed
from app.view.formatting import format_value, format_word
from app.view.panel.panel_base import Panel
from app.view.panel.second_person import until
from twin.model.change import ApprovalsChanged, Change, CommandUpdated, TwinChanged
from twin.model.command_approval import CommandApproval, CommandApprovals
from twin.model.problem import Problem

SHOWN = 4
"""Number of commands that have a row of their own."""
_LAPSED = "reason.approval_lapsed"


class ApprovalRow(QWidget):
    """One command that waits: sender, device, value and end; Approve and Refuse, or Take back for its own sender."""

    def __init__(self, bar: ApprovalBar, approval: CommandApproval) -> None:
        super().__init__()
        self.approval = approval
        self._bar = bar
        self.text, self.why = text_label("", wrap=True), text_label("", "faint", wrap=True)
        self.refuse, self.approve = button(), button("", "primary")
        self.refuse.clicked.connect(calling(lambda: bar.decide(self, approve=False)))
        self.approve.clicked.connect(calling(lambda: bar.decide(self, approve=True)))
        texts = QVBoxLayout()
        texts.setSpacing(1)
        texts.addWidget(self.text)
        texts.addWidget(self.why)
        line = row(IconLabel("lock", tone="accent", size=18), self.refuse, self.approve, spacing=10)
        line.insertLayout(1, texts, 1)
        self.setLayout(line)
        self.ended = False
        self.show_texts()

    @property
    def own(self) -> bool:
        """Whether the person at this window sent the command, or wrote the rule that sends it."""
        return self.approval.is_of(self._bar.person)

    @property
    def may_approve(self) -> bool:
        """Whether the person at this window is surely another one than who sent the command or wrote its rule."""
        writes = self._bar.feed.api.may("change_definitions")
        return not self.own and not (self.approval.author_unknown and writes)

    def _reason(self, time: str) -> str:
        if self.own:
            return tr("You sent this command yourself, so another person has to approve it, by {time}", time=time)
        if not self.may_approve:
            return tr(
                "Who wrote its rule is not known: it may have been you, so an operator has to approve it, by {time}",
                time=time,
            )
        return tr("It is sent once you approve it, and lapses at {time}", time=time)

    def show_texts(self) -> None:
        """Sets all texts, in the current language."""
        what = command_text(self._bar.feed, self.approval)
        name, time = self.approval.asked_by, until(self.approval)
        self.text.setText(
            tr("You asked: {what}", what=what) if self.own else tr("{name} asks: {what}", name=name, what=what)
        )
        why = self._reason(time)
        self.why.setText(why)
        self.refuse.setText(tr("Take back") if self.own else tr("Refuse"))
        self.approve.setText(tr("Approve"))
        self.approve.setEnabled(self.may_approve)
        set_tip(self.approve, "" if self.may_approve else why)
        self.approve.setAccessibleDescription(why)
        for one in (self.refuse, self.approve):
            one.setAccessibleName(f"{one.text()}: {what}")

    def end(self) -> None:
        """Shows that the command does not wait any more; the row keeps its place while the mouse is over the bar."""
        self.ended = True
        self.why.setText(tr("It does not wait any more"))
        self.set_possible(False)

    def set_possible(self, on: bool) -> None:
        """Enables the buttons, or disables them while an answer is awaited."""
        self.refuse.setEnabled(on)
        self.approve.setEnabled(on and self.may_approve)


class ApprovalBar(Panel):
    """One row for each of the oldest commands that wait; hidden where none does."""

    told = Signal(str)
    """A text to notify the user of: a command lapsed, or could not be decided."""

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self.person = ""
        self.rows: dict[int, ApprovalRow] = {}
        """Row by the approval's id, in the order shown."""
        self._seen: dict[int, CommandApproval] = {}
        """Approvals by the id of their command, until the command ends."""
        self._asked = 0
        self.frame, self.more = QFrame(), text_label("", "faint")
        self.frame.setObjectName("approvals")
        self.column = QVBoxLayout(self.frame)
        self.column.setContentsMargins(16, 8, 16, 8)
        self.column.setSpacing(8)
        self.column.addWidget(self.more)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.frame)
        feed.project_left.connect(self._clear)
        self._clear()

    @override
    def retranslate(self) -> None:
        for one in self.rows.values():
            if not one.ended:
                one.show_texts()
        self._show(self.feed.sent.approvals)

    @override
    def on_change(self, change: Change) -> None:
        match change:
            case ApprovalsChanged(approvals=approvals):
                if approvals.waiting and not self.person:
                    self._ask_person()
                else:
                    self._show(approvals)
            case CommandUpdated(result=result):
                approval = self._seen.pop(result.command.id, None)
                own = approval is not None and approval.is_of(self.person)
                if approval is not None and not own and result.reason and result.reason.code == _LAPSED:
                    self.told.emit(f"{command_text(self.feed, approval)} · {sentence(result.reason)}")
            case TwinChanged():
                self.retranslate()
            case _:
                pass

    def _ask_person(self) -> None:
        """Asks the engine once under which name this window commands; then shows what waits."""
        self._asked += 1
        asked = self._asked

        def answered(found: CommandApprovals) -> None:
            if asked == self._asked:
                self.person = found.person
                self._show(self.feed.sent.approvals)

        self.feed.when(self.feed.api.approvals(), answered, lambda _: self._show(self.feed.sent.approvals))

    def _show(self, approvals: CommandApprovals) -> None:
        self._seen |= {one.command.id: one for one in approvals.waiting}
        waiting = {one.id: one for one in approvals.waiting}
        for id, shown in list(self.rows.items()):
            if id not in waiting and not shown.ended:
                shown.end()
        if not self.frame.underMouse():
            self._drop_ended()
        free = SHOWN - sum(not shown.ended for shown in self.rows.values())
        for id, approval in [(id, one) for id, one in waiting.items() if id not in self.rows][: max(free, 0)]:
            self.rows[id] = made = ApprovalRow(self, approval)
            self.column.insertWidget(self.column.count() - 1, made)
        left = len(waiting) - sum(not shown.ended for shown in self.rows.values())
        self.more.setText(tr("and %n more", left) if left > 0 else "")
        self.more.setVisible(left > 0)
        self.setVisible(bool(self.rows))

    def _drop_ended(self) -> None:
        for id in [id for id, shown in self.rows.items() if shown.ended]:
            gone = self.rows.pop(id)
            self.column.removeWidget(gone)
            gone.hide()
            gone.deleteLater()

    @override
    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._drop_ended()
        self.setVisible(bool(self.rows))

    def decide(self, shown: ApprovalRow, *, approve: bool) -> None:
        """Approves or refuses the command of a row; its buttons are disabled until the engine answers."""
        shown.set_possible(False)

        def failed(problem: Problem) -> None:
            if not shown.ended:
                shown.set_possible(True)
            self.told.emit(in_full(problem))

        self.feed.when(self.feed.api.decide_command(shown.approval.id, approve), lambda _: None, failed)

    def _clear(self) -> None:
        self.person = ""
        self._asked += 1
        self._seen.clear()
        for shown in self.rows.values():
            shown.end()
        self._drop_ended()
        self.more.hide()
        self.hide()


def command_text(feed: Feed, approval: CommandApproval) -> str:
    """Device, point and what is asked of it, as text."""
    twin, command = feed.twin, approval.command
    device, point = twin.device_of.get(approval.device), twin.point_of.get(command.point)
    name = device.name if device is not None else str(approval.device)
    if point is None:
        return f"{name} · {format_word(command.verb)}"
    asked = format_value(point, command.value) if command.value is not None else format_word(command.verb)
    return f"{name} · {tr(point.title)}: {asked}"
