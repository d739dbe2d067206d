"""The nodes of the building tree, without Qt: storeys, rooms, devices and planned ones, filtered by a search."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from app.i18n import tr
from app.view.formatting import format_value, kind_title
from app.view.panel.search_text import folded
from twin.model.device import Device, Point
from twin.model.ids import DeviceId, RoomId
from twin.model.kind import KINDS
from twin.model.space import Placeholder
from twin.model.twin import Twin


@dataclass(slots=True, eq=False)
class TreeNode:
    """One line of the tree. `kind` is storey, room, device, unplaced, planned, or undecided for groups of planned ones."""

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
        return not self.text or self.text in folded(title)

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
    free = _free_places(twin)
    for planned in (_undecided(twin, free, needle), _planned(twin, free, needle)):
        if planned.children:
            root.add(planned)
    lost = [device for device in twin.devices if device.room not in placed and device.id not in was]
    loose = _room_node(tr("Not in a room yet"), "", lost, needle)
    for leaf in loose.children:
        leaf.twin = twin
    if loose.children:
        loose.kind = "unplaced"
        root.add(loose)
    return root


def _planned(twin: Twin, free: Sequence[Placeholder], needle: Search) -> TreeNode:
    """Node with the placeholders in rooms that no device has taken yet."""
    node = TreeNode("undecided", "planned", tr("Planned, not there yet"))
    kinds = {kind: kind_title(kind) for kind in {holder.kind for holder in free}}
    titles: dict[RoomId | None, str] = {room.id: room.title for room in twin.rooms}
    whole = {id for id, title in titles.items() if needle.finds(title)}
    for holder in free:
        if (room := titles.get(holder.room)) is not None and (holder.room in whole or needle.finds(holder.name)):
            title, note, row = f"{holder.name} · {room}", f"{kinds[holder.kind]} · {room}", len(node.children)
            node.children.append(
                TreeNode("planned", holder.id, title, parent=node, row=row, glyph=holder.kind, note=note)
            )
    return node


def _undecided(twin: Twin, free: Sequence[Placeholder], needle: Search) -> TreeNode:
    """Node with the placeholders that belong to no room or have several candidate rooms."""
    node = TreeNode("undecided", "undecided", tr("In which room?"))
    for holder in free:
        if holder.room is None and needle.finds(holder.name):
            titles = [twin.room_of[room].title for room in holder.candidates if room in twin.room_of]
            where = tr("{rooms}?", rooms=" / ".join(titles)) if titles else tr("No room holds it")
            node.add(
                TreeNode(
                    "planned", holder.id, f"{kind_title(holder.kind)}: {where}", note=holder.name, glyph=holder.kind
                )
            )
    return node


def _free_places(twin: Twin) -> list[Placeholder]:
    """The placeholders that no device has taken, by name; sorted again only where they are others than in the last call."""
    if _sorted.of is not twin.placeholders:
        free = (holder for holder in twin.placeholders if holder.device is None)
        _sorted.of, _sorted.free = twin.placeholders, sorted(free, key=lambda holder: natural_order(holder.name))
    return _sorted.free


@dataclass(slots=True)
class _SortedPlaces:
    """The placeholders of the last call, and those of them that are free, by name."""

    of: tuple[Placeholder, ...] = ()
    free: list[Placeholder] = field(default_factory=list[Placeholder])


_sorted = _SortedPlaces()


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
