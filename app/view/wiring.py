"""What the window's parts and the 3D view ask for, and which effect does it. Every signal and every effect is named as an
attribute, so that a wrong name is an error of types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from app.view.actions.effects import ActionEffects
from app.view.scene_widget import SceneWidget

if TYPE_CHECKING:  # a panel is imported when it is first shown
    from app.view.panel.devices import DevicesPanel
    from app.view.panel.discover import DiscoverPanel
    from app.view.panel.inspector import InspectorPanel
    from app.view.panel.opening_page import OpeningPage
    from app.view.panel.problems import ProblemsPanel
    from app.view.panel.status_bar import StatusBar
    from app.view.panel.top_bar import TopBar
    from app.view.panel.tree import TreePanel
    from app.view.panel.trends import TrendsPanel
    from app.view.panel.welcome import WelcomePage


def connect_scene(scene: SceneWidget, do: ActionEffects) -> None:
    """Connects the 3D view."""
    scene.device_clicked.connect(do.click_device)
    scene.device_activated.connect(do.fly_to)
    scene.room_clicked.connect(do.click_room)
    scene.menu_wanted.connect(do.menu)
    scene.device_dropped.connect(do.drop_device)
    scene.walked.connect(do.walked)
    scene.sectioned.connect(do.sectioned)
    scene.viewpoint_wanted.connect(do.visit)
    scene.devices_banded.connect(do.pick_many)
    scene.device_toggled.connect(do.pick_also)
    scene.tool_left.connect(do.tool_left)


def connect_part(name: str, part: object, do: ActionEffects) -> None:
    """Connects one of the window's parts, by its name; many ask for nothing."""
    if (connect := PARTS.get(name)) is not None:
        connect(part, do)


def _bar(bar: TopBar, do: ActionEffects) -> None:
    bar.search_wanted.connect(do.palette)
    bar.inbox_wanted.connect(do.discover)
    bar.problems_wanted.connect(lambda: do.stage.trigger("problems"))
    bar.stepped.connect(do.step)


def _tree(tree: TreePanel, do: ActionEffects) -> None:
    tree.flown.connect(do.fly_to)
    tree.menu_wanted.connect(do.menu)


def _inspector(inspector: InspectorPanel, do: ActionEffects) -> None:
    inspector.chart_wanted.connect(do.chart)


def _install(install: DiscoverPanel, do: ActionEffects) -> None:
    install.pair_wanted.connect(do.pair)
    install.placing_wanted.connect(do.place_suggested)


def _trends(trends: TrendsPanel, do: ActionEffects) -> None:
    trends.close_wanted.connect(do.leave_trends)


def _devices(devices: DevicesPanel, do: ActionEffects) -> None:
    devices.menu_wanted.connect(do.menu)
    devices.save_wanted.connect(do.save_devices)


def _problems(problems: ProblemsPanel, do: ActionEffects) -> None:
    problems.review_wanted.connect(do.review_file)
    problems.emptied.connect(do.stage.recount_problems)


def _status(status: StatusBar, do: ActionEffects) -> None:
    status.offline_wanted.connect(do.find_devices)
    status.link_wanted.connect(do.show_link)


def _welcome(welcome: WelcomePage, do: ActionEffects) -> None:
    welcome.new_wanted.connect(do.new_project)
    welcome.open_wanted.connect(do.open_project)
    welcome.import_wanted.connect(do.import_building)
    welcome.draw_wanted.connect(do.draw_building)


def _opening(opening: OpeningPage, do: ActionEffects) -> None:
    opening.left.connect(do.leave_opening)


PARTS: Mapping[str, Callable[[Any, ActionEffects], None]] = {
    "bar": _bar,
    "tree": _tree,
    "inspector": _inspector,
    "install": _install,
    "trends": _trends,
    "devices": _devices,
    "problems": _problems,
    "status": _status,
    "welcome": _welcome,
    "opening": _opening,
}
"""Each part's signals, by the part's name in the window."""
