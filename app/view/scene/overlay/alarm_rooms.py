"""Finds rooms in alarm and paints their pulsing outlines over everything else."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from app.view.scene.devices.picking import Projection
from app.view.scene.overlay.room_pill import OccupiedAreas, PillRequest, RoomPill, RoomPills, place_pills
from app.view.scene.scene import Scene
from app.view.style import colour
from app.view.theme import rgb
from twin.model.ids import RoomId
from twin.model.space import Room

STILL = 0.25
"""Phase of the alarm pulse while a past moment is shown."""
_OVER_FLOOR_M = 0.03
_MOST = 60
"""Maximum number of room outlines at once."""
_MOST_NAMES = 12
_ANY_PX = 1e3
"""Width in pixels that the pill of a room in alarm may take, however small the room appears."""


def alarm_rooms(scene: Scene) -> list[Room]:
    """Rooms with a device or grave alarm in alarm on any storey, each once, without hidden rooms."""
    if not scene.storey_stack.levels:
        return []  # the scene was let go of, and its last picture is still asked for
    ids = dict.fromkeys(scene.placed.room[row] for row in scene.appearance.alarms.tolist())
    ids |= dict.fromkeys(() if scene.past else sorted(scene.alarmed_rooms))
    found = (scene.twin.room_of.get(id or RoomId("")) for id in ids)
    return [room for room in found if room is not None and len(room.outline) > 2 and scene.visibility.shows_room(room)]


def alarm_rows(scene: Scene) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Rows of the visible devices in alarm: of all storeys while the whole building is shown, else of those in focus."""
    if scene.shown.whole and not scene.shown.sectioned and scene.within is None:
        return scene.appearance.alarms
    return scene.appearance.alarms[scene.shown_devices()[scene.appearance.alarms]]


def alarm_names(
    scene: Scene, projection: Projection, pills: RoomPills, places: tuple[OccupiedAreas, OccupiedAreas]
) -> list[tuple[str, RoomPill, QPointF]]:
    """Pills for rooms in alarm on storeys whose names are not shown; `places`: (occupied, to be kept free)."""
    if not (len(scene.appearance.alarms) or scene.alarmed_rooms) or not scene.shown.whole or scene.within is not None:
        return []
    shown, requests = scene.storey_stack.shown(), list[PillRequest]()
    red, green, blue = (round(part * 255) for part in rgb(scene.theme.error))
    for room in alarm_rooms(scene)[:_MOST_NAMES]:
        at = scene.room_at(room.id)
        if at is None or scene.storey_stack.level_of(room.storey) in shown:
            continue
        x, y, depth = projection.pixels(np.array([at]))[0].tolist()
        storey = scene.twin.storey_of[room.storey].name
        if depth > 0:
            pill = RoomPill(room.name or room.title, storey, (red, green, blue))
            requests.append(PillRequest(room.id, (pill,), (x, y), _ANY_PX, 1.0))
    return place_pills(requests, pills, places[0], QRectF(0, 0, projection.width, projection.height), beside=places[1])


def draw_rooms(painter: QPainter, scene: Scene, projection: Projection, pulse: float) -> list[QRectF]:
    """Paints the outlines at this phase (0-1) of the pulse; returns their rectangles in the picture."""
    theme, boxes = scene.theme, list[QRectF]()
    swell = 0.5 + 0.5 * math.cos(2 * math.pi * pulse)
    shown = scene.storey_stack.shown()
    picture = QRectF(0, 0, projection.width, projection.height)
    for room in alarm_rooms(scene)[:_MOST]:
        level = scene.storey_stack.level_of(room.storey)
        if level not in shown and not scene.shown.whole:
            continue
        z = room.floor_m + scene.storey_stack.levels[level].lift + _OVER_FLOOR_M
        seen = projection.pixels(np.array([(x, y, z) for x, y in room.outline]))
        if (seen[:, 2] <= 0).any():
            continue
        ring = QPolygonF([QPointF(x, y) for x, y, _ in seen.tolist()])
        box = ring.boundingRect().adjusted(-8, -8, 8, 8)
        if not box.intersects(picture):
            continue
        painter.setBrush(colour(theme.error, 0.08 + 0.12 * swell))
        for width, alpha in ((7.0, 0.10 + 0.22 * swell), (2.4, 0.7 + 0.3 * swell)):
            pen = QPen(colour(theme.error, alpha), width)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            painter.setPen(pen)
            painter.drawPolygon(ring)
            painter.setBrush(Qt.BrushStyle.NoBrush)
        boxes.append(box.intersected(picture))
    return boxes
