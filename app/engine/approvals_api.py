"""The part of EngineApi for commands that need a second person."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace

from app.author import author
from app.engine.engine_core import EngineCore
from twin.model.command_approval import CommandApproval, CommandApprovals
from twin.model.ids import DeviceId, clean_name
from twin.model.problem import Problem, ProblemError


class ApprovalsApi(EngineCore):
    """The part of EngineApi that lets a second person approve commands."""

    def may(self, method: str) -> bool:
        """True: the engine's own window may do everything."""
        del method
        return True

    def approvals(self) -> Future[CommandApprovals]:
        """Commands that wait for a second person, and devices whose commands need one."""

        async def work() -> CommandApprovals:
            return replace(self.session.approvals.status, person=author())

        return self._run(work(), "approvals")

    def decide_command(self, id: int, approve: bool) -> Future[CommandApproval]:
        """Approves or refuses a command that waits, as another person than the one who sent it."""

        async def work() -> CommandApproval:
            return self.session.approvals.decide(id, approve=approve)

        return self._run(work(), "approval")

    def require_approval(self, device: DeviceId, on: bool) -> Future[None]:
        """Sets whether each command to a device needs a second person."""

        async def work() -> None:
            session = self.session
            if device not in session.twin.device_of:
                raise ProblemError(Problem(code="unknown.device", args={"name": clean_name(device)}))
            await session.approvals.require(device, on)

        return self._run(work(), "approval")
