"""Tree panel of the building: search, live values, drag and drop, renaming in place, keyboard control."""

from __future__ import annotations

from functools import partial
from typing import override

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QStackedLayout,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QVBoxLayout,
)

from app.i18n import tr
from app.selection import SelectionState
from app.view.control.slots import taking
from app.view.feed import Feed
from app.view.formatting import format_word
from app.view.icon import current_glyph, icon
from app.view.panel.building_tree_model import BuildingTreeModel, TreeNode, TreeRole, shown_value, walk
from app.view.panel.condition_watch import ConditionWatch
from app.view.panel.device_condition import condition_text, is_condition
from app.view.panel.palette_search import Haystack, Needle
from app.view.panel.panel_base import FEW, EmptyState, Panel
from app.view.panel.search_text import folded
from app.view.style import colour, current_theme, font, mix
from app.view.theme import ROW_PX
from twin.model.change import Change, DeviceOnline, ProjectOpened, ProjectOpenFailed, ProjectOpening, TwinChanged
from twin.model.device import Point
from twin.model.ids import DeviceId, RoomId, StoreyId
from twin.model.kind import KINDS
from twin.model.observation import Quality

_LOOKS = (QEvent.Type.StyleChange, QEvent.Type.FontChange)
_ICONS = {"storey": "storey", "room": "room", "unplaced": "inbox", "undecided": "inbox"}


