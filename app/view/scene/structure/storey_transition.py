"""Animated transition of storeys: appearing, disappearing, pulled apart and together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.view.scene.camera.camera import smooth
from app.view.scene.structure.drawn_parts import StoreyMode
from app.view.scene.structure.storey_stack import StoreyStack

_ARRIVES_M = 1.8
"""Height in metres from which a storey descends into view."""


@dataclass(frozen=True, slots=True)
class _Move:
    start: tuple[float, float]
    """Lift in metres, opacity."""
    end: tuple[float, float]


class StoreyTransition:
    """Movements of a building's storeys, by index."""

    def __init__(self) -> None:
        self._moves: dict[int, _Move] = {}

    def __bool__(self) -> bool:
        return bool(self._moves)

    def clear(self) -> None:
        """Cancels all movements."""
        self._moves.clear()

    def start(self, storey_stack: StoreyStack, before: Mapping[int, StoreyMode]) -> None:
        """Starts the movement from the storeys' earlier drawing modes to the present ones."""
        self._moves.clear()
        for index, level in enumerate(storey_stack.levels):
            show, cut = storey_stack.drawing_mode(index)
            lift = storey_stack.lift_of(index) if storey_stack.exploded else 0.0
            leaves = show is StoreyMode.HIDDEN and before[index] is not StoreyMode.HIDDEN
            comes = show is not StoreyMode.HIDDEN and before[index] is StoreyMode.HIDDEN
            if not leaves:
                level.present(show, cut)
            start = (level.lift, level.opacity)
            if comes:
                start = (lift + (0.0 if storey_stack.exploded else _ARRIVES_M), 0.0)
            if before[index] is not show and StoreyMode.GHOST in (before[index], show) and not leaves:
                start = (level.lift, 0.0)  # a shell fades in where it is, and so does what was one
            end = (lift + (_ARRIVES_M if leaves else 0.0), 0.0 if leaves else 1.0)
            if start != end or leaves:
                self._moves[index] = _Move(start, end)

    def step(self, storey_stack: StoreyStack, share: float) -> None:
        """Sets lifts and opacities at this share, 0 to 1, of the transition."""
        eased = smooth(share)
        for index, move in self._moves.items():
            lift, opacity = (a + (b - a) * eased for a, b in zip(move.start, move.end, strict=True))
            storey_stack.levels[index].place(lift, opacity)
