"""Protocol of scene layers: actors that are added to the scene without the scene knowing them."""

from __future__ import annotations

from collections.abc import Iterable
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


class LayerSet[S]:
    """The layers of one scene. Many reports between two frames are one change to them."""

    def __init__(self, layers: Iterable[SceneLayer[S]]) -> None:
        self.every = tuple(layers)
        self.unhurried = True
        """Whether all that moves now goes on for ever (see `is_endless`)."""
        self._untold: set[str] = set()

    def touch(self, touched: Iterable[str]) -> None:
        """So much was touched; they hear of it before the next frame."""
        self._untold.update(touched)

    def tell(self, scene: S) -> None:
        """Before a frame: what was touched since they heard of it last."""
        if self._untold:
            touched, self._untold = self._untold, set()
            for one in self.every:
                one.apply(scene, touched)

    def build(self, scene: S) -> None:
        """Structure, shape or theme changed."""
        for one in self.every:
            one.build(scene)

    def place(self, scene: S) -> None:
        """Storeys rose, sank, came or went."""
        for one in self.every:
            one.place(scene)

    def tick(self, now_s: float) -> bool:
        """Moves all on to this moment; whether anything goes on moving."""
        wanting = [one for one in self.every if one.tick(now_s)]
        self.unhurried = all(map(is_endless, wanting))
        return bool(wanting)

    def remove(self) -> None:
        """Takes everything of theirs out of the picture."""
        for one in self.every:
            one.remove()
