"""Adapters whose devices come from a file of the link, not from the peer."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from devices.contract import Secret
from twin.model.device import DeviceInfo, Link


@runtime_checkable
class ReadsTable(Protocol):
    """An adapter that describes the devices of a link's table without the peer."""

    table_option: str
    """Name of the option with the file."""

    async def listed(self, link: Link, secret: Secret | None, root: str) -> tuple[DeviceInfo, ...]:
        """The devices of the link's table behind the peer whose uid is `root`. Raises ProblemError, or AuthError where the file
        has another password."""
        ...
