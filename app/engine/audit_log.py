"""Writes commands, edits, grants and refusals to the event log of the history: who, what, from where, result."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from app.actions import DEFAULT_SENDER
from app.author import author, origin
from app.log import topic
from twin.model.command import CommandResult
from twin.model.problem import Problem, ProblemError
from twin.store.history.event_log import EventLog, LoggedEvent
from twin.store.project import ProjectNote

_LOG = topic("audit")


class AuditLog:
    """Who and from where is the caller's, as app.author has it. Any thread may call; returns at once."""

    def __init__(self, events: EventLog, now_ms: Callable[[], int]) -> None:
        self._events, self._now_ms = events, now_ms

    def command(self, result: CommandResult) -> None:
        """Writes how a command ended."""
        command = result.command
        body = {"point": command.point, "verb": command.verb, "value": command.value, "result": result.state.value}
        reason = {"reason": result.reason.as_json()} if result.reason is not None else {}
        self.add("command", body | reason, who=author() if command.sender == DEFAULT_SENDER else command.sender)

    def note(self, note: ProjectNote) -> None:
        """Writes an edit or grant that the project has committed; called in the context of its author."""
        self.add(note.kind, {**note.body, "result": "done"})

    def refused(self, what: str, problem: Problem, who: str = "", place: str = "") -> None:
        """Writes a refusal: what was asked for, and the problem."""
        self.add("refused", {"what": what, "result": problem.code, "args": problem.args}, who=who, place=place)

    def add(self, kind: str, body: Mapping[str, Any], *, who: str | None = None, place: str | None = None) -> None:
        """Writes one row; by default of the present caller."""
        event = logged(
            kind,
            body,
            time_ms=self._now_ms(),
            who=author() if who is None else who,
            place=origin() if place is None else place,
        )
        try:
            self._events.add(event)
        except ProblemError as error:  # the project is being closed
            _LOG.error("not written: %s by %s: %s", kind, event.who, error)


def logged(kind: str, body: Mapping[str, Any], *, time_ms: int, who: str, place: str) -> LoggedEvent:
    """A row of the log."""
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, default=str)
    return LoggedEvent(time_ms=time_ms, who=who, origin=place, kind=kind, body=text)
