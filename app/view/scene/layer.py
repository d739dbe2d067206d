"""Protocol of scene layers: actors that are added to the scene without the scene knowing them."""

from __future__ import annotations

from typing import Any, Protocol


class SceneLayer[S](Protocol):
    """Props of its own in the scene's renderer. Called on the GUI thread only, never inside a frame."""

    def build(self, scene: S) -> None:
        """Structure, shape or theme changed: what it drew before goes, and comes again as it is now."""
        ...

    def apply(self, scene: S, touched: set[str]) -> None:
        """Values changed since the last frame; `touched` as `Scene.apply` answers it, with "online" for comings and goings."""
        ...

    def place(self, scene: S) -> None:
        """Storeys rose, sank, came or went."""
        ...

    def tick(self, now_s: float) -> bool:
        """Moves on to this moment of a clock that only runs forward; whether it wants to be called again."""
        ...

    def remove(self) -> None:
        """Takes everything of its own out of the picture."""
        ...


def is_endless(one: SceneLayer[Any]) -> bool:
    """Whether what it moves goes on for as long as it is on, so that a fine picture matters more than a smooth movement;
    such a layer says `endless = True`."""
    return bool(getattr(one, "endless", False))
