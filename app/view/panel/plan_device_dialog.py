"""Dialog that plans a device which is not there yet: its kind and its name, in a room that was chosen before."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.i18n import in_full, tr
from app.view.control.dialog import Dialog
from app.view.control.form_fields import ChoiceBox
from app.view.control.widgets import row, show_text, text_label
from app.view.feed import Feed
from twin.model.ids import MAX_NAME
from twin.model.kind import KINDS
from twin.model.problem import Problem
from twin.model.space import Room

FIRST = "smoke_alarm"
"""Kind that is proposed: the one that is planned most often before it is bought."""


class PlanDeviceDialog(Dialog):
    """Asks for kind and name, and stays open with the reason where the project refuses."""

    def __init__(self, feed: Feed, room: Room, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._feed, self._room = feed, room
        self.setWindowTitle(tr("Plan a device"))
        self.setMinimumWidth(400)
        self.kind, self.name, self.reason = ChoiceBox(), QLineEdit(), text_label("", "reason", wrap=True)
        for one in sorted(KINDS.values(), key=lambda kind: tr(kind.title, about="kind").casefold()):
            self.kind.addItem(tr(one.title, about="kind"), one.id)
        self.kind.setCurrentIndex(self.kind.findData(FIRST))
        self.kind.setAccessibleName(tr("Kind"))
        self.name.setMaxLength(MAX_NAME)
        self.name.setAccessibleName(tr("Name"))
        self.reason.hide()
        self._build()
        self.kind.currentIndexChanged.connect(self._propose)
        self._propose()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 20, 22, 18)
        column.setSpacing(10)
        column.addWidget(text_label(tr("Plan a device in {room}", room=self._room.title), "heading", wrap=True))
        about = tr("It is listed as planned until a device takes its place: paired for it, or put there.")
        column.addWidget(text_label(about, "muted", wrap=True))
        column.addWidget(self.kind)
        column.addWidget(self.name)
        column.addWidget(self.reason)
        cancel, self.plan = QPushButton(tr("Cancel")), QPushButton(tr("Plan it"))
        self.plan.setObjectName("primary")
        cancel.clicked.connect(self.reject)
        self.plan.clicked.connect(self._plan)
        column.addLayout(row(1, cancel, self.plan))

    def _propose(self) -> None:
        """Proposes a name of kind and room, until the user has typed one."""
        if not self.name.isModified():
            self.name.setText(f"{self.kind.currentText()} {self._room.title}"[:MAX_NAME])

    def _plan(self) -> None:
        self.plan.setEnabled(False)
        planning = self._feed.api.plan_device(self._room.id, self.kind.currentData(), self.name.text())
        self._feed.when(planning, lambda _: self.accept(), self._refused)

    def _refused(self, problem: Problem) -> None:
        self.plan.setEnabled(True)
        show_text(self.reason, in_full(problem), "reason")
        self.name.setFocus()
