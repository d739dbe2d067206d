"""Merges devices that are too close on the screen into one mark per room or group of rooms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.view.scene.devices.picking import DevicePick
from app.view.scene.scene import Scene
from twin.model.ids import RoomId

type Ints = NDArray[np.intp]
type Floats = NDArray[np.float64]

_DOT_PX = 17.0
"""Dots nearer to each other than this in plan overlap when seen from the side."""
_ROOM_PX = 30.0
"""Rooms smaller than this on the screen get no cluster mark of their own."""
_PATCH_PX = 56.0
_LOOSE = 8
"""Maximum number of dots of small rooms on a patch without merging."""
_HELD = 1.16
"""Factor by which the scale must change before marks merge or split again (hysteresis)."""
_MOST = 150


@dataclass(frozen=True, slots=True, eq=False)
class ClusterRows:
    """Cluster marks as arrays: row i of every array is one mark."""

    middle: Floats
    """(n, 3) centres in metres, lifted with the storey."""
    count: Ints
    room: Ints
    """Row of the room, or -1 for a patch of several."""
    on: Floats
    """Share of the marked devices that are on, 0..1."""
    gone: Floats
    """Share of devices that are offline, 0 to 1."""
    alarm: NDArray[np.bool_]
    wide: Floats
    """Width in metres of the room or the patch."""


class DeviceClusters:
    """Decides which devices are merged at the current scale. Array operations only."""

    def __init__(self) -> None:
        self.merged = np.empty(0, np.bool_)
        """(devices,) whether a cluster mark replaces the device's dot."""
        self._room_of: Ints = np.empty(0, np.intp)
        self._wide: Floats = np.empty(0)
        self._patch = 0.0
        self._of: tuple[object, object] | None = None
        """The devices and the building for which the clusters were formed."""
        self._shown: object = None
        self._scale = 0.0
        self._group: Ints = np.empty(0, np.intp)
        self._rows: Ints = np.empty(0, np.intp)
        self._count: Ints = np.empty(0, np.intp)
        self._owner: Ints = np.empty(0, np.intp)
        self._pick: DevicePick | None = None
        self._middle: Floats = np.empty((0, 3))

    def is_of(self, scene: Scene) -> bool:
        """Whether the rows belong to the scene's current devices and building."""
        return self._of is not None and self._of[0] is scene.placed and self._of[1] is scene.storey_stack

    def merge(self, scene: Scene, px_per_m: float, near_px_per_m: float) -> None:
        """Updates the merging before a frame if scale, devices or storeys changed; nothing is merged from
        `near_px_per_m` on.
        """
        shown = scene.shown_devices()
        held = self._scale and max(px_per_m, self._scale) < _HELD * min(px_per_m, self._scale)
        same = self.is_of(scene) and self._shown is shown
        if same and held and (px_per_m < near_px_per_m) == (self._scale < near_px_per_m):
            return
        if not self.is_of(scene):
            self._room_of, self._wide = _rooms_of(scene), _widths(scene)
        self._shown, self._scale = shown, px_per_m
        self._form(scene, px_per_m if px_per_m < near_px_per_m else np.inf)
        scene.markers.hide_merged(self.merged)

    def marks(self, scene: Scene) -> ClusterRows:
        """The cluster marks for the devices' current positions and states."""
        if not self.is_of(scene):
            self._drop()
        rows, group, total = self._rows, self._group, len(self._count)
        if self._pick is not scene.device_pick:
            self._pick = scene.device_pick
            at = scene.device_pick.positions[rows]
            sums = [np.bincount(group, at[:, axis], minlength=total) for axis in range(3)]
            self._middle = np.stack(sums, 1) / np.maximum(self._count, 1)[:, None]
        gone, alarmed = (np.zeros(len(scene.placed.ids), np.bool_) for _ in range(2))
        gone[scene.offline_rows()], alarmed[scene.appearance.alarms] = True, True
        gone = gone[rows]
        on = (scene.appearance.lit[rows] | scene.appearance.active[rows]) & ~gone
        many = np.maximum(self._count, 1)
        return ClusterRows(
            self._middle,
            self._count,
            self._owner,
            np.bincount(group[on], minlength=total) / many,
            np.bincount(group[gone], minlength=total) / many,
            np.bincount(group[alarmed[rows]], minlength=total) > 0,
            np.where(self._owner >= 0, self._wide[self._owner], self._patch) if total else np.empty(0),
        )

    def rows(self, scene: Scene) -> Ints:
        """Rows of the devices merged into marks."""
        return self._rows if self.is_of(scene) else self._rows[:0]

    def members(self, mark: int) -> Ints:
        """Rows of the devices merged into a mark."""
        return self._rows[self._group == mark]

    def _drop(self) -> None:
        none = np.empty(0, np.intp)
        self._of, self._rows, self._group, self._count, self._owner = None, none, none, none, none
        self._pick = None

    def _form(self, scene: Scene, scale: float) -> None:
        placed = scene.placed
        self._drop()
        self._of, self.merged = (placed, scene.storey_stack), np.zeros(len(placed.ids), np.bool_)
        if not np.isfinite(scale):
            return
        rows = np.flatnonzero(scene.shown_devices() & (self._room_of >= 0))
        key = self._keys(scene, rows, scale)
        kept = key >= 0
        rows, key = rows[kept], key[kept]
        _, group, count = np.unique(key, return_inverse=True, return_counts=True)
        several = count > 1
        if several.sum() > _MOST:
            several &= count >= np.sort(count)[-_MOST]
            several[np.flatnonzero(several)[_MOST:]] = False
        number = np.cumsum(several) - 1
        inside = several[group]
        self._rows, self._group, self._count = rows[inside], number[group[inside]], count[several]
        low, high = (np.full(len(self._count), fill, np.intp) for fill in (len(scene.twin.rooms), -1))
        np.minimum.at(low, self._group, self._room_of[self._rows])
        np.maximum.at(high, self._group, self._room_of[self._rows])
        self._owner = np.where(low == high, low, -1)
        self.merged[self._rows] = True

    def _keys(self, scene: Scene, rows: Ints, scale: float) -> NDArray[np.int64]:
        """(rows,) group number of each device, -1 where its dot overlaps none; groups are formed in plan, so that they
        stay while the
        camera turns.
        """
        if not len(rows):
            return np.empty(0, np.int64)
        rooms, of = np.unique(self._room_of[rows], return_inverse=True)
        at = scene.placed.positions[rows, :2]
        low, high = np.full((len(rooms), 2), np.inf), np.full((len(rooms), 2), -np.inf)
        np.minimum.at(low, of, at)
        np.maximum.at(high, of, at)
        wide = high - low + 0.5
        apart = np.sqrt(wide.prod(1) / np.bincount(of)) * scale
        tight = (apart < _DOT_PX) & (np.bincount(of) > 1)
        small = self._wide[rooms] * scale < _ROOM_PX
        patch = self._patch = float(2.0 ** np.ceil(np.log2(_PATCH_PX / scale)))
        cell = np.floor((low + high) / 2 / patch).astype(np.int64)
        level = np.zeros(len(rooms), np.int64)
        level[of] = scene.placed.level[rows]
        patches = ((level * 65_536 + cell[:, 0] % 65_536) * 65_536) + cell[:, 1] % 65_536
        _, at_patch = np.unique(np.where(small, patches, -1), return_inverse=True)
        crowded = small & (tight | (np.bincount(at_patch, np.bincount(of))[at_patch] > _LOOSE))
        own = np.where(tight, np.arange(len(rooms)) + (1 << 60), -1)
        return np.where(crowded, patches, own)[of]


def _rooms_of(scene: Scene) -> Ints:
    none = RoomId("")
    return np.array([scene.room_row.get(room or none, -1) for room in scene.placed.room], np.intp)


def _widths(scene: Scene) -> Floats:
    """(rooms,) mean width in metres of each room's bounding box."""
    rings = [np.asarray(room.outline, np.float64).reshape(-1, 2) for room in scene.twin.rooms]
    return np.array([float(np.sqrt(np.ptp(ring, 0).prod())) if len(ring) else 0.0 for ring in rings])
