"""Dialog of the privacy of a building: shared or not, retention, groups of rooms, and the purposes of recorded values."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QFormLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.i18n import sentence, tr, translate
from app.i18n.presence_texts import group_text
from app.view.control.dialog import Dialog
from app.view.control.form_fields import NumberBox
from app.view.control.slots import calling
from app.view.control.widgets import row, text_label
from app.view.feed import Feed
from app.view.panel.panel_base import scrolled
from twin.insight.presence_groups import room_places
from twin.model.ids import RoomId
from twin.model.privacy import PURPOSES, PrivacyStatus
from twin.model.problem import Problem

MOST_HOURS, MOST_PLACES = 8760, 10_000


class PrivacyDialog(Dialog):
    """Shows what applies to a building, and saves what is chosen."""

    def __init__(self, parent: QWidget, feed: Feed, status: PrivacyStatus) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Privacy"))
        self.setMinimumSize(520, 560)
        self.feed, self._set = feed, dict(status.places)
        self.shared = QCheckBox(tr("Several households or companies share this building"))
        self.grouped = QCheckBox(tr("Viewers and operators see presence and use in groups of rooms only"))
        self.shared.setChecked(status.shared)
        self.grouped.setChecked(status.grouped)
        self.hours = self._number(tr("Deleted after (hours)"), 1, MOST_HOURS, status.hours)
        self._counted = room_places(feed.twin, {})
        self.places: dict[RoomId, NumberBox] = {
            room.id: self._number(room.title, 0, MOST_PLACES, self._set.get(room.id, self._counted[room.id]))
            for room in feed.twin.rooms
            if room.id in self._counted
        }
        self.groups, self.reason = text_label("", "muted", wrap=True), text_label("", "reason", wrap=True)
        self.cancel, self.save = QPushButton(tr("Close")), QPushButton(tr("Save"))
        self.save.setObjectName("primary")
        self.cancel.clicked.connect(self.reject)
        self.save.clicked.connect(calling(self._save))
        self.shared.toggled.connect(calling(self._allow))
        self.grouped.toggled.connect(calling(self._allow))
        feed.project_left.connect(self.reject)
        self._lay_out()
        self._show(status)
        self._allow()

    def _number(self, name: str, least: int, most: int, value: int) -> NumberBox:
        made = NumberBox()
        made.setDecimals(0)
        made.setRange(least, most)
        made.setValue(value)
        made.setAccessibleName(name)
        return made

    def _lay_out(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setSpacing(10)
        form = QFormLayout()
        form.addRow(text_label(self.hours.accessibleName()), self.hours)
        numbers = QFormLayout()
        for box in self.places.values():
            numbers.addRow(text_label(box.accessibleName()), box)
        column.addWidget(self.shared)
        column.addLayout(form)
        column.addWidget(self.grouped)
        column.addWidget(
            text_label(
                tr(
                    "Rooms are joined along their storey until they are meant for five people. Alarms are always shown."
                ),
                "faint",
                wrap=True,
            )
        )
        column.addWidget(text_label(tr("People that rooms are meant for"), "paneltitle"))
        column.addLayout(numbers)
        column.addWidget(self.groups)
        column.addWidget(text_label(tr("Purposes"), "paneltitle"))
        purposes: list[QLabel] = [
            text_label(translate(f"privacy.purpose.{one}"), "muted", wrap=True) for one in PURPOSES
        ]
        for label in purposes:
            column.addWidget(label)
        column.addStretch(1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(22, 20, 22, 18)
        whole.addWidget(scrolled(inside), 1)
        whole.addWidget(self.reason)
        whole.addLayout(row(1, self.cancel, self.save))
        self.reason.hide()

    def _allow(self) -> None:
        """Enables what applies in a shared building only."""
        for widget in (self.hours, self.grouped):
            widget.setEnabled(self.shared.isChecked())
        for box in self.places.values():
            box.setEnabled(self.shared.isChecked() and self.grouped.isChecked())

    def _chosen_places(self) -> dict[RoomId, int]:
        """The numbers that were set: those that are not the number of sensors, and those that were set before."""
        kept = {room: number for room, number in self._set.items() if room not in self.places}
        return kept | {
            room: int(box.value())
            for room, box in self.places.items()
            if room in self._set or int(box.value()) != self._counted[room]
        }

    def _save(self) -> None:
        self.save.setEnabled(False)
        asked = self.feed.api.set_privacy(
            int(self.hours.value()), shared=self.shared.isChecked(), grouped=self.grouped.isChecked(),
            places=self._chosen_places(),
        )  # fmt: skip
        self.feed.when(asked, self._show, self._refused)

    def _show(self, status: PrivacyStatus) -> None:
        self.save.setEnabled(True)
        self.reason.hide()
        self._set = dict(status.places)
        self.groups.setText("\n".join(group_text(one, self.feed.twin) for one in status.groups))
        self.groups.setVisible(bool(status.groups))

    def _refused(self, problem: Problem) -> None:
        self.save.setEnabled(True)
        self.reason.setText(sentence(problem.what))
        self.reason.show()
