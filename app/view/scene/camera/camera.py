"""Camera pose: orbits a target, never rolled, never below the floor."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkCamera

from twin.model.space import Position

VIEW_DEG = 26.0
"""Field of view of a long lens in degrees: vertical lines stay nearly vertical."""
LOWEST_DEG, HIGHEST_DEG = 6.0, 89.0
_NEAREST_M, _FARTHEST_M = 1.5, 4000.0
_ROUNDS, _CENTRED = 8, 1e-4
"""Fitting ends after this many rounds, or earlier when the centring error (share of the picture) is this small."""
_ASIDE_M = 600.0
"""Extra camera distance in metres in parallel projection; keeps everything in front of the camera."""


@dataclass(frozen=True, slots=True)
class CameraPose:
    """Camera pose: target, direction (azimuth from +x counter-clockwise, elevation) and distance."""

    target: Position = (0.0, 0.0, 0.0)
    azimuth_deg: float = -62.0
    elevation_deg: float = 46.0
    distance_m: float = 30.0
    view_deg: float = VIEW_DEG
    """Vertical field of view in degrees."""
    parallel: bool = False
    """Parallel projection; its scale equals that of the perspective at the target."""

    @property
    def axes(self) -> NDArray[np.float64]:
        """Rows: right, up, and from the target to the camera."""
        a, e = math.radians(self.azimuth_deg), math.radians(self.elevation_deg)
        back = np.array([math.cos(a) * math.cos(e), math.sin(a) * math.cos(e), math.sin(e)])
        right = np.array([-math.sin(a), math.cos(a), 0.0])
        return np.stack([right, np.cross(back, right), back])

    def apply_to(self, camera: vtkCamera) -> None:
        """Sets position, focal point, view-up and projection of a VTK camera."""
        axes = self.axes
        target = np.asarray(self.target)
        camera.SetViewAngle(self.view_deg)
        camera.SetParallelProjection(self.parallel)
        camera.SetParallelScale(self.distance_m * math.tan(math.radians(self.view_deg) / 2))
        camera.SetFocalPoint(*target)
        camera.SetPosition(*(target + axes[2] * (self.distance_m + (_ASIDE_M if self.parallel else 0.0))))
        camera.SetViewUp(*axes[1])

    def scale(self, height_px: float) -> float:
        """Pixels per metre at the target in a picture of this height."""
        return height_px / (2 * self.distance_m * math.tan(math.radians(self.view_deg) / 2))

    def turned(self, right_deg: float, up_deg: float) -> CameraPose:
        """The pose orbited around its target by these degrees, elevation limited."""
        up = min(HIGHEST_DEG, max(LOWEST_DEG, self.elevation_deg + up_deg))
        return replace(self, azimuth_deg=(self.azimuth_deg + right_deg + 180.0) % 360.0 - 180.0, elevation_deg=up)

    def moved(self, right_px: float, up_px: float, height_px: int) -> CameraPose:
        """The pose panned along the floor, the point under the mouse staying under it."""
        scale = 2 * self.distance_m * math.tan(math.radians(VIEW_DEG) / 2) / max(1, height_px)
        axes = self.axes
        ahead = np.array([-axes[2][0], -axes[2][1], 0.0])
        ahead /= max(1e-9, float(np.linalg.norm(ahead)))
        steep = max(0.25, math.sin(math.radians(self.elevation_deg)))
        step = (axes[0] * right_px + ahead * up_px / steep) * scale
        return replace(self, target=_spot(np.asarray(self.target) + step))

    def zoomed(self, factor: float, towards: NDArray[np.float64] | None = None) -> CameraPose:
        """The pose nearer (factor below 1) or farther, keeping `towards` at its pixel."""
        distance = min(_FARTHEST_M, max(_NEAREST_M, self.distance_m * factor))
        real = distance / self.distance_m
        target = np.asarray(self.target)
        if towards is not None:
            target = towards + (target - towards) * real
        return replace(self, target=_spot(target), distance_m=distance)

    def towards(self, other: CameraPose, share: float) -> CameraPose:
        """The pose interpolated towards another: shortest turn, distances by ratio."""
        turn = (other.azimuth_deg - self.azimuth_deg + 180.0) % 360.0 - 180.0
        start, end = np.asarray(self.target), np.asarray(other.target)
        return CameraPose(
            _spot(start + (end - start) * share),
            self.azimuth_deg + turn * share,
            self.elevation_deg + (other.elevation_deg - self.elevation_deg) * share,
            self.distance_m * (other.distance_m / self.distance_m) ** share,
            self.view_deg + (other.view_deg - self.view_deg) * share,
            other.parallel,
        )


@dataclass(frozen=True, slots=True)
class PictureFrame:
    """Aspect ratio of the picture and the margins to keep free, as shares of its size."""

    aspect: float = 1.6
    left: float = 0.05
    top: float = 0.07
    right: float = 0.05
    bottom: float = 0.09


def fitted(points: NDArray[np.float64], pose: CameraPose, frame: PictureFrame) -> CameraPose:
    """The pose with this direction from which the (n, 3) points just fill the frame."""
    axes = pose.axes
    tall = math.tan(math.radians(VIEW_DEG) / 2)
    wide = tall * frame.aspect
    target = points.mean(0)
    distance = pose.distance_m
    # the free middle of the picture, in shares of the half size
    x0, x1 = -1 + 2 * frame.left, 1 - 2 * frame.right
    y0, y1 = -1 + 2 * frame.bottom, 1 - 2 * frame.top
    for _ in range(_ROUNDS):
        x, y, z = (points - target) @ axes.T[:, 0], (points - target) @ axes.T[:, 1], (points - target) @ axes.T[:, 2]
        distance = _distance(x / wide, (x1 - x0) / 2, z, _distance(y / tall, (y1 - y0) / 2, z, 0.5))
        depth = np.maximum(distance - z, 0.1)
        u, v = x / wide / depth, y / tall / depth
        du, dv = (u.max() + u.min() - x1 - x0) / 2, (v.max() + v.min() - y1 - y0) / 2
        target = target + axes[0] * (du * distance * wide) + axes[1] * (dv * distance * tall)
        if max(abs(du), abs(dv)) < _CENTRED:
            break
    return replace(pose, target=_spot(target), distance_m=max(_NEAREST_M, distance))


def _distance(side: NDArray[np.float64], half: float, depth: NDArray[np.float64], least: float) -> float:
    """The smallest distance, at least `least`, at which the extremes of `side` are within 2 × `half` of each other."""
    low, high = least, least + 1.0
    span = 2 * half

    def wide(distance: float) -> float:
        seen = side / np.maximum(distance - depth, 0.05)
        return float(seen.max() - seen.min())

    start = float(depth.max()) + 0.1
    low = max(low, start)
    high = max(high, start + 1.0)
    while wide(high) > span and high < _FARTHEST_M:
        high *= 1.6
    while high - low > _CENTRED * high:
        middle = (low + high) / 2
        low, high = (middle, high) if wide(middle) > span else (low, middle)
    return high


def corners(low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.float64]:
    """(8, 3) corners of the axis-aligned box from `low` to `high`."""
    return np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])


def smooth(share: float) -> float:
    """Smootherstep easing: maps 0..1 to 0..1, slow at both ends."""
    share = min(1.0, max(0.0, share))
    return share * share * share * (share * (share * 6 - 15) + 10)


def _spot(point: NDArray[np.float64]) -> Position:
    return float(point[0]), float(point[1]), float(point[2])
