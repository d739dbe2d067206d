"""Table panel of all devices: search, sorting, selection, context menu, export."""

from __future__ import annotations

from typing import override

from PySide6.QtCore import QEvent, QItemSelection, QItemSelectionModel, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QLineEdit, QPushButton, QTableView, QVBoxLayout

from app.i18n import tr
from app.i18n.numbers import format_decimal
from app.selection import SelectionState
from app.view.control.widgets import row, text_label
from app.view.feed import Feed
from app.view.formatting import format_time
from app.view.panel.building_tree_model import runs
from app.view.panel.device_table_model import COLUMNS, DeviceTableModel
from app.view.panel.panel_base import Panel
from app.view.shown_moment import is_past
from twin.model.change import Change, DeviceOnline, TwinChanged

_ROW_PX = 26
_PRESSES = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick)
_BEATS = 4
"""Ticks of the slow signal between two updates of ages and order: one second."""


class DevicesPanel(Panel):
    """Shows the selection of the window and changes it; a right click opens the device's menu."""

    title, icon = "Devices", "meter"
    menu_wanted = Signal(str, str, QPoint)
    save_wanted = Signal(object)
    """The user wants to save a table of these devices (their ids)."""

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self.lines = DeviceTableModel(feed)
        self.search, self.count, self.save = QLineEdit(), text_label("", "muted"), QPushButton()
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self.lines.search)
        self.save.clicked.connect(lambda: self.save_wanted.emit(self.lines.ids()))
        self.table = QTableView()
        self._build()
        self._beat = 0
        self._stale = self._twin_changed = True
        self._following = False
        self._header_pressed = self._own_widths = False
        feed.rows.connect(self._moved)
        self.retranslate()

    def _build(self) -> None:
        table = self.table
        table.setModel(self.lines)
        self.lines.modelReset.connect(self._count_text)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        table.setSortingEnabled(True)
        table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(_ROW_PX)
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        table.horizontalHeader().setHighlightSections(False)
        table.horizontalHeader().setStretchLastSection(True)
        table.horizontalHeader().sectionResized.connect(self._column_resized)
        table.horizontalHeader().viewport().installEventFilter(self)
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        table.customContextMenuRequested.connect(self._menu)
        table.selectionModel().selectionChanged.connect(self._picked_here)
        strip = row(self.search, self.count, 1, self.save)
        strip.setContentsMargins(14, 8, 14, 6)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(strip)
        column.addWidget(table, 1)

    @override
    def retranslate(self) -> None:
        self.search.setPlaceholderText(tr("Name, room, kind, offline, silent, low battery"))
        self.search.setAccessibleName(tr("Search"))
        self.save.setText(tr("Save table…"))
        self.table.setAccessibleName(tr("Devices"))
        self.search.setMinimumWidth(320)
        self.lines.reword()
        self._count_text()

    @override
    def on_change(self, change: Change) -> None:
        if isinstance(change, TwinChanged):
            self._twin_changed = True
        self._stale |= isinstance(change, TwinChanged | DeviceOnline)

    @override
    def on_slow(self, rows: object) -> None:
        self._beat += 1
        if self.isVisible() and (self._stale or self._beat % _BEATS == 0):
            self._look()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        self._look()

    @override
    def on_picked(self, old: SelectionState, new: SelectionState) -> None:
        self._stale |= old.moment_ms != new.moment_ms
        if old.devices != new.devices and self.isVisible():
            self._follow()

    def _moved(self, _rows: object) -> None:
        """Another past moment is shown."""
        self._stale |= is_past(self.feed)

    def _fit_columns(self, width_px: int) -> None:
        """Gives every column its share of the table's width, at least what its texts need."""
        share = width_px / sum(column.width_px for column in COLUMNS)
        for at, column in enumerate(COLUMNS):
            self.table.setColumnWidth(at, max(column.least_px, int(column.width_px * share)))

    def _column_resized(self, _column: int, _old_px: int, _new_px: int) -> None:
        """Leaves the widths alone from the first one on that the user drags, or fits by a double click."""
        self._own_widths |= self._header_pressed

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (*_PRESSES, QEvent.Type.MouseButtonRelease):
            self._header_pressed = event.type() in _PRESSES
        elif isinstance(event, QResizeEvent) and not self._own_widths:
            self._fit_columns(event.size().width())
        return super().eventFilter(watched, event)

    def type_here(self) -> None:
        """Puts the focus into the search field."""
        self.search.setFocus()
        self.search.selectAll()

    def _look(self) -> None:
        """Takes over changes and repaints the visible rows, whose ages change with time."""
        if self._twin_changed:
            self._twin_changed = False
            self.lines.refill()
        else:
            self.lines.update_rows()
        self._stale = False
        self._show_count()
        table, bottom = self.table, self.table.viewport().height()
        last = table.rowAt(bottom)
        self.lines.repaint(table.rowAt(0), last if last >= 0 else self.lines.rowCount() - 1)

    def _count_text(self) -> None:
        self._show_count()
        self._follow()

    def _show_count(self) -> None:
        shown, all_ = self.lines.rowCount(), len(self.feed.twin.devices)
        count = (
            tr("%n devices", all_)
            if shown == all_
            else tr("{shown} of {all}", shown=format_decimal(shown), all=format_decimal(all_))
        )
        moment_ms = self.feed.selection.state.moment_ms if is_past(self.feed) else None
        then = "" if moment_ms is None else tr("As it was: {moment}", moment=format_time(moment_ms))
        self.count.setText(f"{count} · {then}" if then else count)

    def _follow(self) -> None:
        """Selects the rows of the devices that are selected in the window."""
        model, wanted = self.table.selectionModel(), QItemSelection()
        last = len(COLUMNS) - 1
        for top, bottom in runs(self.lines.rows_of(self.feed.selection.state.devices)):
            wanted.select(self.lines.index(top, 0), self.lines.index(bottom, last))
        self._following = True
        model.select(wanted, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self._following = False

    def _picked_here(self) -> None:
        if not self._following:
            ranges = self.table.selectionModel().selection()
            spans = (ranges.at(number) for number in range(ranges.count()))
            rows = {at for one in spans for at in range(one.top(), one.bottom() + 1)}
            devices = frozenset(self.lines.id_at(at) for at in rows)
            self.feed.selection.change(devices=devices, room=None)

    def _menu(self, at: QPoint) -> None:
        index = self.table.indexAt(at)
        if index.isValid():
            self.menu_wanted.emit("device", self.lines.id_at(index.row()), self.table.viewport().mapToGlobal(at))
