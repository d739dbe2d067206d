"""The twin as a widget: the scene in a surface, the overlay above it, the mouse turned into wishes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import override

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QBuffer, QEvent, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QImage,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QWidget

from app.selection import Selection, SelectionState
from app.view.control.slots import taking
from app.view.drag_data import MIME, unpack
from app.view.i18n import tr
from app.view.scene.animation_clock import AnimationClock
from app.view.scene.building_loader import BuildingLoader, Compute
from app.view.scene.camera.orbit_input import OrbitInput
from app.view.scene.data.comparison import ComparedMoment
from app.view.scene.data.update_pacing import UpdatePacer
from app.view.scene.light.storey_lights import Baker
from app.view.scene.live.layers import Layers, live_layers
from app.view.scene.overlay.compass_button import CompassButton
from app.view.scene.overlay.cut_slider import CutSlider
from app.view.scene.overlay.empty_scene import EmptyScene
from app.view.scene.overlay.key_hints import KeyHint, band_hint, measure_hint, section_hint, walk_hint
from app.view.scene.overlay.overlay import NEAR_PX_PER_M, SceneOverlay
from app.view.scene.picture import picture_of
from app.view.scene.pulse import Pulse
from app.view.scene.scene import Scene
from app.view.scene.structure.daylight_clock import DaylightClock, SkyMode
from app.view.scene.tools.camera_input import CameraInput
from app.view.scene.tools.distance_measurement import DistanceMeasurement
from app.view.scene.tools.first_person import FirstPerson
from app.view.scene.tools.interaction import SceneInteraction
from app.view.scene.tools.rubber_band import RubberBand
from app.view.scene.tools.section_box import SectionBox
from app.view.scene.tools.viewpoint import Viewpoint, seen
from app.view.scene.viewport.resolution_governor import ResolutionGovernor
from app.view.scene.viewport.surface import RenderSurface, make_surface
from app.view.scene_widget import SceneWidget
from app.view.style import current_theme
from app.view.theme import Theme
from twin.model.ids import DeviceId, RoomId, StoreyId
from twin.model.mesh import Mesh
from twin.model.observation import StringTable
from twin.model.state import State
from twin.model.twin import Twin

_AHEAD_MS = 150
_THUMBNAIL = (192, 120)


class TwinView(SceneWidget):
    """Tells what the user does in the twin, shows what it is told. Follows the selection by itself."""

    def __init__(
        self, selection: Selection, parent: QWidget | None = None, *, kind: str = "auto", layers: Layers | None = None
    ) -> None:
        super().__init__(parent)
        self.surface: RenderSurface = make_surface(kind, self)
        self.scene = Scene(current_theme(), self.surface.render_window, live_layers() if layers is None else layers)
        self._selection, self._theme = selection, current_theme()
        widget = self.surface.widget()
        widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFocusProxy(widget)
        self.overlay = SceneOverlay(widget, self.scene)
        self.empty = EmptyScene(self)
        self.empty.wanted.connect(lambda: self.menu_wanted.emit("import", "", QPoint()))
        self.empty.draw_wanted.connect(lambda: self.menu_wanted.emit("draw", "", QPoint()))
        self.orbit_input = OrbitInput(widget)
        self.interaction = SceneInteraction(widget, self.scene, self.overlay, self.orbit_input)
        self.north = CompassButton(widget)
        self.governor = ResolutionGovernor(self.surface)
        self.loader = BuildingLoader(self, self.scene, self.governor, self.surface.painted)
        self.motion = AnimationClock(self, self.scene, self.governor)
        self.camera_input = CameraInput(self, self.scene, self.governor, selection)
        self.flight = self.camera_input.flight
        self.pace = UpdatePacer(self, self.apply)
        self.overlay.drawn.connect(self.pace.spent)
        self.pulse = Pulse(self, self.scene, self.overlay)
        self._ahead = QTimer(self)
        self._ahead.setInterval(_AHEAD_MS)
        self._ahead.timeout.connect(self._prepare_ahead)
        self.cutbar, self.hint = CutSlider(widget, lambda: self.scene.theme), KeyHint(widget)
        self.overlay.tools = (self.cutbar, self.hint)
        self.cutbar.moved.connect(partial(self.cut, exact=False))
        self.cutbar.settled.connect(partial(self.cut, exact=True))
        self.section = SectionBox(widget, self.scene)
        self.section.moved.connect(self.governor.touch)
        self.band = RubberBand(widget, self.overlay, self.interaction)
        self.measure = DistanceMeasurement(widget, self.overlay, self.interaction)
        self.daytime = DaylightClock(self)
        self.daytime.turned.connect(self._apply_theme)
        self.first_person = FirstPerson(
            widget, self.scene, self.camera_input, self.orbit_input, lambda: self.loader.compute
        )
        self.first_person.changed.connect(self._walk_changed)
        self.first_person.storey_wanted.connect(taking(str, lambda storey: selection.change(storey=StoreyId(storey))))
        self.scene.lights.animate(self.governor.refresh, self.motion.wake)
        self._unseen = True
        self.setAcceptDrops(True)
        self.surface.prepare = self._prepare
        self.surface.painted.connect(self._frame_done)
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
        """Other colours, at once."""
        self._theme = theme
        self._apply_theme()

    def set_twin(self, twin: Twin) -> None:
        """New structure; the camera moves only where there was none before, or another building."""
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
        """The building's shape; None where only the structure is known. `built` tells when it is there: at once, or bit by
        bit where `set_compute` has given another thread to make it on."""
        self.loader.load(mesh)

    def set_compute(self, compute: Compute) -> None:
        """Where shapes are made from now on, so that nothing holds the window up."""
        self.loader.compute = self.scene.lights.compute = compute

    def set_light_baker(self, bake: Baker) -> None:
        """What bakes the light of storeys on another thread."""
        self.scene.lights.baker = bake

    def grow(self, twin: Twin, mesh: Mesh) -> None:
        """The building that is being drawn, a little further; the camera stays where it is until `come_back`."""
        self.loader.replace(twin, mesh)

    @property
    def is_behind(self) -> bool:
        """Whether a building that was told is not in the picture yet."""
        return self.loader.busy

    def come_back(self) -> None:
        """Everything in sight again, unless the user chose where to stand."""
        if not self.camera_input.steered:
            self.camera_input.fit()

    def apply(self, state: State, rows: Iterable[int] | NDArray[np.intp]) -> None:
        """Takes changed rows over; asks for a frame only where they show in the 3D picture."""
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
        """The same at a pace that leaves time for other things; of the past at once."""
        self.pace.follow(state, rows, at_once=self.scene.past)

    def set_compared(self, compared: ComparedMoment | None) -> None:
        """Shows the change between two moments; None shows values. The state shown is told by `apply`."""
        if self.scene.compare(compared):
            self._refresh()

    def remember(self, state: State, time_ms: int) -> None:
        """What was so at an earlier moment (rows as in the shown state), for the arrows of what rises and falls."""
        if self.scene.remember(state, time_ms):
            self.overlay.update()

    def set_online(self, device: str, on: bool) -> None:
        """A device came or went."""
        if self.scene.set_online(DeviceId(device), on):
            if self.overlay.shown.hover_device == device:
                self.overlay.shown.card = self.interaction.tooltip(device)
            self.governor.refresh()
            self.motion.wake_soon()  # of a broker that is lost, thousands go in one frame
            self.overlay.update()

    def set_strings(self, strings: StringTable) -> None:
        """The texts of enum and text points, for tips."""
        self.interaction.device_tooltip.strings = strings

    # where it looks

    def fit(self) -> None:
        """Shows everything in focus from the usual side."""
        self.first_person.leave(back=False)
        self.camera_input.fit()

    def from_above(self) -> None:
        """Shows the plan, its longer side across the picture."""
        self.first_person.leave(back=False)
        self.camera_input.from_above()

    def fly_to(self, thing: str) -> None:
        """Brings a device, a room or a storey before the camera."""
        self.first_person.leave(back=False)
        twin = self.scene.twin
        device = twin.device_of.get(DeviceId(thing))
        room = twin.room_of.get(RoomId(thing) if device is None else device.room or RoomId(""))
        if room is not None and not self.shows_storey(room.storey):
            self._selection.change(storey=room.storey)
        self.camera_input.fly_to(thing)

    def shows_storey(self, storey: StoreyId) -> bool:
        """Whether its rooms are seen: no storey above it covers them."""
        building = self.scene.building
        return building.level_of(storey) in building.shown()

    def set_exploded(self, on: bool) -> None:
        """Pulls the storeys apart, or lets them down."""
        if on:
            self._leave_section()
        self.first_person.leave(back=False)
        self.camera_input.set_exploded(on)

    def set_ghosts(self, on: bool) -> None:
        """Shows the storeys around the one in focus as shells, or not at all."""
        self.camera_input.set_ghosts(on)

    def walk(self, on: bool) -> None:
        """Into the room that is picked, else into the largest one in focus; or out again, to where one was."""
        self._leave_section()
        if on and not self.first_person.active:
            room = self.scene.twin.room_of.get(self._selection.state.room or RoomId(""))
            if room is not None:
                self._selection.change(storey=room.storey)
            self.first_person.enter(room.id if room else None)
        elif not on:
            self.first_person.leave()

    def set_section(self, on: bool) -> None:
        """A box around the building whose faces can be dragged; off shows the cut again."""
        if on == (self.section.box is not None) or not self.scene.twin.storeys:
            return
        self.first_person.leave(back=False)
        self._put_tools_away()
        self.set_exploded(False)
        if not on:
            self.section.close_box()
        self.camera_input.shift(self.scene.set_sectioned(on))
        self.flight.land()
        if on:
            self.section.open()
        self.overlay.shown.indoors = on
        self.hint.show_hint(section_hint if on else None)
        self._place_tools()
        self.camera_input.fit()
        self._refresh()

    def set_band(self, on: bool) -> None:
        """Every drag draws a rectangle that selects devices; off leaves that to Shift and Ctrl."""
        self._put_tools_away()
        self.band.tool = on
        self.hint.show_hint(band_hint if on else None)

    def set_measure(self, on: bool) -> None:
        """Clicks on a floor measure; off forgets what was measured."""
        self._put_tools_away()
        if on and self.scene.twin.storeys:
            self._leave_section()
            self.first_person.leave(back=False)
            self.measure.start()
            self.hint.show_hint(measure_hint)
        elif on:
            self.tool_left.emit("measure")

    def set_parallel(self, on: bool) -> None:
        """Drawn like a plan, without perspective, or as the eye sees."""
        self.camera_input.set_parallel(on)

    def cut_by(self, metres: float) -> None:
        """Raises or lowers the cut."""
        if not self.first_person.active:
            self.cut(self.scene.building.cut_m + metres, exact=True)
            self._place_tools()

    def viewpoint(self, name: str) -> Viewpoint:
        """What is seen now with a small picture of it, to be kept."""
        small = self.picture(*_THUMBNAIL)
        buffer = QBuffer()
        buffer.open(QBuffer.OpenModeFlag.WriteOnly)
        small.save(buffer, "PNG")  # pyright: ignore[reportArgumentType, reportCallIssue]  # it takes words, not bytes
        return replace(self.here(name), thumbnail=buffer.data().toBase64().toStdString())

    def here(self, name: str) -> Viewpoint:
        """What is seen now, without a picture."""
        return seen(self.scene, self._selection.state, self.first_person.walker, name)

    def visit(self, point: Viewpoint) -> None:
        """Goes to a kept view: storey, cut and colours first, then the camera flies."""
        self.first_person.leave(back=False)
        self._leave_section()
        storey = StoreyId(point.storey)
        known = storey if storey in self.scene.twin.storey_of else None
        self._selection.change(storey=known, colour_by=point.colour_by)
        self.set_ghosts(point.ghosts)
        self.set_exploded(point.exploded)
        self.cut(point.cut_m, exact=True)
        if point.walker is not None:
            self.first_person.stand(point.walker)
        else:
            self.camera_input.steered = True
            self.camera_input.fly(point.pose)
        self._place_tools()

    def set_sky(self, sky: str) -> None:
        """`studio`, or the sun and the sky: `auto` by place and time, `day`, `night`."""
        self.daytime.choose(SkyMode(sky))

    def north_up(self) -> None:
        """Turns until true north is up in the picture."""
        self.first_person.leave(back=False)
        self.camera_input.north_up()

    def set_labels(self, on: bool) -> None:
        """Shows or hides the pills."""
        self.overlay.shown.labels = on
        self.overlay.update()

    # pictures

    def picture(self, width: int, height: int) -> QImage:
        """The twin with its labels, in any size, twice as fine as the screen's."""
        self._finish()
        made = picture_of(self.surface, self.scene, self.overlay, (width, height), self.width())
        self.governor.rest()
        return made

    @property
    def awaits_light(self) -> bool:
        """Whether light is being baked for what is shown."""
        return self.scene.lights.is_baking

    def wait_painted(self) -> None:
        """Ends all movement and paints the finest frame before returning."""
        self._finish()
        self.surface.render_now()
        self.overlay.repaint()

    def _finish(self) -> None:
        self.flight.land()
        self.loader.finish()
        self.scene.lights.finish()
        self.governor.finest()

    def release(self) -> None:
        """Frees what the graphics side holds; the view shows nothing afterwards."""
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
        self._refit()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._refit()

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
        interaction, orbit_input = self.interaction, self.orbit_input
        for signal, told in zip(self.loader.signals, (self._entered, self.built, self.progressed), strict=True):
            signal.connect(told)
        self.loader.replaced.connect(self._grown)
        interaction.device_clicked.connect(self.device_clicked)
        interaction.room_clicked.connect(self.room_clicked)
        interaction.crowd_clicked.connect(self.camera_input.approach)
        interaction.activated.connect(self._activate)
        interaction.menu_wanted.connect(self.menu_wanted)
        interaction.hovered.connect(self.hovered)
        interaction.dropped.connect(self.device_dropped)
        interaction.repaint_needed.connect(self.overlay.update)
        self.band.chosen.connect(self.devices_banded)
        self.band.toggled.connect(self.device_toggled)
        self.band.ended.connect(partial(self._tool_ended, "band"))
        self.measure.ended.connect(partial(self._tool_ended, "measure"))
        self.north.clicked.connect(self.north_up)
        orbit_input.numbered.connect(self.viewpoint_wanted)
        orbit_input.turned.connect(self.camera_input.turn)
        orbit_input.slid.connect(self.camera_input.slide)
        orbit_input.zoomed.connect(self.camera_input.zoom)

    def _put_tools_away(self) -> None:
        """Band and ruler, where one of them is out: walks, boxes and other tools need the mouse."""
        if self.band.tool:
            self.band.tool = False
            self._tool_ended("band")
        if self.measure.on:
            self.measure.stop()
            self._tool_ended("measure")

    def _tool_ended(self, action: str) -> None:
        self.hint.show_hint(None)
        self.tool_left.emit(action)

    def _activate(self, thing: str) -> None:
        if DeviceId(thing) in self.scene.twin.device_of:
            self.device_activated.emit(thing)
        self.fly_to(thing)

    def _picked(self, old: SelectionState, new: SelectionState) -> None:
        self.overlay.shown.picked = new
        self.scene.set_past(new.moment_ms is not None)
        if new.storey != old.storey:
            if self.first_person.active:
                self.scene.look_at(new.storey)
                self.first_person.climb(self.scene.building.focus)
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
        self._refresh()

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

    def _walk_changed(self, on: bool) -> None:
        self.overlay.shown.indoors = on
        self._put_tools_away()
        self.hint.show_hint(walk_hint if on else None)
        self._place_tools()
        self.walked.emit(on)
        self._refresh()

    def _apply_theme(self) -> None:
        theme, light = self.daytime.light(self._theme)
        self.scene.set_daylight(light)
        if theme is not self.loader.theme:
            self.loader.apply_theme(theme)
            self.empty.apply_theme()
        self._refresh()

    def _leave_section(self) -> None:
        if self.section.box is not None:
            self.set_section(False)
            self.sectioned.emit(False)

    def cut(self, height_m: float, *, exact: bool) -> None:
        """Cuts storeys so high over their floors; coarsely while that is changing."""
        self.camera_input.cut(height_m, exact=exact)
        self.overlay.update()

    def _place_tools(self) -> None:
        there = bool(self.scene.twin.storeys)
        self.north.setVisible(there)
        plain = not self.first_person.active and self.section.box is None
        self.cutbar.setVisible(there and plain and bool(self.scene.mesh.parts))
        self.cutbar.show_height(self.scene.building.cut_m, self.scene.building.most_cut())
        for tool in (self.north, self.cutbar, self.hint, self.section):
            tool.place()

    def _refresh(self) -> None:
        self.governor.touch()
        self.motion.wake()
        self.overlay.update()
        self.pulse.need()

    def _prepare(self) -> None:
        self.scene.set_pixel_scale(self.devicePixelRatioF() * self.surface.resolution)
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
    """After Qt has destroyed the widget: the observer, the props and the render window go too."""
    with suppress(ValueError):
        forget()
    with suppress(RuntimeError):
        scene.release()
        release()
