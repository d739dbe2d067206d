"""Log of the commands sent from this window, newest first, with the orders that undo them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from twin.model.command import Command, CommandResult, CommandState, undoing
from twin.model.device import Point
from twin.model.ids import PointId
from twin.model.observation import Value
from twin.model.problem import Problem, Severity
from twin.model.text import Text
from twin.model.twin import Twin

NAMED = 20
"""Maximum number of devices that a problem names."""
MAX_GESTURES = 200
"""Maximum number of gestures kept; the effects of older ones stay in the history."""


@dataclass(slots=True)
class LoggedCommand:
    """One logged command: the command, the value before it, and the outcome."""

    point: Point
    command: Command
    before: Value
    state: CommandState = CommandState.PENDING
    reason: Text | None = None

    @property
    def verb(self) -> str:
        """The verb of the command."""
        return self.command.verb

    @property
    def value(self) -> Value:
        """The value of the command; None if its verb takes none."""
        return self.command.value

    def end(self, result: CommandResult) -> None:
        """Stores the final state and reason."""
        self.state, self.reason = result.state, result.reason


@dataclass(frozen=True, slots=True)
class CommandGesture:
    """The commands of one user gesture; `time_ms` is UTC."""

    time_ms: int
    commands: tuple[LoggedCommand, ...]

    @property
    def sender(self) -> str:
        """Name of the sender of the commands; empty if there are none."""
        return self.commands[0].command.sender if self.commands else ""

    @property
    def pending(self) -> int:
        """Number of commands that have not ended."""
        return sum(one.state is CommandState.PENDING for one in self.commands)

    @property
    def failed(self) -> tuple[LoggedCommand, ...]:
        """The commands that failed."""
        return tuple(one for one in self.commands if one.state is CommandState.FAILED)

    @property
    def unconfirmed(self) -> bool:
        """Whether a command was sent to a device that never reports this value."""
        return any(one.state is CommandState.SENT for one in self.commands)

    def undoing(self) -> tuple[tuple[PointId, str, Value], ...]:
        """Commands that restore the former values, for points whose former value is known and differs."""
        back = ((one, undoing(one.point, one.verb, one.before)) for one in self.commands)
        return tuple((one.point.id, *how) for one, how in back if how is not None and how != (one.verb, one.value))


def not_confirmed(gesture: CommandGesture, twin: Twin) -> Problem:
    """The problem to show when some commands of a gesture failed: how many, and of which devices."""
    failed = gesture.failed
    devices = (twin.device_of.get(one.point.device) for one in failed)
    names = list(dict.fromkeys(device.name for device in devices if device is not None))
    return Problem(
        code="commands.not_confirmed",
        args={"n": len(failed), "all": len(gesture.commands)},
        where=", ".join(names[:NAMED]) + (f" (+{len(names) - NAMED})" if len(names) > NAMED else ""),
        severity=Severity.WARNING,
        retry=True,
    )


class CommandLog:
    """The gestures of this window, and the commands that others sent meanwhile; iterates newest first."""

    def __init__(self) -> None:
        self._gestures: deque[CommandGesture] = deque(maxlen=MAX_GESTURES)
        self._open: dict[int, tuple[CommandGesture, LoggedCommand]] = {}
        """The gesture and log entry of each command that has not ended, by command id."""

    def __iter__(self) -> Iterator[CommandGesture]:
        return reversed(self._gestures)

    def __len__(self) -> int:
        return len(self._gestures)

    def begin(self, time_ms: int, commands: Sequence[LoggedCommand]) -> CommandGesture:
        """Appends a gesture whose commands have been sent, and returns it."""
        gesture = CommandGesture(time_ms, tuple(commands))
        self._gestures.append(gesture)
        self._open |= {one.command.id: (gesture, one) for one in commands}
        return gesture

    def knows(self, command: Command) -> bool:
        """Whether the command is in the log and has not ended."""
        return command.id in self._open

    def end(self, result: CommandResult) -> CommandGesture | None:
        """Ends a command; returns its gesture if that was its last open command, else None (also if it is not open)."""
        gesture, one = self._open.pop(result.command.id, (None, None))
        if gesture is None or one is None:
            return None
        one.end(result)
        return None if gesture.pending else gesture

    def open(self) -> tuple[Command, ...]:
        """The commands that have not ended."""
        return tuple(one.command for _, one in self._open.values())

    def clear(self) -> None:
        """Discards all gestures; called when another project is opened."""
        self._gestures.clear()
        self._open.clear()
