"""Dialog that reviews a building file before it is applied: changed rooms, and where devices of lost rooms go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QToolButton, QVBoxLayout, QWidget

from app.i18n import tr
from app.view.control.dialog import Dialog
from app.view.control.safe_text import choice, entry, set_tip
from app.view.control.widgets import ElidedLabel, IconLabel, StatusDot, row, text_label
from app.view.panel.panel_base import CardFrame, clear, scrolled
from twin.model.ids import RoomId
from twin.model.import_review import LostRoom, Recognised, Review
from twin.model.space import Room
from twin.model.twin import Twin

SHOWN = 50
"""Maximum number of listed rows in a group; lost rooms beyond it keep their suggestion."""
ADD = "+"


class ReviewGroup(CardFrame):
    """Card of one group of rooms: title, count, one row per room."""

    def __init__(self, title: str, tone: str, count: int) -> None:
        super().__init__()
        self.count = count
        self.number = text_label(str(count), "paneltitle")
        self.column.addLayout(row(StatusDot(tone), text_label(title, "paneltitle"), 1, self.number))
        self.setAccessibleName(f"{title}: {count}")

    def fill(self, rows: Sequence[QWidget]) -> None:
        """Adds the rows, and the number of rooms that are not listed."""
        for widget in rows:
            self.column.addWidget(widget)
        if self.count > len(rows):
            self.column.addWidget(text_label(tr("and %n more", self.count - len(rows)), "faint"))


class CountTile(CardFrame):
    """Tile with the number of rooms in a group."""

    def __init__(self, title: str, tone: str, count: int) -> None:
        super().__init__()
        self.column.setContentsMargins(12, 8, 12, 8)
        self.column.addWidget(text_label(str(count), "big"))
        self.column.addLayout(row(StatusDot(tone if count else "offline"), text_label(title, "muted"), 1, spacing=5))
        self.setAccessibleName(f"{title}: {count}")


class DestinationChoice(QToolButton):
    """Menu button for the destination of a lost room's devices: none, or a room of the new file."""

    def __init__(self, lost: LostRoom, rooms: Sequence[Room], twin: Twin) -> None:
        super().__init__()
        self.setObjectName("combo")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.room: RoomId | None = None
        self._lost, self._twin, self._rooms = lost, twin, {room.id: room for room in rooms}
        menu = QMenu(self)
        menu.aboutToShow.connect(self.list_rooms)  # a campus has too many rooms to list them before anybody asks
        self.setMenu(menu)
        self.choose(lost.suggestion)

    def list_rooms(self) -> None:
        """Fills the menu with the rooms by storey, the suggested room first."""
        menu = self.menu()
        if menu.actions():
            return
        menu.addAction(tr("Keep as orphans")).triggered.connect(lambda: self.choose(None))
        if (near := self._lost.suggestion) in self._rooms:
            menu.addAction(entry(self._text_of(near))).triggered.connect(lambda: self.choose(near))
        menu.addSeparator()
        for storey in self._twin.storeys:
            here = [room for room in self._rooms.values() if room.storey == storey.id]
            below = menu.addMenu(entry(storey.name)) if here else menu
            for room in sorted(here, key=lambda one: one.title.casefold()):
                action = below.addAction(entry(room.title))
                action.triggered.connect(lambda _=False, to=room.id: self.choose(to))

    def choose(self, room: RoomId | None) -> None:
        """Selects a room; None keeps the devices as orphans."""
        self.room = room if room in self._rooms else None
        text = self._text_of(self.room) if self.room else tr("Keep as orphans")
        self.setText(choice(self, text))
        self.setAccessibleName(f"{self._lost.room.title}: {text}")

    def _text_of(self, room: RoomId | None) -> str:
        return tr("Move to {room}", room=self._rooms[room].title) if room else ""


