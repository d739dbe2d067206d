"""Maps mouse events to picking, selection and drag and drop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPoint, QPointF, Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget

from app.view.scene.camera.orbit_input import OrbitInput
from app.view.scene.devices.picking import Projection
from app.view.scene.overlay.overlay import OverlayState, SceneOverlay
from app.view.scene.overlay.tooltip_card import TooltipCard
from app.view.scene.scene import Scene
from app.view.scene.tools.device_tooltip import DeviceTooltip
from twin.model.ids import DeviceId
from twin.model.kind import KINDS
from twin.model.space import Placeholder, Room

PICK_PX = 15.0
DOUBLE_CLICK_MS = 220
"""Time in milliseconds that a click on a device waits for a second click before it acts."""


class SceneInteraction(QObject):
    """Maps positions in the picture to devices and rooms. `repaint_needed`: the overlay must be repainted."""

    device_clicked = Signal(str)
    room_clicked = Signal(str)
    crowd_clicked = Signal(object)
    """Emitted with the rows of the devices in a mark that covers several rooms."""
    activated = Signal(str)
    menu_wanted = Signal(str, str, QPoint)
    hovered = Signal(str, str)
    dropped = Signal(str, str, object)
    repaint_needed = Signal()

    def __init__(self, widget: QWidget, scene: Scene, overlay: SceneOverlay, orbit_input: OrbitInput) -> None:
        super().__init__(widget)
        self._widget, self._scene, self._overlay, self._orbit_input = widget, scene, overlay, orbit_input
        self.device_tooltip = DeviceTooltip(scene)
        self.more_rows: Callable[[str], tuple[tuple[str, str], ...]] = lambda _: ()
        """Lines that tools add to a device's card."""
        self._clicked = ""
        self._second = QTimer(self)
        self._second.setSingleShot(True)
        self._second.setInterval(DOUBLE_CLICK_MS)
        self._second.timeout.connect(self.flush_pending_click)
        orbit_input.clicked.connect(self._click)
        orbit_input.doubled.connect(self._double)
        orbit_input.menu.connect(self._menu)
        orbit_input.hovered.connect(self._hover)
        orbit_input.left.connect(self._leave)
        orbit_input.grabbed.connect(self._grab)
        orbit_input.carried.connect(self._carry)
        orbit_input.dropped.connect(self._drop)
        orbit_input.cancelled.connect(self._cancel)

    @property
    def _shown(self) -> OverlayState:
        return self._overlay.shown

    def device_at(self, at: QPointF) -> str:
        """Id of the device at a position in the view; empty for none."""
        scene = self._scene
        row = scene.device_pick.at(self._projection(), (at.x(), at.y()), PICK_PX, self._overlay.reachable())
        return scene.placed.ids[row] if row >= 0 else ""

    def room_at(self, at: QPointF) -> tuple[Room, NDArray[np.float64]] | None:
        """(room, point on its floor in metres) under a position; the highest one hit in the exploded view. None for
        none.
        """
        scene = self._scene
        for index in reversed(scene.storey_stack.shown()):
            found = scene.room_picks[index].at(
                self._projection(), (at.x(), at.y()), scene.storey_stack.levels[index].lift
            )
            if found is not None:
                return scene.room_picks[index].rooms[found[0]], found[1]
        return None

    def placeholder_at(self, at: QPointF) -> Placeholder | None:
        """The placeholder whose circle is shown within reach of a position (pixels), in a room; None if there is none."""
        projection = self._projection()
        wanted = [one for one in self._overlay.planned_places(projection) if one.room is not None]
        if not wanted:
            return None
        seen = projection.pixels(np.array([one.position_m for one in wanted]))
        far = np.where(seen[:, 2] > 0, np.hypot(seen[:, 0] - at.x(), seen[:, 1] - at.y()), np.inf)
        best = int(far.argmin())
        return wanted[best] if far[best] <= PICK_PX else None

    def highlight_drop_target(self, at: QPointF) -> bool:
        """Highlights the room that would receive a drop; returns whether there is one."""
        found = self.room_at(at)
        room = found[0].id if found else ""
        if room != self._shown.target_room:
            self._shown.target_room = room
            self.repaint_needed.emit()
        return bool(room)

    def drop_device(self, device: str, at: QPointF) -> bool:
        """Drops a device at a position; returns whether a room received it."""
        self._shown.target_room = ""
        self.repaint_needed.emit()
        planned = self.placeholder_at(at)
        if planned is not None and planned.room is not None:
            self.dropped.emit(device, planned.room, planned.position_m)
            return True
        found = self.room_at(at)
        if found is None:
            return False
        room, spot = found
        known = self._scene.twin.device_of.get(DeviceId(device))
        kind = KINDS.get(known.kind if known else "device", KINDS["device"])
        height = min(kind.mounts_at_m, max(0.1, room.ceiling_m - room.floor_m))
        place = (round(float(spot[0]), 3), round(float(spot[1]), 3), round(room.floor_m + height, 3))
        self.dropped.emit(device, room.id, place)
        return True

    def tooltip(self, device: str) -> TooltipCard | None:
        """The card of a device at the moment shown; None for an unknown device."""
        card = self.device_tooltip.tooltip(device, self._shown.picked.moment_ms)
        return replace(card, rows=(*card.rows, *more)) if card and (more := self.more_rows(device)) else card

    def _projection(self) -> Projection:
        return self._scene.projections.at(self._widget.width(), self._widget.height())

    def _thing(self, at: QPointF) -> tuple[str, str]:
        if device := self.device_at(at):
            return "device", device
        if (crowd := self._crowd_at(at)) is not None:
            return ("room", self._scene.twin.rooms[crowd[1]].id) if crowd[1] >= 0 else ("", "")
        found = self.room_at(at)
        return ("room", found[0].id) if found else ("", "")

    def _crowd_at(self, at: QPointF) -> tuple[int, int] | None:
        crowds = self._overlay.crowds
        return crowds.at(at) if crowds.clusters.is_of(self._scene) else None  # those in the picture may be gone

    def _click(self, at: QPointF) -> None:
        kind, id = self._thing(at)
        self.flush_pending_click()
        if kind == "device":
            self._clicked = id
            self._second.start()
            return
        if (crowd := self._crowd_at(at)) is not None:
            self.crowd_clicked.emit(self._overlay.crowds.clusters.members(crowd[0]))
        if id or crowd is None:
            self.room_clicked.emit(id)

    def flush_pending_click(self) -> None:
        """Emits a pending single click at once."""
        self._second.stop()
        id, self._clicked = self._clicked, ""
        if id:
            self.device_clicked.emit(id)

    def _double(self, at: QPointF) -> None:
        self._second.stop()
        self._clicked = ""
        _, id = self._thing(at)
        if id:
            self.activated.emit(id)

    def _menu(self, at: QPointF) -> None:
        kind, id = self._thing(at)
        if kind != "device" and (planned := self.placeholder_at(at)):
            kind, id = "planned", planned.id
        if kind:
            self.menu_wanted.emit(kind, id, self._widget.mapToGlobal(at.toPoint()))

    def _hover(self, at: QPointF) -> None:
        kind, id = self._thing(at)
        device, room = (id, "") if kind == "device" else ("", id)
        if (device, room) == (self._shown.hover_device, self._shown.hover_room):
            return
        self._shown.hover_device, self._shown.hover_room = device, room
        self._shown.card = self.tooltip(device)
        shape = Qt.CursorShape.PointingHandCursor if device else Qt.CursorShape.ArrowCursor
        self._widget.setCursor(shape)
        self.hovered.emit(kind, id)
        self.repaint_needed.emit()

    def _leave(self) -> None:
        if self._shown.hover_device or self._shown.hover_room:
            self._shown.hover_device = self._shown.hover_room = ""
            self._shown.card = None
            self.hovered.emit("", "")
            self.repaint_needed.emit()

    def _grab(self, at: QPointF) -> None:
        if device := self.device_at(at):
            self._orbit_input.take()
            self._shown.carried, self._shown.carried_at = device, at
            self._widget.setCursor(Qt.CursorShape.ClosedHandCursor)

    def _carry(self, at: QPointF) -> None:
        self._shown.carried_at = at
        self.highlight_drop_target(at)
        self.repaint_needed.emit()

    def _drop(self, at: QPointF) -> None:
        device, self._shown.carried = self._shown.carried, ""
        self._widget.unsetCursor()
        self.drop_device(device, at)

    def _cancel(self) -> None:
        self._shown.carried = self._shown.target_room = ""
        self._widget.unsetCursor()
        self.repaint_needed.emit()
