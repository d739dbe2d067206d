"""The parts of EngineApi for notifications and work orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from types import MappingProxyType
from typing import Protocol

from twin.model.definition import Definition, DefinitionEdit
from twin.model.notification_status import NotificationStatus

NO_PICTURES: Mapping[str, bytes] = MappingProxyType({})


class NotificationApi(Protocol):
    """Notifications: channels and recipients are definitions of the project."""

    def notifications(self) -> Future[NotificationStatus]:
        """What waits to be delivered, and which channels have a password; the log is `run_log(rule="notify")`."""
        ...

    def test_channel(self, channel: Definition, to: str = "", password: str = "") -> Future[None]:
        """Sends a test message over a channel, also one that is not saved; an empty password means the stored one.
        Fails with ProblemError `notify.not_sent` and the server's reason."""
        ...

    def keep_channel_password(self, channel: str, password: str) -> Future[None]:
        """Keeps the password or token of a channel in the keyring; an empty one deletes it."""
        ...


class WorkOrderApi(Protocol):
    """Work orders, which are definitions of the project."""

    def change_work_orders(
        self, edits: Sequence[DefinitionEdit], photos: Mapping[str, bytes] = NO_PICTURES
    ) -> Future[None]:
        """Saves, replaces or deletes work orders as one undo step; `photos` by SHA-256. ProblemError where one cannot
        be read."""
        ...
