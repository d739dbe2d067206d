"""Property strip above the plan: dimensions of the selection, or a hint for the active tool."""

from __future__ import annotations

from collections.abc import Callable
from typing import override

from PySide6.QtCore import QLocale, QSignalBlocker, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPushButton, QWidget

from app.i18n import tr
from app.view.control.safe_text import set_tip
from app.view.control.slots import taking
from app.view.control.widgets import ElidedLabel, IconButton, text_label
from app.view.plan.plan_draft import PlanDraft
from app.view.plan.snapping import length
from twin.model import drawing_edits
from twin.model.drawing import HEIGHT_M, THICKNESS_M, DrawnOpening, DrawnWall, RoomName

HEIGHT_PX = 46
ROOMY_PX = 640


class LengthEdit(QLineEdit):
    """Input field for a length, such as `3.2`, `320 cm` or `10'6`; an invalid or too large one is reset."""

    given = Signal(float)
    """The user entered another length, in metres."""

    def __init__(self, text: str, *, cm: bool = False, low: float = 0.0, high: float = 100.0, zero: str = "") -> None:
        super().__init__()
        self._cm, self._low, self._high, self._zero = cm, low, high, zero
        self.metres = low
        self.setMaxLength(16)
        self.setAccessibleName(text)
        self.setFixedWidth(112 if zero else 78)
        self.editingFinished.connect(self._take)

    def show_metres(self, metres: float) -> None:
        """Shows this length in metres, unless the user is typing."""
        self.metres = metres
        if not (self.hasFocus() and self.isModified()):
            self.setText(self._text_of_value())

    def _text_of_value(self) -> str:
        if self._zero and not self.metres:
            return self._zero
        number = QLocale().toString(self.metres * 100, "f", 1).removesuffix("0").rstrip(".,")
        return f"{number} cm" if self._cm else f"{QLocale().toString(self.metres, 'f', 2)} m"

    def _take(self) -> None:
        if not self.isModified():
            return
        self.setModified(False)
        text = self.text().strip()
        plain = bool(text) and text[-1].isdigit()
        found = 0.0 if text in ("0", "") and self._low == 0 else length(f"{text}cm" if self._cm and plain else text)
        if found is None or not self._low <= found <= self._high:
            self.setText(self._text_of_value())
            return
        self.metres = found
        self.setText(self._text_of_value())
        self.given.emit(found)


