"""The part of the engine's interface for commands that need a second person."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Protocol

from twin.model.command_approval import CommandApproval, CommandApprovals
from twin.model.ids import DeviceId


class ApprovalApi(Protocol):
    """Commands that wait for a second person. Futures fail with ProblemError."""

    def may(self, method: str) -> bool:
        """Whether the caller's role allows a method of the interface; at once."""
        ...

    def approvals(self) -> Future[CommandApprovals]:
        """Commands that wait for a second person, devices whose commands need one, and the caller's name; changes come as
        ApprovalsChanged."""
        ...

    def decide_command(self, id: int, approve: bool) -> Future[CommandApproval]:
        """Approves or refuses a command that waits, as another person than the one who sent it; the result is what was
        decided. Fails with ProblemError: gone, or the same person."""
        ...

    def require_approval(self, device: DeviceId, on: bool) -> Future[None]:
        """Sets whether each command to a device needs a second person; no undo step, a row of the event log."""
        ...
