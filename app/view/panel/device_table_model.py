"""Qt table model of the devices panel: rows, columns, search, sorting."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, override

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from app.i18n import tr
from app.view.feed import Feed
from app.view.formatting import format_age, format_protocol
from app.view.icon import device_glyph, icon
from app.view.panel.building_tree_nodes import natural_order, primary, shown_value
from app.view.panel.device_condition import SILENT_MS, battery_charge
from app.view.panel.last_seen import LastSeen
from app.view.panel.search_text import folded
from app.view.shown_moment import is_past, is_shown_online
from app.view.style import colour, current_theme
from twin.model.device import Device, Point
from twin.model.ids import DeviceId
from twin.model.kind import KINDS
from twin.model.space import Room

type ModelIndex = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


@dataclass(slots=True, eq=False)
class DeviceRow:
    """Row of one device; names are formatted when it is created, values when they are painted or sorted."""

    device: Device
    room: Room | None
    kind: str
    text: str
    """The searchable text in lower case: names, kind (in English, too), protocol, maker, model and address."""
    point: Point | None
    """The point shown in the value column."""
    _value: tuple[object, ...] | None = None
    _charge: tuple[str, bool] | None = None

    def forget(self) -> None:
        """Clears the cached texts after a value changed."""
        self._value = self._charge = None

    def value_order(self, feed: Feed) -> tuple[object, ...]:
        """Sort key of the value column: numbers first, then texts, then empty values."""
        if self._value is None:
            value = feed.value(self.point)[0] if self.point is not None else None
            text = shown_value(self.point, value, online=True) if self.point is not None else ""
            number = float(value) if isinstance(value, int | float) else float("-inf")
            self._value = (text == "", number, text)
        return self._value

    def charge(self, feed: Feed) -> tuple[str, bool]:
        """The battery charge as text, and whether it is low."""
        if self._charge is None:
            self._charge = battery_charge(self.device, feed.value)
        return self._charge


@dataclass(frozen=True, slots=True)
class DeviceColumn:
    """A column of the table."""

    title: str
    width_px: int
    """Width in a table that is as wide as all of these together; in others in proportion."""
    least_px: int


COLUMNS = (
    DeviceColumn("Name", 230, 150),
    DeviceColumn("Room", 150, 95),
    DeviceColumn("Kind", 150, 95),
    DeviceColumn("Value", 130, 75),
    DeviceColumn("Last heard", 110, 90),
    DeviceColumn("State", 90, 65),
    DeviceColumn("Battery", 70, 70),
    DeviceColumn("Protocol", 90, 80),
)


class DeviceTableModel(QAbstractTableModel):
    """Devices that match the search, sorted by the chosen column.

    `refill` follows the structure and rebuilds only rows of changed devices; `update_rows` follows values, presence
    and time. Values and ages are formatted only for painted cells.
    """

    def __init__(self, feed: Feed) -> None:
        super().__init__()
        self._feed = feed
        self._all: list[DeviceRow] = []
        self._place: dict[DeviceId, int] = {}
        self._last_seen = LastSeen(feed, ())
        self._times_ms = self._last_seen.times_ms()
        self._shown: list[int] = []
        """Indices into `_all` of the listed devices, in listed order."""
        self._needle = ""
        self._sorted_by, self._falling = 0, False

    def refill(self) -> None:
        """Takes over the structure; unchanged devices keep their rows."""
        twin = self._feed.twin
        before = {line.device.id: line for line in self._all}
        lines: list[DeviceRow] = []
        for device in twin.devices:
            room = twin.room_of.get(device.room) if device.room else None
            line = before.get(device.id)
            fits = line is not None and line.device is device and line.room is room
            lines.append(line if line is not None and fits else _line(device, room))
        last_seen = LastSeen(self._feed, twin.devices)
        shown = [self._all[at].device.id for at in self._shown]
        if [line.device.id for line in lines] == [line.device.id for line in self._all]:
            self._all, self._last_seen = lines, last_seen
            self.update_rows()
            return
        self.beginResetModel()
        self._all, self._last_seen = lines, last_seen
        self._place = {line.device.id: at for at, line in enumerate(lines)}
        self._shown = [self._place[id] for id in shown if id in self._place]
        self._shown = self._wanted()
        self.endResetModel()

    def reword(self) -> None:
        """Rebuilds every row in the current language."""
        self._all = [_line(line.device, line.room) for line in self._all]
        self.refill()

    def search(self, text: str) -> None:
        """Filters by these words: names, rooms, kinds, protocols, `offline`, `silent`, `low battery`."""
        self._needle = text
        self.update_rows()

    def update_rows(self) -> None:
        """Updates which devices are listed and their order; the view repaints visible rows with `repaint`."""
        shown = self._wanted()
        if shown == self._shown:
            return
        if len(shown) == len(self._shown) and set(shown) == set(self._shown):
            self._reorder(shown)
            return
        self.beginResetModel()
        self._shown = shown
        self.endResetModel()

    def repaint(self, first: int, last: int) -> None:
        """Tells the view to repaint the rows from first to last."""
        if 0 <= first <= last < len(self._shown):
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(COLUMNS) - 1))

    def ids(self) -> tuple[DeviceId, ...]:
        """Ids of the listed devices, in listed order."""
        return tuple(self._all[at].device.id for at in self._shown)

    def id_at(self, row: int) -> DeviceId:
        """The device id of a row."""
        return self._all[self._shown[row]].device.id

    def rows_of(self, devices: Collection[DeviceId]) -> list[int]:
        """The rows of these devices, as far as they are listed."""
        places = {self._place[id] for id in devices if id in self._place}
        return [row for row, at in enumerate(self._shown) if at in places] if places else []

    def order_of(self, column: int) -> list[object]:
        """The sort keys of all listed rows in a column, in listed order."""
        key = self._key(column)
        return [key(at) for at in self._shown]

    def _wanted(self) -> list[int]:
        """Indices into `_all` of the devices to list, filtered and sorted."""
        changed: list[int] = self._last_seen.changed().tolist()
        for at in changed:
            self._all[at].forget()
        self._times_ms = self._last_seen.times_ms()
        places: list[int] = list(range(len(self._all)))
        for word in folded(self._needle).split():
            places = [at for at in places if self._means(at, word)]
        places.sort(key=self._key(self._sorted_by), reverse=self._falling)
        return places

    def _means(self, at: int, word: str) -> bool:
        line = self._all[at]
        if word in line.text:
            return True
        state = self._state(at)
        if word in state or word in tr(state).casefold():
            return True
        low = word in "low battery" or word in tr("Battery low").casefold()
        return low and line.charge(self._feed)[1]

    def _key(self, column: int) -> Callable[[int], Any]:
        """The sort key function of a column; its argument is an index into `_all`."""
        lines, feed = self._all, self._feed
        match column:
            case 0:
                return lambda at: natural_order(lines[at].device.name)
            case 1:
                return lambda at: natural_order(room.title if (room := lines[at].room) is not None else "")
            case 2:
                return lambda at: lines[at].kind
            case 3:
                return lambda at: lines[at].value_order(feed)
            case 4 if is_past(feed):
                return lambda _: 0
            case 4:
                return (-self._times_ms).tolist().__getitem__
            case 5:
                return self._state
            case 6:
                return lambda at: ((charge := lines[at].charge(feed)[0]) == "", len(charge), charge)
            case _:
                return lambda at: format_protocol(lines[at].device.protocol)

    def _state(self, at: int) -> str:
        if not is_shown_online(self._feed, self._all[at].device.id):
            return "offline"
        if is_past(self._feed):  # when it was heard before is not recorded
            return "online"
        return "silent" if self._feed.now_ms() - int(self._times_ms[at]) > SILENT_MS else "online"

    def _reorder(self, shown: list[int]) -> None:
        """Changes the order of the same rows; selection and current row are kept."""
        self.layoutAboutToBeChanged.emit()
        kept = [(index, self._shown[index.row()]) for index in self.persistentIndexList()]
        self._shown = shown
        row_of = {at: row for row, at in enumerate(shown)} if kept else {}
        moved = [self.index(row_of[at], index.column()) for index, at in kept]
        self.changePersistentIndexList([index for index, _ in kept], moved)
        self.layoutChanged.emit()

    @override
    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._sorted_by, self._falling = max(0, column), order is Qt.SortOrder.DescendingOrder
        self.update_rows()

    @override
    def rowCount(self, parent: ModelIndex = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._shown)

    @override
    def columnCount(self, parent: ModelIndex = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    @override
    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.DisplayRole and orientation is Qt.Orientation.Horizontal:
            return tr(COLUMNS[section].title)
        return None

    @override
    def data(self, index: ModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        at = self._shown[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._cell(at, index.column())
        if role not in (Qt.ItemDataRole.DecorationRole, Qt.ItemDataRole.ForegroundRole):
            return None
        device = self._all[at].device
        online = is_shown_online(self._feed, device.id)
        if role == Qt.ItemDataRole.ForegroundRole:
            return colour(current_theme().text if online else current_theme().faint)
        if index.column() == 0:
            point = self._all[at].point
            value = self._feed.value(point)[0] if point is not None else None
            return icon(device_glyph(device.kind, value), current_theme(), "muted" if online else "faint")
        return None

    def _cell(self, at: int, column: int) -> str:
        line = self._all[at]
        match column:
            case 0:
                return line.device.name
            case 1:
                return line.room.title if line.room is not None else ""
            case 2:
                return line.kind
            case 3:
                return str(line.value_order(self._feed)[2])
            case 4 if is_past(self._feed):
                return "–"
            case 4:
                heard_ms = self._feed.last_seen_ms(line.device.id)
                return format_age(heard_ms, self._feed.now_ms()) if heard_ms else tr("never")
            case 5:
                return tr(self._state(at))
            case 6:
                return line.charge(self._feed)[0]
            case _:
                return format_protocol(line.device.protocol)


def _line(device: Device, room: Room | None) -> DeviceRow:
    kind = tr(KINDS[device.kind].title, about="kind") if device.kind in KINDS else device.kind
    texts = (
        device.name,
        room.title if room is not None else "",
        kind,
        KINDS[device.kind].title if device.kind in KINDS else "",
        format_protocol(device.protocol),
        device.maker,
        device.model,
        device.address,
    )
    return DeviceRow(device, room, kind, folded(" ".join(texts)), primary(device))
