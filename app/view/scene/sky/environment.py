"""Lights, sky and, inside the building, ceilings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from vtkmodules.vtkRenderingCore import vtkActor, vtkRenderer, vtkTexture

from app.view.scene.sky import daylight
from app.view.scene.sky.daylight import Daylight, SkyDome
from app.view.scene.sky.sun_patches import sun_patches
from app.view.scene.structure.ceilings import ceiling_actor
from app.view.scene.structure.drawn_parts import StoreyMode
from app.view.scene.structure.floor_texture import PREFIX
from app.view.scene.structure.storey_actors import StoreyActors
from app.view.scene.structure.storey_shape import base_of
from app.view.theme import Rgb, Theme, rgb

_DARK_CEILING = 0.46
DAY_TONES, _NIGHT_TONES = (0.84, 1.0), (0.66, 0.60)
"""Ambient tones of (floors, cuts): by day floors are darker, so that sun patches are visible."""
_FLOORS, _CUTS = frozenset({"floor", "field"}), frozenset({"caps", "leaf_caps"})


class SceneEnvironment:
    """Call `set_lighting` when theme, daylight or camera place change, and `prepare` before each frame."""

    def __init__(self, renderer: vtkRenderer) -> None:
        self._renderer = renderer
        self.daylight: Daylight | None = None
        """The light of a time and a place; None for the studio's."""
        self._dome: SkyDome | None = None
        self._ceiling: vtkActor | None = None
        self._patches: dict[StoreyActors, vtkActor | None] = {}
        self._patch_blinds: dict[StoreyActors, dict[str, float]] = {}
        """How far the blinds of a storey stood open when its patches were made."""
        self._inside = self._dark = False
        self._lamps: Rgb | None = None
        self._ceiling_picture: vtkTexture | None = None
        self._plain_picture: vtkTexture | None = None

    def set_lighting(self, theme: Theme, *, inside: bool) -> None:
        """Sets lights and sky for the theme, and rebuilds the ceilings."""
        renderer, dark = self._renderer, theme.name == "dark"
        self._inside, self._dark = inside, dark
        self.remove_lighting()
        renderer.SetBackground(*rgb(theme.sky))
        beams = self.daylight.beams if self.daylight else daylight.studio(dark=dark)
        daylight.set_lights(renderer, daylight.indoors(dark=dark, lamps=self._lamps) if inside else beams)
        if inside or self.daylight is not None:
            self._dome = self._dome or SkyDome()
            self._dome.paint(self.daylight or daylight.plain_sky(dark=dark))
            renderer.AddActor(self._dome.actor)
        elif self._dome is not None:
            renderer.RemoveActor(self._dome.actor)
            self._dome = None

    def prepare(self, levels: Sequence[StoreyActors], focus: int, theme: Theme) -> None:
        """Updates the ceilings of the camera's storey, and the sun patches of visible floors. Call before a frame."""
        if self._inside and self._ceiling is None and levels and (shape := levels[focus].ceiling_shape()) is not None:
            self._ceiling = ceiling_actor(shape, levels[focus].lift, theme)
            self._plain_picture = self._ceiling.GetTexture()
            self._renderer.AddActor(self._ceiling)
            self._tint()
        light = self.daylight
        self._tone(levels, light)
        if light is None or light.night:
            return
        for level in levels:
            seen = level.show is StoreyMode.CUT and level.opacity > 0.99
            if seen and self._patch_blinds.get(level, {}) != level.blinds_open:
                self._patch_blinds[level] = level.blinds_open
                self._remove_patch(level)
            if seen and level not in self._patches and level.floor is not None and level.floor.light is not None:
                made = self._patches[level] = sun_patches(level, light.sun, light.beams[0].colour)
                if made is not None:
                    self._renderer.AddActor(made)
            patch = self._patches.get(level)
            if patch is not None:
                patch.SetVisibility(seen)
                patch.SetPosition(0.0, 0.0, level.lift)

    def _remove_patch(self, level: StoreyActors) -> None:
        if (patch := self._patches.pop(level, None)) is not None:
            self._renderer.RemoveActor(patch)

    def _tone(self, levels: Sequence[StoreyActors], light: Daylight | None) -> None:
        """Sets the brightness of floors and cuts, which are not lit by VTK, by the hour."""
        floor, cut = (1.0, 1.0) if light is None else _NIGHT_TONES if light.night else DAY_TONES
        for level in levels:
            for name, one in level.actors.items():
                lit = level.lit and name == "field"  # drawn in the light of the hour already
                is_floor = name in _FLOORS or name.startswith(PREFIX)
                tone = cut if base_of(name) in _CUTS else floor if is_floor and not lit else None
                if tone is not None and one.GetProperty().GetAmbient() != tone:
                    one.GetProperty().SetAmbient(tone)

    def shine(self, lamps: Rgb | None) -> None:
        """Sets the mean colour of the lamps lit around the camera; None if all are off."""
        if lamps != self._lamps:
            self._lamps = lamps
            if self._inside and self._dark:
                daylight.set_lights(self._renderer, daylight.indoors(dark=True, lamps=lamps))
                self._tint()

    def set_ceiling_picture(self, light: vtkTexture | None) -> None:
        """Sets the texture of baked light on the ceilings; None for their own colour and shadows."""
        if light is not self._ceiling_picture:
            self._ceiling_picture = light
            self._tint()

    def _tint(self) -> None:
        if self._ceiling is None:
            return
        if (texture := self._ceiling_picture or self._plain_picture) is not None:
            self._ceiling.SetTexture(texture)
        if self._ceiling_picture is not None:
            self._ceiling.GetProperty().SetColor(1.0, 1.0, 1.0)
        elif self._dark:
            tone = np.array(self._lamps) * 1.05 if self._lamps else np.array((0.55, 0.60, 0.72))
            self._ceiling.GetProperty().SetColor(*(np.clip(tone * _DARK_CEILING, 0, 1)).tolist())

    def follow(self) -> None:
        """Centres the sky on the camera; call after the clipping range is set."""
        if self._dome is not None:
            self._dome.follow(self._renderer.GetActiveCamera())

    def remove_lighting(self) -> None:
        """Removes ceilings and sun patches from the renderer."""
        for level in list(self._patches):
            self._remove_patch(level)
        self._patch_blinds.clear()
        if self._ceiling is not None:
            self._renderer.RemoveActor(self._ceiling)
            self._ceiling = None
