"""The ready automations above an empty rule: which one, and for which room; choosing fills the sentences."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.i18n import tr
from app.view.control.form_fields import ChoiceBox
from app.view.control.slots import taking
from app.view.control.widgets import row, text_label
from twin.rules.ready_automations import ReadyAutomation, ReadyKind


def ready_title(kind: ReadyKind) -> str:
    """What a ready automation of this kind does, in a few words."""
    return {
        ReadyKind.PRESENCE_LIGHT_ON: tr("Light on when somebody comes"),
        ReadyKind.PRESENCE_LIGHT_OFF: tr("Light off when nobody is there"),
        ReadyKind.NIGHT: tr("Good night"),
        ReadyKind.LEAK: tr("A leak closes the valve"),
        ReadyKind.LEAK_TOLD: tr("Tell of a leak"),
        ReadyKind.WINDOW_OPEN: tr("An open window stops the heating"),
        ReadyKind.WINDOW_CLOSED: tr("Closed windows start the heating again"),
        ReadyKind.AIR_ON: tr("Air the room when CO₂ is high"),
        ReadyKind.AIR_OFF: tr("Stop airing when CO₂ is low"),
        ReadyKind.AWAY_LIGHT: tr("Lamps off while nobody is at home"),
        ReadyKind.AWAY_HEATING: tr("Heating down while nobody is at home"),
        ReadyKind.HOME_HEATING: tr("Heating up again when somebody is at home"),
    }[kind]


class ReadyBar(QWidget):
    """Offers ready automations by kind, and those of rooms by room."""

    chosen = Signal(object)
    """The ReadyAutomation that the user chose."""

    def __init__(self, found: Sequence[ReadyAutomation], room: str = "") -> None:
        super().__init__()
        self._found, self._first_room = tuple(found), room
        self.taken: ReadyAutomation | None = None
        """The one with which the sentences were filled last."""
        self.kind, self.room = ChoiceBox(), ChoiceBox()
        self.kind.setAccessibleName(tr("Begin with a ready one…"))
        self.room.setAccessibleName(tr("Room"))
        self.kind.addItem(tr("Begin with a ready one…"), None)
        for kind in dict.fromkeys(one.kind for one in self._found):
            self.kind.addItem(ready_title(kind), kind)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(text_label(tr("Every part of it can be changed before it is saved."), "faint", wrap=True))
        column.addLayout(row(self.kind, self.room, 1))
        self.room.hide()
        self.kind.activated.connect(taking(int, self._chose_kind))
        self.room.activated.connect(taking(int, self._choose))

    def _of_kind(self) -> list[ReadyAutomation]:
        return [one for one in self._found if one.kind == self.kind.currentData()]

    def put_back(self) -> None:
        """Shows again the one that was taken last: another was chosen and not taken."""
        at = [None, *dict.fromkeys(one.kind for one in self._found)].index(self.taken.kind if self.taken else None)
        self.kind.setCurrentIndex(at)
        self._show_rooms()
        if self.taken is not None and self.taken.room is not None:
            self.room.setCurrentIndex(self.room.findData(self.taken.room.id))

    def _show_rooms(self) -> None:
        rooms = [one.room for one in self._of_kind() if one.room is not None]
        self.room.clear()
        for one in rooms:
            self.room.addItem(one.title, one.id)
        self.room.setVisible(bool(rooms))
        self.room.setCurrentIndex(max(0, self.room.findData(self._first_room)))

    def _chose_kind(self, at: int) -> None:
        self._show_rooms()
        if at > 0:
            self._choose(self.room.currentIndex())

    def _choose(self, at: int) -> None:
        found = self._of_kind()
        if found:
            self.chosen.emit(found[max(0, at)])
