"""What became of the commands to each point, kept by command: the end of one says nothing of another under way."""

from __future__ import annotations

from dataclasses import dataclass, field

from twin.model.command import CommandResult, CommandState
from twin.model.ids import PointId
from twin.model.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What is shown at a point: a command is pending, was sent to a device that never reports, or failed and why."""

    state: CommandState
    reason: Text | None = None


_PENDING = Fate(state=CommandState.PENDING)


@dataclass(slots=True)
class _Commanded:
    pending: set[int] = field(default_factory=set[int])
    newest: int = 0
    """The command that was begun last."""
    ended: Fate | None = None
    """How the newest ended; None while it is pending, and where it was confirmed."""


class CommandFates:
    """By point: pending while any command to it is; then how the newest one ended, where it was not confirmed."""

    def __init__(self) -> None:
        self._of: dict[PointId, _Commanded] = {}

    def get(self, point: PointId) -> Fate | None:
        """What to show at the point; None where there is nothing to say."""
        known = self._of.get(point)
        if known is None:
            return None
        return _PENDING if known.pending else known.ended

    def update(self, result: CommandResult) -> None:
        """A command began or ended."""
        command, state = result.command, result.state
        if state is CommandState.PENDING:
            known = self._of.setdefault(command.point, _Commanded())
            if command.id not in known.pending:
                known.pending.add(command.id)
                known.newest, known.ended = command.id, None
            return
        known = self._of.get(command.point)
        failed = None if state is CommandState.CONFIRMED else Fate(state=state, reason=result.reason)
        if known is None or command.id not in known.pending:  # refused at once: it never was on its way
            if failed is not None:
                known = self._of.setdefault(command.point, _Commanded())
                known.newest, known.ended = command.id, failed
            return
        known.pending.discard(command.id)
        if command.id == known.newest:
            known.ended = failed
        if not known.pending and known.ended is None:
            del self._of[command.point]

    def clear(self) -> None:
        """Another project is open."""
        self._of.clear()
