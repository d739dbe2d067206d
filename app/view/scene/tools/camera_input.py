"""Camera commands: fit, top view, fly to a thing, zoom; and storey movements."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPointF
from PySide6.QtWidgets import QWidget

from app.selection import Selection
from app.view.scene.camera.camera import CameraPose, PictureFrame, corners, fitted
from app.view.scene.camera.flight import FLIGHT_MS, CameraFlight
from app.view.scene.overlay.cut_slider import LOWEST_M
from app.view.scene.overlay.legend import HEIGHT_PX, MARGIN_PX
from app.view.scene.scene import Scene
from app.view.scene.viewport.resolution_governor import ResolutionGovernor
from twin.model.ids import DeviceId, RoomId, StoreyId

_TOP_DEG, _SLANT_DEG, _APART_DEG = 88.5, 46.0, 31.0
_TURNS_DEG = (0.0, 8.0, 16.0, 24.0, 32.0)
_ROOM_AROUND_M = 1.2
_DEVICE_AROUND_M = 2.6
_AROUND = 0.2
"""Margin kept free on each side of a flight's target, as a share of the picture."""


class CameraInput(QObject):
    """Turns user input into camera poses; `steered` is set once the user, not the program, chose the pose."""

    def __init__(self, view: QWidget, scene: Scene, governor: ResolutionGovernor, selection: Selection) -> None:
        super().__init__(view)
        self._view, self._scene, self._governor, self._selection = view, scene, governor, selection
        self.steered = False
        self.awake = False
        """Whether a first frame has been painted and flights are visible."""
        self.flight = CameraFlight(self, self.stand, self._step)

    # wishes

    def fit(self) -> None:
        """Flies to the usual pose that shows everything in focus."""
        self.steered = False
        self.fly(self._scene.fitting(self._frame(), pose=self._usual()))

    def from_above(self) -> None:
        """Flies to the plan view, the longer side across the picture."""
        self.steered = True
        side = self._side()
        turned = replace(side, azimuth_deg=90.0 * round((side.azimuth_deg + 20) / 90.0), elevation_deg=_TOP_DEG)
        self.fly(self._scene.fitting(self._frame(), pose=turned))

    def fly_to(self, thing: str) -> None:
        """Flies to a device, room or storey by id."""
        twin = self._scene.twin
        if (storey := twin.storey_of.get(StoreyId(thing))) is not None:
            self._selection.change(storey=storey.id)
            self.fit()
            return
        points = self._around(thing)
        if points is not None:
            pose = self.flight.goal or self._scene.pose
            self._fly_around(points, replace(pose, elevation_deg=max(36.0, min(64.0, pose.elevation_deg))))

    def approach(self, devices: NDArray[np.intp]) -> None:
        """Flies close enough to these device rows to separate them, but no closer than to a room."""
        at = self._scene.device_pick.positions[devices]
        if len(at):
            margin = np.array([_DEVICE_AROUND_M, _DEVICE_AROUND_M, 0.5])
            self._fly_around(corners(at.min(0) - margin, at.max(0) + margin), self.flight.goal or self._scene.pose)

    def _fly_around(self, points: NDArray[np.float64], pose: CameraPose) -> None:
        """Flies to a pose that shows the (n, 3) points centred with a margin."""
        self.steered = True
        frame = replace(self._frame(), left=_AROUND, right=_AROUND, top=_AROUND, bottom=_AROUND)
        x, y, z = ((points.min(0) + points.max(0)) / 2).tolist()
        self.fly(replace(fitted(points, pose, frame), target=(x, y, z)))

    def set_exploded(self, on: bool) -> None:
        """Starts or ends the exploded view."""
        if on != self._scene.shown.exploded:
            self.shift(self._scene.explode(on))
            self.fit()

    def look(self, storey: StoreyId | None) -> None:
        """Switches to another storey; keeps the viewing direction if the user chose it."""
        self.flight.land()
        before = self._scene.storey_stack.focus_bounds()[0][2]
        self.shift(self._scene.look_at(storey))
        if self.steered:
            x, y, z = self._scene.pose.target
            up = float(self._scene.storey_stack.focus_bounds()[0][2] - before)
            self.fly(replace(self._scene.pose, target=(x, y, z + up)))
        else:
            self.fly(self._scene.fitting(self._frame()))

    def refit(self) -> None:
        """Fits again after the view or the building changed its size, unless the user chose the pose. A hidden view is
        fitted when it
        is shown, since its size is unknown before.
        """
        if not self.steered and self._view.isVisible() and self._view.width() > 1:
            self.flight.stop_camera()
            self.stand(self._usual())

    def steer(self, pose: CameraPose) -> None:
        """Moves the camera to a pose chosen by the user and cancels a flight."""
        self.steered = True
        self.flight.stop_camera()
        self.stand(pose)

    def slide(self, right_px: float, up_px: float) -> None:
        """Pans the camera along the floor by pixels."""
        self.steer(self._scene.pose.moved(right_px, up_px, self._view.height()))

    def turn(self, right_deg: float, up_deg: float) -> None:
        """Orbits the camera by degrees."""
        self.steer(self._scene.pose.turned(right_deg, up_deg))

    def zoom(self, factor: float, at: QPointF) -> None:
        """Zooms, keeping the point under the position fixed."""
        target = self._scene.pose.target
        spot = self._scene.projections.at(self._view.width(), self._view.height()).on_plane(at.x(), at.y(), target[2])
        far = spot is None or np.linalg.norm(spot - np.asarray(target)) > 2 * self._scene.pose.distance_m
        self.steer(self._scene.pose.zoomed(factor, None if far else spot))

    def stand(self, pose: CameraPose) -> None:
        """Sets the camera pose at once."""
        self._scene.stand(pose)
        self._governor.touch()

    def fly(self, pose: CameraPose, *, then: Callable[[], None] | None = None, takes_ms: int = FLIGHT_MS) -> None:
        """Flies the camera to a pose, or sets it at once if the flight would not be seen; calls `then` on arrival."""
        if self._view.isVisible() and self.awake:
            self.flight.fly(self._scene.pose, pose, then=then, takes_ms=takes_ms)
        else:
            self.stand(pose)
            if then is not None:
                then()

    def shift(self, moved: bool) -> None:
        """Starts the storeys' transition; `moved` is the result of the scene's call."""
        if not moved:
            self._governor.touch()
        elif self._view.isVisible() and self.awake:
            self.flight.shift()
        else:
            self._step(1.0)

    def set_ghosts(self, on: bool) -> None:
        """Shows or hides the storeys around the one in focus as shells."""
        if on != self._scene.shown.ghosts:
            self.shift(self._scene.set_ghosts(on))
            if not self.steered:
                self.fit()

    def cut(self, height_m: float, *, exact: bool) -> None:
        """Cuts the storey at this height over its floor in metres, within its limits; the camera does not move."""
        self.flight.land()
        self._scene.set_cut(min(max(height_m, LOWEST_M), self._scene.storey_stack.most_cut()), exact=exact)
        self._governor.touch()

    def set_parallel(self, on: bool) -> None:
        """Switches between parallel and perspective projection."""
        self.flight.land()
        self.stand(replace(self._scene.pose, parallel=on))

    def north_up(self) -> None:
        """Flies to a pose with true north up in the picture."""
        north = math.radians(self._scene.twin.site.north_deg)
        self.steered = True
        turn = math.degrees(math.atan2(-math.cos(north), -math.sin(north)))
        self.fly(replace(self.flight.goal or self._scene.pose, azimuth_deg=turn))

    # inside

    def _around(self, thing: str) -> NDArray[np.float64] | None:
        scene = self._scene
        row = scene.placed.row_of.get(DeviceId(thing))
        if row is not None:
            near = scene.device_pick.positions[row]
            reach = _DEVICE_AROUND_M
            return near + np.array([(x, y, z) for x in (-reach, reach) for y in (-reach, reach) for z in (-0.5, 0.5)])
        room = scene.twin.room_of.get(RoomId(thing))
        spot = scene.room_at(RoomId(thing))
        if room is None or spot is None:
            return None
        ring = np.asarray(room.outline)
        low, high = ring.min(0) - _ROOM_AROUND_M, ring.max(0) + _ROOM_AROUND_M
        return np.array([(x, y, spot[2] + z) for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (0, 1.3)])

    def _side(self) -> CameraPose:
        """The usual pose: the longer side of the building lies across the picture, slightly turned."""
        low, high = self._scene.storey_stack.bounds()
        wide = high[0] - low[0] >= high[1] - low[1]
        return replace(self._scene.pose, azimuth_deg=-62.0 if wide else -28.0)

    def _usual(self) -> CameraPose:
        """Fits the usual side, turned further only where the building then fills the picture better."""
        side = replace(self._side(), elevation_deg=_APART_DEG if self._scene.shown.exploded else _SLANT_DEG)
        turns = [replace(side, azimuth_deg=side.azimuth_deg + more) for more in _TURNS_DEG]
        frame, points = self._frame(), self._scene.storey_stack.points_to_fit()
        found = [fitted(points, pose, frame) for pose in turns]
        far = [pose.distance_m * (1 + 0.003 * i) for i, pose in enumerate(found)]
        return found[far.index(min(far))]

    def _frame(self) -> PictureFrame:
        width, height = max(1, self._view.width()), max(1, self._view.height())
        free = (HEIGHT_PX + MARGIN_PX) / height * 0.45
        return PictureFrame(width / height, left=0.045, right=0.045, top=0.06, bottom=min(0.2, 0.05 + free))

    def _step(self, share: float) -> None:
        self._scene.step(share)
        self._governor.touch()
