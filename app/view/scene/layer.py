"""Protocol of scene layers: they add their own actors, which the scene does not depend on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol


class SceneLayer[S](Protocol):
    """Layer that draws its own props in the scene's renderer; called on the GUI thread, never inside a frame."""

    def build(self, scene: S) -> None:
        """Removes and redraws the props after the structure, shape or theme changed."""
        ...

    def apply(self, scene: S, touched: set[str]) -> None:
        """Updates the props after values changed; `touched` is the result of `Scene.apply`, plus "online"."""
        ...

    def place(self, scene: S) -> None:
        """Moves the props after storeys were raised, lowered, shown or hidden."""
        ...

    def tick(self, now_s: float) -> bool:
        """Advances animations to this monotonic time; returns whether another call is wanted."""
        ...

    def remove(self) -> None:
        """Removes the layer's props from the renderer."""
        ...


def is_endless(one: SceneLayer[Any]) -> bool:
    """Whether a layer's animation has no end while it is on (`endless = True`), so that picture quality matters more
    than frame
    rate.
    """
    return bool(getattr(one, "endless", False))


class LayerSet[S]:
    """The layers of one scene; changes are collected and passed on once per frame."""

    def __init__(self, layers: Iterable[SceneLayer[S]]) -> None:
        self.every = tuple(layers)
        self.unhurried = True
        """Whether all running animations are endless (see `is_endless`)."""
        self._touched: set[str] = set()

    def touch(self, touched: Iterable[str]) -> None:
        """Collects the changed aspects; layers get them before the next frame."""
        self._touched.update(touched)

    def apply_touched(self, scene: S) -> None:
        """Passes the changes collected since the last call to the layers; call before a frame."""
        if self._touched:
            touched, self._touched = self._touched, set()
            for one in self.every:
                one.apply(scene, touched)

    def build(self, scene: S) -> None:
        """Rebuilds every layer after the structure, shape or theme changed."""
        for one in self.every:
            one.build(scene)

    def place(self, scene: S) -> None:
        """Moves every layer's props after storeys were raised, lowered, shown or hidden."""
        for one in self.every:
            one.place(scene)

    def tick(self, now_s: float) -> bool:
        """Advances all animations to this time; returns whether any continues."""
        wanting = [one for one in self.every if one.tick(now_s)]
        self.unhurried = all(map(is_endless, wanting))
        return bool(wanting)

    def remove(self) -> None:
        """Removes the props of all layers from the renderer."""
        for one in self.every:
            one.remove()
