"""2D overlay of the 3D picture: outlines, badges, pills, legend, painted in one transparent widget."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import override

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from app.selection import SelectionState
from app.view.array_sets import is_among
from app.view.icon import device_glyph
from app.view.scene.devices.picking import Projection
from app.view.scene.overlay import legend, tooltip_card
from app.view.scene.overlay.alarm_rooms import alarm_names, alarm_rows, draw_rooms
from app.view.scene.overlay.badge import SIZE_PX, SMALL_PX, DeviceBadge, DeviceBadges
from app.view.scene.overlay.cluster_marks import ClusterMarks
from app.view.scene.overlay.comparison_legend import ComparisonLegend
from app.view.scene.overlay.legend import ColourLegend, count_entries
from app.view.scene.overlay.offline_markers import draw_offline
from app.view.scene.overlay.planned_places import draw_places, free_places
from app.view.scene.overlay.radio_legend import RadioLegend
from app.view.scene.overlay.room_labels import RoomLabels
from app.view.scene.overlay.room_pill import OccupiedAreas, RoomPill, RoomPills
from app.view.scene.overlay.tooltip_card import TooltipCard
from app.view.scene.scene import Scene
from app.view.style import colour
from twin.model.ids import DeviceId, RoomId
from twin.model.space import Placeholder

NEAR_PX_PER_M = 30.0
"""From this scale on devices are badges with icons; below it they are dots."""
_BIG_PX_PER_M = 62.0
_MOST_BADGES, _MOST_RINGS = 120, 1500
"""Most selected devices with a badge, and with a plain ring."""


@dataclass(slots=True)
class OverlayState:
    """State from mouse and selection that the overlay displays; read-only for it."""

    picked: SelectionState = field(default_factory=SelectionState)
    hover_device: str = ""
    hover_room: str = ""
    card: TooltipCard | None = None
    carried: str = ""
    """The device that is being dragged; empty for none."""
    carried_at: QPointF = field(default_factory=QPointF)
    target_room: str = ""
    labels: bool = True
    indoors: bool = False
    """Whether the user walks through the building; names and measures of the plan are hidden then."""
    pulse: float = 0.0
    """Phase of the alarm pulse, 0 to 1."""


class SceneOverlay(QWidget):
    """Transparent widget over the surface; lets every mouse event through."""

    drawn = Signal(float)
    """Emitted after painting with the GUI thread's own time in seconds."""

    def __init__(self, parent: QWidget, scene: Scene) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.scene = scene
        self.shown = OverlayState()
        self.pills = RoomPills(scene.theme)
        self.badges = DeviceBadges(scene.theme)
        self.crowds = ClusterMarks(scene.theme)
        self.names = RoomLabels(scene)
        self.alarm_boxes: list[QRectF] = []
        self.tools: tuple[QWidget, ...] = ()
        """Widgets placed over the picture."""
        self.second_legend: Callable[[], RadioLegend | None] = lambda: None
        """The legend that stands above that of the rooms' colours."""
        self.inks: list[Callable[[QPainter, Projection], None]] = []
        """Functions of tools that paint above everything else."""

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        begun = time.thread_time()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.draw(painter, self.width(), self.height(), self.devicePixelRatioF())
        painter.end()
        self.drawn.emit(time.thread_time() - begun)

    def drawn_over(self, fine: QImage, pixels: tuple[int, int], size: QSize, ratio: float) -> QImage:
        """A rendered picture scaled to `pixels`, with the overlay of a view of the logical size `size` on it."""
        made = fine.scaled(*pixels, mode=Qt.TransformationMode.SmoothTransformation)
        made = made.convertToFormat(QImage.Format.Format_RGB32)
        painter = QPainter(made)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(ratio, ratio)
        self.draw(painter, size.width(), size.height(), ratio)
        painter.end()
        return made

    def draw(self, painter: QPainter, width: int, height: int, ratio: float) -> None:
        """Paints onto any device of this logical size."""
        if not self.scene.twin.storeys:
            return
        self.pills.set_theme(self.scene.theme, ratio)
        self.badges.set_theme(self.scene.theme, ratio)
        self.crowds.set_theme(self.scene.theme, ratio)
        projection = self.scene.projections.at(width, height)
        view = QRectF(0, 0, width, height)
        self.alarm_boxes = [] if self.shown.indoors else draw_rooms(painter, self.scene, projection, self.shown.pulse)
        self._outlines(painter, projection)
        taken, key, second = OccupiedAreas(), self._key(), self.second_legend()
        free = height if key is None else round(key.box(height).top()) + legend.MARGIN_PX - legend.GAP_PX
        over = [second.box(free)] if second is not None else []
        for box in (*self._fixed(projection, key, width, height), *over):
            place = box.adjusted(-6, -6, 6, 6)
            taken.take((place.left(), place.top(), place.right(), place.bottom()))
        badges, beside = self._visible_badges(projection, view, OccupiedAreas()), OccupiedAreas()
        crowds = self.crowds.visible_marks(self.scene, projection)
        self.crowds.reserve_places(crowds, beside)
        self._halos(painter, projection)
        for at, badge, _ in badges:
            half = badge.size / 2
            taken.take((at.x() - half, at.y() - half, at.x() + half, at.y() + half))
        urgent = alarm_names(self.scene, projection, self.pills, (taken, beside))
        pills = self.named(projection, taken, beside) if self.shown.labels and not self.shown.indoors else []
        draw_places(painter, self.scene, projection, self.planned_places(projection))
        px_per_m = projection.scale(np.asarray(self.scene.pose.target))
        for at, one in self.crowds.arranged(crowds, px_per_m, taken):
            self.crowds.draw(painter, one, at)
        draw_offline(painter, self.scene, projection, [id for _, _, id in badges])
        for at, badge, _ in badges:
            self.badges.draw(painter, badge, at)
        self._rings(painter, badges)
        if self._many():
            self._ring_many(painter, projection)
        for _, pill, at in (*pills, *urgent):
            self.pills.draw(painter, pill, at)
        self._carried(painter)
        self._tip(painter, projection, view)
        if key is not None:
            key.draw(painter, self.scene.theme, height)
        if second is not None:
            second.draw(painter, self.scene.theme, free)
        self._instruments(painter, projection, width, height)
        for ink in self.inks:
            ink(painter, projection)

    # rooms

    def named(
        self, projection: Projection, taken: OccupiedAreas, beside: OccupiedAreas
    ) -> list[tuple[str, RoomPill, QPointF]]:
        """The pills of rooms with their positions; marks their areas as occupied."""
        strong = (self.shown.picked.room or "", self.shown.hover_room)
        return self.names.arranged(projection, self.pills, (taken, beside), strong)

    def _fixed(
        self, projection: Projection, key: ColourLegend | ComparisonLegend | None, width: int, height: int
    ) -> list[QRectF]:
        """Rectangles occupied by tools, legend, compass and scale, which room names must avoid."""
        made = [QRectF(tool.geometry()) for tool in self.tools if tool.isVisible()]
        made += [key.box(height)] if key is not None else []
        scale = projection.scale(np.asarray(self.scene.pose.target))
        return [*made, legend.compass_box(width, height), legend.scale_box(width, height, scale)]

    def _key(self) -> ColourLegend | ComparisonLegend | None:
        scene = self.scene
        if scene.change is not None:
            return ComparisonLegend(scene.change, scene.shown_rooms())
        if scene.scale is None:
            return None
        rows = scene.shown_rooms()
        return ColourLegend(
            scene.scale, count_entries(scene.scale, scene.room_values[rows], reached=scene.fields.reached[rows])
        )

    def _outlines(self, painter: QPainter, projection: Projection) -> None:
        theme = self.scene.theme
        for room_id, width, alpha, fill in (
            (self.shown.hover_room, 1.6, 0.55, 0.0),
            (self.shown.target_room, 2.6, 1.0, 0.22),
            (self.shown.picked.room or "", 2.8, 1.0, 0.0),
        ):
            ring = self._ring(projection, RoomId(room_id)) if room_id else None
            if ring is None:
                continue
            pen = QPen(colour(theme.accent, alpha), width)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            painter.setPen(pen)
            painter.setBrush(colour(theme.accent, fill))
            painter.drawPolygon(ring)

    def _ring(self, projection: Projection, room_id: RoomId) -> QPolygonF | None:
        scene = self.scene
        room = scene.twin.room_of.get(room_id)
        if room is None or len(room.outline) < 3:
            return None
        level = scene.storey_stack.level_of(room.storey)
        if level not in scene.storey_stack.shown():
            return None
        z = room.floor_m + scene.storey_stack.levels[level].lift + 0.02
        seen = projection.pixels(np.array([(x, y, z) for x, y in room.outline]))
        if (seen[:, 2] <= 0).any():
            return None
        return QPolygonF([QPointF(x, y) for x, y, _ in seen.tolist()])

    # devices

    def badge_of(self, row: int, size: int = SIZE_PX) -> DeviceBadge:
        """The badge of a device for its current state."""
        scene = self.scene
        kind = scene.placed.kind[row]
        lit = bool(scene.appearance.lit[row])
        offline = not scene.is_online(scene.placed.ids[row])
        base = scene.markers.base[row : row + 1].view(np.uint8)[:3]
        idle = bool(
            (scene.appearance.lights[row] and not lit)
            or (scene.appearance.switches[row] and not scene.appearance.active[row])
        )
        return DeviceBadge(
            kind,
            _hex(*base.tolist()),
            shine=_shine(scene, row) if lit and not offline else "",
            offline=offline,
            alarm=row in scene.appearance.alarms,
            idle=idle,
            size=size,
            glyph=device_glyph(kind, scene.readings.lock_state(row)),
        )

    def reachable(self) -> NDArray[np.bool_]:
        """(devices,) which devices the mouse can hit: not merged into a mark, or shown individually."""
        scene = self.scene
        made = scene.shown_devices().copy()
        made[self.crowds.clusters.rows(scene)] = False
        special = [*(() if self._many() else self.shown.picked.devices), DeviceId(self.shown.hover_device)]
        made[[row for id in special if (row := scene.placed.row_of.get(id)) is not None]] = True
        made &= scene.shown_devices()
        made[alarm_rows(scene)] = True
        return made

    def _visible_badges(
        self, projection: Projection, view: QRectF, taken: OccupiedAreas
    ) -> list[tuple[QPointF, DeviceBadge, DeviceId]]:
        scene, shown = self.scene, self.shown
        if not len(scene.placed.ids):
            return []
        seen = scene.device_pick.seen(projection)
        inside = (seen[:, 2] > 0) & (seen[:, 0] > 8) & (seen[:, 0] < view.width() - 8)
        inside &= (seen[:, 1] > 8) & (seen[:, 1] < view.height() - 8)
        there = scene.shown_devices().copy()
        there[alarm_rows(scene)] = True
        inside &= there
        wanted = np.zeros(len(seen), np.bool_)
        special = [
            scene.placed.row_of[id]
            for id in (*(() if self._many() else shown.picked.devices), DeviceId(shown.hover_device))
            if id in scene.placed.row_of
        ]
        wanted[special] = True
        wanted[scene.appearance.alarms] = True
        weight = wanted.astype(np.float64) * 10
        if self.near(projection):
            wanted[:] = True
        rows = np.flatnonzero(wanted & inside)
        weight[scene.appearance.lit] += 1.0
        made: list[tuple[QPointF, DeviceBadge, DeviceId]] = []
        scale = projection.scale(np.asarray(scene.pose.target))
        size = SIZE_PX if scale >= _BIG_PX_PER_M else SMALL_PX
        half = size / 2 - 3
        heaviest_first: list[int] = rows[np.argsort(-weight[rows], kind="stable")].tolist()
        for row in heaviest_first:
            x, y = float(seen[row, 0]), float(seen[row, 1])
            box = (x - half, y - half, x + half, y + half)
            if weight[row] < 10 and not taken.free(box):
                continue
            taken.take(box)
            big = SIZE_PX if weight[row] >= 10 else size
            made.append((QPointF(x, y), self.badge_of(row, big), scene.placed.ids[row]))
        return made[::-1]

    def _many(self) -> bool:
        """Whether more devices are selected than can be drawn as badges in time."""
        return len(self.shown.picked.devices) > _MOST_BADGES

    def _ring_many(self, painter: QPainter, projection: Projection) -> None:
        """A plain ring around every device of a large selection."""
        scene = self.scene
        rows = [row for id in self.shown.picked.devices if (row := scene.placed.row_of.get(id)) is not None]
        seen = scene.device_pick.seen(projection)[rows]
        inside = scene.shown_devices()[rows] & (seen[:, 2] > 0) & (seen[:, 0] > 0) & (seen[:, 0] < projection.width)
        inside &= (seen[:, 1] > 0) & (seen[:, 1] < projection.height)
        for x, y, _ in seen[inside][:_MOST_RINGS].tolist():
            self.badges.ring(painter, x, y)

    def near(self, projection: Projection) -> bool:
        """Whether the camera is near enough for icons."""
        return projection.scale(np.asarray(self.scene.pose.target)) >= NEAR_PX_PER_M

    def _halos(self, painter: QPainter, projection: Projection) -> None:
        scene, said = self.scene, self.scene.appearance
        rows = np.flatnonzero(said.lit & scene.shown_devices())
        if not len(rows):
            return
        seen = scene.device_pick.seen(projection)[rows]
        there = (seen[:, 2] > 0) & ~is_among(rows, scene.offline_rows())
        rows, seen = rows[there], seen[there]
        scale = float(np.linalg.norm(projection.matrix[1, :3])) * 0.5 * projection.height
        radius = (0.85 * scale / seen[:, 2]).clip(10, 120)
        inside = (seen[:, :2] > -radius[:, None]).all(1)
        inside &= (seen[:, :2] < radius[:, None] + (projection.width, projection.height)).all(1)
        strength = said.strength[rows] * (0.75 if scene.theme.name == "dark" else 0.6)
        tints = (said.tints[rows] * 255).round().astype(np.intp)
        columns = (tints, seen[:, 0], seen[:, 1], radius, strength)
        for tint, x, y, far, strong in zip(*(column[inside].tolist() for column in columns), strict=True):
            self.badges.halo(painter, (*tint,), (x, y), far, strong)
        painter.setOpacity(1.0)

    def planned_places(self, projection: Projection) -> list[Placeholder]:
        """The places of planned devices that are shown as circles, near enough and from outside only."""
        return [] if self.shown.indoors or not self.near(projection) else free_places(self.scene)

    def _rings(self, painter: QPainter, badges: list[tuple[QPointF, DeviceBadge, DeviceId]]) -> None:
        theme, shown = self.scene.theme, self.shown
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for at, badge, id in badges:
            if badge.alarm:
                radius = SIZE_PX / 2 + 3 + 13 * shown.pulse
                painter.setPen(QPen(colour(theme.error, 0.9 * (1 - shown.pulse)), 2.6))
                painter.drawEllipse(at, radius, radius)
                self.alarm_boxes.append(QRectF(at.x() - 34, at.y() - 34, 68, 68))
            if id in shown.picked.devices and not self._many():
                painter.setPen(QPen(colour(theme.accent), 2.6))
                painter.drawEllipse(at, SIZE_PX / 2 + 3.5, SIZE_PX / 2 + 3.5)
            elif id == shown.hover_device:
                painter.setPen(QPen(colour(theme.accent, 0.6), 1.8))
                painter.drawEllipse(at, SIZE_PX / 2 + 2.5, SIZE_PX / 2 + 2.5)

    def _carried(self, painter: QPainter) -> None:
        row = self.scene.placed.row_of.get(DeviceId(self.shown.carried))
        if row is not None:
            painter.setOpacity(0.9)
            self.badges.draw(painter, self.badge_of(row), self.shown.carried_at)
            painter.setOpacity(1.0)

    def _tip(self, painter: QPainter, projection: Projection, view: QRectF) -> None:
        row, card = self.scene.placed.row_of.get(DeviceId(self.shown.hover_device)), self.shown.card
        if row is None or card is None or self.shown.carried:
            return
        x, y, _ = self.scene.device_pick.seen(projection)[row].tolist()
        box = tooltip_card.card_position((card.width(), card.height), QPointF(x, y), SIZE_PX / 2 + 3, view)
        tooltip_card.draw(painter, card, box, self.scene.theme)

    # instruments

    def _instruments(self, painter: QPainter, projection: Projection, width: int, height: int) -> None:
        scene = self.scene
        target = np.asarray(scene.pose.target)
        north = math.radians(scene.twin.site.north_deg)
        way = np.array([math.sin(north), math.cos(north), 0.0])
        axes = scene.pose.axes
        turn = math.degrees(math.atan2(float(way @ axes[0]), float(way[:2] @ _ahead(axes))))
        legend.draw_compass(painter, scene.theme, width, height, turn_deg=turn)
        if not self.shown.indoors:
            legend.draw_scale(painter, scene.theme, width, height, px_per_m=projection.scale(target))


def _ahead(axes: NDArray[np.float64]) -> NDArray[np.float64]:
    """The unit vector in plan that points up in the picture."""
    flat: NDArray[np.float64] = -axes[2][:2]
    length = float(np.linalg.norm(flat))
    return flat / length if length > 1e-6 else axes[1][:2]


def _shine(scene: Scene, row: int) -> str:
    return _hex(*(round(part * 255) for part in scene.appearance.tints[row].tolist()))


def _hex(red: int, green: int, blue: int) -> str:
    return f"#{min(255, red):02x}{min(255, green):02x}{min(255, blue):02x}"
