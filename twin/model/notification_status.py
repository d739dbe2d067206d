"""Present status of notifications, as a list shows it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingDelivery:
    """A message that waits to be delivered; times UTC ms."""

    id: str
    title: str
    recipient: str
    """Id of the recipient."""
    channel: str
    """Id of the channel."""
    to: str
    due_ms: int
    tries: int = 0
    alarm: str = ""
    """Id of the alarm that it is about; empty for others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationStatus:
    """What waits to be delivered, in the order of its time, and the channels whose password is known."""

    waiting: tuple[WaitingDelivery, ...] = ()
    with_password: tuple[str, ...] = ()
