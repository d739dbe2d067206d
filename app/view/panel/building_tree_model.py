"""Qt tree model of the building: storeys, rooms, devices, with a filter."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from typing import override

from PySide6.QtCore import QAbstractItemModel, QItemSelection, QMimeData, QModelIndex, QPersistentModelIndex, Qt, Signal

from app.i18n import tr
from app.view.control.safe_text import tip_text
from app.view.drag_data import MIME, pack, unpack
from app.view.panel.building_tree_nodes import TreeNode, grown, natural_order, walk
from twin.model.device import Device, Point
from twin.model.ids import DeviceId, RoomId, StoreyId
from twin.model.twin import Twin

type TreeIndex = QModelIndex | QPersistentModelIndex

_NOWHERE = QModelIndex()

_PLAIN = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
_DROP, _EDIT = Qt.ItemFlag.ItemIsDropEnabled, Qt.ItemFlag.ItemIsEditable
_FLAGS = {
    "device": _PLAIN | Qt.ItemFlag.ItemIsDragEnabled | _EDIT | _DROP | Qt.ItemFlag.ItemNeverHasChildren,
    "room": _PLAIN | _DROP | _EDIT,
    "unplaced": _PLAIN | _DROP,
}
"""Item flags by node kind; Qt asks for them thousands of times at every layout."""


class TreeRole(IntEnum):
    """Data role that returns the node itself to the tree's delegate."""

    NODE = Qt.ItemDataRole.UserRole + 1


def _proposal(node: TreeNode) -> str:
    """Tool tip with the room that a device's own system names; empty if there is none."""
    room = node.twin.suggested_room(node.device) if node.twin is not None and node.device is not None else None
    return tr("Its system says that it is in {room}", room=room.title) if room is not None else ""


