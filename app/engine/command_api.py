"""The part of EngineApi that commands devices of the open project."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future

from app.actions import DEFAULT_SENDER, new_command
from app.engine.bulk_commands import carry_all
from app.engine.engine_core import EngineCore
from devices.link import LinkState, not_connected
from twin.model.command import Command, CommandResult
from twin.model.ids import PointId
from twin.model.observation import Value
from twin.model.text import Text

FRESH_S = 2.0
"""Longest wait (seconds) for a point's value before its command, so that a change can be told from a repetition."""


class CommandApi(EngineCore):
    """The part of EngineApi that commands devices."""

    def command(
        self, point: PointId, verb: str, value: Value = None, *, sender: str = DEFAULT_SENDER
    ) -> Future[CommandResult]:
        """Sends a command; the future's result is its final state."""

        async def work() -> CommandResult:
            return await self.session.send_command(new_command(point, verb, value, sender=sender))

        return self._run(work(), "command")

    def ready(self, point: PointId, timeout_s: float) -> Future[Text | None]:
        """Waits at most `timeout_s` seconds until a point can be commanded; the result is None, or the reason why it
        cannot.
        """
        return self._run(self._ready(point, timeout_s), "ready")

    def command_many(
        self, orders: Sequence[tuple[PointId, str, Value]], *, sender: str = DEFAULT_SENDER
    ) -> Future[list[CommandResult]]:
        """Sends many commands side by side; progress comes as Progress, whose job `cancel` stops."""

        async def work() -> list[CommandResult]:
            commands = [new_command(*order, sender=sender) for order in orders]
            return await carry_all(self.session, self.jobs, commands)

        return self._run(work(), "commands")

    def send(self, commands: Sequence[Command]) -> Future[None]:
        """Sends commands without waiting; results come by id as CommandUpdated."""

        async def work() -> None:
            session = self.session
            sent = session.send_command(commands[0]) if len(commands) == 1 else carry_all(session, self.jobs, commands)
            session.spawn_task(sent, name="commands")

        return self._run(work(), "send")

    async def _ready(self, point: PointId, timeout_s: float) -> Text | None:
        session = self.session
        link = session.twin.device_of[session.twin.point_of[point].device].link
        state = await session.wait_for_link(link, timeout_s)
        if state is not LinkState.ONLINE:
            runner = session.links.runner(link)
            return not_connected(state, runner.reason) if runner else Text("reason.no_protocol")
        await session.wait_for_value(point, FRESH_S)
        return None
