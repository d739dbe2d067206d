"""Tree panel of the building: search, live values, drag and drop, renaming in place, keyboard control."""

from __future__ import annotations

from functools import partial
from typing import override

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    Qt,
    Signal,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QStackedLayout,
    QVBoxLayout,
)

from app.i18n import tr
from app.selection import SelectionState
from app.view.control.slots import taking
from app.view.feed import Feed
from app.view.panel.building_tree_model import BuildingTreeModel, TreeRole
from app.view.panel.building_tree_nodes import TreeNode, shown_value, walk
from app.view.panel.condition_watch import ConditionWatch
from app.view.panel.device_condition import condition_text, is_condition
from app.view.panel.palette_search import Haystack, Needle
from app.view.panel.panel_base import FEW, EmptyState, Panel
from app.view.panel.search_text import folded
from app.view.panel.tree_view import BuildingTreeView, TreeRowDelegate
from app.view.shown_moment import is_shown_online
from twin.model.change import Change, DeviceOnline, ProjectOpened, ProjectOpenFailed, ProjectOpening, TwinChanged
from twin.model.ids import DeviceId, RoomId, StoreyId


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
            lambda point: shown_value(point, feed.value(point)[0], is_shown_online(feed, point.device))
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
        view.expanded.connect(taking(QModelIndex, partial(self._keep_open, on=True)))
        view.collapsed.connect(taking(QModelIndex, partial(self._keep_open, on=False)))
        return view

    def _keep_open(self, index: QModelIndex, *, on: bool) -> None:
        """Keeps that the user opened or closed a node; what a search opens closes with it."""
        if not self._busy and not self.search.text().strip():
            self._open[self.model.node(index).id] = on

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
            for one in (node, *(() if node.kind == "undecided" else node.children)):  # planned ones have nothing below
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
        self._stale |= old.moment_ms != new.moment_ms  # a search for a condition means that moment
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
            elif nodes and nodes[0].kind == "planned":
                room = next((one.room for one in self.feed.twin.placeholders if one.id == nodes[0].id), None)
                self.feed.selection.pick_room(room)
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
