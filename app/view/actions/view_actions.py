"""Actions for what the 3D view shows of the building: all of it, one storey, apart, with labels; a mixin of the effects."""

from __future__ import annotations

from app.selection import Selection
from app.view.actions.panel_host import PanelHost
from app.view.feed import Feed


class ViewActions:
    """View actions; a mixin of `ActionEffects`."""

    host: PanelHost
    feed: Feed
    selection: Selection

    def fit(self) -> None:
        """Moves the camera so that the whole building is in view."""
        if self.host.scene:
            self.host.scene.fit()

    def top(self) -> None:
        """Moves the camera to look from above."""
        if self.host.scene:
            self.host.scene.from_above()

    def storey_up(self) -> None:
        """Moves the focus one storey up."""
        self.step(1)

    def storey_down(self) -> None:
        """Moves the focus one storey down."""
        self.step(-1)

    def step(self, by: int) -> None:
        """Moves the focus by this many storeys; above the top storey the whole building is shown."""
        storeys = [storey.id for storey in self.feed.twin.storeys]
        if not storeys:
            return
        now = self.selection.state.storey
        at = storeys.index(now) if now is not None and now in storeys else len(storeys)
        to = max(0, min(len(storeys), at + by))
        self.selection.change(storey=storeys[to] if to < len(storeys) else None)

    def explode(self, on: bool) -> None:
        """Moves the storeys apart, or back together."""
        if self.host.scene:
            self.host.scene.set_exploded(on)

    def labels(self, on: bool) -> None:
        """Shows or hides the labels in the 3D view."""
        if self.host.scene:
            self.host.scene.set_labels(on)
