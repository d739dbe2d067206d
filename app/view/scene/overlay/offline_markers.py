"""Paints the markers of offline devices: grey and struck through."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PySide6.QtCore import QLineF, QPointF
from PySide6.QtGui import QPainter, QPen

from app.view.scene.devices.picking import Projection
from app.view.scene.scene import Scene
from app.view.style import colour, mix
from twin.model.ids import DeviceId

_DOT_PX, _SLASH_PX = 4.2, 5.0
_MOST = 400
"""Maximum number of offline dots drawn; more would cover each other."""


def draw_offline(painter: QPainter, scene: Scene, projection: Projection, devices: Iterable[DeviceId]) -> int:
    """Paints dots of offline devices except the merged ones and `devices`; returns their number."""
    rows = np.array(scene.offline_rows(), np.intp)
    if not len(rows):
        return 0
    free = scene.shown_devices() & scene.markers.drawn
    free[[row for id in devices if (row := scene.placed.row_of.get(id)) is not None]] = False
    seen = scene.device_pick.seen(projection)[rows]
    inside = free[rows] & (seen[:, 2] > 0) & (seen[:, 0] > 0) & (seen[:, 0] < projection.width)
    inside &= (seen[:, 1] > 0) & (seen[:, 1] < projection.height)
    spots = seen[inside, :2][:_MOST].tolist()
    theme = scene.theme
    painter.setPen(QPen(colour(theme.muted), 1.2))
    painter.setBrush(colour(mix(theme.pill, theme.offline, 0.4)))
    for x, y in spots:
        painter.drawEllipse(QPointF(x, y), _DOT_PX, _DOT_PX)
    painter.setPen(QPen(colour(theme.muted), 1.6))
    painter.drawLines([QLineF(x - _SLASH_PX, y + _SLASH_PX, x + _SLASH_PX, y - _SLASH_PX) for x, y in spots])
    return len(spots)
