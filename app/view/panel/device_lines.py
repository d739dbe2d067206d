"""The lines of the table of devices: what each says, how old its last word is, and which of them a search means."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import override

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from app.view.feed import Feed
from app.view.icon import device_glyph, icon
from app.view.panel.outline import primary, shown_value
from app.view.style import colour, worn
from app.view.words import ago, protocol, said, tr
from twin.model.device import Device, Point
from twin.model.ident import DeviceId
from twin.model.kind import KINDS
from twin.model.observation import Quality

type Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()

SILENT_MS = 24 * 3_600_000
"""A device that is not called offline, and has said nothing for so long, is silent."""
LOW_BATTERY = 15.0
"""Percent."""


@dataclass(frozen=True, slots=True)
class Line:
    """One device as its line shows it; `order` is what each column is sorted by."""

    id: DeviceId
    cells: tuple[str, ...]
    order: tuple[object, ...]
    glyph: str
    online: bool
    words: str
    """What a search looks at, in small letters."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table."""

    title: str
    width_px: int


COLUMNS = (
    Column("Name", 230),
    Column("Room", 150),
    Column("Kind", 150),
    Column("Value", 130),
    Column("Last heard", 110),
    Column("State", 90),
    Column("Battery", 70),
    Column("Protocol", 90),
)


class DeviceLines(QAbstractTableModel):
    """All devices that the search means, in the order of the column that was chosen."""

    def __init__(self, feed: Feed) -> None:
        super().__init__()
        self._feed = feed
        self._lines: list[Line] = []
        self._needle = ""
        self._sorted_by, self._falling = 0, False

    def refill(self) -> None:
        """Makes the lines anew: what is known now."""
        now = self._feed.now_ms()
        tokens = self._needle.casefold().split()
        lines = [_line(self._feed, device, now) for device in self._feed.twin.devices]
        self._put([line for line in lines if all(token in line.words for token in tokens)])

    def search(self, words: str) -> None:
        """Only what fits these words: names, rooms, kinds, protocols, `offline`, `silent`, `low battery`."""
        self._needle = words
        self.refill()

    def ids(self) -> tuple[DeviceId, ...]:
        """The devices that are listed, in their order."""
        return tuple(line.id for line in self._lines)

    def id_at(self, row: int) -> DeviceId:
        """The device of a line."""
        return self._lines[row].id

    def rows_of(self, devices: Collection[DeviceId]) -> list[int]:
        """The lines of these devices."""
        return [row for row, line in enumerate(self._lines) if line.id in devices] if devices else []

    def _put(self, lines: list[Line]) -> None:
        lines.sort(key=lambda line: line.order[self._sorted_by], reverse=self._falling)  # pyright: ignore[reportArgumentType]
        if [line.id for line in lines] == [line.id for line in self._lines]:
            self._lines = lines
            if lines:
                self.dataChanged.emit(self.index(0, 0), self.index(len(lines) - 1, len(COLUMNS) - 1))
            return
        self.beginResetModel()
        self._lines = lines
        self.endResetModel()

    @override
    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._sorted_by, self._falling = max(0, column), order is Qt.SortOrder.DescendingOrder
        self._put(list(self._lines))

    @override
    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._lines)

    @override
    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    @override
    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.DisplayRole and orientation is Qt.Orientation.Horizontal:
            return tr(COLUMNS[section].title)
        return None

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        line = self._lines[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return line.cells[index.column()]
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 0:
            return icon(line.glyph, worn(), "muted" if line.online else "faint")
        if role == Qt.ItemDataRole.ForegroundRole:
            return colour(worn().text if line.online else worn().faint)
        return None


def _line(feed: Feed, device: Device, now_ms: int) -> Line:
    online, heard_ms = feed.is_online(device.id), feed.last_seen_ms(device.id)
    room = feed.twin.room_of.get(device.room) if device.room else None
    kind = tr(KINDS[device.kind].title, about="kind") if device.kind in KINDS else device.kind
    point = primary(device)
    value = feed.value(point)[0] if point is not None else None
    charge, low = _battery(device, feed.value)
    state = _state(online, heard_ms, now_ms)
    cells = (
        device.name,
        room.title if room else "",
        kind,
        shown_value(point, value, online=True) if point is not None else "",
        ago(heard_ms, now_ms) if heard_ms else tr("never"),
        tr(state),
        charge,
        protocol(device.protocol),
    )
    words = [*cells[:3], cells[7], state, cells[5], device.maker, device.model, device.address]
    words += ["low battery", tr("Battery low")] if low else []
    number = float(value) if isinstance(value, int | float) else float("-inf")
    order = (
        device.name.casefold(),
        cells[1].casefold(),
        kind,
        (cells[3] == "", number, cells[3]),
        -heard_ms,
        state,
        (charge == "", len(charge), charge),
        cells[7],
    )
    return Line(device.id, cells, order, device_glyph(device.kind, value), online, " ".join(words).casefold())


def _state(online: bool, heard_ms: int, now_ms: int) -> str:
    if not online:
        return "offline"
    return "silent" if now_ms - heard_ms > SILENT_MS else "online"


def _battery(device: Device, value: Callable[[Point], tuple[object, Quality, int]]) -> tuple[str, bool]:
    """The charge in words, and whether it is low; empty where nothing is known of it."""
    charge, flag = device.point("battery"), device.point("battery_low")
    percent = value(charge)[0] if charge is not None else None
    low = bool(flag is not None and value(flag)[0] is True)
    if charge is not None and isinstance(percent, int | float):
        return said(charge, float(percent)), low or float(percent) <= LOW_BATTERY
    return (tr("low") if low else ""), low
