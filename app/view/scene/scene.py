"""The 3D scene without any widget: what the window, the tests and the benches share."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow

from app.selection import VisibilityFilter
from app.view.scene.camera.camera import CameraPose, PictureFrame, fitted
from app.view.scene.data.colour_scale import ColourScale
from app.view.scene.data.comparison import ComparedMoment, RoomChanges
from app.view.scene.data.recolour import ColourMemory
from app.view.scene.data.scene_values import SceneValues
from app.view.scene.data.value_trends import ValueTrends
from app.view.scene.devices.device_appearance import DeviceAppearance
from app.view.scene.devices.markers import DeviceMarkers, kept, place, share_of_size
from app.view.scene.devices.picking import DevicePick, ProjectionCache, RoomPick
from app.view.scene.geometry.centroid import room_centroid
from app.view.scene.lamp_pools import light_floors, shining
from app.view.scene.layer import SceneLayer, is_endless
from app.view.scene.light.storey_lights import StoreyLights
from app.view.scene.room_colours import room_colours
from app.view.scene.structure.clip_planes import ClipPlanes, PlaneSet, plane
from app.view.scene.structure.daylight import Daylight
from app.view.scene.structure.environment import SceneEnvironment
from app.view.scene.structure.floor_colours import floor_colours
from app.view.scene.structure.scalar_field import ScalarFields
from app.view.scene.structure.storey_actors import LIT, StoreyMode
from app.view.scene.structure.storey_shape import SLICE, base_of
from app.view.scene.structure.storey_stack import EyePlace, Look, StoreyStack, prepared
from app.view.scene.structure.storey_transition import StoreyTransition
from app.view.scene.viewport.offscreen import offscreen_window, pixels_of, shut
from app.view.theme import Theme
from twin.model.ids import DeviceId, RoomId, StoreyId
from twin.model.mesh import Mesh
from twin.model.state import State
from twin.model.twin import Twin
from twin.model.twin_diff import TwinDiff, diff

MARKER_PX = 9.5
TURN_TRIANGLES = SLICE  # of a building that enters bit by bit
_BAKE_SHARE = 20.0
"""While frames must be quick, pools of light take at most one part in so many of the time."""
_QUICK_MS = 14.0
"""An exact cut that takes no longer is made anew while it is dragged."""


class Scene:
    """Building, rooms and devices in one renderer. Nothing is drawn until `render` or the owner's window asks."""

    def __init__(
        self, theme: Theme, window: vtkRenderWindow | None = None, layers: Sequence[SceneLayer[Scene]] = ()
    ) -> None:
        self.theme = theme
        self.window = window if window is not None else offscreen_window()
        self._own = window is None
        self.renderer = vtkRenderer()
        self.around, self._clips = SceneEnvironment(self.renderer), ClipPlanes(self.renderer)
        self.camera = self.renderer.GetActiveCamera()
        self.projections = ProjectionCache(self.camera)
        self.pose = CameraPose()
        self.twin, self._mesh = Twin(), Mesh()
        self.shown = Look()
        """What is shown of the building: the one place that knows; only `_show` and `_veil_storeys` change it."""
        self.visibility = VisibilityFilter()
        self._within: RoomId | None = None
        self._pixel_scale = self.marker_opacity = 1.0
        self._patient = False
        self._past = False
        self._moves = StoreyTransition()
        self._state: State | None = None
        self.fields = ScalarFields()
        self.trend, self.room_ways = ValueTrends(), np.empty(0, np.int8)
        self.scale: ColourScale | None = None
        """What the colours of rooms mean; None while they are plain, or tell a change."""
        self.compared: ComparedMoment | None = None
        self.change: RoomChanges | None = None
        """What the colours of rooms mean while two moments are compared."""
        self._sawn: PlaneSet = ()
        self._box: PlaneSet = ()
        self._cut_ms = _QUICK_MS
        """What the last exact cut took."""
        self._offline: set[DeviceId] = set()
        self.appearance = DeviceAppearance()
        self._lamps_stale = False
        self.repainted = False
        """Whether the last `apply` changed the picture so that one can see it."""
        self._recolour = ColourMemory()
        self._bake_from_s = 0.0
        self._untold: set[str] = set()
        """What was touched since the layers heard of it: many reports between two frames are one change to them."""
        self.layers = tuple(layers)
        self.unhurried = True
        """Whether all that moves now goes on for ever (see `is_endless`)."""
        self.lights = StoreyLights()
        self._set_up()
        self._rebuild()

    # what it shows

    def set_theme(self, theme: Theme) -> None:
        """Other colours; the shapes are made again."""
        self.theme = theme
        self._light_up()
        self._rebuild()

    def set_mesh(self, mesh: Mesh | None, theme: Theme | None = None) -> None:
        """The building's shape, at once, in another theme where one is given; None where there is only structure."""
        self._mesh = mesh or Mesh()
        self.set_theme(theme) if theme else self._rebuild()

    def drop_mesh(self) -> None:
        """The shape is of spaces that are no more: nothing is built from it again."""
        self._mesh = Mesh()

    def set_patient(self, on: bool) -> None:
        """Whether buildings enter bit by bit, and what takes long is made on another thread (see `StoreyStack.patient`)."""
        self._patient = on

    def making(self, mesh: Mesh, theme: Theme, twin: Twin | None = None) -> Callable[[], StoreyStack]:
        """What makes the building of the present structure for `enter`, or of another one for `replace`, ready to be drawn;
        on any thread. The first one is shown before its baked light is there, another in its place comes with it."""
        of, lit = twin or self.twin, bool(self._mesh.parts)
        return partial(prepared, of.storeys, of.rooms, mesh, theme, self.shown, lit=lit)

    def replace(self, twin: Twin, mesh: Mesh, building: StoreyStack) -> None:
        """Another structure and its building, which `making` made, at once."""
        self.twin, self._mesh = twin, mesh
        self._replace(building) if building.theme is self.theme else self._rebuild()

    def enter(self, building: StoreyStack, mesh: Mesh) -> None:
        """Takes a building that `making` made in the present one's place: its floors; `fill_in` draws the rest."""
        self._mesh = mesh
        building.rename(self.twin.storeys, self.twin.rooms)
        if other_theme := building.theme is not self.theme:
            self.theme = building.theme
            self._light_up()
        self._replace(building, held=True, same=True)
        if other_theme:
            self._mark_devices()
        self._settle_devices()

    def turns_of(self, mesh: Mesh) -> int:
        """How many times `fill_in` draws a part of this building, at least once."""
        return max(1, -(-sum(len(part.triangles) for part in mesh.parts) // TURN_TRIANGLES))

    def fill_in(self) -> bool:
        """Draws a little more of a building that has entered; whether any of it is left."""
        more = self.building.fill_in(TURN_TRIANGLES)
        if not more:
            self._lamps_stale = True
            self._show_markers()
        return more

    def set_twin(self, twin: Twin) -> TwinDiff:
        """New structure; what it changes. The building stays where only devices changed, devices where only names did."""
        found = diff(self.twin, twin)
        self.twin = twin
        if found.spaces:
            self._rebuild()
            return found
        if found.rooms:
            self.building.rename(twin.storeys, twin.rooms)
            self._veil_storeys()
        if not found.only_names:
            self._replace_devices()
        return found

    def look_at(self, storey: StoreyId | None) -> bool:
        """Moves the focus to a storey (None: the whole building); whether `step` has something to do."""
        return self._show(replace(self.shown, storey=storey))

    def explode(self, on: bool) -> bool:
        """Pulls the storeys apart or together; whether `step` has something to do."""
        return self._show(replace(self.shown, exploded=on))

    def set_ghosts(self, on: bool) -> bool:
        """Storeys around the focus as shells, or left out; whether `step` has something to do."""
        return self._show(replace(self.shown, ghosts=on))

    def set_visibility_filter(self, visibility: VisibilityFilter) -> bool:
        """Leaves devices and storeys out, or shows them again; whether `step` has something to do."""
        before = self.building.shows()
        self.visibility = visibility
        self._veil_storeys()
        self._replace_devices()
        return self._begin(before)

    def set_eye_place(self, stand: EyePlace) -> None:
        """Takes the eye inside or outside: whole walls and ceilings, or the cut."""
        if self.shown.exploded:
            self.explode(False)
            self.step(1.0)
        self._shown_for = None
        self._show(replace(self.shown, stand=stand))
        self._light_up()
        self.step(1.0)

    def set_cut(self, height_m: float, *, exact: bool) -> None:
        """Cuts storeys so high over the floor; coarsely, by a clipping plane, where it must be quick."""
        self.shown = replace(self.shown, cut_m=height_m)
        self.building.look(self.shown)
        level = self.building.levels[self.building.focus] if self.building.levels else None
        if level is None or self.shown.stand is not EyePlace.OUTSIDE:
            return
        if exact or self.shown.exploded or self._cut_ms < _QUICK_MS:
            started = time.perf_counter()
            self._sawn = ()
            self._begin(self.building.shows())
            self._cut_ms = (time.perf_counter() - started) * 1e3
            return
        if not self._sawn:
            level.present(StoreyMode.CUT, None)
        self._sawn = (plane((0.0, 0.0, level.cut_z + level.lift), (0.0, 0.0, -1.0)),)

    def set_sectioned(self, on: bool) -> bool:
        """Shows every storey whole for a box to cut, or the cut again; whether `step` has something to do."""
        self._shown_for = None
        return self._show(replace(self.shown, sectioned=on))

    def set_draft_quality(self, on: bool) -> None:
        """Leaves furniture out, for frames that must be quick; call before each frame."""
        for level in self.building.levels:
            furniture = LIT + "soft" if level.lit else "soft"
            for soft in (one for name, one in level.actors.items() if base_of(name) == furniture):
                soft.SetVisibility(level.show is StoreyMode.CUT and level.opacity > 0.01 and not on)

    def set_box(self, planes: PlaneSet) -> None:
        """Everything outside these planes is left out; none shows all."""
        self._box = planes

    def set_daylight(self, light: Daylight | None) -> None:
        """The light of a time and a place; None for the studio's."""
        self.around.daylight = light
        self._light_up()

    def step(self, share: float) -> None:
        """How far the storeys have moved to where they belong, 0 to 1."""
        self._moves.step(self.building, share)
        if share >= 1.0:
            self._moves.clear()
            self.building.arrange()
            self._paint_rooms()
        self._show_markers()

    def colour_by(self, capability: str) -> None:
        """Colours rooms by a capability; empty gives plain floors."""
        self.readings.colour_by(capability)
        self._paint_rooms()

    def set_smooth(self, on: bool) -> None:
        """Lets colours run from sensor to sensor, or fills room by room."""
        self.fields.on = on
        self._paint_rooms()

    def remember(self, state: State, time_ms: int) -> bool:
        """What was so at an earlier moment, for the arrows of what rises and falls; whether it fits what is shown."""
        if self._state is None or len(self._state) != len(state):
            return False
        self.trend.remember(self.readings.capability, time_ms, self.readings.room_values(state))
        self.room_ways = self.trend.follow(self.readings, self.room_values, self.scale)
        return True

    def compare(self, compared: ComparedMoment | None) -> bool:
        """Shows the change from or to another moment; None shows values. Whether that is news."""
        if compared is self.compared:
            return False
        self.compared = compared
        self._paint_rooms()
        return True

    def apply(self, state: State, rows: Iterable[int] | NDArray[np.intp]) -> set[str]:
        """Takes changed rows of the state over; answers which of rooms, lights, alarms, switches they touched. What
        devices only say again is not touched."""
        self._state = state
        touched = self.readings.touched(rows)
        if self.readings.bind(state):
            touched = {"rooms", "lights", "tints", "alarms", "switches", "moves"}
        if others := touched - {"rooms", "moves"}:
            touched -= self._read_devices(others)
            self.appearance.paint(self.markers, self.offline_rows())
        self.repainted = bool(touched - {"rooms"})
        if "rooms" in touched:
            self._paint_rooms()
            self.repainted |= self.fields.on or self._recolour.is_seen(self.room_colours, np.isnan(self.room_values))
        self._untold |= touched
        return touched

    def tick(self, now_s: float) -> bool:
        """Moves what moves by itself on to this moment; whether anything goes on moving."""
        self._tell_layers()
        wanting = [one for one in self.layers if one.tick(now_s)]
        self.unhurried = all(map(is_endless, wanting))
        self.unhurried &= not self.lights.is_moving
        return bool(wanting) or self.lights.is_moving

    def set_online(self, device: DeviceId, on: bool) -> bool:
        """A device came or went; whether that is news."""
        if on is (device not in self._offline):
            return False
        (self._offline.discard if on else self._offline.add)(device)
        if (row := self.placed.row_of.get(device)) is not None:
            self.appearance.paint_one(self.markers, row, offline=not on)
        self._lamps_stale = True
        self._untold.add("online")
        return True

    @property
    def is_plain(self) -> bool:
        """Whether no value colours the rooms."""
        return not (self.scale or self.change)

    @property
    def mesh(self) -> Mesh:
        """The building's shape, empty where only its structure is known."""
        return self._mesh

    @property
    def patient(self) -> bool:
        """Whether buildings enter bit by bit."""
        return self._patient

    @property
    def state(self) -> State | None:
        """The values that it shows: now's, or those of another moment."""
        return self._state

    def is_online(self, device: DeviceId) -> bool:
        """Whether nobody said that the device is gone."""
        return device not in self._offline

    def offline_rows(self) -> list[int]:
        """Rows of the devices that are gone."""
        return [row for id in self._offline if (row := self.placed.row_of.get(id)) is not None]

    @property
    def past(self) -> bool:
        """Whether it shows a moment that is over, in which nothing moves by itself."""
        return self._past

    def set_past(self, on: bool) -> None:
        """Shows a moment that is over from the next `apply` on, or now again."""
        self._past = on

    # the camera and the picture

    def set_pixel_scale(self, scale: float) -> None:
        """Pixels of the picture per logical pixel: markers are as large in every resolution."""
        self._pixel_scale = scale

    def stand(self, pose: CameraPose) -> None:
        """Puts the camera there."""
        self.pose = pose
        pose.apply_to(self.camera)

    def fitting(self, frame: PictureFrame, *, pose: CameraPose | None = None) -> CameraPose:
        """The pose that shows everything in focus."""
        return fitted(self.building.points_to_fit(), pose or self.pose, frame)

    def prepare(self, *, hurried: bool = False) -> None:
        """Before each frame: clipping range, marker size in pixels, pools of light, which may come later where frames follow
        each other quickly."""
        self._lamps_stale |= self.building.bake_pending()
        self.fields.apply_floor_light()
        self._tell_layers()
        levels = self.building.levels
        self.around.prepare(levels, self.building.focus, self.theme)
        self._lamps_stale |= self.lights.prepare(self, told=self._lamps_stale)
        started_s = time.perf_counter()
        if self._lamps_stale and not (hurried and started_s < self._bake_from_s):
            self._lamps_stale = False
            on = shining(self.markers, self.appearance.lit, self.is_online)
            light_floors(levels, self.markers, on, self.appearance.tints, self.appearance.strength)
            self._light_walls()
            ended_s = time.perf_counter()
            self._bake_from_s = ended_s + _BAKE_SHARE * (ended_s - started_s)
        self._clips.update_clipping(levels, self._sawn, self._box, self.theme)
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
        """Lets go of everything on the graphics side; the scene draws nothing afterwards."""
        for one in self.layers:
            one.remove()
        self.building.remove_from_renderer()
        self.markers.remove_from_renderer(self.renderer)
        self.renderer.RemoveAllViewProps()
        if self._own:
            shut(self.window)

    @property
    def within(self) -> RoomId | None:
        """The room in which the eye stands: only its devices are met."""
        return self._within

    def enter_room(self, room: RoomId | None) -> None:
        """The eye is in this room from now on; None: outside, or in none."""
        if room != self._within:
            self._within, self._lamps_stale = room, True

    # what the overlay and the mouse ask

    def lifts(self) -> dict[int, float]:
        """How far each storey stands above its place now."""
        return {i: level.lift for i, level in enumerate(self.building.levels)}

    def shown_rooms(self) -> NDArray[np.intp]:
        """Rows of the rooms of the storeys in focus, less those that are left out."""
        rows = [self._level_rows[i] for i in self.building.shown()]
        found = np.concatenate(rows) if rows else np.empty(0, np.intp)
        return found[~self._veiled[found]]

    def shown_devices(self) -> NDArray[np.bool_]:
        """(devices,) whether its storey is in focus."""
        shown = (*self.building.shown(), self.within)
        if self._shown_for != shown:
            self._shown_for = shown
            self._shown = np.isin(self.placed.level, self.building.shown())
            if self.shown.sectioned:
                self._shown[:] = False
            elif self.within is not None:
                self._shown &= np.array([room == self.within for room in self.placed.room], np.bool_)
        return self._shown

    # inside

    def _set_up(self) -> None:
        renderer = self.renderer
        renderer.SetUseOIT(False)
        renderer.SetAutomaticLightCreation(False)
        renderer.SetTwoSidedLighting(True)
        renderer.RemoveCuller(renderer.GetCullers().GetLastItem())
        self.window.AddRenderer(renderer)
        self._light_up()

    def _light_up(self) -> None:
        inside = self.shown.stand is not EyePlace.OUTSIDE
        self.around.set_lighting(self.theme, inside=inside)

    def _show(self, look: Look) -> bool:
        """Changes what is shown of the building; whether `step` has something to do."""
        before, self.shown = self.building.shows(), look
        self.building.look(look)
        return self._begin(before)

    def _rebuild(self) -> None:
        self._replace(StoreyStack(self.twin.storeys, self.twin.rooms, self._mesh, self.theme))

    def _replace(self, building: StoreyStack, *, held: bool = False, same: bool = False) -> None:
        """`same`: the rooms and the devices are those of the building before."""
        if hasattr(self, "building"):
            self.building.remove_from_renderer()
        self.around.remove_lighting()
        self.fields.drop()
        self._clips.remove()
        self._moves.clear()
        self.building = building
        building.patient = building.patient or self._patient
        self._veil_storeys()
        building.add_to_renderer(self.renderer, held=held)
        for i, level in enumerate(building.levels if self.shown.exploded else ()):
            level.place(building.lift_of(i), 1.0)
        self._floor_colours = floor_colours(self._mesh, self.twin.rooms, self.theme)
        if not same:
            self.room_row = {room.id: i for i, room in enumerate(self.twin.rooms)}
            self.middles = {room.id: room_centroid(room) for room in self.twin.rooms if len(room.outline) > 2}
        self.room_picks = [RoomPick(level.rooms) for level in self.building.levels]
        self._level_rows = [
            np.array([self.room_row[room.id] for room in level.rooms], np.intp) for level in self.building.levels
        ]
        if not same:
            self._replace_devices()

    def _veil_storeys(self) -> None:
        self._veiled = np.array([not self.visibility.shows_room(room) for room in self.twin.rooms], np.bool_)
        veiled = self.visibility.hidden_storeys(self.twin.storeys, self.twin.rooms)
        self.shown = replace(self.shown, veiled=veiled)
        self.building.look(self.shown)

    def _replace_devices(self) -> None:
        capability = self.readings.capability if hasattr(self, "readings") else "temperature"
        self.placed = place(self.twin, [storey.id for storey in self.twin.storeys], self.middles)
        if self.visibility:
            of, rooms = self.twin.device_of, self.twin.room_of
            them = zip(self.placed.ids, self.placed.room, strict=True)
            self.placed = kept(
                self.placed, [self.visibility.shows(of[id], rooms.get(room or RoomId(""))) for id, room in them]
            )
        self.device_pick = DevicePick(self.placed.positions)
        self.readings = SceneValues(self.twin, [room.id for room in self.twin.rooms], self.placed.ids)
        self.readings.capability = capability
        self.room_values = np.full(len(self.twin.rooms), np.nan)
        if self._state is not None:
            self.readings.bind(self._state)
        self._mark_devices()
        self._settle_devices()

    def _mark_devices(self) -> None:
        """A marker for every device, in the theme's colours."""
        if hasattr(self, "markers"):
            self.markers.remove_from_renderer(self.renderer)
        self.markers = DeviceMarkers(self.placed, len(self.building.levels), self.theme)
        self.markers.add_to_renderer(self.renderer)
        self._read_devices({"lights", "tints", "alarms", "switches"})
        self.appearance.paint(self.markers, self.offline_rows())

    def _settle_devices(self) -> None:
        """Devices, lights and colours in the building that is there now."""
        self._shown_for: tuple[int | str | None, ...] | None = None
        self._lamps_stale = True
        self._paint_rooms()
        for one in self.layers:
            one.build(self)
        self._show_markers()

    def _paint_rooms(self) -> None:
        self.room_values = self.readings.room_values()
        given = self.readings, self.room_values, self._floor_colours, self.compared, self.theme
        made = room_colours(*given, (self.scale, self.change))
        colours, empty, self.scale, self.change = made.colours, made.empty, made.scale, made.change
        self.room_ways = self.trend.follow(self.readings, self.room_values, self.scale)
        if self.visibility:
            colours[self._veiled], empty[self._veiled] = self._floor_colours[self._veiled], False
        if self.shown.stand is not EyePlace.OUTSIDE:
            empty[:] = False  # stripes under the feet of a walker tell nothing
        self.room_colours = colours
        hatched = self.fields.paint(self, self._level_rows, self._veiled)
        for index, (level, rows) in enumerate(zip(self.building.levels, self._level_rows, strict=True)):
            if level.show is not StoreyMode.HIDDEN and len(rows):
                level.paint_rooms(colours[rows], hatched.get(index, empty[rows]), plain=not (self.scale or self.change))

    def _read_devices(self, touched: set[str]) -> set[str]:
        """Brings up to date what devices say, as far as it was touched; answers which of that is as it was."""
        same = self.appearance.read(self.readings, self.markers, self.theme, touched)
        self._lamps_stale |= not {"lights", "tints"} <= same
        return same

    def _tell_layers(self) -> None:
        if self._untold:
            touched, self._untold = self._untold, set()
            for one in self.layers:
                one.apply(self, touched)

    def _light_walls(self) -> None:
        """Tells the surroundings which light the lamps make where the eye is."""
        if self.within is not None:
            self.around.shine(self.appearance.mean_tint(self.shown_devices()))

    def _show_markers(self) -> None:
        self.markers.show(self.building.shown(), self.lifts(), faint=self.marker_opacity)
        lifted = self.placed.positions.copy()
        for index, lift in self.lifts().items():
            lifted[self.markers.slices[index], 2] += lift
        self.device_pick = DevicePick(lifted)
        for one in self.layers:
            one.place(self)

    def _begin(self, before: dict[int, StoreyMode]) -> bool:
        """Starts the movement from how storeys are shown to how they shall be."""
        self._moves.start(self.building, before)
        self._lamps_stale = True
        self._paint_rooms()
        self._show_markers()
        return bool(self._moves)

    def room_at(self, room: RoomId) -> tuple[float, float, float] | None:
        """Where the room's name stands: metres, lifted with its storey."""
        if (found := self.twin.room_of.get(room)) is None or room not in self.middles:
            return None
        lift = self.building.levels[self.building.level_of(found.storey)].lift
        return (*self.middles[room], found.floor_m + lift)