class ReviewSheet(Dialog):
    """Dialog of a review; changes nothing itself. `wanted` emits the decisions, `switched` asks for another review."""

    wanted = Signal(object)
    """The decisions: dict from lost room to the room that gets its devices, or None."""
    switched = Signal(str)
    """The id of the file to replace, or `+` to add the file to the others."""

    def __init__(self, review: Review, twin: Twin, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Review the changes"))
        self.setMinimumWidth(560)
        self.resize(720, 640)
        self.choices: dict[RoomId, DestinationChoice] = {}
        self.groups: dict[str, ReviewGroup] = {}
        self.role = QToolButton()
        self.role.setObjectName("combo")
        self.role.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.heading, self.under = text_label("", "heading", wrap=True), text_label("", "muted", wrap=True)
        self.tiles, self.list = QHBoxLayout(), QWidget()
        self.column = QVBoxLayout(self.list)
        self.column.setContentsMargins(0, 0, 6, 0)
        self.column.setSpacing(8)
        self.cancel, self.apply = QPushButton(tr("Cancel")), QPushButton(tr("Apply"))
        self.apply.setObjectName("primary")
        self.apply.setDefault(True)
        self.cancel.clicked.connect(self.reject)
        self.apply.clicked.connect(self._apply)
        self._build()
        self.show_review(review, twin)

    def _build(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(22, 20, 22, 18)
        outer.setSpacing(12)
        titles = QVBoxLayout()
        titles.setSpacing(2)
        titles.addWidget(self.heading)
        titles.addWidget(self.under)
        head = row(IconLabel("import", tone="accent", size=28), spacing=12)
        head.addLayout(titles, 1)
        head.addWidget(self.role, 0, Qt.AlignmentFlag.AlignVCenter)
        outer.addLayout(head)
        self.tiles.setSpacing(8)
        outer.addLayout(self.tiles)
        self.area = scrolled(self.list)
        self.list.setObjectName("")  # it lies on the dialog, not on a panel
        self.list.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, False)
        self.list.setAutoFillBackground(False)
        outer.addWidget(self.area, 1)
        outer.addStretch(0)
        outer.addLayout(
            row(text_label(tr("One step of undo takes all of it back."), "faint"), 1, self.cancel, self.apply)
        )

    def show_review(self, review: Review, twin: Twin) -> None:
        """Shows a review of the file; replaces the one shown before."""
        self.review, self.twin = review, twin
        name = review.path.replace("\\", "/").rpartition("/")[2]
        self.heading.setText(tr("What changes with {file}", file=name))
        self.under.setText(self._sentence())
        self._fill_role()
        clear(self.column)
        while (item := self.tiles.takeAt(0)) is not None:  # pyright: ignore[reportUnnecessaryComparison]
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()
        self.choices.clear()
        self.groups.clear()
        self._fill()

    @property
    def decisions(self) -> dict[RoomId, RoomId | None]:
        """The chosen destination room, or None, for each lost room with devices."""
        suggested = {lost.room.id: lost.suggestion for lost in self.review.at_stake}
        return suggested | {lost: choice.room for lost, choice in self.choices.items()}

    def _sentence(self) -> str:
        review = self.review
        if review.unchanged:
            return tr("The file is the one that was read last.")
        if review.added:
            return tr("%n planned devices come beside what is there.", len(review.building.placeholders))
        count = sum(len(lost.devices) for lost in review.at_stake)
        if count:
            return tr("%n devices are in rooms that the file no longer has. Say where they go.", count)
        return tr("Every device stays in its room.")

    def _fill_role(self) -> None:
        review = self.review
        menu = QMenu(self.role)
        for id, file in review.files:
            action = menu.addAction(entry(tr("Replaces {file}", file=file)))
            action.triggered.connect(lambda _=False, into=id: self.switched.emit(into))
        menu.addAction(tr("Comes beside the others")).triggered.connect(lambda: self.switched.emit(ADD))
        self.role.setMenu(menu)
        here = dict(review.files).get(review.source)
        text = tr("Replaces {file}", file=here) if here else tr("Comes beside the others")
        self.role.setText(choice(self.role, text))
        self.role.setAccessibleName(text)

    def _fill(self) -> None:
        review = self.review
        lost = sorted(review.lost, key=lambda one: (not one.devices, one.room.title.casefold()))
        groups: tuple[tuple[str, str, str, int, Iterable[Callable[[], QWidget]]], ...] = (
            ("lost", tr("Lost"), "error", len(lost), ((lambda one=one: self._lost(one)) for one in lost)),
            (
                "renamed",
                tr("Renamed"),
                "accent",
                len(review.renamed),
                ((lambda p=p: self._pair(p)) for p in review.renamed),
            ),
            ("moved", tr("Moved"), "warning", len(review.moved), ((lambda p=p: self._pair(p)) for p in review.moved)),
            ("new", tr("New"), "good", len(review.new), ((lambda r=r: self._line(r)) for r in review.new)),
            ("kept", tr("Kept"), "offline", len(review.kept), ((lambda p=p: self._pair(p)) for p in review.kept)),
        )
        for _, title, tone, count, _ in reversed(groups):
            self.tiles.addWidget(CountTile(title, tone, count), 1)
        for name, title, tone, count, rows in groups:
            if not count:
                continue
            group = self.groups[name] = ReviewGroup(title, tone, count)
            group.fill([make() for make, _ in zip(rows, range(SHOWN), strict=False)])
            self.column.addWidget(group)
        self.column.addStretch(1)
        self.area.setVisible(bool(self.groups))
        self.resize(self.width(), 640 if self.groups else self.minimumSizeHint().height())

    def _lost(self, lost: LostRoom) -> QWidget:
        if not lost.devices:
            return self._line(lost.room)
        names = [self.twin.device_of[id].name for id in lost.devices if id in self.twin.device_of]
        choice = self.choices[lost.room.id] = DestinationChoice(lost, self.review.rooms, self.twin)
        made = QWidget()
        count = text_label(tr("%n devices", len(lost.devices)), "muted")
        set_tip(count, ", ".join(names[:20]))
        line = row(ElidedLabel(lost.room.title), count, choice)
        line.setStretch(0, 1)
        made.setLayout(line)
        return made

    def _line(self, room: Room, title: str = "", note: str = "") -> QWidget:
        storey = self.twin.storey_of.get(room.storey)
        where = " · ".join(part for part in (note, storey.name if storey else "") if part)
        made = QWidget()
        line = row(ElidedLabel(title or room.title), text_label(where, "faint"))
        line.setStretch(0, 1)
        made.setLayout(line)
        return made

    def _pair(self, pair: Recognised) -> QWidget:
        title = f"{pair.old.title}  →  {pair.new.title}" if pair.renamed else pair.new.title
        return self._line(pair.new, title, tr("moved too") if pair.renamed and pair.moved else "")

    def _apply(self) -> None:
        self.wanted.emit(self.decisions)
        self.accept()
