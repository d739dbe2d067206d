"""Camera and display actions of the window; a mixin of the effects."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMainWindow, QWidget
from shiboken6 import isValid

from app.i18n import tr
from app.view import late_modules
from app.view.control.slots import taking
from app.view.feed import Feed
from app.view.module_loader import ModuleLoader
from app.view.panel.timeline import TimelinePanel
from twin.model.ids import clean_name

if TYPE_CHECKING:  # VTK is loaded when the window stands
    from app.view.panel.viewpoints import ViewpointsPopover
    from app.view.scene.tools.viewpoint import Viewpoint


class CameraControl(Protocol):
    """The methods of the 3D view that camera actions call."""

    def set_ghosts(self, on: bool) -> None: ...
    def walk(self, on: bool) -> None: ...
    def set_parallel(self, on: bool) -> None: ...
    def north_up(self) -> None: ...
    def set_section(self, on: bool) -> None: ...
    def cut_by(self, metres: float) -> None: ...
    def viewpoint(self, name: str) -> Viewpoint: ...
    def visit(self, point: Viewpoint) -> None: ...
    def set_sky(self, sky: str) -> None: ...


class CameraHost(Protocol):
    """The attributes and methods of the window that camera actions use."""

    @property
    def scene(self) -> CameraControl | None: ...
    @property
    def main(self) -> QMainWindow: ...
    @property
    def feed(self) -> Feed: ...

    modules: ModuleLoader

    def panel(self, name: str) -> QWidget: ...
    def notify(self, text: str) -> None: ...
    def check(self, action: str, on: bool) -> None: ...


_FROM_EDGE_PX, _FROM_TOP_PX = 24, 96
_CUT_STEP_M = 0.15
_SETTING, _KEPT_AT_MOST = "viewpoints", 60
_SKIES = {"studio": "studio", "sky": "auto", "day": "day", "night": "night"}


class CameraActions[S: CameraHost]:
    """Camera and display actions; a mixin of `ActionEffects`."""

    host: S

    def smooth(self, on: bool) -> None:
        """Colours surfaces by interpolating between sensors (`on`), or each room with one colour."""
        self.host.feed.selection.change(smooth=on)

    def compare(self, on: bool) -> None:
        """Turns the comparison of the shown moment with another one on or off."""
        timeline = self.host.panel("timeline")
        if isinstance(timeline, TimelinePanel):
            timeline.pin(on)

    def play(self) -> None:
        """Starts or stops playing the last days in the timeline."""
        timeline = self.host.panel("timeline")
        if isinstance(timeline, TimelinePanel):
            timeline.run_or_rest()

    def play_period(self, from_ms: int, to_ms: int) -> None:
        """Plays a period (UTC ms) in the timeline; its end stays shown."""
        timeline = self.host.panel("timeline")
        if isinstance(timeline, TimelinePanel):
            timeline.play_period(from_ms, to_ms)

    def ghosts(self, on: bool) -> None:
        """Shows or hides the storeys around the storey in focus as transparent shells."""
        if self.host.scene:
            self.host.scene.set_ghosts(on)

    def walk(self, on: bool) -> None:
        """Starts or ends walking inside the building."""
        if self.host.scene:
            self.host.scene.walk(on)

    def walked(self, on: bool) -> None:
        """Checks or unchecks "walk" in the menu when the 3D view starts or ends walking."""
        self.host.check("walk", on)
        if on:
            self.host.check("explode", False)

    def section(self, on: bool) -> None:
        """Turns the section box on or off."""
        if self.host.scene:
            self.host.scene.set_section(on)
            if on:
                self.host.check("explode", False)

    def sectioned(self, on: bool) -> None:
        """Checks or unchecks "section" in the menu when the 3D view turns the section box on or off."""
        self.host.check("section", on)

    def cut_higher(self) -> None:
        """Raises the height at which walls are cut by 0.15 m."""
        if self.host.scene:
            self.host.scene.cut_by(_CUT_STEP_M)

    def cut_lower(self) -> None:
        """Lowers the height at which walls are cut by 0.15 m."""
        if self.host.scene:
            self.host.scene.cut_by(-_CUT_STEP_M)

    def parallel(self, on: bool) -> None:
        """Switches the camera between parallel (`on`) and perspective projection."""
        if self.host.scene:
            self.host.scene.set_parallel(on)

    def north(self) -> None:
        """Turns the camera so that north is up."""
        if self.host.scene:
            self.host.scene.north_up()

    def viewpoints(self) -> None:
        """Opens the popover with the saved viewpoints."""
        self.host.modules.when([late_modules.VIEWPOINTS], self._show_viewpoints)

    def _show_viewpoints(self) -> None:
        from app.view.panel.viewpoints import ViewpointsPopover

        main = self.host.main
        panel = ViewpointsPopover(main)
        panel.flown.connect(taking(int, lambda at: self.visit(at + 1)))
        panel.kept.connect(taking(str, lambda name: self._keep(name, panel)))
        panel.removed.connect(taking(int, lambda at: self._forget(at, panel)))
        self._with_kept(lambda points: panel.show_points(points) if isValid(panel) else None)
        panel.show_points(())
        spot = main.mapToGlobal(main.rect().topRight())
        panel.open_at(spot + QPoint(-_FROM_EDGE_PX, _FROM_TOP_PX))

    def visit(self, number: int) -> None:
        """Flies to the saved viewpoint with this number, counted from 1; notifies the user if there is none."""
        self._with_kept(lambda points: self._visit(points, number))

    def _visit(self, points: tuple[Viewpoint, ...], number: int) -> None:
        if self.host.scene and number <= len(points):
            self.host.scene.visit(points[number - 1])
        else:
            self.host.notify(tr("There is no viewpoint {number} yet.", number=number))

    def _keep(self, name: str, panel: ViewpointsPopover) -> None:
        if self.host.scene is None:
            return
        made = self.host.scene.viewpoint(clean_name(name) or tr("View"))
        self._change(lambda points: (*points, made), panel)

    def _forget(self, at: int, panel: ViewpointsPopover) -> None:
        self._change(lambda points: (*points[:at], *points[at + 1 :]), panel)

    def _change(self, how: Callable[[tuple[Viewpoint, ...]], tuple[Viewpoint, ...]], panel: ViewpointsPopover) -> None:
        feed = self.host.feed

        def known(points: tuple[Viewpoint, ...]) -> None:
            made = how(points)[:_KEPT_AT_MOST]
            kept = feed.api.keep_setting(_SETTING, [point.document() for point in made])
            feed.when(kept, lambda _: panel.show_points(made) if isValid(panel) else None)

        self._with_kept(known)

    def _with_kept(self, then: Callable[[tuple[Viewpoint, ...]], None]) -> None:
        from app.view.scene.tools.viewpoint import read

        feed = self.host.feed
        feed.when(feed.api.setting(_SETTING), lambda found: then(read(found)))

    def studio(self, on: bool) -> None:
        """Selects the studio lighting: even light from all directions."""
        self._light("studio", on)

    def sky(self, on: bool) -> None:
        """Selects the lighting of the building's place and time; off selects studio lighting."""
        self._light("sky", on)

    def day(self, on: bool) -> None:
        """Selects daylight; off selects studio lighting."""
        self._light("day", on)

    def night(self, on: bool) -> None:
        """Selects night lighting; off selects studio lighting."""
        self._light("night", on)

    def light(self, sky: str) -> None:
        """Selects the lighting by its word in the 3D view: `studio`, `auto`, `day` or `night`."""
        action = next(action for action, word in _SKIES.items() if word == sky)
        self._light(action, on=True)

    def skies(self) -> tuple[str, ...]:
        """The lighting words that `light` accepts."""
        return tuple(_SKIES.values())

    def _light(self, action: str, on: bool) -> None:
        for other in _SKIES:
            self.host.check(other, other == (action if on else "studio"))
        if self.host.scene:
            self.host.scene.set_sky(_SKIES[action] if on else "studio")
