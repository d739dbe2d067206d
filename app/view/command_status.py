"""Outcome of the commands to each point, kept by command id: commands to one point can overlap."""

from __future__ import annotations

from dataclasses import dataclass, field

from twin.model.command import CommandResult, CommandState
from twin.model.ids import PointId
from twin.model.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandStatus:
    """State of a point's command to display: pending (with the reason where it waits), sent to a device that never reports,
    or failed with a reason."""

    state: CommandState
    reason: Text | None = None


@dataclass(slots=True)
class _Commanded:
    pending: dict[int, CommandStatus] = field(default_factory=dict[int, CommandStatus])
    newest: int = 0
    """Id of the command that was begun last."""
    ended: CommandStatus | None = None
    """Outcome of the newest command; None while it is pending and if it was confirmed."""


class CommandStatuses:
    """For each point: pending while any command to it is, then the newest outcome unless it was confirmed."""

    def __init__(self) -> None:
        self._of: dict[PointId, _Commanded] = {}

    def get(self, point: PointId) -> CommandStatus | None:
        """The state to display for the point; None if there is none."""
        known = self._of.get(point)
        if known is None:
            return None
        return next(reversed(known.pending.values()), known.ended)

    def update(self, result: CommandResult) -> None:
        """Takes over the begin or end of a command."""
        command, state = result.command, result.state
        if state is CommandState.PENDING:
            known = self._of.setdefault(command.point, _Commanded())
            if command.id not in known.pending:
                known.newest, known.ended = command.id, None
            known.pending[command.id] = CommandStatus(state=state, reason=result.reason)
            return
        known = self._of.get(command.point)
        failed = None if state is CommandState.CONFIRMED else CommandStatus(state=state, reason=result.reason)
        if known is None or command.id not in known.pending:  # refused at once: it never was on its way
            if failed is not None:
                known = self._of.setdefault(command.point, _Commanded())
                known.newest, known.ended = command.id, failed
            return
        del known.pending[command.id]
        if command.id == known.newest:
            known.ended = failed
        if not known.pending and known.ended is None:
            del self._of[command.point]

    def clear(self) -> None:
        """Discards all commands; called when another project is opened."""
        self._of.clear()
