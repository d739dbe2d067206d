"""Maps each effect of the action table to its method; a test checks that every row has one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from app.actions import ACTIONS, LANGUAGE
from app.i18n import known_languages
from app.view.actions.effects import ActionEffects
from app.view.actions.panel_host import PanelHost


class EffectTable(ActionEffects):
    """The effects by name; `run` performs an action."""

    def __init__(self, host: PanelHost) -> None:
        super().__init__(host)
        self.plain = {**self._of_project(), **self._of_pages(), **self._of_devices(), **self._of_view()}
        """Methods of actions that are not checkable, by effect."""
        self.switches_by_name = self._switches_by_name()
        """Methods of checkable actions, by effect; each is called with the new checked state."""

    def _of_project(self) -> Mapping[str, Callable[[], object]]:
        return {
            "new_project": self.new_project,
            "open_project": self.open_project,
            "import_building": self.import_building,
            "draw_building": self.draw_building,
            "save_picture": self.save_picture,
            "export_building": self.export_building,
            "write_report": self.write_report,
            "stop_background_engine": self.stop_background_engine,
            "quit": self.quit,
            "undo": self.undo,
            "redo": self.redo,
            "find": self.find,
            "palette": self.palette,
            "ask": self.questions.ask,
            "deselect": self.deselect,
            "rename": self.rename,
            "edit_plan": self.edit_plan,
            "edit_settings": self.edit_settings,
        }

    def _of_pages(self) -> Mapping[str, Callable[[], object]]:
        return {
            "links": self.links,
            "users": self.users,
            "sites": self.sites,
            "attach_engine": self.attach_engine,
            "alarms": self.alarms,
            "rules": self.rules,
            "energy": self.energy,
            "comfort": self.comfort,
            "warnings": self.warnings,
            "care": self.care,
            "notifications": self.notifications,
            "work": self.work,
            "reports": self.reports,
        }

    def _of_devices(self) -> Mapping[str, Callable[[], object]]:
        return {
            "discover": self.discover,
            "pair": self.pair,
            "pair_list": lambda: self.host.show_activity("pairing"),
            "setup_codes": self.setup_codes,
            "check_network": self.check_network,
            "check_out": self.check_out,
            "unbind": self.unbind,
            "remove": self.remove,
        }

    def _of_view(self) -> Mapping[str, Callable[[], object]]:
        return {
            "fit": self.fit,
            "top": self.top,
            "north": self.north,
            "viewpoints": self.viewpoints,
            "storey_up": self.storey_up,
            "storey_down": self.storey_down,
            "cut_higher": self.cut_higher,
            "cut_lower": self.cut_lower,
            "show_all": self.show_all,
            "play": self.play,
            "keys": self.keys,
            "about": self.about,
        }

    def _switches_by_name(self) -> Mapping[str, Callable[[bool], object]]:
        return {
            "band": self.band,
            "parallel": self.parallel,
            "walk": self.walk,
            "explode": self.explode,
            "ghosts": self.ghosts,
            "section": self.section,
            "measure": self.measure,
            "studio": self.studio,
            "sky": self.sky,
            "day": self.day,
            "night": self.night,
            "labels": self.labels,
            "smooth": self.smooth,
            "compare": self.compare,
            "radio": self.radio,
            "trends": self.trends,
            "devices": self.devices,
            "commands": self.commands,
            "problems": self.problems,
            "dark": self.dark,
            "fahrenheit": self.fahrenheit,
            **{f"{LANGUAGE}{code}": partial(self.set_language, code) for code in known_languages()},
        }

    def run(self, id: str, on: bool = False) -> None:
        """Performs the action with this id; `on` is the new checked state of a checkable action."""
        row = ACTIONS[id]
        if row.checkable:
            self.switches_by_name[row.effect](on)
        else:
            self.plain[row.effect]()