class TreeRowDelegate(QStyledItemDelegate):
    """Paints a line: icon, name, and value at the right; hidden or offline things are faint."""

    def __init__(self, feed: Feed) -> None:
        super().__init__()
        self._feed = feed

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(80, ROW_PX)

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        node = index.data(TreeRole.NODE)
        if not isinstance(node, TreeNode):
            return
        theme, box = current_theme(), QRect(option.rect)  # pyright: ignore[reportAttributeAccessIssue]
        online = node.device is None or self._feed.is_online(node.device.id)
        seen = self._seen(node)
        x = box.left()
        picture = self._picture(node)
        lit = online and self._is_on(node.point)
        tone = "faint" if not (online and seen) else "accent" if lit else "muted"
        icon(picture, theme, tone).paint(painter, QRect(x, box.top() + (box.height() - 18) // 2, 18, 18))
        value, value_tone = self._value(node, online), theme.muted if online else theme.faint
        painter.setFont(font(12))
        width = painter.fontMetrics().horizontalAdvance(value) if value else 0
        painter.setPen(colour(value_tone))
        right = box.right() - 12
        painter.drawText(QRect(right - width, box.top(), width + 2, box.height()), Qt.AlignmentFlag.AlignVCenter, value)
        painter.setFont(font(strong=node.kind == "storey"))
        painter.setPen(colour(theme.text if seen and online else theme.faint))
        room = right - width - 10 - (x + 26)
        name = painter.fontMetrics().elidedText(node.title, Qt.TextElideMode.ElideRight, max(10, room))
        painter.drawText(QRect(x + 26, box.top(), max(10, room), box.height()), Qt.AlignmentFlag.AlignVCenter, name)

    def _seen(self, node: TreeNode) -> bool:
        """Whether the node's storey, room or device is not hidden in the 3D view."""
        visibility, twin = self._feed.selection.state.visibility, self._feed.twin
        if not visibility:
            return True
        if node.device is not None:
            return visibility.shows(node.device, twin.room_of.get(node.device.room) if node.device.room else None)
        if room := twin.room_of.get(RoomId(node.id)):
            return visibility.shows_room(room)
        storey = twin.storey_of.get(StoreyId(node.id))
        return storey is None or visibility.shows_storey(storey, (r for r in twin.rooms if r.storey == storey.id))

    def _value(self, node: TreeNode, online: bool) -> str:
        if node.device is None:
            count = node.count() or len(node.children) * (node.kind == "undecided")
            return str(count) if count else ""
        if node.point is None:
            return "" if online else tr("offline")
        value, quality, _ = self._feed.value(node.point)
        if online and value is None and quality == Quality.BAD:
            return format_word("unknown")
        return shown_value(node.point, value, online)

    def _picture(self, node: TreeNode) -> str:
        if node.device is not None:
            return current_glyph(node.device, self._feed.value)
        return KINDS[node.glyph].glyph if node.glyph in KINDS else _ICONS.get(node.kind, "device")

    def _is_on(self, point: Point | None) -> bool:
        return bool(point and point.capability.id == "on_off" and self._feed.value(point)[0] is True)


class BuildingTreeView(QTreeView):
    """The tree view: highlights whole lines, draws chevrons, handles Home, End and Page keys itself."""

    menu_wanted = Signal(str, str, QPoint)
    all_wanted = Signal()
    """The user wants everything selected (Ctrl+A)."""

    @override
    def selectAll(self) -> None:
        """Leaves it to the panel: Qt would select the lines of open branches alone, storeys and rooms among them."""
        self.all_wanted.emit()

    @override
    def drawRow(
        self, painter: QPainter, options: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        theme, box = current_theme(), QRect(options.rect).adjusted(4, 1, -4, -1)  # pyright: ignore[reportAttributeAccessIssue]
        box.setLeft(4)
        state = options.state  # pyright: ignore[reportAttributeAccessIssue]
        picked = self.selectionModel().isSelected(index)
        if picked or state & QStyle.StateFlag.State_MouseOver:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour(mix(theme.panel, theme.accent, 0.16) if picked else theme.hover))
            painter.drawRoundedRect(box, 6, 6)
        if picked and index == self.currentIndex() and self.hasFocus():
            painter.setPen(colour(theme.accent))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box, 6, 6)
        super().drawRow(painter, options, index)

    @override
    def drawBranches(self, painter: QPainter, rect: QRect, index: QModelIndex | QPersistentModelIndex) -> None:
        if not self.model().rowCount(index):
            return
        chevron = icon("down" if self.isExpanded(index) else "right", current_theme(), "faint")
        chevron.paint(painter, QRect(rect.right() - 16, rect.center().y() - 6, 12, 12))

    @override
    def event(self, event: QEvent) -> bool:
        if event.type() in _LOOKS:
            # lines are as high in every style and font: Qt would lay out all of them again, several times a theme
            self.viewport().update()
            return True
        # Home, PgUp and PgDn are shortcuts of the window; inside the tree they are the tree's, as far as they lead anywhere:
        # at its top, where a window begins, Home shows everything
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            keys, at = Qt.Key, self.currentIndex()
            below = at.isValid() and (at.row() > 0 or at.parent().isValid())
            if event.key() in (keys.Key_PageUp, keys.Key_PageDown, keys.Key_End) or (
                event.key() == keys.Key_Home and below
            ):
                event.accept()
                return True
        return super().event(event)


class TreePanel(Panel):
    """Tree of storeys, rooms and devices; the accessible alternative to the 3D view."""

    title, icon = "Building", "building"
    flown = Signal(str)
    menu_wanted = Signal(str, str, QPoint)

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self.search = QLineEdit()
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(lambda: self.rebuild())
        self.search.returnPressed.connect(self.go_to_hit)
        self.model = BuildingTreeModel(
            lambda point: shown_value(point, feed.value(point)[0], feed.is_online(point.device))
        )
        self.model.dropped.connect(self._dropped)
        self.model.renamed.connect(self._renamed)
        self.view = self._make_view()
        self.empty = EmptyState("building", lambda: self.menu_wanted.emit("import", "", QPoint()))
        self.none_found = EmptyState("search")
        self._busy = self._stale = False
        self._watch: ConditionWatch | None = None
        """Follows the devices while the search is for a condition, such as `silent`."""
        self._open: dict[str, bool] = {}
        self.setFocusProxy(self.view)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        top = QVBoxLayout()
        top.setContentsMargins(12, 12, 12, 8)
        top.addWidget(self.search)
        self.pages = QStackedLayout()
        self.pages.addWidget(self.view)
        self.pages.addWidget(self.empty)
        self.pages.addWidget(self.none_found)
        column.addLayout(top)
        column.addLayout(self.pages, 1)
        self.retranslate()

    def _make_view(self) -> BuildingTreeView:
        view = BuildingTreeView()
        view.setModel(self.model)
        view.setItemDelegate(TreeRowDelegate(self.feed))
        view.setHeaderHidden(True)
        view.setUniformRowHeights(True)
        view.setIndentation(18)
        view.setMouseTracking(True)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        view.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        view.setDragEnabled(True)
        view.setDropIndicatorShown(True)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._menu)
        view.selectionModel().selectionChanged.connect(self._selected)
        view.all_wanted.connect(self.select_all)
        view.activated.connect(taking(QModelIndex, lambda index: self.flown.emit(self.model.node(index).id)))
        view.expanded.connect(taking(QModelIndex, lambda index: self._open.update({self.model.node(index).id: True})))
        view.collapsed.connect(taking(QModelIndex, lambda index: self._open.update({self.model.node(index).id: False})))
        return view

    @override
    def retranslate(self) -> None:
        self.search.setPlaceholderText(tr("Search rooms and devices"))
        self.search.setAccessibleName(tr("Search rooms and devices"))
        self.view.setAccessibleName(tr("Building"))
        self.empty.set_texts(
            tr("The building has no rooms yet."), tr("Import building…"), tr("or find devices first, with Ctrl+D")
        )
        self.rebuild()

    def search_here(self) -> None:
        """Puts the focus into the search field."""
        self.search.setFocus()
        self.search.selectAll()

    def rebuild(self) -> None:
        """Rebuilds the tree; expanded, selected and current nodes are kept."""
        current = self.model.node(self.view.currentIndex()).id
        self._busy = True
        typed = folded(self.search.text()).strip()
        self._watch = ConditionWatch(self.feed) if is_condition(typed) else None
        self.model.show_twin(self.feed.twin, typed, partial(condition_text, self.feed) if self._watch else None)
        searching = bool(self.search.text().strip())
        many = len(self.feed.twin.devices) > 150
        for node in self.model.root.children:
            for one in (node, *node.children):
                start_open = node.kind != "undecided" and (node is one or not many)
                wanted = searching or self._open.get(one.id, start_open)
                self.view.setExpanded(self.model.createIndex(one.row, 0, one), wanted)
        if current and (index := self.model.index_of(current)).isValid():
            self.view.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
        self._busy = False
        self._show_page()
        self.on_picked(self.feed.selection.state, self.feed.selection.state)

    def _follow_twin(self) -> None:
        """Updates a few renamed or moved devices in place; rebuilds the tree after other changes."""
        found = self.feed.diff
        rebuilt = found.shape or found.rooms or found.placeholders or found.orphans or found.came or found.went
        few = len(found.changed) <= FEW and not self.search.text().strip()
        if rebuilt or not few or not self.model.follow(found.changed):
            self.after(found, self.rebuild)

    def _show_page(self) -> None:
        typed = self.search.text().strip()
        if typed and not self.model.root.children:
            self.none_found.set_texts(
                tr("Nothing found for “{words}”", words=typed), "", tr("Try fewer or other words")
            )
            self.pages.setCurrentWidget(self.none_found)
            return
        there = self.model.root.children or self.feed.opening is not None
        self.pages.setCurrentWidget(self.view if there else self.empty)

    @override
    def on_change(self, change: Change) -> None:
        if isinstance(change, TwinChanged):
            self._follow_twin()
        elif isinstance(change, ProjectOpening | ProjectOpened | ProjectOpenFailed):
            self._show_page()
        elif isinstance(change, DeviceOnline):
            self._stale = True  # thousands may come and go together: the filter is applied once
            self.view.viewport().update()

    @override
    def on_slow(self, rows: NDArray[np.intp]) -> None:
        self._stale |= self._watch is not None and self._watch.changed(rows)
        if self._stale and self.view.state() is QAbstractItemView.State.NoState:
            self._stale = False
            if self._watch is not None:
                self.rebuild()
        if len(rows) and self.view.isVisible() and not self._rows_in_sight().isdisjoint(rows.tolist()):
            self.view.viewport().update()

    @override
    def on_picked(self, old: SelectionState, new: SelectionState) -> None:
        if old.visibility != new.visibility:
            self.view.viewport().update()
        if self._busy:
            return
        wanted = [*new.devices, *([new.room] if new.room else [])]
        self._busy = True
        picked = self.model.selection_of(wanted)
        self.view.selectionModel().select(picked, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if len(wanted) == 1 and old != new and (index := self.model.index_of(wanted[0])).isValid():
            self.view.scrollTo(index)
            self.view.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
        self._busy = False

    def _rows_in_sight(self) -> set[int]:
        """The rows of State displayed by the visible lines."""
        made, index, bottom = set[int](), self.view.indexAt(QPoint(4, 0)), self.view.viewport().height()
        while index.isValid() and self.view.visualRect(index).top() <= bottom:
            node = index.data(TreeRole.NODE)
            if isinstance(node, TreeNode) and node.device is not None:
                shown = (node.point, node.device.point("lock"))
                made |= {row for p in shown if p is not None and (row := self.feed.state.index(p.id)) is not None}
            index = self.view.indexBelow(index)
        return made

    def go_to_hit(self) -> None:
        """Selects the best match of the search and flies the camera there."""
        needle = self.search.text().strip()
        hits = [node for node in walk(self.model.root) if node.kind in ("storey", "room", "device") and node.id]
        if not needle or not hits:
            return
        typed = Needle(needle)
        scores = {node.id: typed.matches(Haystack.of(node.title)) for node in hits}
        if not any(scores.values()):  # found by what no title says: offline
            hits = [node for node in hits if node.kind == "device"] or hits
        best = max(hits, key=lambda node: scores[node.id])
        if best.kind == "device":
            self.feed.selection.pick_device(DeviceId(best.id))
        elif best.kind == "room":
            self.feed.selection.pick_room(RoomId(best.id))
        self.flown.emit(best.id)

    def edit_current(self) -> None:
        """Starts renaming the current node."""
        index = self.view.currentIndex()
        if index.isValid():
            self.view.edit(index)

    def _selected(self) -> None:
        if self._busy:
            return
        nodes = self.model.nodes_of(self.view.selectionModel().selection())
        devices = frozenset(DeviceId(node.id) for node in nodes if node.kind == "device")
        self._busy = True
        try:
            if devices:
                self.feed.selection.change(devices=devices, room=None)
            elif nodes and nodes[0].kind == "room":
                self.feed.selection.pick_room(RoomId(nodes[0].id))
                self._focus_storey(nodes[0])
            elif nodes and nodes[0].kind == "storey":
                self.feed.selection.change(devices=frozenset[DeviceId](), room=None, storey=StoreyId(nodes[0].id))
            else:
                self.feed.selection.pick_room(None)
        finally:
            self._busy = False

    def select_all(self) -> None:
        """Selects all devices in the tree, those in collapsed rooms too; a search limits them to what it finds."""
        devices = frozenset(DeviceId(node.id) for node in walk(self.model.root) if node.kind == "device")
        self.feed.selection.change(devices=devices, room=None)

    def _focus_storey(self, node: TreeNode) -> None:
        if node.parent is not None and self.feed.selection.state.storey is not None:
            self.feed.selection.change(storey=StoreyId(node.parent.id))

    def _menu(self, at: QPoint) -> None:
        node = self.model.node(self.view.indexAt(at))
        if node.kind in ("device", "room", "storey", "planned"):
            self.menu_wanted.emit(node.kind, node.id, self.view.viewport().mapToGlobal(at))

    def _dropped(self, devices: tuple[DeviceId, ...], room: str) -> None:
        there = [device for device in devices if device in self.feed.twin.device_of]
        if not room:
            job = self.feed.api.unbind(*there)
        elif len(there) == 1:
            job = self.feed.api.bind(there[0], RoomId(room))
        else:
            job = self.feed.api.bind_all(dict.fromkeys(there, RoomId(room)))
        self.feed.when(job, lambda _: None)

    def _renamed(self, id: str, name: str) -> None:
        thing = RoomId(id) if RoomId(id) in self.feed.twin.room_of else DeviceId(id)
        self.feed.when(self.feed.api.rename(thing, name), lambda _: None)
