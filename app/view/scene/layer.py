"""What adds itself to the 3D picture without the scene knowing it: one class a layer, one line in the table."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from app.view.scene.scene import Scene


class Layer(Protocol):
    """Props of its own in the scene's renderer. Called on the GUI thread only, never inside a frame."""

    def build(self, scene: Scene) -> None:
        """Structure, shape or theme changed: what it drew before goes, and comes again as it is now."""
        ...

    def apply(self, scene: Scene, touched: set[str]) -> None:
        """Values changed; `touched` as `Scene.apply` answers it."""
        ...

    def place(self, scene: Scene) -> None:
        """Storeys rose, sank, came or went."""
        ...

    def tick(self, now_s: float) -> bool:
        """Moves on to this moment of a clock that only runs forward; whether it wants to be called again."""
        ...

    def leave(self) -> None:
        """Takes everything of its own out of the picture."""
        ...


def _halos() -> Layer:
    from app.view.scene.live.halo import Halos  # it needs the scene, which needs this table

    return Halos()


LAYERS: tuple[Callable[[], Layer], ...] = (_halos,)
"""In the order in which they are asked."""
