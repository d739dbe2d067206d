"""Dialog that makes a scene of what a room, or the whole building, reports now."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.i18n import sentence, tr
from app.view.control.dialog import Dialog
from app.view.control.form_fields import ChoiceBox
from app.view.control.slots import calling, taking
from app.view.control.widgets import row, text_label
from app.view.feed import Feed
from app.view.panel.building_tree_nodes import natural_order
from app.view.panel.panel_base import clear, scrolled
from app.view.panel.rule_sentences import action_text
from twin.model.definition import Definition, DefinitionEdit, DefinitionKind
from twin.model.ids import PointId, RoomId
from twin.model.problem import Problem
from twin.rules.automation import Do
from twin.rules.definition_body import definition_of, read_body
from twin.rules.scene import Scene, SceneTarget

MOST_LETTERS = 80


class SceneDialog(Dialog):
    """Lists the captured values of a room; those that stay chosen become the scene, one undo step."""

    def __init__(self, parent: QWidget, feed: Feed, room: RoomId | None, saved: Callable[[], object]) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Scene"))
        self.setMinimumSize(460, 520)
        self.feed, self._saved = feed, saved
        self._scene: Scene | None = None
        self.chosen: list[tuple[QCheckBox, SceneTarget]] = []
        self.title, self.room = QLineEdit(), ChoiceBox()
        self.title.setMaxLength(MOST_LETTERS)
        self.title.setPlaceholderText(tr("Name of the scene"))
        self.title.setAccessibleName(tr("Name of the scene"))
        self.room.setAccessibleName(tr("Room"))
        self.room.addItem(tr("The whole building"), None)
        for one in sorted(feed.twin.room_of.values(), key=lambda one: one.title.casefold()):
            self.room.addItem(one.title, one.id)
        self.room.setCurrentIndex(max(0, self.room.findData(room)) if room is not None else 0)
        self.why = text_label("", "muted", wrap=True)
        inside = QWidget()
        self._targets = QVBoxLayout(inside)
        self._targets.setSpacing(6)
        self.cancel, self.save = QPushButton(tr("Cancel")), QPushButton(tr("Save"))
        self.save.setObjectName("primary")
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 20, 22, 18)
        column.setSpacing(10)
        note = tr("What these points report now becomes the scene; a lamp that is off keeps its last colour and level.")
        for widget in (self.title, self.room, text_label(note, "muted", wrap=True), self.why):
            column.addWidget(widget)
        column.addWidget(scrolled(inside), 1)
        column.addLayout(row(1, self.cancel, self.save))
        self.title.textChanged.connect(calling(self._check))
        self.room.currentIndexChanged.connect(calling(self.capture))
        self.cancel.clicked.connect(self.reject)
        self.save.clicked.connect(self._save)
        feed.project_left.connect(self.reject)
        self.title.setFocus()
        self.capture()

    def capture(self) -> None:
        """Asks the engine what the chosen room reports."""
        room = self.room.currentData()
        self._show(None)
        self.feed.when(self.feed.api.capture_scene(room), self._captured, self._not_captured)

    def _captured(self, found: Definition) -> None:
        self.why.hide()
        self._show(cast("Scene", read_body(DefinitionKind.SCENE, found)))

    def _not_captured(self, problem: Problem) -> None:
        self.why.setText(sentence(problem.what))
        self.why.show()

    def _show(self, scene: Scene | None) -> None:
        clear(self._targets)
        self._scene, self.chosen = scene, []
        targets = scene.targets if scene is not None else ()
        for target in sorted(targets, key=self._room_and_device):
            do = Do(selector=target.selector, verb=target.verb, value=target.value)
            box = QCheckBox(action_text(do, self.feed.twin))
            box.setChecked(True)
            box.toggled.connect(calling(self._check))
            self.chosen.append((box, target))
            self._targets.addWidget(box)
        self._targets.addStretch(1)
        self._check()

    def _room_and_device(self, target: SceneTarget) -> tuple[tuple[object, ...], tuple[object, ...]]:
        twin = self.feed.twin
        point = twin.point_of.get(PointId(target.selector.point))
        device = twin.device_of.get(point.device) if point is not None else None
        room = twin.room_of.get(device.room) if device is not None and device.room is not None else None
        return natural_order(room.title if room is not None else ""), natural_order(
            device.name if device is not None else ""
        )

    def scene(self) -> Scene | None:
        """The scene of what is chosen; None while nothing is, or it has no name."""
        targets = tuple(target for box, target in self.chosen if box.isChecked())
        title = self.title.text().strip()
        if self._scene is None or not targets or not title:
            return None
        return replace(self._scene, title=title, targets=targets)

    def _check(self) -> None:
        self.save.setEnabled(self.scene() is not None)

    def _save(self) -> None:
        scene = self.scene()
        if scene is not None:
            self.save.setEnabled(False)
            edit = DefinitionEdit(DefinitionKind.SCENE, scene.id, definition_of(scene))
            self.feed.when(self.feed.api.change_definitions([edit]), calling(self._done), self._refused)

    def _done(self) -> None:
        self._saved()
        self.accept()

    def _refused(self, problem: Problem) -> None:
        self.feed.raise_problem(problem)
        self._check()


class RenameDialog(Dialog):
    """Asks for another title of a scene."""

    def __init__(self, parent: QWidget, title: str, renamed: Callable[[str], object]) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Rename…"))
        self.setMinimumWidth(380)
        self.title = QLineEdit(title)
        self.title.setMaxLength(max(MOST_LETTERS, len(title)))
        self.title.setAccessibleName(tr("Name of the scene"))
        self.cancel, self.save = QPushButton(tr("Cancel")), QPushButton(tr("Save"))
        self.save.setObjectName("primary")
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 20, 22, 18)
        column.addWidget(self.title)
        column.addLayout(row(1, self.cancel, self.save))
        self.title.textChanged.connect(taking(str, lambda text: self.save.setEnabled(bool(text.strip()))))
        self.cancel.clicked.connect(self.reject)
        self.save.clicked.connect(self.accept)
        self.accepted.connect(lambda: renamed(self.title.text().strip()))
