"""Qt tree model of the building: storeys, rooms, devices, with a filter."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache
from typing import override

from PySide6.QtCore import QAbstractItemModel, QItemSelection, QMimeData, QModelIndex, QPersistentModelIndex, Qt, Signal

from app.i18n import tr
from app.view.control.safe_text import tip_text
from app.view.drag_data import MIME, pack, unpack
from app.view.formatting import format_value
from app.view.panel.search_text import folded
from twin.model.device import Device, Point
from twin.model.ids import DeviceId, RoomId, StoreyId
from twin.model.kind import KINDS
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


@dataclass(slots=True, eq=False)
class TreeNode:
    """One line of the tree. `kind` is storey, room, device or unplaced."""

    kind: str
    id: str
    title: str
    parent: TreeNode | None = None
    children: list[TreeNode] = field(default_factory=list["TreeNode"])
    row: int = 0
    device: Device | None = None
    glyph: str = ""
    """Device kind whose icon is shown, for nodes without a device."""
    note: str = ""
    """Text of the tool tip."""
    twin: Twin | None = None
    """The structure, for devices without a room: the tool tip names their suggested room."""
    _points: tuple[Point | None, ...] = ()
    counted: int = -1
    """Number of devices below the node; -1 if not counted yet."""

    @property
    def point(self) -> Point | None:
        """The point whose value is shown at the right end; determined at the first use."""
        if not self._points:
            self._points = (primary(self.device) if self.device else None,)
        return self._points[0]

    def show(self, device: Device) -> None:
        """Replaces the device by its new version."""
        self.device, self.title, self._points = device, device.name, ()

    def add(self, child: TreeNode) -> None:
        """Appends a child."""
        child.parent, child.row = self, len(self.children)
        self.children.append(child)
        above: TreeNode | None = self
        while above is not None:
            above.counted, above = -1, above.parent

    def take(self, child: TreeNode) -> None:
        """Removes a child."""
        self.children.remove(child)
        self._count_again()

    def put(self, child: TreeNode, row: int) -> None:
        """Inserts a child at a row."""
        child.parent = self
        self.children.insert(row, child)
        self._count_again()

    def _count_again(self) -> None:
        for row, child in enumerate(self.children):
            child.row = row
        above: TreeNode | None = self
        while above is not None:
            above.counted, above = -1, above.parent

    def count(self) -> int:
        """Number of devices at and below this node."""
        if self.counted < 0:
            self.counted = sum(child.count() for child in self.children) + (self.kind == "device")
        return self.counted


def _proposal(node: TreeNode) -> str:
    """Tool tip with the room that a device's own system names; empty if there is none."""
    room = node.twin.suggested_room(node.device) if node.twin is not None and node.device is not None else None
    return tr("Its system says that it is in {room}", room=room.title) if room is not None else ""


def primary(device: Device) -> Point | None:
    """The main point of a device in lists: that of its kind, else the first readable one; None if there is none."""
    kind = KINDS.get(device.kind)
    if kind and kind.primary and (point := device.point(kind.primary)):
        return point
    readable = [point for point in device.points if point.capability.id not in ("identify", "signal", "battery")]
    return readable[0] if readable else None


@dataclass(frozen=True, slots=True)
class Search:
    """The search text of the tree, folded; the empty text finds everything."""

    text: str
    condition: Callable[[Device], str] | None

    def finds(self, title: str) -> bool:
        """Whether the text occurs in a title."""
        return self.text in folded(title)

    def finds_device(self, device: Device) -> bool:
        """Whether the text occurs in what is known of a device, its condition included."""
        known = f"{device.name} {device.maker} {device.model} {device.address}"
        return self.finds(known) or (self.condition is not None and self.finds(self.condition(device)))


def grown(twin: Twin, wanted: str, condition: Callable[[Device], str] | None = None) -> TreeNode:
    """Builds the tree of a twin; `wanted` keeps only matching nodes and their parents. `condition` returns more words by
    which a device is found: `offline`."""
    root, needle = TreeNode("root", "", ""), Search(folded(wanted).strip(), condition)
    placed = {room.id for room in twin.rooms}
    for storey in twin.storeys:
        branch = TreeNode("storey", storey.id, storey.name)
        for room in sorted((r for r in twin.rooms if r.storey == storey.id), key=lambda r: natural_order(r.title)):
            leaf = _room_node(room.title, room.id, twin.devices_in.get(room.id, ()), needle)
            if leaf.children or needle.finds(room.title):
                branch.add(leaf)
        if branch.children or needle.finds(storey.name):
            root.add(branch)
    was = {orphan.device: orphan.title for orphan in twin.orphans}
    orphans = _room_node(tr("Orphans"), "", [device for device in twin.devices if device.id in was], needle)
    for leaf in orphans.children:
        leaf.note = tr("Its room {room} is lost: drag it onto another", room=was[DeviceId(leaf.id)])
    if orphans.children:
        orphans.kind = "unplaced"
        root.add(orphans)
    if (planned := _planned(twin, needle)).children:
        root.add(planned)
    lost = [device for device in twin.devices if device.room not in placed and device.id not in was]
    loose = _room_node(tr("Not in a room yet"), "", lost, needle)
    for leaf in loose.children:
        leaf.twin = twin
    if loose.children:
        loose.kind = "unplaced"
        root.add(loose)
    return root


def _planned(twin: Twin, needle: Search) -> TreeNode:
    """Node with the placeholders that belong to no room or have several candidate rooms."""
    node = TreeNode("undecided", "undecided", tr("In which room?"))
    for holder in sorted(twin.placeholders, key=lambda p: natural_order(p.name)):
        if holder.room is None and holder.device is None and needle.finds(holder.name):
            titles = [twin.room_of[room].title for room in holder.candidates if room in twin.room_of]
            where = tr("{rooms}?", rooms=" / ".join(titles)) if titles else tr("No room holds it")
            kind = tr(KINDS[holder.kind].title, about="kind") if holder.kind in KINDS else holder.kind
            node.add(TreeNode("planned", holder.id, f"{kind}: {where}", note=holder.name, glyph=holder.kind))
    return node


def _room_node(title: str, id: str, devices: Sequence[Device], needle: Search) -> TreeNode:
    node = TreeNode("room", id, title)
    whole = needle.finds(title)
    for device in sorted(devices, key=lambda d: natural_order(d.name)):
        if whole or needle.finds_device(device):
            node.add(TreeNode("device", device.id, device.name, device=device))
    return node


@lru_cache(maxsize=20_000)
def natural_order(name: str) -> tuple[object, ...]:
    """Sort key of a name in which numbers count as numbers: Lamp 2 comes before Lamp 10."""
    parts: list[str] = [""]
    for ch in name.casefold():
        if parts[-1] and parts[-1][-1].isdigit() == ch.isdigit():
            parts[-1] += ch
        else:
            parts.append(ch)
    # numbers sort as numbers; the first of each pair keeps int and str apart
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts)


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


def walk(node: TreeNode) -> list[TreeNode]:
    """All nodes below this one, depth first."""
    found: list[TreeNode] = []
    for child in node.children:
        found.append(child)
        found.extend(walk(child))
    return found


def shown_value(point: Point, value: object, online: bool) -> str:
    """The text at the right end of a line; empty without a value."""
    if not online:
        return tr("offline")
    return "" if value is None else format_value(point, value)  # pyright: ignore[reportArgumentType]