class BuildingTreeModel(QAbstractItemModel):
    """Tree model of storeys, rooms and devices; devices can be dragged onto rooms."""

    dropped = Signal(object, str)
    """Devices were dropped: tuple of device ids, and room id; an empty room id takes them out of their rooms."""
    renamed = Signal(str, str)

    def __init__(self, text_of: Callable[[Point], str]) -> None:
        super().__init__()
        self.root = self._before = TreeNode("root", "", "")
        self._text_of = text_of
        self._by_id: dict[str, TreeNode] = {}
        self._made: dict[TreeNode, tuple[int, QModelIndex]] = {}
        """Cached indices of parent nodes, each with the row it was made for."""

    def show_twin(self, twin: Twin, wanted: str, condition: Callable[[Device], str] | None = None) -> None:
        """Rebuilds the whole tree, filtered by `wanted`; see `grown`."""
        self.beginResetModel()
        # Qt may still hold an index into the old lines until it has seen the reset; they live one round longer
        self._before, self.root = self.root, grown(twin, wanted, condition)
        self._by_id = {node.id: node for node in walk(self.root) if node.id}
        self._made.clear()
        self.endResetModel()

    def follow(self, changed: Sequence[tuple[Device, Device]]) -> bool:
        """Updates renamed or moved devices in place; returns False, changing nothing, if the set of nodes differs."""
        moves: list[tuple[TreeNode, Device, TreeNode]] = []
        for old, new in changed:
            node = self._by_id.get(new.id)
            above = node.parent if node is not None else None
            goal = above if old.room == new.room else self._by_id.get(new.room or "")
            moved = goal is not above and (above is None or above.kind != "room")
            if node is None or goal is None or moved:
                return False
            moves.append((node, new, goal))
        for node, device, goal in moves:
            self._move(node, device, goal)
        return True

    def _move(self, node: TreeNode, device: Device, goal: TreeNode) -> None:
        above = node.parent or self.root
        node.show(device)
        others = [child for child in goal.children if child is not node]
        row = bisect_left(others, natural_order(device.name), key=lambda child: natural_order(child.title))
        if above is not goal or row != node.row:
            # Qt counts the goal before the line has left
            to = row + (above is goal and row > node.row)
            parents = (self._index(above), self._index(goal))
            self.beginMoveRows(parents[0], node.row, node.row, parents[1], to)
            above.take(node)
            goal.put(node, row)
            self.endMoveRows()
        index = self._index(node)
        self.dataChanged.emit(index, index)

    def _index(self, node: TreeNode) -> QModelIndex:
        return QModelIndex() if node is self.root else self.createIndex(node.row, 0, node)

    def selection_of(self, ids: Iterable[str]) -> QItemSelection:
        """The selection of the nodes with these ids, as far as they are shown."""
        rows: dict[TreeNode, list[int]] = {}
        for node in (self._by_id[id] for id in ids if id in self._by_id):
            rows.setdefault(node.parent or self.root, []).append(node.row)
        found = QItemSelection()
        for above, there in rows.items():
            for first, last in runs(there):
                found.select(self._index(above.children[first]), self._index(above.children[last]))
        return found

    def nodes_of(self, selection: QItemSelection) -> list[TreeNode]:
        """The nodes of a selection; reads it by ranges, to avoid thousands of indices."""
        found: list[TreeNode] = []
        for part in map(selection.at, range(selection.size())):
            found += self.node(part.parent()).children[part.top() : part.bottom() + 1]
        return found

    def index_of(self, id: StoreyId | RoomId | DeviceId | str) -> QModelIndex:
        """The index of the node with this id; an invalid index if it is not shown."""
        node = self._by_id.get(id)
        return self.createIndex(node.row, 0, node) if node else QModelIndex()

    def node(self, index: TreeIndex) -> TreeNode:
        """The node behind an index; the root for an invalid one."""
        found = index.internalPointer() if index.isValid() else None
        return found if isinstance(found, TreeNode) else self.root

    @override
    def index(self, row: int, column: int, parent: TreeIndex = _NOWHERE) -> QModelIndex:
        node = self.node(parent)
        inside = column == 0 and 0 <= row < len(node.children)
        return self.createIndex(row, column, node.children[row]) if inside else QModelIndex()

    @override
    def parent(self, child: TreeIndex = _NOWHERE) -> QModelIndex:  # pyright: ignore[reportIncompatibleMethodOverride]
        node = child.internalPointer()
        above = node.parent if isinstance(node, TreeNode) else None
        if above is None or above is self.root:
            return QModelIndex()
        # Qt asks for it ten times for each of thousands of lines that are selected together
        if (made := self._made.get(above)) is None or made[0] != above.row:
            made = self._made[above] = (above.row, self.createIndex(above.row, 0, above))
        return made[1]

    @override
    def rowCount(self, parent: TreeIndex = _NOWHERE) -> int:
        return len(self.node(parent).children)

    @override
    def columnCount(self, parent: TreeIndex = _NOWHERE) -> int:
        return 1

    @override
    def data(self, index: TreeIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        node = self.node(index)
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole:
                return node.title
            case Qt.ItemDataRole.AccessibleTextRole | Qt.ItemDataRole.AccessibleDescriptionRole:
                value = self._text_of(node.point) if node.point else ""
                return f"{node.title}, {value}" if value else node.title
            case Qt.ItemDataRole.ToolTipRole:
                return tip_text(note) if (note := node.note or _proposal(node)) else None
            case TreeRole.NODE:
                return node
            case _:
                return None

    @override
    def setData(self, index: TreeIndex, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        name = str(value).strip()
        node = self.node(index)
        if role != Qt.ItemDataRole.EditRole or not name or name == node.title:
            return False
        self.renamed.emit(node.id, name)
        return True

    @override
    def flags(self, index: TreeIndex) -> Qt.ItemFlag:
        return _FLAGS.get(self.node(index).kind, _PLAIN)

    @override
    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction | Qt.DropAction.CopyAction

    @override
    def mimeTypes(self) -> list[str]:
        return [MIME]

    @override
    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        return pack(tuple(DeviceId(node.id) for i in indexes if (node := self.node(i)).kind == "device"))

    @override
    def canDropMimeData(self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: TreeIndex) -> bool:
        return data.hasFormat(MIME) and self._room_of(parent) is not None

    @override
    def dropMimeData(self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: TreeIndex) -> bool:
        room, devices = self._room_of(parent), unpack(data)
        if room is not None and devices:
            self.dropped.emit(devices, room)
        # the move is an edit of the project; the tree changes when the new structure arrives
        return False

    def _room_of(self, index: TreeIndex) -> str | None:
        node = self.node(index)
        if node.kind == "device" and node.parent is not None:
            node = node.parent
        return node.id if node.kind in ("room", "unplaced") else None


def runs(rows: Iterable[int]) -> list[tuple[int, int]]:
    """Groups rows into ranges of consecutive rows (first, last): Qt checks every range for each painted line."""
    found: list[tuple[int, int]] = []
    for row in sorted(rows):
        if found and row == found[-1][1] + 1:
            found[-1] = (found[-1][0], row)
        else:
            found.append((row, row))
    return found
