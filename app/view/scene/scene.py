"""The 3D scene without widgets, shared by window, tests and benches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkRenderWindow

from app.selection import VisibilityFilter
from app.view.scene.camera.camera import CameraPose, PictureFrame, fitted
from app.view.scene.data.comparison import ComparedMoment
from app.view.scene.devices.markers import share_of_size
from app.view.scene.devices.picking import ProjectionCache
from app.view.scene.layer import SceneLayer
from app.view.scene.light.storey_lights import StoreyLights
from app.view.scene.scene_devices import ALL
from app.view.scene.scene_storeys import SceneStoreys
from app.view.scene.sky.daylight import Daylight
from app.view.scene.structure.floor_colours import floor_colours
from app.view.scene.structure.storey_shape import SLICE
from app.view.scene.structure.storey_stack import StoreyStack, prepared
from app.view.scene.viewport.offscreen import offscreen_window, pixels_of, shut
from app.view.theme import Theme
from twin.model.ids import DeviceId, RoomId
from twin.model.mesh import Mesh
from twin.model.state import State
from twin.model.twin import Twin
from twin.model.twin_diff import TwinDiff, diff

MARKER_PX = 9.5
TURN_TRIANGLES = SLICE  # of a building that enters bit by bit


class Scene(SceneStoreys):
    """Building, rooms and devices in one renderer. Draws only in `render` or when the owner's window renders."""

    def __init__(
        self, theme: Theme, window: vtkRenderWindow | None = None, layers: Sequence[SceneLayer[Scene]] = ()
    ) -> None:
        super().__init__(theme, layers)
        self.window = window if window is not None else offscreen_window()
        self._own = window is None
        self.projections = ProjectionCache(self.camera)
        self.pose = CameraPose()
        self.visibility = VisibilityFilter()
        self._pixel_scale = 1.0
        self._past = False
        self.alarmed_rooms: frozenset[RoomId] = frozenset()
        """Rooms with a severe project alarm, independent of their devices' own alarms."""
        self._state: State | None = None
        self.repainted = False
        """Whether the last `apply` changed the picture visibly."""
        self.lights = StoreyLights()
        self._set_up()
        self._rebuild()

    # what it shows

    def set_theme(self, theme: Theme) -> None:
        """Applies another theme and rebuilds the shapes."""
        self.theme = theme
        self._light_up()
        self._rebuild()

    def set_mesh(self, mesh: Mesh | None, theme: Theme | None = None) -> None:
        """Replaces the mesh at once, in another theme if given; None leaves structure only."""
        self._mesh = mesh or Mesh()
        self.set_theme(theme) if theme else self._rebuild()

    def drop_mesh(self) -> None:
        """Discards the mesh after its spaces were removed."""
        self._mesh = Mesh()

    def set_patient(self, on: bool) -> None:
        """Sets whether buildings are added in steps and slow work runs on a worker thread (`StoreyStack.patient`)."""
        self._patient = on

    def making(self, mesh: Mesh, theme: Theme, twin: Twin | None = None) -> partial[StoreyStack]:
        """Function that prepares a building for `enter`, or for another structure for `replace`; any thread. The first
        building is
        prepared without baked light, later ones with it.
        """
        of, lit = twin or self.twin, bool(self._mesh.parts)
        return partial(prepared, of.storeys, of.rooms, mesh, theme, self.shown, lit=lit)

    def replace(self, twin: Twin, mesh: Mesh, storey_stack: StoreyStack) -> None:
        """Replaces structure and building (made by `making`) at once."""
        self.twin, self._mesh = twin, mesh
        self._replace(storey_stack) if storey_stack.theme is self.theme else self._rebuild()

    def enter(self, storey_stack: StoreyStack, mesh: Mesh) -> None:
        """Replaces the building by one made by `making`, at first only its floors; `fill_in` draws the rest."""
        self._mesh = mesh
        storey_stack.rename(self.twin.storeys, self.twin.rooms)
        if other_theme := storey_stack.theme is not self.theme:
            self.theme = storey_stack.theme
            self._light_up()
        self._replace(storey_stack, held=True, same=True)
        if other_theme:
            self._mark_devices()
        self._settle_devices()

    def turns_of(self, mesh: Mesh) -> int:
        """Number of `fill_in` steps needed to draw this building, at least 1."""
        return max(1, -(-sum(len(part.triangles) for part in mesh.parts) // TURN_TRIANGLES))

    def fill_in(self) -> bool:
        """Draws a further part of an entered building; returns whether any is left."""
        more = self.storey_stack.fill_in(TURN_TRIANGLES)
        if not more:
            self._pools.stale = True
            self._show_markers()
        return more

    def set_twin(self, twin: Twin) -> TwinDiff:
        """Sets the structure and returns the differences. The building is kept where only devices changed, and devices
        where only
        names did.
        """
        found = diff(self.twin, twin)
        self.twin = twin
        if found.spaces:
            self._rebuild()
            return found
        if found.rooms:
            self.storey_stack.rename(twin.storeys, twin.rooms)
            self._veil_storeys()
        if found.only_names:
            for _, device in found.changed:
                self.readings.rename(device)
        elif found.devices:
            self._replace_devices()
        else:
            self._layers.build(self)  # doors, and what was planned
        return found

    def set_visibility_filter(self, visibility: VisibilityFilter) -> bool:
        """Hides devices and storeys by this filter; returns whether a transition (`step`) is needed."""
        before = self.storey_stack.shows()
        self.visibility = visibility
        self._veil_storeys()
        self._replace_devices()
        return self._begin(before)

    def set_daylight(self, light: Daylight | None) -> None:
        """Sets the daylight; None for studio light."""
        self.around.daylight = light
        self._light_up()

    def colour_by(self, capability: str) -> None:
        """Colours rooms by a capability; empty gives plain floors."""
        self.readings.colour_by(capability)
        self._paint_rooms()

    def set_smooth(self, on: bool) -> None:
        """Colours floors by interpolation between sensors, or each room with one colour."""
        self.fields.on = on
        self._paint_rooms()

    def remember(self, state: State, time_ms: int) -> bool:
        """Stores an earlier moment for trend arrows; returns whether it fits the current state."""
        if self._state is None or len(self._state) != len(state):
            return False
        self._rooms.remember(self.readings, state, time_ms)
        return True

    def compare(self, compared: ComparedMoment | None) -> bool:
        """Shows the change between two moments, or values for None; returns whether that changed."""
        if compared is self.compared:
            return False
        self._rooms.compared = compared
        self._paint_rooms()
        return True

    def apply(self, state: State, rows: Iterable[int] | NDArray[np.intp]) -> set[str]:
        """Takes over changed rows of the state; returns the changed aspects (rooms, lights, alarms, switches ...). Repeated
        equal values change none."""
        self._state = state
        touched = self.readings.touched(rows)
        if self._devices.bind(state):
            touched = {"rooms", "lights", "tints", "alarms", "switches", "moves"}
        if others := touched - {"rooms", "moves"}:
            touched -= self._read_devices(others)
        if self._devices.follow_past(self.twin, state if self._past else None):
            self._pools.stale, touched = True, touched | {"online"}
        self.repainted = bool(touched - {"rooms"})
        if "rooms" in touched:
            self._paint_rooms()
            self.repainted |= self.fields.on or self._rooms.is_seen()
        self._layers.touch(touched)
        return touched

    def tick(self, now_s: float) -> bool:
        """Advances animations to this time; returns whether any continues."""
        self._layers.apply_touched(self)
        return self._layers.tick(now_s) or self.lights.is_moving

    def set_online(self, device: DeviceId, on: bool) -> bool:
        """Sets whether a device is online; returns whether that changed."""
        if not self._devices.set_online(device, on):
            return False
        self._pools.stale = True
        self._layers.touch({"online"})
        return True

    def set_alarmed_rooms(self, rooms: frozenset[RoomId]) -> bool:
        """Sets the rooms with severe alarms; returns whether they changed."""
        if rooms == self.alarmed_rooms:
            return False
        self.alarmed_rooms = rooms
        self._layers.touch({"alarms"})
        return True

    @property
    def mesh(self) -> Mesh:
        """The building's mesh; empty if only its structure is known."""
        return self._mesh

    @property
    def patient(self) -> bool:
        """Whether buildings are added in several steps."""
        return self._patient

    @property
    def state(self) -> State | None:
        """The State shown: the current one or that of a past moment."""
        return self._state

    @property
    def past(self) -> bool:
        """Whether a past moment is shown, in which nothing is animated."""
        return self._past

    def set_past(self, on: bool) -> None:
        """Sets whether the next `apply` shows a past moment."""
        self._past = on

    # the camera and the picture

    def set_pixel_scale(self, scale: float) -> None:
        """Sets the pixels per logical pixel, which keeps markers the same size in every resolution."""
        self._pixel_scale = scale

    def stand(self, pose: CameraPose) -> None:
        """Sets the camera to this pose."""
        self.pose = pose
        pose.apply_to(self.camera)

    def fitting(self, frame: PictureFrame, *, pose: CameraPose | None = None) -> CameraPose:
        """The pose that fits everything in focus into the frame."""
        return fitted(self.storey_stack.points_to_fit(), pose or self.pose, frame)

    def prepare(self, *, hurried: bool = False) -> None:
        """Prepares a frame: clipping range, marker size in pixels, and pools of light, at a limited rate if `hurried`."""
        self._pools.stale |= self.storey_stack.bake_pending()
        if self._cuts() != self._placed_for:
            self._place_layers()
        self._layers.apply_touched(self)
        levels = self.storey_stack.levels
        self.around.prepare(levels, self.storey_stack.focus, self.theme)
        self._pools.stale |= self.lights.prepare(self, relit=self._pools.stale)
        self.fields.apply_floor_light()
        if self._pools.light(levels, self.markers, self.appearance, self.is_online, hurried=hurried):
            self._light_walls()
        self._cut.prepare(levels, self.theme)
        self.markers.upload_colours()
        self.markers.size(MARKER_PX * self._pixel_scale * share_of_size(self.pose.distance_m))
        self.renderer.ResetCameraClippingRange()
        self.around.follow()

    def render(self, width: int = 1280, height: int = 800) -> NDArray[np.uint8]:
        """(height, width, 4) RGBA of the scene, first row on top; for an own window."""
        window = self.window
        window.SetSize(width, height)
        self.prepare()
        window.Render()
        return pixels_of(window, width, height)

    def release(self) -> None:
        """Releases all graphics resources; the scene draws nothing afterwards."""
        self._layers.remove()
        self.storey_stack.remove_from_renderer()
        self._devices.remove()
        self.renderer.RemoveAllViewProps()
        if self._own:
            shut(self.window)

    def enter_room(self, room: RoomId | None) -> None:
        """Sets the room that contains the camera; None for outside or no room."""
        if room != self._within:
            self._within, self._pools.stale = room, True

    # what the overlay and the mouse ask

    @property
    def layers(self) -> tuple[SceneLayer[Scene], ...]:
        """The layers that add props of their own."""
        return self._layers.every

    @property
    def unhurried(self) -> bool:
        """Whether all running animations are endless (see `is_endless`)."""
        return self._layers.unhurried and not self.lights.is_moving

    # inside

    def _set_up(self) -> None:
        renderer = self.renderer
        renderer.SetUseOIT(False)
        renderer.SetAutomaticLightCreation(False)
        renderer.SetTwoSidedLighting(True)
        renderer.RemoveCuller(renderer.GetCullers().GetLastItem())
        self.window.AddRenderer(renderer)
        self._light_up()

    def _rebuild(self) -> None:
        self._replace(StoreyStack(self.twin.storeys, self.twin.rooms, self._mesh, self.theme))

    def _replace(self, storey_stack: StoreyStack, *, held: bool = False, same: bool = False) -> None:
        """Replaces the building; `same`: its rooms and devices are those of the building before."""
        self.storey_stack.remove_from_renderer()
        self.around.remove_lighting()
        self.fields.drop()
        self._cut.remove()
        self._moves.clear()
        if not same:
            self._rooms.follow(self.twin.rooms)
        self._rooms.enter(storey_stack.levels, floor_colours(self._mesh, self.twin.rooms, self.theme))
        self.storey_stack = storey_stack
        storey_stack.patient = storey_stack.patient or self._patient
        self._veil_storeys()
        storey_stack.add_to_renderer(self.renderer, held=held)
        for i, level in enumerate(storey_stack.levels if self.shown.exploded else ()):
            level.place(storey_stack.lift_of(i), 1.0)
        if not same:
            self._replace_devices()

    def _veil_storeys(self) -> None:
        self._rooms.hide_filtered(self.twin.rooms, self.visibility)
        hidden = self.visibility.hidden_storeys(self.twin.storeys, self.twin.rooms)
        self.shown = replace(self.shown, hidden_storeys=hidden)
        self.storey_stack.look(self.shown)

    def _replace_devices(self) -> None:
        self._devices.follow(self.twin, self.centroids, self.visibility)
        if self._state is not None:
            self._devices.bind(self._state)
        self._mark_devices()
        self._settle_devices()

    def _mark_devices(self) -> None:
        """Creates markers for all devices in the theme's colours."""
        self._devices.mark(len(self.storey_stack.levels), self.theme)
        self._read_devices(ALL)

    def _settle_devices(self) -> None:
        """Updates devices, lights and colours for the current building."""
        self._pools.stale = True
        self._paint_rooms()
        self._layers.build(self)
        self._show_markers()

    def _read_devices(self, touched: Iterable[str]) -> set[str]:
        """Updates the touched device aspects; returns the unchanged ones."""
        same = self._devices.read(self.theme, touched)
        self._pools.stale |= not {"lights", "tints"} <= same
        return same

    def _light_walls(self) -> None:
        """Passes the mean colour of the lamps around the camera to the environment."""
        if self.within is not None:
            self.around.shine(self.appearance.mean_tint(self.shown_devices()))
