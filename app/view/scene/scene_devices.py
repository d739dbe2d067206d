"""Devices of a scene: their positions, values and markers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkRenderer

from app.selection import VisibilityFilter
from app.view.array_sets import is_among
from app.view.scene.data.scene_values import SceneValues
from app.view.scene.devices.device_appearance import DeviceAppearance
from app.view.scene.devices.device_places import DevicePlaces, PlacedDevices, kept
from app.view.scene.devices.markers import DeviceMarkers
from app.view.scene.devices.past_presence import PastPresence
from app.view.scene.devices.picking import DevicePick
from app.view.scene.structure.storey_stack import StoreyStack
from app.view.theme import Theme
from twin.model.ids import DeviceId, RoomId
from twin.model.state import State
from twin.model.twin import Twin

type _Seen = tuple[tuple[int, ...], bool, RoomId | None]

ALL = frozenset({"lights", "tints", "alarms", "switches"})


class SceneDevices:
    """Columns over the placed devices, and their markers; unchanged devices are not computed again."""

    def __init__(self, renderer: vtkRenderer, theme: Theme) -> None:
        self._renderer = renderer
        self._places = DevicePlaces()
        self._offline: set[DeviceId] = set()
        self._past = PastPresence()
        self._absent: frozenset[DeviceId] | None = None
        """Devices without a value at the past moment that is shown; None while the present is shown."""
        self.placed = self._places.place(Twin(), {})
        self.readings = SceneValues(Twin(), (), ())
        self.readings.capability = "temperature"
        self.appearance = DeviceAppearance()
        self.markers = DeviceMarkers(self.placed, 0, theme)
        self.pick = DevicePick(self.placed.positions)
        self._marked: tuple[PlacedDevices, int, Theme] = (self.placed, 0, theme)
        """Inputs of the current markers: placed devices, number of storeys and theme."""
        self._shown, self._shown_for = np.empty(0, np.bool_), None

    def follow(self, twin: Twin, middles: Mapping[RoomId, tuple[float, float]], visibility: VisibilityFilter) -> None:
        """Updates placed devices and readings from a twin's visible devices; keeps `placed` where nothing moved."""
        placed = self._places.place(twin, middles)
        if visibility:
            of, rooms = twin.device_of, twin.room_of
            them = zip(placed.ids, placed.room, strict=True)
            placed = kept(placed, [visibility.shows(of[id], rooms.get(room or RoomId(""))) for id, room in them])
        if not placed.is_same(self.placed):
            self.placed, self._shown_for = placed, None
            self.pick = DevicePick(placed.positions)
        before = self.readings
        self.readings = SceneValues(twin, [room.id for room in twin.rooms], self.placed.ids, before=before)
        self.readings.capability = before.capability

    def mark(self, levels: int, theme: Theme) -> None:
        """Rebuilds the markers if the placed devices, the number of storeys or the theme changed."""
        wanted = self.placed, levels, theme
        if any(a is not b for a, b in zip(wanted, self._marked, strict=True)):
            self.markers.remove_from_renderer(self._renderer)
            self.markers, self._marked = DeviceMarkers(*wanted), wanted
            self.markers.add_to_renderer(self._renderer)

    def bind(self, state: State) -> bool:
        """Sets the state; returns whether it is another one or has grown."""
        return self.readings.bind(state)

    def read(self, theme: Theme, touched: Iterable[str] = ALL) -> set[str]:
        """Updates the touched aspects of devices and paints them; returns the unchanged aspects."""
        same = self.appearance.read(self.readings, self.markers, theme, set(touched))
        self.appearance.paint(self.markers, self.offline_rows())
        return same

    def show(self, storey_stack: StoreyStack, opacity: float) -> None:
        """Updates markers and picking to the storeys' current lift and visibility."""
        lifts = storey_stack.lifts()
        self.markers.show(storey_stack.shown(), lifts, faint=opacity)
        lifted = self.placed.positions.copy()
        for index, lift in lifts.items():
            lifted[self.markers.slices[index], 2] += lift
        self.pick = DevicePick(lifted)

    def shown(self, storey_stack: StoreyStack, within: RoomId | None, *, sectioned: bool) -> NDArray[np.bool_]:
        """(devices,) whether the device's storey is in focus and, while the camera is `within` a room, the device is
        in it; the
        same array while nothing changes.
        """
        wanted: _Seen = (tuple(storey_stack.shown()), sectioned, within)
        if self._shown_for != wanted:
            self._shown_for: _Seen | None = wanted
            self._shown = is_among(self.placed.level, wanted[0])
            if sectioned:
                self._shown[:] = False
            elif within is not None:
                self._shown &= np.array([room == within for room in self.placed.room], np.bool_)
        return self._shown

    @property
    def _shown_offline(self) -> Collection[DeviceId]:
        return self._offline if self._absent is None else self._absent

    def is_online(self, device: DeviceId) -> bool:
        """Whether the device is not reported offline; at a past moment whether it had a value."""
        return device not in self._shown_offline

    def offline_rows(self) -> list[int]:
        """Rows of the devices that are offline, or had no value at the past moment that is shown."""
        return [row for id in self._shown_offline if (row := self.placed.row_of.get(id)) is not None]

    def follow_past(self, twin: Twin, state: State | None) -> bool:
        """Follows the State of a past moment, None for the present; returns whether other devices count as offline then."""
        before = self._shown_offline
        self._absent = None if state is None else self._past.without_value(twin, state)
        if set(before) == set(self._shown_offline):
            return False
        self.appearance.paint(self.markers, self.offline_rows())
        return True

    def set_online(self, device: DeviceId, on: bool) -> bool:
        """Sets whether a device is online; returns whether that changed."""
        if on is (device not in self._offline):
            return False
        (self._offline.discard if on else self._offline.add)(device)
        if self._absent is not None:
            return False
        if (row := self.placed.row_of.get(device)) is not None:
            self.appearance.paint_one(self.markers, row, offline=not on)
        return True

    def remove(self) -> None:
        """Removes the markers from the renderer."""
        self.markers.remove_from_renderer(self._renderer)
