"""Commands that this window sends, and others' commands that the engine reports: sent, logged, and followed to their end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Protocol

from app.actions import new_command
from app.api import EngineApi
from app.view.command_log import CommandLog, LoggedCommand, not_confirmed
from app.view.command_status import CommandStatuses
from twin.model.command import Command, CommandResult, CommandState, asks_first
from twin.model.command_approval import CommandApproval, CommandApprovals
from twin.model.device import Point
from twin.model.ids import PointId
from twin.model.observation import Quality, StringTable, Value, decode
from twin.model.problem import Problem
from twin.model.state import State
from twin.model.twin import Twin

type CommandOrder = tuple[PointId, str, Value]
"""Point, verb and value of a command."""


class CommandSource(Protocol):
    """What is needed of the feed: the engine, the newest structure, and the live values that commands change."""

    api: EngineApi
    twin: Twin
    live: State
    strings: StringTable

    def now_ms(self) -> int: ...
    def raise_problem(self, problem: Problem) -> None: ...
    def when[T](
        self, future: Future[T], done: Callable[[T], None], failed: Callable[[Problem], None] | None = None
    ) -> None: ...


class SentCommands:
    """Sends commands and keeps their log and the state of each point's command."""

    def __init__(
        self,
        source: CommandSource,
        logged: Callable[[], object],
        shown: Callable[[CommandResult], object],
        failed: Callable[[LoggedCommand], object],
    ) -> None:
        """`logged` is called when the log has a new entry or one of its commands ended, `shown` when what is to be shown
        of a point's command changed, with the result that changed it, `failed` when a command that was sent alone from
        here failed: those of many are one problem."""
        self._source, self._logged, self._shown, self._failed = source, logged, shown, failed
        self._own: set[int] = set()
        """Ids of the open commands that were sent from here."""
        self.command_statuses = CommandStatuses()
        self.log = CommandLog()
        self.approvals = CommandApprovals()
        """Commands that wait for a second person, as the engine published them last."""

    def risky(self, orders: Sequence[CommandOrder]) -> list[Point]:
        """The points that are commanded in a way that the user must confirm first."""
        return [point for id, verb, value in orders if (point := self._risky(id, verb, value)) is not None]

    def clear(self) -> None:
        """Removes all commands: another project is open."""
        self.log.clear()
        self.command_statuses.clear()
        self._own.clear()
        self.approvals = CommandApprovals()

    def waiting(self, point: PointId) -> CommandApproval | None:
        """The newest command to a point that waits for a second person; None for none."""
        found = (one for one in reversed(self.approvals.waiting) if one.command.point == point)
        return next(found, None)

    def give_up(self) -> None:
        """Ends the open commands as sent: news about them was dropped."""
        for command in self.log.open():
            self.settle(CommandResult(command=command, state=CommandState.SENT))
        self.command_statuses.clear()

    def _risky(self, id: PointId, verb: str, value: Value) -> Point | None:
        point = self._source.twin.point_of.get(id)
        device = self._source.twin.device_of.get(point.device) if point is not None else None
        return point if point is not None and device and asks_first(device.kind, point, verb, value) else None

    def send(self, orders: Sequence[CommandOrder]) -> None:
        """Sends the commands of one gesture, risky ones too; each is pending until it ends."""
        commands = [new_command(*order) for order in orders]
        self._own.update(command.id for command in commands)
        self._log(commands)
        for command in commands:
            self._show_fate(CommandResult(command=command, state=CommandState.PENDING))

        def failed(problem: Problem) -> None:
            for command in commands:
                self.settle(CommandResult(command=command, state=CommandState.FAILED, reason=problem.what))

        self._source.when(self._source.api.send(commands), lambda _: None, failed)

    def _log(self, commands: Sequence[Command]) -> None:
        known = ((self._source.twin.point_of.get(command.point), command) for command in commands)
        self.log.begin(
            self._source.now_ms(),
            [LoggedCommand(point, command, self._live_value(point)) for point, command in known if point is not None],
        )
        self._logged()

    def _live_value(self, point: Point) -> Value:
        row = self._source.live.index(point.id)
        if row is None or self._source.live.quality[row] >= Quality.OFFLINE:
            return None
        return decode(point, float(self._source.live.value[row]), self._source.strings)

    def settle(self, result: CommandResult) -> None:
        """Records the begin or end of a command, sent from here or by others."""
        if result.state is CommandState.PENDING:
            if not self.log.knows(result.command):
                self._log([result.command])
        else:
            gesture = self.log.end(result)
            self._logged()
            own = result.command.id in self._own
            self._own.discard(result.command.id)
            if gesture is not None and gesture.failed:
                if len(gesture.commands) > 1:
                    self._source.raise_problem(not_confirmed(gesture, self._source.twin))
                elif own:
                    self._failed(gesture.failed[0])
        self._show_fate(result)

    def _show_fate(self, result: CommandResult) -> None:
        point, before = result.command.point, self.command_statuses.get(result.command.point)
        self.command_statuses.update(result)
        if self.command_statuses.get(point) == before:
            return
        self._shown(result)
