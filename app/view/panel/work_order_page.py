"""Work orders panel: what is to be done, by whom, until when; state, notes; each change is one undo step."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import override

from msgspec.structs import replace
from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QFormLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.i18n import current_language, in_full, sentence, tr, translate
from app.site_time import zone_of
from app.view.control.dialog import Dialog
from app.view.control.form_fields import ChoiceBox, DateBox
from app.view.control.slots import calling
from app.view.control.widgets import IconButton, row, text_label
from app.view.feed import Feed
from app.view.formatting import format_time
from app.view.panel.card_list import CardPanel
from app.view.panel.panel_base import CardFrame
from app.view.panel.report_page import FORMATS, show_file
from app.view.panel.work_order_photos import PhotoField, photo_row
from app.view.site_clock import site_today
from app.work_orders import readable_orders
from twin.model.change import Change, TwinChanged
from twin.model.definition import DefinitionEdit, DefinitionKind
from twin.model.ids import RoomId
from twin.model.problem import Problem
from twin.rules.definition_body import definition_of
from twin.rules.wall_clock import local
from twin.rules.work_order import WorkOrder, WorkState, noted

MOST_LETTERS = 200


class WorkOrderDialog(Dialog):
    """Edits a work order, or a new one, and adds a note to its log."""

    def __init__(self, parent: QWidget, feed: Feed, order: WorkOrder | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Work order"))
        self.setMinimumWidth(480)
        self.feed = feed
        now_ms = feed.api.now_ms()
        self._base = order or WorkOrder(id=f"work-{token_hex(4)}", created_ms=now_ms)
        self.title, self.assignee = QLineEdit(self._base.title), QLineEdit(self._base.assignee)
        self.state, self.priority, self.due, self.has_due = (
            ChoiceBox(),
            ChoiceBox(),
            DateBox(site_today()),
            QCheckBox(tr("Until")),
        )
        self.note, self.photo = QPlainTextEdit(), PhotoField(feed)
        self.reason = text_label("", "reason", wrap=True)
        self.note.setFixedHeight(90)  # also where a photo takes room
        for one in WorkState:
            self.state.addItem(translate(f"work.{one.value}"), one.value)
        self.state.setCurrentIndex(self.state.findData(self._base.state.value))
        for number in range(1, 5):
            self.priority.addItem(translate(f"alarm.priority.{number}"), number)
        self.priority.setCurrentIndex(self._base.priority - 1)
        today = local(now_ms, zone_of(feed.twin.site)).date().isoformat()
        self.due.setDate(QDate.fromString(self._base.due or today, Qt.DateFormat.ISODate))
        self.has_due.setChecked(bool(self._base.due))
        self.cancel, self.save = QPushButton(tr("Cancel")), QPushButton(tr("Save"))
        self._lay()

    def _lay(self) -> None:
        self.save.setObjectName("primary")
        column, form = QVBoxLayout(self), QFormLayout()
        column.setContentsMargins(22, 18, 22, 14)
        for name, field in (
            (tr("What is to be done"), self.title), (tr("Who"), self.assignee), (tr("State"), self.state),
            (tr("Priority"), self.priority),
        ):  # fmt: skip
            field.setAccessibleName(name)
            form.addRow(name, field)
        self.due.setAccessibleName(tr("Until"))
        self.note.setAccessibleName(tr("Note"))
        form.addRow(self.has_due, self.due)
        form.addRow(tr("Note"), self.note)
        form.addRow("", self.photo)
        column.addLayout(form)
        for one in self._base.notes[-8:]:
            state = translate(f"work.{one.state.value}") if one.state is not None else ""
            parts = (format_time(one.time_ms), one.who, state, one.text)
            text = " · ".join(part for part in parts if part)
            if one.photo:
                column.addLayout(photo_row(self, self.feed, one.photo, text))
            else:
                column.addWidget(text_label(text, "faint", wrap=True))
        column.addWidget(self.reason)
        column.addLayout(row(1, self.cancel, self.save))
        self.title.setMaxLength(max(MOST_LETTERS, len(self._base.title)))
        self.title.setCursorPosition(0)
        self.title.textChanged.connect(calling(self._check))
        self.cancel.clicked.connect(self.reject)
        self.save.clicked.connect(calling(self._save))
        self.feed.project_left.connect(self.reject)
        self._check()

    def order(self) -> WorkOrder:
        """The work order of the fields; what they do not show is kept."""
        due = self.due.date().toString(Qt.DateFormat.ISODate) if self.has_due.isChecked() else ""
        made = replace(
            self._base, title=self.title.text().strip(), assignee=self.assignee.text().strip(), due=due,
            priority=int(self.priority.currentData()),
        )  # fmt: skip
        state, text = WorkState(self.state.currentData()), self.note.toPlainText().strip()
        return noted(made, self.feed.api.now_ms(), "", text=text, photo=self.photo.name, state=state)

    def _check(self) -> None:
        self.save.setEnabled(bool(self.title.text().strip()))

    def _save(self) -> None:
        order = self.order()
        edit = DefinitionEdit(DefinitionKind.WORK_ORDER, order.id, definition_of(order))
        photos = {self.photo.name: self.photo.data} if self.photo.data else {}
        self.feed.when(self.feed.api.change_work_orders([edit], photos), calling(self.accept), self._refused)

    def _refused(self, problem: Problem) -> None:
        self.reason.setText(in_full(problem))


class WorkOrderCard(CardFrame):
    """Title, facts (state, priority, who, last day, room), description, edit and delete."""

    def __init__(self, panel: WorkOrdersPanel, order: WorkOrder, facts: Sequence[str], *, late: bool) -> None:
        super().__init__()
        self.print = IconButton("document", f"{tr('Save as PDF…')}: {order.title}", size=16)
        self.print.clicked.connect(lambda: panel.write((order.id,), order.title or order.id))
        self.edit = IconButton("rename", f"{tr('Edit…')}: {order.title}", size=16)
        self.remove = IconButton("remove", f"{tr('Delete')}: {order.title}", size=16)
        self.edit.clicked.connect(lambda: panel.edit(order))
        self.remove.clicked.connect(lambda: panel.delete(order))
        head = row(text_label(order.title or order.id, "paneltitle", wrap=True), self.print, self.edit, self.remove)
        head.setStretch(0, 1)
        self.column.addLayout(head)
        self.column.addWidget(
            text_label(" · ".join(part for part in facts if part), "reason" if late else "muted", wrap=True)
        )
        if order.description:
            self.column.addWidget(text_label(order.description, "", wrap=True))


class WorkOrdersPanel(CardPanel):
    """Lists the work orders, what is left to do first."""

    title, icon = "Work orders", "check"

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self._orders = self.add_query(
            lambda twin: feed.api.compute(lambda: tuple(readable_orders(twin.definitions))), self._show, self._unknown
        )
        self.add, self.all, self.list = QPushButton(), QCheckBox(), QPushButton()
        self.list.clicked.connect(calling(lambda: self.write((), tr("Work orders"))))
        self.add.setObjectName("primary")
        self.add.clicked.connect(calling(self._new))
        self.all.toggled.connect(calling(self._again))
        self.none = text_label("", "muted", wrap=True)
        self.column.addLayout(row(self.add, self.list, 1))
        self.column.addLayout(row(self.all, 1))
        self.cards = self.add_list(self.none)
        self.column.addStretch(1)
        self.retranslate()

    @override
    def retranslate(self) -> None:
        self.add.setText(tr("New work order…"))
        self.all.setText(tr("Also what is done"))
        self.list.setText(tr("Save list…"))
        self.none.setText(tr("There is nothing to do. An alarm's card makes a work order, too."))
        self.drop_cards()
        if self.isVisible():
            self.refresh()

    @override
    def on_change(self, change: Change) -> None:
        if isinstance(change, TwinChanged):
            self._orders.invalidate()

    def _again(self) -> None:
        self._orders.invalidate()
        self._orders.refresh()

    def _show(self, orders: tuple[WorkOrder, ...]) -> None:
        shown = [one for one in orders if self.all.isChecked() or not one.closed]
        self.cards.show({one: partial(self._card, one) for one in shown})
        self.none.setVisible(not shown)

    def _card(self, order: WorkOrder) -> QWidget:
        twin, now_ms = self.feed.twin, self.feed.api.now_ms()
        room = twin.room_of.get(RoomId(order.room))
        late = order.overdue(local(now_ms, zone_of(twin.site)).date().isoformat())
        facts = (
            translate(f"work.{order.state.value}"), translate(f"alarm.priority.{order.priority}"), order.assignee,
            order.due, "" if room is None else room.title,
        )  # fmt: skip
        return WorkOrderCard(self, order, facts, late=late)

    def _unknown(self, problem: Problem) -> None:
        self.none.setText(sentence(problem.what))
        self.none.show()

    def _new(self) -> None:
        WorkOrderDialog(self, self.feed).open()

    def write(self, orders: tuple[str, ...], name: str) -> None:
        """Asks for a file and writes one order, or without ids the list of those that are open."""
        plain = "".join(letter for letter in name if letter not in '<>:"/\\|?*')[:80]
        path, chosen = QFileDialog.getSaveFileName(self, tr("Work order"), f"{plain}.pdf", FORMATS)
        if not path:
            return
        if Path(path).suffix.lower() not in (".pdf", ".xlsx"):
            path += ".xlsx" if "xlsx" in chosen else ".pdf"
        done = self.feed.api.write_work_orders(orders, path, current_language())
        self.feed.when(done, calling(partial(show_file, path)), self.feed.raise_problem)

    def edit(self, order: WorkOrder) -> None:
        """Opens the dialog of a work order."""
        WorkOrderDialog(self, self.feed, order).open()

    def delete(self, order: WorkOrder) -> None:
        """Deletes a work order: one undo step."""
        edit = DefinitionEdit(DefinitionKind.WORK_ORDER, order.id)
        self.feed.when(
            self.feed.api.change_work_orders([edit]), calling(self._orders.invalidate), self.feed.raise_problem
        )
