"""Tells the 3D view which rooms have a grave active alarm."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QObject

from app.view.feed import Feed
from twin.model.change import AlarmsChanged, Change
from twin.model.ids import RoomId


class AlarmedScene(Protocol):
    """The method of the 3D view that the outlines need."""

    def set_alarmed_rooms(self, rooms: frozenset[RoomId]) -> None: ...


class AlarmOutlines(QObject):
    """Updates the 3D view at every change of the alarms, until its parent is deleted."""

    def __init__(self, feed: Feed, view: AlarmedScene, parent: QObject) -> None:
        super().__init__(parent)
        self._feed, self._view = feed, view
        feed.changed.connect(self._follow)
        feed.project_left.connect(self._update_view)
        self._update_view()

    def _follow(self, change: Change) -> None:
        if isinstance(change, AlarmsChanged):
            self._update_view()

    def _update_view(self) -> None:
        self._view.set_alarmed_rooms(self._feed.alarmed_rooms)
