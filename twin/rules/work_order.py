"""Work orders: what is to be done where, by whom and until when, and what was noted about it."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

MOST_NOTE = 4_000
"""Longest note, characters."""


class WorkState(StrEnum):
    """State of a work order."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    """For a part, a person or an answer."""
    DONE = "done"
    CANCELLED = "cancelled"


CLOSED = frozenset((WorkState.DONE, WorkState.CANCELLED))
"""States in which nothing is left to do."""


class OriginKind(StrEnum):
    """What a work order was made from."""

    PERSON = "person"
    ALARM = "alarm"
    WARNING = "warning"


class WorkOrigin(Struct, frozen=True, kw_only=True):
    """What a work order was made from: `id` is that of the alarm or early warning, `text` what was read there."""

    kind: OriginKind = OriginKind.PERSON
    id: str = ""
    text: str = ""


class WorkNote(Struct, frozen=True, kw_only=True):
    """One entry of a work order's log. `photo`: SHA-256 of a picture of the project; empty: none."""

    time_ms: int
    who: str = ""
    text: str = ""
    photo: str = ""
    state: WorkState | None = None
    """The new state, where the entry changes it."""


class WorkOrder(Struct, frozen=True, kw_only=True):
    """One work order of a project; times UTC ms."""

    id: str
    title: str = ""
    state: WorkState = WorkState.OPEN
    priority: int = 3
    """1 most urgent to 4, as of alarms."""
    assignee: str = ""
    due: str = ""
    """Last day, ISO 8601 (`2026-12-24`); empty: none."""
    created_ms: int = 0
    created_by: str = ""
    closed_ms: int | None = None
    origin: WorkOrigin = WorkOrigin()
    room: str = ""
    device: str = ""
    description: str = ""
    notes: tuple[WorkNote, ...] = ()

    @property
    def closed(self) -> bool:
        """Whether nothing is left to do."""
        return self.state in CLOSED

    def overdue(self, today: str) -> bool:
        """Whether its last day is over; `today` as ISO date."""
        return bool(self.due) and self.due < today and not self.closed


def noted(
    order: WorkOrder, time_ms: int, who: str, *, text: str = "", photo: str = "", state: WorkState | None = None
) -> WorkOrder:
    """The work order with one more entry of its log, in another state where one is given; of a text that is
    too long for one entry the rest is in further ones.
    """
    state = None if state is order.state else state
    if not (text or photo or state):
        return order
    entry = WorkNote(time_ms=time_ms, who=who, text=text[:MOST_NOTE], photo=photo, state=state)
    rest = [text[at : at + MOST_NOTE] for at in range(MOST_NOTE, len(text), MOST_NOTE)]
    more = (WorkNote(time_ms=time_ms, who=who, text=part) for part in rest)
    order = replace(order, notes=(*order.notes, entry, *more))
    if state is None:
        return order
    return replace(order, state=state, closed_ms=time_ms if state in CLOSED else None)


def continued(stored: WorkOrder | None, order: WorkOrder, who: str) -> WorkOrder:
    """The work order as it is saved by `who`: its log is the stored one, and after it the entries that are new, which
    are theirs; who made the order stays. `order` may come from an older copy, whose log is shorter.
    """
    if stored is None:
        notes = tuple(replace(one, who=one.who or who) for one in order.notes)
        return replace(order, created_by=order.created_by or who, notes=notes)
    new = (replace(one, who=who) for one in order.notes if one not in stored.notes)
    return replace(order, created_by=stored.created_by, created_ms=stored.created_ms, notes=(*stored.notes, *new))


def listed_first(order: WorkOrder) -> tuple[bool, int, str, int]:
    """Sort key: what is left to do first, then by priority, last day and age."""
    return order.closed, order.priority, order.due or "9999", order.created_ms
