"""First-person navigation: keys and mouse move a walker; Esc flies back."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import override

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from app.view.scene.building_loader import Compute
from app.view.scene.camera.camera import CameraPose
from app.view.scene.camera.orbit_input import CLICK_PX, OrbitInput
from app.view.scene.camera.walker import Walker
from app.view.scene.scene import Scene
from app.view.scene.structure.storey_actors import StoreyActors
from app.view.scene.structure.storey_stack import EyePlace, StoreyStack
from app.view.scene.tools.camera_input import CameraInput
from app.view.scene.tools.walk_collision import RUN_M_S, WALK_M_S, StandingPlace, WalkGrid, standing_place
from twin.model.ids import RoomId, StoreyId
from twin.model.space import Room

_KEYS: dict[int, tuple[float, float]] = {
    Qt.Key.Key_W: (1, 0), Qt.Key.Key_Up: (1, 0), Qt.Key.Key_S: (-1, 0), Qt.Key.Key_Down: (-1, 0),
    Qt.Key.Key_A: (0, -1), Qt.Key.Key_D: (0, 1),
}  # fmt: skip
"""Directions of the keys: ahead and to the right."""
_TURNS: dict[int, float] = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
_STEPS: dict[int, int] = {Qt.Key.Key_PageUp: 1, Qt.Key.Key_PageDown: -1}
_LOOK_DEG, _TURN_DEG_S = 0.16, 95.0
_WHEEL_M = 0.5
_TICK_MS, _SOFT_S, _LONGEST_S = 16, 0.10, 0.1
_INTO_MS, _THERE_MS = 900, 420


class FirstPerson(QObject):
    """First-person view; an event filter that takes mouse and keys first while `walker` is set."""

    changed = Signal(bool)
    """Emitted when walking starts (True) or ends (False)."""
    storey_wanted = Signal(str)

    def __init__(
        self,
        widget: QWidget,
        scene: Scene,
        camera_input: CameraInput,
        orbit_input: OrbitInput,
        compute: Callable[[], Compute | None],
    ) -> None:
        """`compute` returns the function that runs work on another thread, or None."""
        super().__init__(widget)
        self._compute = compute
        self._awaited: object | None = None
        """Token of the collision grid being computed; None if there is none."""
        self._widget, self._scene, self._camera_input, self._orbit_input = widget, scene, camera_input, orbit_input
        self.walker: Walker | None = None
        self._walls: WalkGrid | None = None
        self._back: tuple[CameraPose, bool] | None = None
        self._held: set[int] = set()
        self._fast = False
        self._speed = (0.0, 0.0)
        self._last: QPointF | None = None
        self._pressed, self._far = QPointF(), False
        self._clock = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)
        widget.installEventFilter(self)

    @property
    def active(self) -> bool:
        """Whether first-person view is active."""
        return self.walker is not None

    def enter(self, room: RoomId | None = None, walker: Walker | None = None) -> None:
        """Enters a room (None: the largest of the storey in focus), or the position of `walker`; does nothing without
        a building. The
        picture stays until the walls are computed.
        """
        level = self._level()
        if level is None:
            return
        chosen = next((one for one in level.rooms if one.id == room), None)
        chosen = chosen or max(level.rooms, key=_roomy, default=None)
        again = partial(self.enter, room, walker)
        self._find_walls(chosen if walker is None else None, partial(self._enter, chosen, walker), again)

    def _enter(self, chosen: Room | None, walker: Walker | None, found: StandingPlace) -> None:
        scene = self._scene
        if not self.active:
            self._camera_input.flight.land()
            self._back = (scene.pose, self._camera_input.steered)
        self._camera_input.steered = True
        scene.set_eye_place(EyePlace.ENTERING)
        self._walls = found.walls
        if walker is not None:
            self.walker = walker
            self._settle()
        elif chosen is not None and found.spot is not None:
            x, y, heading = found.spot
            self.walker = Walker(x, y, chosen.floor_m, heading)
        else:
            low, high = scene.storey_stack.focus_bounds()
            floor_m = scene.storey_stack.levels[scene.storey_stack.focus].floor_z
            self.walker = Walker(float(low[0] + high[0]) / 2, float(low[1] + high[1]) / 2, floor_m)
        if walker is None:
            scene.enter_room(chosen.id if chosen is not None else None)
        self.changed.emit(True)
        self._widget.setFocus()
        self._camera_input.fly(self._pose(), then=self._arrived, takes_ms=_INTO_MS)

    def _find_walls(self, room: Room | None, then: Callable[[StandingPlace], None], again: Callable[[], None]) -> None:
        """Computes the walls of the storey in focus and a place to stand in a room on another thread. Only the newest
        request counts;
        where building or focus changed meanwhile, `again` is called.
        """
        building, level = self._scene.storey_stack, self._level()
        if level is None:
            return
        self._walls, self._awaited = None, object()
        make = partial(standing_place, building.source_of(building.focus), level.rooms, level.floor_z, room)
        take = partial(self._found, self._awaited, (building, building.focus), then, again)
        if (compute := self._compute()) is None:
            take(make())
        else:
            compute(make, take, partial(self._not_found, self._awaited))

    def _found(
        self,
        asked: object,
        of: tuple[StoreyStack, int],
        then: Callable[[StandingPlace], None],
        again: Callable[[], None],
        found: StandingPlace,
    ) -> None:
        if asked is not self._awaited:
            return
        self._awaited = None
        building, focus = of
        same = building is self._scene.storey_stack and focus == building.focus
        (partial(then, found) if same else again)()

    def _not_found(self, asked: object) -> None:
        if asked is self._awaited:
            self.leave()

    def _level(self) -> StoreyActors | None:
        building = self._scene.storey_stack
        return building.levels[building.focus] if building.levels else None

    def stand(self, walker: Walker) -> None:
        """Enters the storey in focus with this walker."""
        self.enter(walker=walker)

    def leave(self, *, back: bool = True) -> None:
        """Leaves first-person view; with `back` the camera flies to its previous pose."""
        awaited, self._awaited = self._awaited, None
        if self.walker is None:
            if awaited is not None:
                self.changed.emit(False)
            return
        self._timer.stop()
        self._held.clear()
        self.walker, self._walls, self._last = None, None, None
        self._camera_input.flight.stop_camera()
        self._scene.enter_room(None)
        self._scene.set_eye_place(EyePlace.OUTSIDE)
        if self._back is not None:
            pose, self._camera_input.steered = self._back
            self._back = None
            (self._camera_input.fly if back else self._camera_input.stand)(pose)
        self.changed.emit(False)

    def rebuilt(self) -> None:
        """Replaces the collision grid after the building's walls changed."""
        if self.active:
            self.climb(self._scene.storey_stack.focus)

    def climb(self, level: int) -> None:
        """Moves the walker to the same position on another storey; call `scene.look_at` first."""
        building = self._scene.storey_stack
        if self.walker is None or not building.levels:
            return
        floor_m, rooms = building.levels[level].floor_z, building.levels[level].rooms
        self.walker = replace(self.walker, floor_m=floor_m)
        near = min(rooms, key=self._away, default=None) if self._room() is None else None
        self._find_walls(near, partial(self._climbed, near), self.rebuilt)

    def _climbed(self, near: Room | None, found: StandingPlace) -> None:
        self._walls = found.walls
        if near is not None and found.spot is not None:
            x, y, heading = found.spot
            self.walker = Walker(x, y, near.floor_m, heading)
        self._scene.set_eye_place(EyePlace.INSIDE)
        self._settle()
        self._camera_input.fly(self._pose(), takes_ms=_THERE_MS)

    def refresh(self) -> None:
        """Updates the camera pose after the picture's shape changed."""
        if self.walker is not None and self._camera_input.flight.goal is None:
            self._camera_input.stand(self._pose())

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self.walker is None:
            return False
        if isinstance(event, QKeyEvent):
            return self._key(event)
        if isinstance(event, QMouseEvent):
            return self._mouse(event)
        if isinstance(event, QWheelEvent):
            self._go(math.copysign(_WHEEL_M, event.angleDelta().y() or event.pixelDelta().y()), 0.0)
            return True
        if event.type() is QEvent.Type.FocusOut:
            self._held.clear()
        return False

    # inside

    def _arrived(self) -> None:
        if self.walker is not None:
            self._scene.set_eye_place(EyePlace.INSIDE)
            self._settle()

    def _key(self, event: QKeyEvent) -> bool:
        key = event.key()
        ours = key in _KEYS or key in _TURNS or key in _STEPS or key == Qt.Key.Key_Escape
        if not ours or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            return False
        if event.type() is QEvent.Type.ShortcutOverride:
            event.accept()
        elif event.type() is QEvent.Type.KeyPress and key == Qt.Key.Key_Escape:
            self.leave()
        elif event.type() is QEvent.Type.KeyPress and key in _STEPS:
            self._take_stairs(_STEPS[key])
        elif event.type() is QEvent.Type.KeyPress:
            self._held.add(key)
            self._fast = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._start()
        elif event.type() is QEvent.Type.KeyRelease and not event.isAutoRepeat():
            self._held.discard(key)
        return True

    def _mouse(self, event: QMouseEvent) -> bool:
        match event.type():
            case QEvent.Type.MouseButtonPress:
                self._last = self._pressed = event.position()
                self._far = False
            case QEvent.Type.MouseMove if self._last is not None and event.buttons():
                step, self._last = event.position() - self._last, event.position()
                away = event.position() - self._pressed
                self._far = self._far or abs(away.x()) + abs(away.y()) >= CLICK_PX
                if self._far:
                    self._look(step.x() * _LOOK_DEG, -step.y() * _LOOK_DEG)
            case QEvent.Type.MouseButtonRelease:
                self._last = None
                if not self._far:
                    right = event.button() is Qt.MouseButton.RightButton
                    (self._orbit_input.menu if right else self._orbit_input.clicked).emit(event.position())
            case QEvent.Type.MouseButtonDblClick:
                self._last = None
                self._walk_to(event.position())
            case QEvent.Type.MouseMove:
                return False
            case _:
                return False
        return True

    def _look(self, right_deg: float, up_deg: float) -> None:
        """Turns the view with a drag, as if the room were dragged."""
        if self.walker is not None:
            self.walker = self.walker.turned(-right_deg, -up_deg)
            self._show()

    def _go(self, ahead_m: float, right_m: float) -> None:
        if self.walker is not None and self._walls is not None:
            self.walker = self.walker.walked(self._walls, ahead_m, right_m)
            self._settle()
            self._show()

    def _walk_to(self, at: QPointF) -> None:
        if self.walker is None:
            return
        spot = self._scene.projections.at(self._widget.width(), self._widget.height()).on_plane(
            at.x(), at.y(), self.walker.floor_m
        )
        if spot is None or self._walls is None or not self._walls.free(float(spot[0]), float(spot[1])):
            return
        if any(room.contains(float(spot[0]), float(spot[1])) for room in self._rooms()):
            self.walker = replace(self.walker, x=float(spot[0]), y=float(spot[1]))
            self._settle()
            self._camera_input.fly(self._pose(), takes_ms=_THERE_MS)

    def _take_stairs(self, by: int) -> None:
        levels = self._scene.storey_stack.levels
        to = self._scene.storey_stack.focus + by
        while 0 <= to < len(levels) and not levels[to].rooms:
            to += by
        if 0 <= to < len(levels):
            self.storey_wanted.emit(str(StoreyId(levels[to].storey.id)))

    def _start(self) -> None:
        if not self._timer.isActive():
            self._clock.restart()
            self._timer.start()

    def _tick(self) -> None:
        if self.walker is None:
            self._timer.stop()
            return
        seconds = min(_LONGEST_S, self._clock.restart() / 1e3)
        want = [sum(_KEYS[key][i] for key in self._held if key in _KEYS) for i in (0, 1)]
        size = math.hypot(*want)
        fast = RUN_M_S if self._fast else WALK_M_S
        want = [part / size * fast if size else 0.0 for part in want]
        share = 1 - math.exp(-seconds / _SOFT_S)
        self._speed = (
            self._speed[0] + (want[0] - self._speed[0]) * share,
            self._speed[1] + (want[1] - self._speed[1]) * share,
        )
        turn = sum(_TURNS[key] for key in self._held if key in _TURNS) * _TURN_DEG_S * seconds
        if not self._held and math.hypot(*self._speed) < 0.02:
            self._speed = (0.0, 0.0)
            self._timer.stop()
            return
        self.walker = self.walker.turned(turn, 0.0)
        self._go(self._speed[0] * seconds, self._speed[1] * seconds)

    def _settle(self) -> None:
        """Updates the floor level and the room at the walker's position."""
        room = self._room()
        if room is not None and self.walker is not None:
            self.walker = replace(self.walker, floor_m=room.floor_m)
        self._scene.enter_room(room.id if room is not None else None)

    def _rooms(self) -> tuple[Room, ...]:
        building = self._scene.storey_stack
        return building.levels[building.focus].rooms

    def _room(self) -> Room | None:
        walker = self.walker
        if walker is None:
            return None
        found = next((room for room in self._rooms() if room.contains(walker.x, walker.y)), None)
        if found is None and self._scene.within is not None:  # in a doorway one is still in the room one left
            found = next((room for room in self._rooms() if room.id == self._scene.within), None)
            return found if found is not None and self._away(found) < 1.0 else None
        return found

    def _away(self, room: Room) -> float:
        """Approximate distance in metres from the walker to the room's nearest edge."""
        walker = self.walker
        if walker is None:
            return math.inf
        ring = room.outline
        return min(_to_line((walker.x, walker.y), a, b) for a, b in zip(ring, (*ring[1:], ring[0]), strict=True))

    def _pose(self) -> CameraPose:
        walker = self.walker or Walker(0.0, 0.0, 0.0)
        return walker.pose(self._widget.width() / max(1, self._widget.height()))

    def _show(self) -> None:
        self._camera_input.flight.stop_camera()
        self._camera_input.stand(self._pose())


def _roomy(room: Room) -> float:
    """Suitability of a room as the start: its area, reduced for long narrow rooms."""
    ring = room.outline
    around = sum(math.dist(a, b) for a, b in zip(ring, (*ring[1:], ring[0]), strict=True))
    return room.area_m2 * min(1.0, 20.0 * room.area_m2 / max(around, 0.1) ** 2)


def _to_line(spot: tuple[float, float], a: tuple[float, float], b: tuple[float, float]) -> float:
    """Distance in metres from a point to the segment from a to b."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    share = 0.0 if length < 1e-12 else max(0.0, min(1.0, ((spot[0] - a[0]) * dx + (spot[1] - a[1]) * dy) / length))
    return math.hypot(spot[0] - a[0] - dx * share, spot[1] - a[1] - dy * share)
