"""The 3D view as a widget: the rendered scene, the overlay above it, and signals for user actions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from typing import override

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, QTimer
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QHideEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QWidget

from app.i18n import tr
from app.selection import Selection, SelectionState
from app.view.drag_data import MIME, unpack
from app.view.scene.building_loader import Compute
from app.view.scene.data.comparison import ComparedMoment
from app.view.scene.data.update_pacing import UpdatePacer
from app.view.scene.light.bake_queue import Baker
from app.view.scene.live.layers import Layers
from app.view.scene.overlay.overlay import NEAR_PX_PER_M
from app.view.scene.scene import Scene
from app.view.scene.view_navigation import ViewNavigation
from app.view.style import current_theme
from app.view.theme import Theme
from twin.model.ids import DeviceId, RoomId
from twin.model.mesh import Mesh
from twin.model.observation import StringTable
from twin.model.radio_map import RadioMap
from twin.model.room_comfort import RoomVerdict
from twin.model.state import State
from twin.model.twin import Twin

_AHEAD_MS = 150


class TwinView(ViewNavigation):
    """The 3D view of the twin: emits user actions, shows values and follows the selection."""

    def __init__(
        self, selection: Selection, parent: QWidget | None = None, *, kind: str = "auto", layers: Layers | None = None
    ) -> None:
        super().__init__(selection, parent, kind=kind, layers=layers)
        self._theme = current_theme()
        self.pace = UpdatePacer(self, self.apply)
        self._ahead = QTimer(self)
        self._ahead.setInterval(_AHEAD_MS)
        self._ahead.timeout.connect(self._prepare_ahead)
        self._unseen = True
        self.setAcceptDrops(True)
        self._wire()
        forget = selection.observe(self._picked)
        self.overlay.shown.picked = selection.state
        self.scene.look_at(selection.state.storey)
        self.scene.set_visibility_filter(selection.state.visibility)
        self.scene.set_smooth(selection.state.smooth)
        self.scene.colour_by(selection.state.colour_by)
        self.destroyed.connect(partial(_let_go, forget, self.scene, self.surface.release))
        self._name()

    # what it is told

    def set_theme(self, theme: Theme) -> None:
        """Applies another theme at once."""
        self._theme = theme
        self._apply_theme()

    def set_twin(self, twin: Twin) -> None:
        """Sets the structure; the camera moves only for the first or another building."""
        other = not self.scene.twin.storeys or twin.name != self.scene.twin.name
        self.flight.land()
        if not twin.has_spaces_of(self.scene.twin):
            self.loader.drop()
        found = self.scene.set_twin(twin)
        if found.devices and found.only_names and not found.rooms:
            return  # devices are named when they are pointed at
        self.daytime.show(twin.site, self._selection.state.moment_ms)
        if other and twin.storeys:
            self.camera_input.steered = False
        self._name()
        if found.shape or other:
            self._refit()
        self._refresh()

    def set_mesh(self, mesh: Mesh | None) -> None:
        """Loads the building's mesh; None shows only the structure. `built` is emitted when it is drawn: at once, or
        in steps
        if `set_compute` has set another thread.
        """
        self.loader.load(mesh)

    def set_compute(self, compute: Compute) -> None:
        """Sets the function that runs shape computations on another thread."""
        self.loader.compute = self.scene.lights.compute = compute

    def judge_rooms(self, verdicts: Mapping[RoomId, RoomVerdict | None]) -> None:
        """Sets how each room is felt to be now, for the colour "comfort"."""
        self.scene.readings.judge(verdicts)
        self.scene.colour_by(self.scene.readings.capability)
        self._refresh()

    def set_light_baker(self, bake: Baker) -> None:
        """Sets the function that bakes storey light on another thread."""
        self.scene.lights.baker = bake

    def grow(self, twin: Twin, mesh: Mesh) -> None:
        """Updates a building that is being drawn by hand; the camera stays until `come_back`."""
        self.loader.replace(twin, mesh)

    @property
    def is_behind(self) -> bool:
        """Whether a requested building is not shown yet."""
        return self.loader.busy

    def apply(self, state: State, rows: Iterable[int] | NDArray[np.intp]) -> None:
        """Applies changed State rows; requests a frame only if the 3D picture changes."""
        self.interaction.device_tooltip.state = state
        touched = self.scene.apply(state, rows)
        if self.scene.repainted:
            self.governor.refresh()
            self.motion.wake()
        if touched or self.overlay.shown.hover_device:
            if self.overlay.shown.hover_device:
                self.overlay.shown.card = self.interaction.tooltip(self.overlay.shown.hover_device)
            self.overlay.update()
        self.pulse.need()

    def follow(self, state: State, rows: NDArray[np.intp]) -> None:
        """Applies changed State rows at a limited rate; those of a past moment at once."""
        self.pace.follow(state, rows, at_once=self.scene.past)

    def set_compared(self, compared: ComparedMoment | None) -> None:
        """Shows the change between two moments; None shows values. The state shown is set by `apply`."""
        if self.scene.compare(compared):
            self._refresh()

    def remember(self, state: State, time_ms: int) -> None:
        """Stores an earlier moment (rows as in the shown state) for trend arrows."""
        if self.scene.remember(state, time_ms):
            self.overlay.update()

    def set_alarmed_rooms(self, rooms: frozenset[RoomId]) -> None:
        """Sets the rooms that have a severe alarm now."""
        if self.scene.set_alarmed_rooms(rooms):
            self._refresh()

    def set_online(self, device: str, on: bool) -> None:
        """Sets whether a device is online and updates the picture."""
        if self.scene.set_online(DeviceId(device), on):
            if self.overlay.shown.hover_device == device:
                self.overlay.shown.card = self.interaction.tooltip(device)
            self.governor.refresh()
            self.motion.wake_soon()  # of a broker that is lost, thousands go in one frame
            self.overlay.update()

    def set_radio_map(self, found: RadioMap | None) -> None:
        """Shows radio links; None hides them."""
        self.radio.show(found)
        self._refresh()

    def set_strings(self, strings: StringTable) -> None:
        """Sets the texts of enum and text points, for tooltips."""
        self.interaction.device_tooltip.strings = strings

    # as a widget

    def release(self) -> None:
        """Releases all graphics resources; the view shows nothing afterwards."""
        self.flight.land()
        self.motion.stop()
        self.loader.stop()
        self.scene.release()
        self.surface.release()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        widget = self.surface.widget()
        widget.setGeometry(self.rect())
        self.overlay.setGeometry(widget.rect())
        self.empty.setGeometry(self.rect())
        self._place_tools()
        self.first_person.refresh()
        self.governor.resize()
        self._refit()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._refit()
        self.motion.wake()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.motion.stop()

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.LanguageChange:
            self._name()
            self.overlay.update()

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasFormat(MIME):
            event.acceptProposedAction()

    @override
    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if event.mimeData().hasFormat(MIME) and self.interaction.highlight_drop_target(event.position()):
            event.acceptProposedAction()
        else:
            event.ignore()

    @override
    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.interaction.highlight_drop_target(QPointF(-1e6, -1e6))

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        taken = [self.interaction.drop_device(device, event.position()) for device in unpack(event.mimeData())]
        if any(taken):
            event.acceptProposedAction()

    # inside

    def _wire(self) -> None:
        interaction = self.interaction
        self.surface.prepare = self._prepare
        self.surface.painted.connect(self._frame_done)
        self.scene.lights.animate(self.governor.refresh, self.motion.wake)
        for signal, receiver in zip(self.loader.signals, (self._entered, self.built, self.progressed), strict=True):
            signal.connect(receiver)
        self.loader.replaced.connect(self._grown)
        self.overlay.drawn.connect(self.pace.spent)
        self.daytime.turned.connect(self._apply_theme)
        self.empty.wanted.connect(lambda: self.menu_wanted.emit("import", "", QPoint()))
        self.empty.draw_wanted.connect(lambda: self.menu_wanted.emit("draw", "", QPoint()))
        interaction.device_clicked.connect(self.device_clicked)
        interaction.room_clicked.connect(self.room_clicked)
        interaction.menu_wanted.connect(self.menu_wanted)
        interaction.hovered.connect(self.hovered)
        interaction.dropped.connect(self.device_dropped)
        interaction.repaint_needed.connect(self.overlay.update)

    def _picked(self, old: SelectionState, new: SelectionState) -> None:
        self.overlay.shown.picked = new
        self.scene.set_past(new.moment_ms is not None)
        if new.storey != old.storey:
            if self.first_person.active:
                self.scene.look_at(new.storey)
                self.first_person.climb(self.scene.storey_stack.focus)
            else:
                self.camera_input.look(new.storey)
        if new.visibility != old.visibility:
            self.camera_input.shift(self.scene.set_visibility_filter(new.visibility))
        if new.colour_by != old.colour_by:
            self.scene.colour_by(new.colour_by)
        if new.smooth != old.smooth:
            self.scene.set_smooth(new.smooth)
        self._place_tools()
        self.daytime.show(self.scene.twin.site, new.moment_ms)
        self._name()
        self._refresh(moves=new.moment_ms != old.moment_ms or new.compare_ms != old.compare_ms)

    def _entered(self) -> None:
        self.flight.land()
        if self.camera_input.awake and self.loader.compute is None:
            self._ahead.start()
        self.first_person.rebuilt()
        if self.section.box is not None:
            self.section.open()  # around all of it
        self._refit()
        self._refresh()
        self.entered.emit()

    def _grown(self) -> None:
        self.flight.land()
        self._refresh()

    def _refit(self) -> None:
        self.empty.setVisible(not self.scene.twin.storeys)
        self._place_tools()
        self.camera_input.refit()

    def _apply_theme(self) -> None:
        theme, light = self.daytime.light(self._theme)
        self.scene.set_daylight(light)
        if theme is not self.loader.theme:
            self.loader.apply_theme(theme)
            self.empty.apply_theme()
        self._refresh()

    def _prepare(self) -> None:
        self.scene.set_pixel_scale(self.devicePixelRatioF() * self.surface.resolution)
        self.governor.weigh(self.scene.storey_stack.furniture_triangles())
        self.scene.set_draft_quality(self.governor.sparing)
        self.overlay.crowds.clusters.merge(self.scene, self.scene.pose.scale(self.height()), NEAR_PX_PER_M)
        self.scene.prepare(hurried=self.governor.moving)
        if not self._unseen:
            self.loader.look_elsewhere()

    def _frame_done(self, _took_ms: float) -> None:
        if not self.surface.paints_children:
            self.overlay.update()
            self.section.update()
        if not self.camera_input.awake and self.loader.compute is None:
            self._ahead.start()
        self.camera_input.awake = True
        if self._unseen and not self.loader.busy:
            self._unseen = False
            self.first_frame.emit()
            QTimer.singleShot(0, self, self.loader.look_elsewhere)  # nothing is baked beside the first frame

    def _prepare_ahead(self) -> None:
        if not self.governor.moving and not self.loader.look_ahead():
            self._ahead.stop()

    def _name(self) -> None:
        self.north.name()
        self.cutbar.name()
        twin, picked = self.scene.twin, self._selection.state
        self.surface.widget().setAccessibleName(tr("3D view of the building"))
        self.setAccessibleName(tr("3D view of the building"))
        storey = twin.storey_of.get(picked.storey) if picked.storey else None
        self.setAccessibleDescription(" · ".join(part for part in (twin.name, storey.name if storey else "") if part))


def _let_go(forget: Callable[[], None], scene: Scene, release: Callable[[], None], _gone: object = None) -> None:
    """Releases observer, props and render window after Qt has destroyed the widget."""
    with suppress(ValueError):
        forget()
    with suppress(RuntimeError):
        scene.release()
        release()
