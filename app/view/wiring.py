"""Connects signals of the window's parts and the 3D view to effects. Signals and effects are written as attributes, so
that a wrong name is a type error."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from app.view.actions.effects import ActionEffects
from app.view.scene_widget import SceneWidget
from twin.model.alarm import AlarmStatus

if TYPE_CHECKING:  # a panel is imported when it is first shown
    from app.view.panel.alarm_bar import AlarmBar
    from app.view.panel.alarms import AlarmsPanel
    from app.view.panel.approval_bar import ApprovalBar
    from app.view.panel.checkout import CheckoutPanel
    from app.view.panel.comfort import ComfortPanel
    from app.view.panel.devices import DevicesPanel
    from app.view.panel.discover import DiscoverPanel
    from app.view.panel.energy import EnergyPanel
    from app.view.panel.inspector import InspectorPanel
    from app.view.panel.opening_page import OpeningPage
    from app.view.panel.problems import ProblemsPanel
    from app.view.panel.radio_survey import RadioPanel
    from app.view.panel.rules import RulesPanel
    from app.view.panel.status_bar import StatusBar
    from app.view.panel.top_bar import TopBar
    from app.view.panel.tree import TreePanel
    from app.view.panel.trends import TrendsPanel
    from app.view.panel.warnings import WarningsPanel
    from app.view.panel.welcome import WelcomePage

HOUR_MS = 3_600_000


def connect_scene(scene: SceneWidget, effects: ActionEffects) -> None:
    """Connects the signals of the 3D view to the effects."""
    scene.device_clicked.connect(effects.click_device)
    scene.device_activated.connect(partial(_activate, effects))
    scene.room_clicked.connect(effects.click_room)
    scene.menu_wanted.connect(effects.menu)
    scene.device_dropped.connect(effects.drop_device)
    scene.walked.connect(effects.walked)
    scene.sectioned.connect(effects.sectioned)
    scene.viewpoint_wanted.connect(effects.visit)
    scene.devices_banded.connect(effects.pick_many)
    scene.device_toggled.connect(effects.pick_also)
    scene.tool_left.connect(effects.tool_left)


def _activate(effects: ActionEffects, thing: str) -> None:
    """Flies to what was double-clicked, or takes it as the answer where something is to be picked."""
    if not effects.answer_pick(thing):
        effects.fly_to(thing)


def connect_part(name: str, part: object, effects: ActionEffects) -> None:
    """Connects the signals of a window part to the effects; does nothing for parts without signals."""
    if (connect := PARTS.get(name)) is not None:
        connect(part, effects)


def _bar(bar: TopBar, effects: ActionEffects) -> None:
    bar.search_wanted.connect(effects.palette)
    bar.inbox_wanted.connect(effects.discover)
    bar.problems_wanted.connect(lambda: effects.host.trigger("problems"))
    bar.alarms_wanted.connect(lambda: effects.host.show_activity("alarms"))
    bar.stepped.connect(effects.step)


def _play_hour_before(effects: ActionEffects, alarm: AlarmStatus) -> None:
    """Shows where an alarm was raised, and plays the hour before."""
    if alarm.device or alarm.room:
        effects.fly_to(str(alarm.device or alarm.room))
    effects.play_period(alarm.raised_ms - HOUR_MS, alarm.raised_ms)


def _alarms(alarms: AlarmsPanel, effects: ActionEffects) -> None:
    alarms.flown.connect(effects.fly_to)
    alarms.replayed.connect(partial(_play_hour_before, effects))


def _alarm_bar(bar: AlarmBar, effects: ActionEffects) -> None:
    bar.flown.connect(effects.fly_to)
    bar.replayed.connect(partial(_play_hour_before, effects))
    bar.alarms_wanted.connect(lambda: effects.host.show_activity("alarms"))


def _approvals(bar: ApprovalBar, effects: ActionEffects) -> None:
    bar.told.connect(effects.host.notify)


def _comfort(comfort: ComfortPanel, effects: ActionEffects) -> None:
    comfort.flown.connect(effects.fly_to)
    comfort.chart_wanted.connect(effects.chart)


def _energy(energy: EnergyPanel, effects: ActionEffects) -> None:
    energy.flown.connect(effects.fly_to)
    energy.told.connect(effects.host.notify)


def _tree(tree: TreePanel, effects: ActionEffects) -> None:
    tree.flown.connect(effects.fly_to)
    tree.menu_wanted.connect(effects.menu)


def _inspector(inspector: InspectorPanel, effects: ActionEffects) -> None:
    inspector.chart_wanted.connect(effects.chart)


def _checkout(checkout: CheckoutPanel, effects: ActionEffects) -> None:
    checkout.report_wanted.connect(effects.write_report)


def _install(install: DiscoverPanel, effects: ActionEffects) -> None:
    install.pair_wanted.connect(effects.pair)
    install.checkout_wanted.connect(effects.check_out)
    install.list_wanted.connect(lambda: effects.host.show_activity("pairing"))
    install.check_wanted.connect(effects.check_network)
    install.radio_wanted.connect(effects.radio_page)
    install.placing_wanted.connect(effects.place_suggested)


def _trends(trends: TrendsPanel, effects: ActionEffects) -> None:
    trends.close_wanted.connect(effects.leave_trends)


def _devices(devices: DevicesPanel, effects: ActionEffects) -> None:
    devices.menu_wanted.connect(effects.menu)
    devices.save_wanted.connect(effects.save_devices)


def _problems(problems: ProblemsPanel, effects: ActionEffects) -> None:
    problems.review_wanted.connect(effects.review_file)
    problems.emptied.connect(effects.host.recount_problems)


def _radio(radio: RadioPanel, effects: ActionEffects) -> None:
    radio.mapped.connect(effects.show_radio_map)


def _rules(rules: RulesPanel, effects: ActionEffects) -> None:
    rules.told.connect(effects.host.notify)


def _status(status: StatusBar, effects: ActionEffects) -> None:
    status.offline_wanted.connect(effects.find_devices)
    status.link_wanted.connect(effects.show_link)


def _warnings(warnings: WarningsPanel, effects: ActionEffects) -> None:
    warnings.flown.connect(effects.fly_to)
    warnings.chart_wanted.connect(effects.chart)


def _welcome(welcome: WelcomePage, effects: ActionEffects) -> None:
    welcome.new_wanted.connect(effects.new_project)
    welcome.open_wanted.connect(effects.open_project)
    welcome.import_wanted.connect(effects.import_building)
    welcome.draw_wanted.connect(effects.draw_building)
    welcome.attach_wanted.connect(effects.attach_engine)


def _opening(opening: OpeningPage, effects: ActionEffects) -> None:
    opening.left.connect(effects.leave_opening)


PARTS: Mapping[str, Callable[[Any, ActionEffects], None]] = {
    "alarms": _alarms,
    "alarm_bar": _alarm_bar,
    "approvals": _approvals,
    "bar": _bar,
    "checkout": _checkout,
    "comfort": _comfort,
    "energy": _energy,
    "tree": _tree,
    "inspector": _inspector,
    "install": _install,
    "trends": _trends,
    "devices": _devices,
    "problems": _problems,
    "radio": _radio,
    "rules": _rules,
    "status": _status,
    "warnings": _warnings,
    "welcome": _welcome,
    "opening": _opening,
}
"""Functions that connect a part's signals, by the part's name."""
