"""Rooms in which a grave alarm stands, told to the 3D view."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QObject

from app.view.feed import Feed
from twin.model.change import AlarmsChanged, Change
from twin.model.ids import RoomId


class AlarmedScene(Protocol):
    """What the outlines need of the 3D view."""

    def set_alarmed_rooms(self, rooms: frozenset[RoomId]) -> None: ...


class AlarmOutlines(QObject):
    """Follows the alarms as long as its parent lives."""

    def __init__(self, feed: Feed, view: AlarmedScene, parent: QObject) -> None:
        super().__init__(parent)
        self._feed, self._view = feed, view
        feed.changed.connect(self._follow)
        feed.project_left.connect(self._tell)
        self._tell()

    def _follow(self, change: Change) -> None:
        if isinstance(change, AlarmsChanged):
            self._tell()

    def _tell(self) -> None:
        self._view.set_alarmed_rooms(self._feed.alarmed_rooms)
