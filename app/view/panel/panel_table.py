"""Table of panels, their docks, and the activities that show them. A new panel is one row."""

from __future__ import annotations

from dataclasses import dataclass
from pkgutil import resolve_name
from typing import cast

from PySide6.QtCore import Qt

from app.view.panel.panel_base import Panel

_AREA = Qt.DockWidgetArea


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelPlace:
    """One panel and its dock position."""

    name: str
    title: str
    at: str
    """`module:class` of the panel; imported when it is first shown."""
    area: Qt.DockWidgetArea
    size: int
    least: int = 0
    """Minimum width of the panel in pixels."""
    titled: bool = True
    """Whether the dock has a title bar with a close button."""

    @property
    def module(self) -> str:
        """Name of the panel's module."""
        return self.at.partition(":")[0]

    def panel(self) -> type[Panel]:
        """Imports and returns the panel's class."""
        return cast("type[Panel]", resolve_name(self.at))


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One button of the activity bar and the panels that it shows."""

    name: str
    title: str
    icon: str
    panels: tuple[str, ...]
    under: str = ""
    """Activity whose button is checked, for pages without one of their own; closing the page returns there."""


PANELS: tuple[PanelPlace, ...] = (
    PanelPlace(
        name="tree",
        title="Building",
        at="app.view.panel.tree:TreePanel",
        area=_AREA.LeftDockWidgetArea,
        size=270,
        titled=False,
    ),
    PanelPlace(
        name="inspector",
        title="Details",
        at="app.view.panel.inspector:InspectorPanel",
        area=_AREA.RightDockWidgetArea,
        size=320,
        least=256,
        titled=False,
    ),
    PanelPlace(
        name="install",
        title="Install",
        at="app.view.panel.discover:DiscoverPanel",
        area=_AREA.RightDockWidgetArea,
        size=360,
        least=256,
    ),
    PanelPlace(
        name="network",
        title="Network check",
        at="app.view.panel.network_check:NetworkCheckPanel",
        area=_AREA.RightDockWidgetArea,
        size=380,
        least=256,
    ),
    PanelPlace(
        name="radio",
        title="Radio links",
        at="app.view.panel.radio_survey:RadioPanel",
        area=_AREA.RightDockWidgetArea,
        size=380,
        least=256,
    ),
    PanelPlace(
        name="checkout",
        title="Checkout",
        at="app.view.panel.checkout:CheckoutPanel",
        area=_AREA.RightDockWidgetArea,
        size=400,
        least=256,
    ),
    PanelPlace(
        name="pairing",
        title="Pair from a list",
        at="app.view.panel.pairing_list:PairingListPanel",
        area=_AREA.RightDockWidgetArea,
        size=400,
        least=256,
    ),
    PanelPlace(
        name="links",
        title="Gateways",
        at="app.view.panel.links:LinksPanel",
        area=_AREA.RightDockWidgetArea,
        size=380,
        least=256,
    ),
    PanelPlace(
        name="users",
        title="Users",
        at="app.view.panel.users:UsersPanel",
        area=_AREA.RightDockWidgetArea,
        size=380,
        least=256,
    ),
    PanelPlace(
        name="alarms",
        title="Alarms",
        at="app.view.panel.alarms:AlarmsPanel",
        area=_AREA.RightDockWidgetArea,
        size=380,
        least=256,
    ),
    PanelPlace(
        name="rules",
        title="Rules",
        at="app.view.panel.rules:RulesPanel",
        area=_AREA.RightDockWidgetArea,
        size=400,
        least=256,
    ),
    PanelPlace(
        name="energy",
        title="Energy",
        at="app.view.panel.energy:EnergyPanel",
        area=_AREA.RightDockWidgetArea,
        size=460,
        least=380,
    ),
    PanelPlace(
        name="comfort",
        title="Comfort",
        at="app.view.panel.comfort:ComfortPanel",
        area=_AREA.RightDockWidgetArea,
        size=420,
        least=400,
    ),
    PanelPlace(
        name="warnings",
        title="Early warnings",
        at="app.view.panel.warnings:WarningsPanel",
        area=_AREA.RightDockWidgetArea,
        size=420,
        least=360,
    ),
    PanelPlace(
        name="care",
        title="Care",
        at="app.view.panel.care_page:CarePanel",
        area=_AREA.RightDockWidgetArea,
        size=420,
        least=360,
    ),
    PanelPlace(
        name="notifications",
        title="Notifications",
        at="app.view.panel.notifications:NotificationsPanel",
        area=_AREA.RightDockWidgetArea,
        size=380,
        least=256,
    ),
    PanelPlace(
        name="work",
        title="Work orders",
        at="app.view.panel.work_order_page:WorkOrdersPanel",
        area=_AREA.RightDockWidgetArea,
        size=380,
        least=256,
    ),
    PanelPlace(
        name="reports",
        title="Reports",
        at="app.view.panel.report_page:ReportsPanel",
        area=_AREA.RightDockWidgetArea,
        size=400,
        least=256,
    ),
    PanelPlace(
        name="trends",
        title="Trends",
        at="app.view.panel.trends:TrendsPanel",
        area=_AREA.BottomDockWidgetArea,
        size=300,
        titled=False,
    ),
    PanelPlace(
        name="devices",
        title="Devices",
        at="app.view.panel.devices:DevicesPanel",
        area=_AREA.BottomDockWidgetArea,
        size=280,
    ),
    PanelPlace(
        name="commands",
        title="Commands",
        at="app.view.panel.commands:CommandsPanel",
        area=_AREA.BottomDockWidgetArea,
        size=240,
    ),
    PanelPlace(
        name="problems",
        title="Problems",
        at="app.view.panel.problems:ProblemsPanel",
        area=_AREA.BottomDockWidgetArea,
        size=240,
    ),
)

PLACES = {place.name: place for place in PANELS}
"""The panels' rows by name."""

