"""Dashed circles at the places of planned devices that are not there yet."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter, QPen

from app.view.scene.devices.picking import Projection
from app.view.scene.overlay.badge import SMALL_PX
from app.view.scene.scene import Scene
from app.view.style import colour
from twin.model.space import Placeholder


def free_places(scene: Scene) -> list[Placeholder]:
    """The placeholders on the shown storeys that no device has taken; none in the exploded view, or while rooms are
    hidden or isolated.
    """
    if scene.shown.exploded or scene.visibility:
        return []
    levels = {scene.storey_stack.levels[i].storey.id for i in scene.storey_stack.shown()}
    return [one for one in scene.twin.placeholders if one.device is None and one.storey in levels]


def draw_places(painter: QPainter, scene: Scene, projection: Projection, places: Sequence[Placeholder]) -> None:
    """Paints a circle at each place in front of the camera."""
    if not places:
        return
    pen = QPen(colour(scene.theme.muted, 0.75), 1.3)
    pen.setDashPattern([2.5, 2.5])
    painter.setPen(pen)
    painter.setBrush(colour(scene.theme.pill, 0.35))
    for x, y, depth in projection.pixels(np.array([one.position_m for one in places])).tolist():
        if depth > 0:
            painter.drawEllipse(QPointF(x, y), SMALL_PX / 2 - 3, SMALL_PX / 2 - 3)
