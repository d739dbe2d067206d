"""Picks the subject of a rule or schedule in the building: its editor steps aside until a device or room is clicked."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog

from app.i18n import tr
from app.view.control.slots import calling
from app.view.control.widgets import IconButton
from app.view.feed import Feed
from app.view.panel.rule_fields import SubjectField
from app.view.panel.rule_subjects import fitting_subject
from twin.model.ids import DeviceId, RoomId
from twin.model.twin import Twin


class PickButton(IconButton):
    """Button beside the subject of a row, which the user then picks in the building."""

    wanted = Signal(object)
    """Emitted with the SubjectField that is to be filled."""

    def __init__(self, field: SubjectField) -> None:
        super().__init__("cursor", tr("Pick in the building"))
        self.clicked.connect(calling(partial(self.wanted.emit, field)))


def pick_subject(editor: QDialog, feed: Feed, field: SubjectField) -> None:
    """Hides the editor and asks for a device or room; then, or when the user goes back, opens it again as it was."""

    def back() -> None:
        editor.open()
        field.setFocus()

    feed.pick.begin(lambda picked: _take(field, feed.twin, picked), back)
    editor.hide()
    if (panel := editor.parentWidget()) is not None:
        panel.window().activateWindow()  # so that it gets Esc


def _take(field: SubjectField, twin: Twin, picked: str) -> str:
    """Chooses the subject of what was picked; returns why there is none."""
    chosen = field.subject()
    found = fitting_subject(field.subjects, twin, picked, chosen.row if chosen is not None else None)
    if found is not None:
        field.choose(found.selector)
        return ""
    thing = twin.device_of.get(DeviceId(picked)) or twin.room_of.get(RoomId(picked))
    return tr("{name} has nothing that fits here.", name=thing.name if thing is not None else picked)
