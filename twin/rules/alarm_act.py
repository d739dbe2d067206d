"""What a person, or a cause, does to an alarm (ISA-18.2): acknowledges, resets, shelves, suppresses it, or takes it out of
service."""

from __future__ import annotations

from msgspec import Struct


class Acknowledge(Struct, frozen=True, tag=True):
    """Acknowledges an alarm."""


class Reset(Struct, frozen=True, tag=True):
    """Resets a latched alarm."""


class Shelve(Struct, frozen=True, tag=True):
    """Hides an alarm for a time, with a reason."""

    for_ms: int
    why: str
    once: bool = False


class Unshelve(Struct, frozen=True, tag=True):
    """Ends a shelving early."""


class TakeOutOfService(Struct, frozen=True, tag=True):
    """Hides an alarm until a user returns it to service."""

    why: str


class ReturnToService(Struct, frozen=True, tag=True):
    """Ends `TakeOutOfService`."""


class Suppress(Struct, frozen=True, tag=True):
    """Suppresses an alarm by a cause: equipment off or starting, a maintenance window."""

    cause: str
    until_ms: int | None = None


class Unsuppress(Struct, frozen=True, tag=True):
    """Ends the suppression by one cause."""

    cause: str


type AlarmAct = Acknowledge | Reset | Shelve | Unshelve | TakeOutOfService | ReturnToService | Suppress | Unsuppress
