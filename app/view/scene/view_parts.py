"""Parts of the 3D view: surface, scene, overlay, input and tools; and pictures of it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QImage,
)
from PySide6.QtWidgets import QWidget

from app.selection import Selection
from app.view.scene.alarm_pulse import AlarmPulse
from app.view.scene.animation_clock import AnimationClock
from app.view.scene.building_loader import BuildingLoader
from app.view.scene.camera.orbit_input import OrbitInput
from app.view.scene.live.layers import Layers, live_layers
from app.view.scene.overlay.compass_button import CompassButton
from app.view.scene.overlay.cut_slider import CutSlider
from app.view.scene.overlay.empty_scene import EmptyScene
from app.view.scene.overlay.key_hints import KeyHint
from app.view.scene.overlay.overlay import SceneOverlay
from app.view.scene.picture import antialiased_picture_of, picture_of
from app.view.scene.scene import Scene
from app.view.scene.sky.daylight_clock import DaylightClock
from app.view.scene.tools.camera_input import CameraInput
from app.view.scene.tools.distance_measurement import DistanceMeasurement
from app.view.scene.tools.first_person import FirstPerson
from app.view.scene.tools.interaction import SceneInteraction
from app.view.scene.tools.radio_link_view import RadioLinkView
from app.view.scene.tools.rubber_band import RubberBand
from app.view.scene.tools.section_box import SectionBox
from app.view.scene.viewport.resolution_governor import ResolutionGovernor
from app.view.scene.viewport.surface import RenderSurface, make_surface
from app.view.scene_widget import SceneWidget
from app.view.style import current_theme


class ViewParts(SceneWidget):
    """Creates the parts of the 3D view, each with the parts it needs; subclasses connect their signals."""

    def __init__(
        self, selection: Selection, parent: QWidget | None = None, *, kind: str = "auto", layers: Layers | None = None
    ) -> None:
        super().__init__(parent)
        self._selection = selection
        self.surface: RenderSurface = make_surface(kind, self)
        self.scene = Scene(current_theme(), self.surface.render_window, live_layers() if layers is None else layers)
        widget = self.surface.widget()
        widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFocusProxy(widget)
        self.overlay = SceneOverlay(widget, self.scene)
        self.empty = EmptyScene(self)
        self.orbit_input = OrbitInput(widget)
        self.interaction = SceneInteraction(widget, self.scene, self.overlay, self.orbit_input)
        self.radio = RadioLinkView(widget, self.scene, self.overlay, self.orbit_input)
        self.interaction.more_rows = self.radio.rows_of
        self.overlay.second_legend = self.radio.legend
        self.north = CompassButton(widget)
        self.governor = ResolutionGovernor(self.surface)
        self.loader = BuildingLoader(self, self.scene, self.governor, self.surface.painted)
        self.motion = AnimationClock(self, self.scene, self.governor)
        self.camera_input = CameraInput(self, self.scene, self.governor, selection)
        self.flight = self.camera_input.flight
        self.pulse = AlarmPulse(self, self.scene, self.overlay)
        self.cutbar, self.hint = CutSlider(widget, lambda: self.scene.theme), KeyHint(widget)
        self.overlay.tools = (self.cutbar, self.hint)
        self.section = SectionBox(widget, self.scene)
        self.band = RubberBand(widget, self.overlay, self.interaction)
        self.measure = DistanceMeasurement(widget, self.overlay, self.interaction)
        self.daytime = DaylightClock(self)
        self.first_person = FirstPerson(
            widget, self.scene, self.camera_input, self.orbit_input, lambda: self.loader.compute
        )

    def picture(self, width: int, height: int) -> QImage:
        """An image of the twin with its labels in any size, at twice the screen's resolution."""
        self._finish()
        made = picture_of(self.surface, self.scene, self.overlay, (width, height), self.width())
        self.governor.rest()
        return made

    def antialiased(self, width: int, height: int) -> QImage:
        """The same with sixteen samples per pixel."""
        self._finish()
        made = antialiased_picture_of(self.surface, self.scene, self.overlay, (width, height), self.width())
        self.governor.rest()
        return made

    def set_fine(self, on: bool) -> None:
        """Sets whether storeys get light of print quality, which takes minutes; else the usual one."""
        self.scene.lights.set_fine(on)

    @property
    def awaits_light(self) -> bool:
        """Whether light is being baked for the storeys shown."""
        return self.scene.lights.is_baking

    def wait_painted(self) -> None:
        """Ends all animations and paints the finest frame before returning."""
        self._finish()
        self.surface.render_now()
        self.overlay.repaint()

    def _finish(self) -> None:
        self.flight.land()
        self.loader.finish()
        self.scene.lights.finish()
        self.governor.finest()

    def _refresh(self, *, moves: bool = False) -> None:
        """Shows a change; `moves` if many follow each other, as while the time is dragged."""
        (self.governor.touch if moves else self.governor.change)()
        self.motion.wake()
        self.overlay.update()
        self.pulse.need()
