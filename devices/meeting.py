"""Sessions whose peer reaches its devices one by one, so that the first commands after a start have to wait."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from twin.model.text import Text

MEETING = Text("command.meeting")
"""What a command waits for whose device was not reached yet."""


@runtime_checkable
class MeetsDevices(Protocol):
    """A session whose peer reaches its devices one by one after its own start; commands wait for that."""

    def is_met(self, uid: str) -> bool:
        """Whether the peer has reached the device since its start; True as well once there is no hope left."""
        ...

    async def met(self, uid: str) -> None:
        """Returns once `is_met`; RefusedError where that takes too long."""
        ...
