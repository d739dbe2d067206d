"""Layer of radio links: a bar from device to device, coloured and thick by the link's strength."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkActor

from app.view.array_sets import is_among
from app.view.scene.geometry.vtk_meshes import actor, polydata
from app.view.scene.overlay.radio_legend import STRENGTHS, strength_colours
from app.view.scene.scene import Scene
from app.view.theme import rgb
from twin.model.radio_map import RadioMap

type Floats = NDArray[np.float64]
type Rows = NDArray[np.intp]

_WIDTHS = np.array([1.0, 0.66, 0.4, 0.25])
_WIDEST = 0.004
"""Half the width of a strong link, as a share of the building's extent, within _WIDTH_M."""
_WIDTH_M = (0.045, 0.3)
_SIDES = np.array([[0, 1], [1, 0], [0, -1], [-1, 0]], np.float64)
_FACES = np.array(
    [face for one in range(4) for face in ((one, (one + 1) % 4, one + 4), ((one + 1) % 4, (one + 1) % 4 + 4, one + 4))]
)


class RadioLinkLayer:
    """One mesh for all links between devices that are shown; nothing without a map."""

    def __init__(self) -> None:
        self.actor: vtkActor | None = None
        self.map: RadioMap | None = None
        self.rows = np.empty((0, 2), np.intp)
        """(links, 2) rows of the devices at both ends, -1 for a node without place."""
        self.strength = np.empty(0, np.intp)
        """(links,) index into STRENGTHS."""
        self.drawn = np.empty(0, np.intp)
        """Links of the map that are drawn: both ends are on storeys in focus."""
        self.ends = np.empty((0, 2, 3))
        """(drawn, 2, 3) positions of their ends, metres."""
        self._scene: Scene | None = None

    def show(self, scene: Scene, found: RadioMap | None) -> None:
        """Shows a map; None removes it."""
        self.map = found
        self.build(scene)

    def build(self, scene: Scene) -> None:
        """Finds the devices at the ends of links, and draws them."""
        links, rows = self.map.links if self.map else (), scene.placed.row_of
        of = {node.key: rows.get(node.device, -1) if node.device else -1 for node in self.map.nodes} if self.map else {}
        found = [(of.get(link.start, -1), of.get(link.end, -1)) for link in links]
        self.rows = np.array(found, np.intp).reshape(-1, 2)
        code = {strength: place for place, strength in enumerate(STRENGTHS)}
        self.strength = np.array([code[link.strength] for link in links], np.intp)
        self.place(scene)

    def apply(self, scene: Scene, touched: set[str]) -> None:
        """Nothing: links do not follow values."""

    def place(self, scene: Scene) -> None:
        """Redraws the links whose ends are on the storeys in focus now."""
        self.remove()
        self._scene = scene
        there = is_among(scene.placed.level, scene.storey_stack.shown())
        both = (self.rows >= 0).all(1)
        both[both] = there[self.rows[both]].all(1)
        self.drawn = np.flatnonzero(both)
        self.ends = scene.device_pick.positions[self.rows[self.drawn]]
        if len(self.drawn):
            self._draw(scene)

    def tick(self, now_s: float) -> bool:
        """False: links are not animated."""
        return False

    def remove(self) -> None:
        """Removes the links from the renderer."""
        if self.actor is not None and self._scene is not None:
            self._scene.renderer.RemoveActor(self.actor)
        self.actor = None

    def _draw(self, scene: Scene) -> None:
        strength = self.strength[self.drawn]
        extent = float(np.ptp(scene.placed.positions[:, :2], axis=0).max())
        half_m = float(np.clip(extent * _WIDEST, *_WIDTH_M)) * _WIDTHS[strength]
        points, triangles = bars(self.ends, half_m)
        tones = np.array([rgb(colour) for colour in strength_colours(scene.theme).values()])
        tint = np.round(tones * 255).astype(np.uint8)[strength].repeat(8, 0)
        made = self.actor = actor(polydata(points, triangles, colours=tint))
        made.PickableOff()
        look = made.GetProperty()
        look.SetAmbient(1.0)
        look.SetDiffuse(0.0)
        scene.renderer.AddActor(made)


def bars(ends: Floats, half_m: Floats) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """((8 n, 3) corners, (8 n, 3) triangles) of square bars between (n, 2, 3) ends, `half_m` wide to each side."""
    along = ends[:, 1] - ends[:, 0]
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    upright = np.abs(along[:, 2]) > 0.9
    helper = np.where(upright[:, None], (1.0, 0.0, 0.0), (0.0, 0.0, 1.0))
    across = np.cross(along, helper)
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)
    up = np.cross(across, along)
    ring = half_m[:, None, None] * (_SIDES[:, 0, None] * across[:, None] + _SIDES[:, 1, None] * up[:, None])
    corners = ends[:, :, None, :] + ring[:, None]
    triangles = _FACES[None] + 8 * np.arange(len(ends))[:, None, None]
    return corners.reshape(-1, 3).astype(np.float32), triangles.reshape(-1, 3).astype(np.int64)