class PropertyStrip(QFrame):
    """Shows the fields for the kind of the selected thing, or a hint if nothing is selected."""

    def __init__(self, draft: PlanDraft) -> None:
        super().__init__()
        self.setObjectName("titlebar")
        self.setFixedHeight(HEIGHT_PX)
        self.draft = draft
        self.thickness_m = 0.12
        self._hint = ElidedLabel("", "muted")
        self._line = QHBoxLayout(self)
        self._line.setContentsMargins(14, 0, 8, 0)
        self._line.setSpacing(8)
        self._groups: dict[str, QWidget] = {}
        self._fields()
        self._buttons()
        self._line.addWidget(self._hint, 100)
        self._line.addStretch(1)
        self.drop = IconButton("remove", tr("Delete"))
        self.drop.clicked.connect(draft.remove)
        self._line.addWidget(self.drop)
        draft.changed.connect(self.refresh)
        self.refresh()

    def set_hint(self, text: str, *, drawing_walls: bool) -> None:
        """Sets the hint of the active tool; wall tools also show the thickness of new walls."""
        self._hint.setText(text)
        self._drawing_walls = drawing_walls
        self.refresh()

    def _fields(self) -> None:
        self._drawing_walls = False
        low, high = THICKNESS_M
        self.length = LengthEdit(tr("Length"), low=0.05, high=10_000.0)
        self.thick = LengthEdit(tr("Thickness"), cm=True, low=low, high=high)
        self.high = LengthEdit(tr("Height"), high=HEIGHT_M[1], zero=tr("as the storey"))
        self.wide = LengthEdit(tr("Width"), cm=True, low=0.1, high=100.0)
        self.tall = LengthEdit(tr("Height"), cm=True, low=0.1, high=HEIGHT_M[1])
        self.sill = LengthEdit(tr("Sill"), cm=True, high=HEIGHT_M[1])
        self.new_thick = LengthEdit(tr("Thickness"), cm=True, low=low, high=high)
        self.new_thick.show_metres(self.thickness_m)
        self.name = QLineEdit()
        self.name.setMaxLength(64)
        self.name.setFixedWidth(200)
        self.name.setAccessibleName(tr("Name of the room"))
        self._many = text_label("", "muted")
        self._group("wall", (tr("Length"), self.length), (tr("Thickness"), self.thick), (tr("Height"), self.high))
        self._group("opening", (tr("Width"), self.wide), (tr("Height"), self.tall), (tr("Sill"), self.sill))
        self._group("name", (tr("Name of the room"), self.name))
        self._group("many", ("", self._many))
        self._group("new", (tr("Thickness"), self.new_thick))
        self.length.given.connect(taking(float, lambda far: self._wall(length_m=far)))
        self.thick.given.connect(taking(float, lambda far: self._wall(thickness_m=far)))
        self.high.given.connect(taking(float, lambda far: self._wall(height_m=far)))
        self.wide.given.connect(taking(float, lambda far: self._opening(width_m=far)))
        self.tall.given.connect(taking(float, lambda far: self._opening(height_m=far)))
        self.sill.given.connect(taking(float, lambda far: self._opening(sill_m=far)))
        self.name.editingFinished.connect(self._rename)

    def _group(self, name: str, *fields: tuple[str, QWidget]) -> None:
        group = self._groups[name] = QWidget()
        line = QHBoxLayout(group)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        for label, field in fields:
            if label:
                line.addWidget(text_label(label, "muted"))
            line.addWidget(field)
            line.addSpacing(6)
        self._line.addWidget(group)

    def _buttons(self) -> None:
        self.join, self.split = QPushButton(tr("Join")), QPushButton(tr("Split in the middle"))
        set_tip(self.join, tr("Lengthens both walls to the corner where they meet"))
        self.hinge, self.side = QPushButton(tr("Other hinge")), QPushButton(tr("Other side"))
        for button, do in (
            (self.join, self._join), (self.split, self._split), (self.hinge, self._other_hinge), (self.side, self._other_side),
        ):  # fmt: skip
            button.clicked.connect(do)
            self._line.addWidget(button)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.refresh()

    def refresh(self) -> None:
        """Updates the fields from the selection."""
        things = self._things()
        one = things[0] if len(things) == 1 else None
        walls = [thing for thing in things if isinstance(thing, DrawnWall)]
        group = self._group_of(things)
        for name, widget in self._groups.items():
            widget.setVisible(name == group)
        self._hint.setVisible(not things)
        self.drop.setVisible(bool(things))
        self.join.setVisible(len(walls) == len(things) == 2)
        self.split.setVisible(isinstance(one, DrawnWall) and self.width() >= ROOMY_PX)  # the menu has it too
        for button in (self.hinge, self.side):
            button.setVisible(isinstance(one, DrawnOpening))
        if isinstance(one, DrawnWall):
            self.length.show_metres(one.length_m)
            self.thick.show_metres(one.thickness_m)
            self.high.show_metres(one.height_m)
        elif isinstance(one, DrawnOpening):
            self.hinge.setVisible(one.kind == "door" and one.leaves == 1)
            self.side.setVisible(one.kind != "passage")
            for field, metres in ((self.wide, one.width_m), (self.tall, one.height_m), (self.sill, one.sill_m)):
                field.show_metres(metres)
        elif isinstance(one, RoomName):
            with QSignalBlocker(self.name):
                self.name.setText(one.name)
        elif things:
            self._many.setText(tr("%n selected", len(things)))

    def _group_of(self, things: list[DrawnWall | DrawnOpening | RoomName]) -> str:
        if not things:
            return "new" if self._drawing_walls else ""
        if len(things) > 1:
            return "many"
        return (
            "wall" if isinstance(things[0], DrawnWall) else "opening" if isinstance(things[0], DrawnOpening) else "name"
        )

    def _things(self) -> list[DrawnWall | DrawnOpening | RoomName]:
        storey, picked = self.draft.storey, self.draft.picked
        return [thing for thing in (*storey.walls, *storey.openings, *storey.names) if thing.id in picked]

    def _only(self) -> DrawnWall | DrawnOpening | RoomName | None:
        things = self._things()
        return things[0] if len(things) == 1 else None

    def _edit(self, change: Callable[[DrawnWall | DrawnOpening | RoomName], object]) -> None:
        one = self._only()
        if one is not None:
            change(one)
        self.refresh()

    def _wall(self, **measures: float) -> None:
        self._edit(lambda one: self.draft.edit(lambda storey: drawing_edits.set_wall(storey, one.id, **measures)))

    def _opening(self, **measures: float) -> None:
        self._edit(lambda one: self.draft.edit(lambda storey: drawing_edits.set_opening(storey, one.id, **measures)))

    def _rename(self) -> None:
        name = self.name.text()
        one = self._only()
        if isinstance(one, RoomName) and name.strip() and name != one.name:
            self.draft.edit(lambda storey: drawing_edits.rename_room(storey, one.id, name))

    def _other_hinge(self) -> None:
        one = self._only()
        if isinstance(one, DrawnOpening):
            self.draft.edit(lambda storey: drawing_edits.set_opening(storey, one.id, hinge_at_end=not one.hinge_at_end))

    def _other_side(self) -> None:
        one = self._only()
        if isinstance(one, DrawnOpening):
            self.draft.edit(lambda storey: drawing_edits.set_opening(storey, one.id, swings_right=not one.swings_right))

    def _join(self) -> None:
        ids = [thing.id for thing in self._things()]
        if len(ids) == 2:
            self.draft.edit(lambda storey: drawing_edits.join(storey, ids[0], ids[1]))

    def _split(self) -> None:
        one = self._only()
        if isinstance(one, DrawnWall):
            self.draft.edit(lambda storey: drawing_edits.split(storey, one.id, one.at(one.length_m / 2)))
