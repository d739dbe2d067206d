"""Presence of the home in the top bar: home, away, asleep or not known; its menu changes it. Hidden where it is not used."""

from __future__ import annotations

from functools import partial

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton

from app.i18n import tr, translate
from app.selection import SelectionState
from app.view.control.safe_text import choice, set_tip
from app.view.control.slots import calling
from app.view.feed import Feed
from app.view.formatting import format_time
from app.view.panel.card_list import REFUSED
from app.view.shown_moment import refuses_in_past
from twin.model.change import Change, TwinChanged
from twin.model.home_presence import HomeMode, HomeStatus
from twin.model.problem import Problem
from twin.rules.home_key import HOME_IDS

LOOK_TICKS = 40
"""Slow ticks (a quarter of a second each) after which the presence is asked for again: ten seconds."""


def presence_choices() -> tuple[tuple[HomeMode, str], ...]:
    """What the presence of the home can be set to, with its words in the present language; Automatic is by the sensors."""
    words = (tr("At home"), tr("Away"), tr("Asleep"), tr("Automatic"))
    return tuple(zip((HomeMode.HOME, HomeMode.AWAY, HomeMode.ASLEEP, HomeMode.AUTO), words, strict=True))


class HomeBadge(QToolButton):
    """Shows the presence of the home, with a menu that sets it by hand or leaves it to the sensors."""

    def __init__(self, feed: Feed) -> None:
        super().__init__()
        self.setObjectName("combo")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._feed, self._ticks = feed, 0
        self._asking = self._refused = False
        self.status: HomeStatus | None = None
        """None while nothing has been answered, or this access may not ask."""
        menu, group = QMenu(self), QActionGroup(self)
        self.choices: dict[HomeMode, QAction] = {}
        for mode, _ in presence_choices():
            action = self.choices[mode] = menu.addAction("")
            action.setCheckable(True)
            action.triggered.connect(calling(partial(self.choose, mode)))
            group.addAction(action)
        self.setMenu(menu)
        feed.slow.connect(self._tick)
        feed.changed.connect(self._changed)
        feed.project_left.connect(self._forget)
        self.destroyed.connect(feed.selection.observe(self._picked))
        self._forget()

    def retranslate(self) -> None:
        """Shows the present status in the present language."""
        for mode, words in presence_choices():
            self.choices[mode].setText(words)
        status = self.status
        self.setVisible(status is not None and self._is_used(status))
        if status is None:
            return
        words = translate(f"home.is.{status.word}")
        if self._feed.selection.state.moment_ms is not None:
            words = tr("Now: {what}", what=words)
        self.setText(choice(self, words))
        since = tr("since {time}", time=format_time(status.since_ms)) if status.since_ms else ""
        how = " · ".join(one for one in (translate(f"home.mode.{status.mode.value}"), since) if one)
        set_tip(self, how)
        self.setAccessibleName(f"{tr('Presence of the home')}: {words}")
        self.setAccessibleDescription(how)
        self.choices[status.mode].setChecked(True)
        allowed = self._feed.api.may("set_home_presence")
        for action in self.choices.values():
            action.setEnabled(allowed)

    def choose(self, mode: HomeMode) -> None:
        """Sets the presence by hand, or leaves it to the sensors."""
        if refuses_in_past(self._feed):
            self.retranslate()  # the mark in the menu goes back
            return
        self._feed.when(self._feed.api.set_home_presence(mode.value), self._show, self._feed.raise_problem)

    def look(self) -> None:
        """Asks for the presence, where a project is open and no question is under way."""
        if self._asking or self._refused or not self._feed.api.project():
            return
        self._asking = True
        self._feed.when(self._feed.api.home_presence(), self._answered, self._unanswered)

    def _is_used(self, status: HomeStatus) -> bool:
        """Whether there is a presence sensor, it was set by hand, or a rule reads or sets it."""
        twin = self._feed.twin
        rules = (*twin.definitions.automations, *twin.definitions.schedules)
        return (
            status.mode is not HomeMode.AUTO
            or any(point.capability.id == "presence" for point in twin.points)
            or status.asleep
            or any(f'"{key}"' in one.body for key in HOME_IDS for one in rules)
        )

    def _answered(self, status: HomeStatus) -> None:
        self._asking = False
        self._show(status)

    def _unanswered(self, problem: Problem) -> None:
        """Nothing is shown to an access that may not ask, which is not asked for again, or while the project is closed."""
        self._asking = False
        self._refused = problem.code in REFUSED
        self.status = None
        self.hide()

    def _show(self, status: HomeStatus) -> None:
        if status != self.status:
            self.status = status
            self.retranslate()

    def _picked(self, old: SelectionState, new: SelectionState) -> None:
        if (old.moment_ms is None) != (new.moment_ms is None):
            self.retranslate()

    def _forget(self) -> None:
        self.status, self._ticks, self._refused = None, 0, False
        self.hide()

    def _tick(self, _rows: object) -> None:
        if self._ticks % LOOK_TICKS == 0:
            self.look()
        self._ticks += 1

    def _changed(self, change: Change) -> None:
        if isinstance(change, TwinChanged) and self.status is not None:
            self.retranslate()
