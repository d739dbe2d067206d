"""Inspector panel: details of the selected device, room or devices, or of the building."""

from __future__ import annotations

from typing import override

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.i18n import point_title
from app.selection import SelectionState
from app.view.feed import Feed
from app.view.formatting import format_value
from app.view.panel.building_tree_nodes import natural_order, primary
from app.view.panel.inspector_pages import (
    BuildingSummary,
    InspectorPage,
    building_page,
    building_summary,
    device_page,
    many_page,
    room_page,
)
from app.view.panel.panel_base import FEW, Panel, clear, scrolled
from twin.model.change import ApprovalsChanged, Change, CommandUpdated, DeviceOnline, TwinChanged
from twin.model.ids import DeviceId

_AGE_BEATS = 20
"""Ticks of the slow signal between two updates of ages: five seconds."""


_ANNOUNCE_BEATS = 4
"""Ticks of the slow signal between two announcements to a screen reader: one second."""


class InspectorPanel(Panel):
    """Shows the page of the selection; rebuilt when the selection changes, refreshed at reports."""

    title, icon = "Details", "info"
    chart_wanted = Signal(str)

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self.inside = QWidget()
        self.column = QVBoxLayout(self.inside)
        self.column.setContentsMargins(14, 14, 14, 14)
        self.column.setSpacing(12)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolled(self.inside))
        self.page: InspectorPage | None = None
        self._beat = self._fresh = 0
        self._late = False
        self._announced = ""
        self._built_of: tuple[object, ...] | BuildingSummary = ()
        feed.rows.connect(self._report)
        self.rebuild()

    @override
    def retranslate(self) -> None:
        self.rebuild()

    @override
    def on_picked(self, old: SelectionState, new: SelectionState) -> None:
        if len(new.devices) > FEW and old.devices != new.devices:
            self.feed.turns.add(self.rebuild)  # the tree and the 3D view have enough to do in this one
        elif (old.devices, old.room) != (new.devices, new.room):
            self.rebuild()
        elif old.moment_ms != new.moment_ms and self.page:
            self.page.refresh()

    @override
    def on_change(self, change: Change) -> None:
        if isinstance(change, TwinChanged):
            # an edit elsewhere must not take a slider from under the user's hand
            picked, found = self.feed.selection.state, self.feed.diff
            names_only = not picked.devices and not picked.room and found.only_names and not found.rooms
            if not names_only and self._concerns() != self._built_of:  # the building in numbers names no device
                self.after(found, self.rebuild)
        elif self.page and isinstance(change, DeviceOnline) and change.device not in self.feed.selection.state.devices:
            self._late = True  # thousands may come or go together
        elif self.page and isinstance(change, DeviceOnline | CommandUpdated | ApprovalsChanged):
            self.page.refresh()

    @override
    def on_slow(self, rows: object) -> None:
        self._beat += 1
        self._fresh = 0
        if self._beat % _ANNOUNCE_BEATS == 0:
            self._announce()
        if self.page and (self._late or self._beat % _AGE_BEATS == 0):
            self._late = False
            self.page.refresh()

    def _concerns(self) -> tuple[object, ...] | BuildingSummary:
        picked, twin = self.feed.selection.state, self.feed.twin
        if picked.devices:
            return (*(twin.device_of.get(id) for id in sorted(picked.devices)), twin.rooms)
        if picked.room:
            return twin.room_of.get(picked.room), twin.devices_in.get(picked.room), twin.storeys
        return building_summary(self.feed)

    def rebuild(self) -> None:
        """Builds the page for the current selection."""
        self._built_of = self._concerns()
        clear(self.column)
        picked, twin = self.feed.selection.state, self.feed.twin
        devices = [twin.device_of[id] for id in picked.devices if id in twin.device_of]
        room = twin.room_of.get(picked.room) if picked.room else None
        if len(devices) == 1:
            self.page = device_page(self.feed, devices[0], self.chart_wanted.emit)
        elif devices:
            self.page = many_page(self.feed, sorted(devices, key=lambda device: natural_order(device.name)))
        elif room is not None:
            self.page = room_page(self.feed, room, self.chart_wanted.emit)
        else:
            building = self._built_of if isinstance(self._built_of, BuildingSummary) else building_summary(self.feed)
            self.page = building_page(self.feed, building, self.chart_wanted.emit)
        for part in self.page.parts:
            self.column.addWidget(part)
        self.column.addStretch(1)
        self.page.refresh()
        self._announced = self._headline()

    def pick(self, device: DeviceId) -> None:
        """Selects a device that was clicked on a room's page."""
        self.feed.selection.pick_device(device)

    def _headline(self) -> str:
        """Title and value of the selected device's main point; empty unless exactly one device is selected."""
        picked = self.feed.selection.state.devices
        device = self.feed.twin.device_of.get(next(iter(picked))) if len(picked) == 1 else None
        point = primary(device) if device is not None else None
        return (
            f"{point_title(point.title)}: {format_value(point, self.feed.value(point)[0])}" if point is not None else ""
        )

    def _announce(self) -> None:
        """Announces a changed value of the selected device to the screen reader."""
        headline = self._headline()
        if headline != self._announced and self.isVisible():
            self._announced = headline
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, headline))

    def _report(self, rows: NDArray[np.intp]) -> None:
        if not self.page or self.page.rows.isdisjoint(rows.tolist()):
            return
        # a calm device is shown in the same frame; a chatty one at the pace of the slow clock
        self._fresh += 1
        if self._fresh <= 2:
            self.page.refresh()
        else:
            self._late = True
