"""Walker in first-person view: position, heading and camera pose. No Qt, no VTK, no walls."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Protocol

from app.view.scene.camera.camera import CameraPose

EYE_M = 1.65
ACROSS_DEG = 76.0
"""Horizontal field of view in degrees."""
STEEPEST_DEG = 75.0
_AHEAD_M = 0.5


class Obstacles(Protocol):
    """Collision test for a walker."""

    def way(self, x: float, y: float, dx: float, dy: float) -> tuple[float, float]:
        """End point of a step of (dx, dy) metres from (x, y), shortened by obstacles."""
        ...


@dataclass(frozen=True, slots=True)
class Walker:
    """Position and gaze of a person standing on a floor."""

    x: float
    y: float
    floor_m: float
    heading_deg: float = 0.0
    """Counter-clockwise from +x."""
    pitch_deg: float = -4.0

    def pose(self, aspect: float) -> CameraPose:
        """The camera pose at the walker's eye for a picture of this width/height ratio."""
        a, e = math.radians(self.heading_deg), math.radians(self.pitch_deg)
        ahead = (math.cos(a) * math.cos(e), math.sin(a) * math.cos(e), math.sin(e))
        eye = (self.x, self.y, self.floor_m + EYE_M)
        x, y, z = (at + way * _AHEAD_M for at, way in zip(eye, ahead, strict=True))
        upright = 2 * math.degrees(math.atan(math.tan(math.radians(ACROSS_DEG) / 2) / max(1.0, aspect)))
        return CameraPose((x, y, z), (self.heading_deg + 360.0) % 360.0 - 180.0, -self.pitch_deg, _AHEAD_M, upright)

    def turned(self, right_deg: float, up_deg: float) -> Walker:
        """The walker after turning by these degrees, pitch limited."""
        pitch = min(STEEPEST_DEG, max(-STEEPEST_DEG, self.pitch_deg + up_deg))
        return replace(self, heading_deg=(self.heading_deg - right_deg) % 360.0, pitch_deg=pitch)

    def walked(self, obstacles: Obstacles, ahead_m: float, right_m: float) -> Walker:
        """The walker after a step in metres, shortened by obstacles."""
        a = math.radians(self.heading_deg)
        dx = math.cos(a) * ahead_m + math.sin(a) * right_m
        dy = math.sin(a) * ahead_m - math.cos(a) * right_m
        x, y = obstacles.way(self.x, self.y, dx, dy)
        return replace(self, x=x, y=y)
