"""Top bar: project name, storey stepper, "colour by", presence of the home, search, inbox and problem counters."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, override

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QSizePolicy, QToolButton

from app.i18n import tr
from app.selection import SelectionState
from app.view.control.count_badge import CountBadge
from app.view.control.safe_text import choice, entry, set_tip
from app.view.control.widgets import ElidedLabel, IconButton, text_label
from app.view.feed import Feed
from app.view.panel.home_badge import HomeBadge
from app.view.panel.panel_base import Panel
from twin.model.aggregation import colours_rooms, runs_smoothly
from twin.model.capability import CAPABILITIES, Group, ValueType
from twin.model.change import AlarmsChanged, CandidatesChanged, Change, ProblemRaised, ProblemsSolved, TwinChanged
from twin.model.problem import Severity

if TYPE_CHECKING:
    from app.view.panel.sites_badge import SitesBadge

COLOURS = ("temperature", "humidity", "co2", "illuminance", "occupancy", "power", "battery", "signal")
"""Capabilities that "colour by" offers first, most useful first."""
COMFORT, _COMFORT_TITLE = "comfort", "Comfort"
"""The choice of "colour by" that is no capability: the verdict of each room."""
_SECTIONS = (Group.SENSOR, Group.METER, Group.HEALTH)
"""Order of the sections of "colour by"."""


class _Alternatives:
    """Exclusive entries of a menu, by value."""

    def __init__(self, menu: QMenu, choose: Callable[[Any], object]) -> None:
        self._menu, self._choose = menu, choose
        self._group = QActionGroup(menu)
        self._actions: dict[object, QAction] = {}

    def add(self, value: object, title: str) -> None:
        """Appends an entry."""
        action = self._actions[value] = self._menu.addAction(entry(title))
        action.setCheckable(True)
        action.triggered.connect(lambda: self._choose(value))
        self._group.addAction(action)

    def into(self, menu: QMenu) -> None:
        """Sets the menu to which further entries are added."""
        self._menu = menu

    def mark(self, value: object) -> None:
        """Checks the entry of this value; unchecks all if there is none."""
        for known, action in self._actions.items():
            action.setChecked(known == value)


class TopBar(Panel):
    """The bar above the 3D view."""

    search_wanted = Signal()
    inbox_wanted = Signal()
    problems_wanted = Signal()
    alarms_wanted = Signal()
    stepped = Signal(int)

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self.name = ElidedLabel("", "paneltitle")
        self.name.setMinimumWidth(90)
        self.name.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.up, self.down = IconButton("up", size=16), IconButton("down", size=16)
        self.storey, self.colour = self._combo(), self._combo()
        self.storey_label, self.colour_label = text_label("", "faint"), text_label("", "faint")
        self.search = QPushButton()
        self.search.setObjectName("search")
        self.search.setMinimumWidth(200)
        self.alarms, self.inbox, self.problems = CountBadge("alarm"), CountBadge("inbox"), CountBadge("problem")
        self.home = HomeBadge(feed)
        self.sites: SitesBadge | None = None
        """Badge of all sites; None where there is no list of sites."""
        line = self._line = QHBoxLayout(self)
        line.setContentsMargins(14, 7, 10, 7)
        line.setSpacing(5)
        line.addWidget(self.name)
        for widget in (self.storey_label, self.down, self.storey, self.up, self.colour_label, self.colour):
            if widget in (self.storey_label, self.colour_label):
                line.addSpacing(10)
            line.addWidget(widget)
        line.addStretch(1)
        for widget in (self.home, self.search, self.alarms, self.inbox, self.problems):
            line.addWidget(widget)
        self.up.clicked.connect(lambda: self.stepped.emit(1))
        self.down.clicked.connect(lambda: self.stepped.emit(-1))
        self.search.clicked.connect(self.search_wanted)
        self.alarms.clicked.connect(self.alarms_wanted)
        self.inbox.clicked.connect(self.inbox_wanted)
        self.problems.clicked.connect(self.problems_wanted)
        feed.project_left.connect(self.recount)
        self._chosen_for_user: str | None = feed.selection.state.colour_by
        self.retranslate()
        self._choose_for_user()

    def _choose_for_user(self) -> None:
        """Colours rooms by the first capability that the devices have, until the user chooses one."""
        if self._chosen_for_user is None:
            return
        there = {point.capability.id for point in self.feed.twin.points}
        self._chosen_for_user = next((id for id in COLOURS if id in there), "")
        self.feed.selection.change(colour_by=self._chosen_for_user)

    def _combo(self) -> QToolButton:
        made = QToolButton()
        made.setObjectName("combo")
        made.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(made)
        made.setMenu(menu)
        return made

    @override
    def retranslate(self) -> None:
        self.storey_label.setText(tr("Storey"))
        self.colour_label.setText(tr("Colour by"))
        self.up.set_description(tr("Storey up"))
        self.down.set_description(tr("Storey down"))
        self.search.setText(tr("Search or do anything…  Ctrl+K"))
        self.search.setAccessibleName(tr("Search or do anything…  Ctrl+K"))
        self._name_badges()
        self.home.retranslate()
        if self.sites is not None:
            self.sites.retranslate()
        self._fill()
        self.recount()

    def _name_badges(self) -> None:
        """Names the badges; alarms are those of now also while a past moment is shown, and named so."""
        named = ((self.alarms, tr("Alarms")), (self.inbox, tr("Devices found")), (self.problems, tr("Problems")))
        past = self.feed.selection.state.moment_ms is not None
        for badge, words in named:
            words = tr("Now: {what}", what=words) if past and badge is self.alarms else words
            set_tip(badge, words)
            badge.setAccessibleName(words)

    @override
    def on_change(self, change: Change) -> None:
        if isinstance(change, TwinChanged):
            found = self.feed.diff
            if found.devices and not found.only_names:
                self._choose_for_user()
            if found.rooms or not found.only_names:
                self._fill()
        elif isinstance(change, AlarmsChanged | CandidatesChanged | ProblemsSolved | ProblemRaised):
            self.recount()

    @override
    def on_picked(self, old: SelectionState, new: SelectionState) -> None:
        if (old.moment_ms is None) != (new.moment_ms is None):
            self._name_badges()
            self.recount()
        if old.colour_by != new.colour_by != self._chosen_for_user:
            self._chosen_for_user = None
        if (old.storey, old.colour_by, old.smooth) != (new.storey, new.colour_by, new.smooth):
            self._name_choices()

    def show_twin_tools(self, on: bool) -> None:
        """Shows or hides storey and colour controls."""
        for widget in (self.storey_label, self.down, self.storey, self.up, self.colour_label, self.colour):
            widget.setVisible(on)

    def add_sites(self, badge: SitesBadge) -> None:
        """Adds the badge of all sites before that of the alarms."""
        self.sites = badge
        self._line.insertWidget(self._line.indexOf(self.alarms), badge)
        badge.retranslate()

    def recount(self) -> None:
        """Updates the badges: standing alarms, found devices, distinct problems."""
        standing = [one for one in self.feed.alarms.values() if one.standing]
        grave = any(one.grave for one in standing)
        past = self.feed.selection.state.moment_ms is not None
        self.alarms.show_count(len(standing), "muted" if past else "error" if grave else "warning")
        self.inbox.show_count(sum(not (one.ignored or one.gone) for one in self.feed.candidates), "new")
        worst = "error" if any(p.severity is Severity.ERROR for p in self.feed.problems) else "warning"
        self.problems.show_count(len(set(self.feed.problems)), worst)

    @override
    def apply_theme(self) -> None:
        """Sets the icons in the colours of the current theme."""
        for badge in (self.alarms, self.inbox, self.problems, self.sites):
            if badge is not None:
                badge.apply_theme()

    def _fill(self) -> None:
        twin, selection = self.feed.twin, self.feed.selection
        self.name.setText(twin.name or "Oikos")
        menu = self.storey.menu()
        menu.clear()
        self._storeys = _Alternatives(menu, lambda chosen: selection.change(storey=chosen))
        self._storeys.add(None, tr("Whole building"))
        for storey in reversed(twin.storeys):
            self._storeys.add(storey.id, storey.name)
        menu = self.colour.menu()
        for inner in menu.findChildren(QMenu):
            inner.deleteLater()
        menu.clear()
        self._colours = _Alternatives(menu, lambda chosen: selection.change(colour_by=chosen))
        self._colours.add("", tr("Plain rooms"))
        if any(point.capability.id == "temperature" for point in twin.points):
            self._colours.add(COMFORT, tr("Comfort"))
        sections, rest = self._choices()
        for some in sections:
            menu.addSeparator()
            for id in some:
                self._colours.add(id, tr(CAPABILITIES[id].title))
        if rest:
            menu.addSeparator()
            self._colours.into(menu.addMenu(tr("More values")))
            for id in rest:
                self._colours.add(id, tr(CAPABILITIES[id].title))
        menu.addSeparator()
        self.smooth = menu.addAction(tr("Smooth between sensors"))
        self.smooth.setCheckable(True)
        self.smooth.triggered.connect(lambda on=False: selection.change(smooth=on))
        self._name_choices()

    def _choices(self) -> tuple[list[list[str]], list[str]]:
        """Capabilities of "colour by": sections (sensors, meters, health), then the rest; defaults without devices."""
        devices = [device for device in self.feed.twin.devices if device.room is not None] or self.feed.twin.devices
        there = {point.capability.id: point.capability for device in devices for point in device.points}
        if not there:
            return [list(COLOURS)], []
        fit = [
            id for id, row in there.items() if colours_rooms(row) and (row.options or row.type is not ValueType.ENUM)
        ]
        places = {id: place for place, id in enumerate(COLOURS)}
        by_name = sorted(fit, key=lambda one: (places.get(one, len(places)), tr(CAPABILITIES[one].title)))
        sections = [[id for id in by_name if there[id].group is group] for group in _SECTIONS]
        rest = [id for id in by_name if there[id].group not in _SECTIONS]
        return [some for some in sections if some], rest

    def _name_choices(self) -> None:
        twin, picked = self.feed.twin, self.feed.selection.state
        storey = twin.storey_of.get(picked.storey) if picked.storey else None
        self.storey.setText(choice(self.storey, storey.name if storey else tr("Whole building")))
        self.storey.setAccessibleName(f"{tr('Storey')}: {self.storey.text()}")
        row = CAPABILITIES.get(picked.colour_by)
        title = row.title if row else _COMFORT_TITLE if picked.colour_by == COMFORT else ""
        self.colour.setText(f"{tr(title) if title else tr('Plain rooms')}  ▾")
        self.colour.setAccessibleName(f"{tr('Colour by')}: {self.colour.text()}")
        self._storeys.mark(picked.storey)
        self._colours.mark(picked.colour_by)
        self.smooth.setChecked(picked.smooth)
        self.smooth.setEnabled(row is not None and runs_smoothly(row))
        self.storey.setEnabled(bool(twin.storeys))
        self.up.setEnabled(len(twin.storeys) > 0)
        self.down.setEnabled(len(twin.storeys) > 0)