STAYING = ("devices", "commands", "problems")
"""Panels that stay open when the activity changes; their own action opens and closes them."""

ACTIVITIES: tuple[Activity, ...] = (
    Activity(name="live", title="Live", icon="live", panels=("tree", "inspector")),
    Activity(name="install", title="Install", icon="install", panels=("tree", "install")),
    Activity(name="network", title="Network check", icon="health", panels=("tree", "network"), under="install"),
    Activity(name="radio", title="Radio links", icon="bridge", panels=("tree", "radio"), under="install"),
    Activity(name="checkout", title="Checkout", icon="check", panels=("tree", "checkout"), under="install"),
    Activity(name="pairing", title="Pair from a list", icon="pair", panels=("tree", "pairing"), under="install"),
    Activity(name="links", title="Gateways", icon="bridge", panels=("tree", "links")),
    Activity(name="users", title="Users", icon="lock", panels=("tree", "users"), under="live"),
    Activity(name="alarms", title="Alarms", icon="alarm", panels=("tree", "alarms")),
    Activity(name="rules", title="Rules", icon="rules", panels=("tree", "rules")),
    Activity(
        name="notifications", title="Notifications", icon="alarm", panels=("tree", "notifications"), under="alarms"
    ),
    Activity(name="work", title="Work orders", icon="check", panels=("tree", "work"), under="alarms"),
    Activity(name="reports", title="Reports", icon="document", panels=("tree", "reports"), under="alarms"),
    Activity(name="energy", title="Energy", icon="meter", panels=("tree", "energy")),
    Activity(name="comfort", title="Comfort", icon="temperature", panels=("tree", "comfort")),
    Activity(name="warnings", title="Early warnings", icon="health", panels=("tree", "warnings"), under="alarms"),
    Activity(name="care", title="Care", icon="live", panels=("tree", "care"), under="alarms"),
    Activity(name="trends", title="Trends", icon="trends", panels=("tree", "inspector", "trends")),
)
