"""The part of EngineApi for what is to be installed: planned devices, and found ones that are not wanted."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Protocol

from twin.model.ids import DeviceId, PlaceholderId, RoomId


class PlanningApi(Protocol):
    """Places of devices that are not there yet (placeholders): of building files, and planned by the user."""

    def place_in_room(self, holder: PlaceholderId, room: RoomId) -> Future[None]:
        """Sets the room of a device of the building file (placeholder)."""
        ...

    def plan_device(self, room: RoomId, kind: str, name: str) -> Future[None]:
        """Plans a device that is not there yet (a placeholder of the user's own) in a room; one undo step."""
        ...

    def unplan_device(self, holder: PlaceholderId) -> Future[None]:
        """Removes what `plan_device` planned; one undo step. Fails with ProblemError for one of a building file."""
        ...

    def take_place(self, device: DeviceId, holder: PlaceholderId, also: tuple[DeviceId, ...] = ()) -> Future[None]:
        """Puts a device into a planned place: its room and position, and its name where the user planned it; devices that
        came with it (`also`) go into the room of the place. One undo step. Fails with ProblemError where the place has a device, or no room.
        """
        ...

    def ignore_candidate(self, key: str, ignored: bool) -> Future[None]:
        """Marks a found device (`Candidate.key`) as unwanted in this project, or takes the mark away; no undo step.
        CandidatesChanged shows it to every client.
        """
        ...
