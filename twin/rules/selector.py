"""Selectors of rules: one point, or every point in a room that has a capability."""

from __future__ import annotations

from msgspec import Struct

from twin.model.ids import PointId, RoomId
from twin.rules.rule_view import room_key


class Selector(Struct, frozen=True, kw_only=True):
    """A point, or a room and a capability; the latter stays valid when a device is replaced."""

    point: str = ""
    room: str = ""
    capability: str = ""

    @property
    def key(self) -> str:
        """The key of `RuleView` for the selected points."""
        return self.point or room_key(self.room, self.capability)


def of_point(point: PointId | str) -> Selector:
    """Selector of one point."""
    return Selector(point=point)


def of_room(room: RoomId | str, capability_id: str) -> Selector:
    """Selector of all points of a room with a capability: read as one aggregated value, commanded individually."""
    return Selector(room=room, capability=capability_id)
