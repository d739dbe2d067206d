"""Actions that show a page of the activity bar; a mixin of the effects."""

from __future__ import annotations

from app.view.actions.panel_host import PanelHost
from app.view.actions.radio_actions import RadioActions


class PageActions(RadioActions):
    """Shows alarms, rules and what is computed from the history; a mixin of `ActionEffects`."""

    host: PanelHost

    def alarms(self) -> None:
        """Shows the page of alarms."""
        self.host.show_activity("alarms")

    def rules(self) -> None:
        """Shows the page of automations, schedules and scenes."""
        self.host.show_activity("rules")

    def energy(self) -> None:
        """Shows the page of energy."""
        self.host.show_activity("energy")

    def comfort(self) -> None:
        """Shows the page of comfort."""
        self.host.show_activity("comfort")

    def warnings(self) -> None:
        """Shows the page of early warnings."""
        self.host.show_activity("warnings")

    def care(self) -> None:
        """Shows the page of the care of a person."""
        self.host.show_activity("care")

    def notifications(self) -> None:
        """Shows the page of who is told of alarms, and how."""
        self.host.show_activity("notifications")

    def work(self) -> None:
        """Shows the page of work orders."""
        self.host.show_activity("work")

    def reports(self) -> None:
        """Shows the page of reports."""
        self.host.show_activity("reports")
