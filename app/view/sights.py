"""What the actions of moving through the twin do; part of the effects."""

from __future__ import annotations

from typing import Protocol


class Moving(Protocol):
    """What these effects need of the 3D view."""

    def set_ghosts(self, on: bool) -> None: ...
    def walk(self, on: bool) -> None: ...
    def set_parallel(self, on: bool) -> None: ...
    def north_up(self) -> None: ...
    def cut_by(self, metres: float) -> None: ...
    def set_sky(self, sky: str) -> None: ...


class Stage(Protocol):
    """What these effects need of the window."""

    @property
    def scene(self) -> Moving | None: ...
    def check(self, action: str, on: bool) -> None: ...


_CUT_STEP_M = 0.15
_SKIES = {"sky": "auto", "day": "day", "night": "night"}


class Sights[S: Stage]:
    """Mixed into `Effects`, which has the stage."""

    stage: S

    def ghosts(self, on: bool) -> None:
        """The storeys around the one in focus as shells, or not at all."""
        if self.stage.scene:
            self.stage.scene.set_ghosts(on)

    def walk(self, on: bool) -> None:
        """Into the building, or out again."""
        if self.stage.scene:
            self.stage.scene.walk(on)

    def walked(self, on: bool) -> None:
        """The menu follows the walker."""
        self.stage.check("walk", on)

    def cut_higher(self) -> None:
        """Shows more of the walls."""
        if self.stage.scene:
            self.stage.scene.cut_by(_CUT_STEP_M)

    def cut_lower(self) -> None:
        """Shows less of the walls."""
        if self.stage.scene:
            self.stage.scene.cut_by(-_CUT_STEP_M)

    def parallel(self, on: bool) -> None:
        """Drawn like a plan, or as the eye sees."""
        if self.stage.scene:
            self.stage.scene.set_parallel(on)

    def north(self) -> None:
        """North up."""
        if self.stage.scene:
            self.stage.scene.north_up()

    def sky(self, on: bool) -> None:
        """The light of the place and the time, or the studio's."""
        self._light("sky", on)

    def day(self, on: bool) -> None:
        """Day, or the studio's light."""
        self._light("day", on)

    def night(self, on: bool) -> None:
        """Night, or the studio's light."""
        self._light("night", on)

    def _light(self, action: str, on: bool) -> None:
        for other in _SKIES:
            self.stage.check(other, on and other == action)
        if self.stage.scene:
            self.stage.scene.set_sky(_SKIES[action] if on else "studio")
