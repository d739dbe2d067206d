"""Actions that show what was computed from the history; a mixin of the effects."""

from __future__ import annotations

from app.view.actions.panel_host import PanelHost


class InsightActions:
    """Shows the pages of energy and what else is computed; a mixin of `ActionEffects`."""

    host: PanelHost

    def energy(self) -> None:
        """Shows the page of energy."""
        self.host.show_activity("energy")
