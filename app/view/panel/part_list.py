"""Rows of the parts of an automation: the fields of each, or its description, and a list from which others are added."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.i18n import tr
from app.view.control.form_fields import ChoiceBox
from app.view.control.slots import calling, taking
from app.view.control.widgets import IconButton, row, text_label
from app.view.panel.rule_fields import SubjectField
from app.view.panel.rule_rows import PartFields, RulePart
from app.view.panel.subject_pick import PickButton
from app.view.turn_queue import TurnQueue

MADE_AT_ONCE = 4
"""Rows that are made in one turn of the event loop when parts are shown; each further one has a turn of its own."""


@dataclass(frozen=True, slots=True)
class PartChoice:
    """One kind of part that can be added."""

    name: str
    part: type[RulePart]
    """Type of the parts that its fields can show."""
    make: Callable[[], PartFields]


class PartRow(QWidget):
    """Row of one part: its fields, or a description of a part without fields, and a remove button."""

    changed = Signal()
    removed = Signal()

    def __init__(self, fields: PartFields | None, kept: RulePart | None = None, words: str = "") -> None:
        super().__init__()
        self.fields, self._kept = fields, kept
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(fields if fields is not None else text_label(words, "muted", wrap=True), 1)
        self.remove = IconButton("close", tr("Remove"), size=14)
        self.remove.clicked.connect(calling(self.removed.emit))
        line.addWidget(self.remove)
        if fields is not None:
            fields.changed.connect(self.changed)

    def part(self) -> RulePart | None:
        """The part; None while something is missing."""
        return self._kept if self.fields is None else self.fields.part()


class PartList(QWidget):
    """Rows of one kind of parts, and a list from which another one is added."""

    changed = Signal()
    pick_wanted = Signal(object)
    """Emitted with the SubjectField whose subject is to be picked in the building."""

    def __init__(
        self,
        title: str,
        choices: Sequence[PartChoice],
        in_words: Callable[[Any], str],
        turns: TurnQueue,
        selected: Collection[str] = frozenset(),
    ) -> None:
        """`selected`: the points of what is selected in the building; a new row begins with the first of them."""
        super().__init__()
        self.rows: list[PartRow] = []
        self._waiting: list[RulePart] = []
        """Shown parts whose rows are not made yet."""
        self._selected, self._turns = selected, turns
        self._choices, self._in_words = tuple(choices), in_words
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(text_label(title, "paneltitle"))
        self._inner = QVBoxLayout()
        self._inner.setSpacing(8)
        column.addLayout(self._inner)
        self.add = ChoiceBox()
        self.add.addItem(tr("Add…"))
        self.add.addItems([one.name for one in self._choices])
        self.add.setAccessibleName(f"{title} {tr('Add…')}")
        self.add.activated.connect(taking(int, self._chose))
        column.addLayout(row(self.add, 1))

    def _chose(self, at: int) -> None:
        if at > 0:
            fields = self._choices[at - 1].make()
            self.put(PartRow(fields))
            self.add.setCurrentIndex(0)
            if isinstance(subject := fields.first_field(), SubjectField):
                subject.choose_of(self._selected)
            fields.first_field().setFocus()
            self.changed.emit()

    def put(self, made: PartRow) -> None:
        """Adds a row at the end."""
        self.rows.append(made)
        self._inner.addWidget(made)
        made.changed.connect(self.changed)
        for one in made.findChildren(PickButton):
            one.wanted.connect(self.pick_wanted)
        made.removed.connect(calling(partial(self._remove, made)))

    def _remove(self, made: PartRow) -> None:
        self._drop(made)
        self.changed.emit()

    def _drop(self, made: PartRow) -> None:
        self.rows.remove(made)
        self._inner.removeWidget(made)
        made.hide()
        self._turns.add(made.deleteLater)

    def clear(self) -> None:
        """Removes all rows."""
        self._waiting.clear()
        for one in tuple(self.rows):
            self._drop(one)
        self.changed.emit()

    def show_parts(self, parts: Sequence[RulePart]) -> None:
        """Shows parts as fields, those of a long list in turns of the event loop; a part without fitting fields is kept
        unchanged and described in text. Another part can be added once all rows are there."""
        self._waiting += parts
        self._make_rows(MADE_AT_ONCE)

    def _make_rows(self, most: int) -> None:
        for part in self._waiting[:most]:
            made = (one.make() for one in self._choices if isinstance(part, one.part))
            fitting = (fields for fields in made if fields.show_part(part))
            fields = next(fitting, None)
            self.put(PartRow(fields) if fields is not None else PartRow(None, part, self._in_words(part)))
        del self._waiting[:most]
        self.add.setEnabled(not self._waiting)
        if self._waiting:
            self._turns.add(self._make_next)

    def _make_next(self) -> None:
        self._make_rows(1)

    def parts(self) -> tuple[RulePart, ...] | None:
        """All parts; None while one of them is incomplete."""
        found = [one.part() for one in self.rows]
        return None if None in found else (*(one for one in found if one is not None), *self._waiting)
