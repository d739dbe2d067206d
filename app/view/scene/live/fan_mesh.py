"""Geometry of ceiling and standing fans."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from app.view.scene.live.box_mesh import boxes
from app.view.theme import Theme, rgb

type Floats = NDArray[np.float64]

_BLADES = 4
_CEILING_M, _STANDING_M = 0.52, 0.17
_WIDE, _TWIST = 0.24, 0.2
"""A blade's width as a share of its length, and how far it is turned, radians."""
_ROUND = 20


@dataclass(frozen=True, slots=True, eq=False)
class FanMesh:
    """(m, 3, 3) metres, (m,) whether each triangle turns, (m, 3) colours."""

    corners: Floats
    turns: NDArray[np.bool_]
    colours: NDArray[np.uint8]


@lru_cache(maxsize=32)
def rotor(theme: Theme, *, standing: bool, rod_m: float) -> FanMesh:
    """A fan; `rod_m` is the length of the rod above it or the pole below it. Fans of one building share a few meshes."""
    reach = _STANDING_M if standing else _CEILING_M
    blades = np.concatenate([_blade(reach, 2 * np.pi * n / _BLADES) for n in range(_BLADES)])
    hub = _disc(reach * 0.17, -0.035, 0.035)
    turning = np.concatenate([blades, hub])
    still = _pole(rod_m) if standing else _disc(0.012, 0.03, max(0.05, rod_m))
    light = theme.name == "light"
    wood, metal = _paint(theme.wood, -0.3 if light else 0.25), _paint(theme.cap if light else theme.slab, 0.2)
    return FanMesh(
        np.concatenate([turning, still]),
        np.concatenate([np.ones(len(turning), np.bool_), np.zeros(len(still), np.bool_)]),
        np.concatenate(
            [np.tile(wood, (len(blades), 1)), np.tile(metal, (len(hub) + len(still), 1))],
        ),
    )


def _paint(colour: str, paler: float) -> NDArray[np.uint8]:
    """The colour lightened by a share, or darkened if negative, to contrast with floors."""
    made = [own + (1 - own) * paler if paler > 0 else own * (1 + paler) for own in rgb(colour)]
    return (np.array(made) * 255).astype(np.uint8)


def _blade(reach: float, angle: float) -> Floats:
    """A paddle that widens outwards and is a little twisted."""
    made = boxes(np.array([[reach * 0.56, 0.0, 0.0]]), np.array([[reach * 0.44, reach * _WIDE / 2, 0.004]]))
    made[..., 1] *= 0.55 + 0.45 * made[..., 0] / reach
    y, z = made[..., 1].copy(), made[..., 2].copy()
    made[..., 1], made[..., 2] = y * np.cos(_TWIST) - z * np.sin(_TWIST), y * np.sin(_TWIST) + z * np.cos(_TWIST)
    return spun(made, np.full(len(made), angle))


def spun(corners: Floats, angle: Floats) -> Floats:
    """(m, 3, 3) corners turned about z by (m,) radians."""
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    x, y = corners[..., 0], corners[..., 1]
    return np.stack([x * cos - y * sin, x * sin + y * cos, corners[..., 2]], -1)


def _disc(radius: float, low: float, high: float) -> Floats:
    """Triangles of a cylinder around z from `low` to `high`, metres."""
    turn = 2 * np.pi * np.arange(_ROUND + 1) / _ROUND
    ring: Floats = np.column_stack([np.cos(turn) * radius, np.sin(turn) * radius, np.zeros(_ROUND + 1)])
    foot, head = ring + np.array([0.0, 0.0, low]), ring + np.array([0.0, 0.0, high])
    a, b, c, d = foot[:-1], foot[1:], head[1:], head[:-1]
    top, bottom = np.tile([0.0, 0.0, high], (_ROUND, 1)), np.tile([0.0, 0.0, low], (_ROUND, 1))
    faces = [(a, b, c), (a, c, d), (d, c, top), (b, a, bottom)]
    return np.concatenate([np.stack(face, 1) for face in faces])


def _pole(long_m: float) -> Floats:
    """Triangles of a standing fan's pole and foot, behind the blades and down along -y."""
    upright = _disc(0.014, -long_m, 0.0)[..., [0, 2, 1]]
    foot = _disc(0.15, -long_m, -long_m + 0.02)[..., [0, 2, 1]]
    made = np.concatenate([upright, foot])
    made[..., 2] -= 0.06
    return made
