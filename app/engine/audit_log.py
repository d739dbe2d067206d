"""Writes commands, edits, grants and refusals to the event log of the history: who, what, from where, result."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from app.actions import DEFAULT_SENDER
from app.author import author, origin
from app.engine.refusal_watch import RefusalWatch
from app.log import topic
from twin.model.command import CommandResult, CommandState
from twin.model.problem import Problem, ProblemError
from twin.store.history.event_log import EventLog, LoggedEvent, PendingEvent
from twin.store.project import ProjectNote

_LOG = topic("audit")
_JSON = json.JSONEncoder(ensure_ascii=False, sort_keys=True, default=str)
MINUTE_MS = 60_000
"""Time (ms) for which equal refusals are one row, and those that follow are counted."""


MOST_DISTINCT = 500
"""Most different refusals within a minute that have rows of their own; further ones are counted as of MANY addresses."""
MANY = "*"
CARE = "care."
"""Start of the codes of problems that may name a person in care."""
DOOR = "door"
"""What is refused where a connection, token or request is not let in at all."""


class AuditLog:
    """Who and from where is the caller's, as app.author has it. Any thread may call; returns at once."""

    def __init__(self, events: EventLog, now_ms: Callable[[], int], raised: Callable[[Problem], object]) -> None:
        """`raised` gets the problem where the door refuses strangers again and again."""
        self._events, self._now_ms = events, now_ms
        self._strangers = RefusalWatch(now_ms, raised)
        self._lock = threading.Lock()
        self._begun = self._ended = False
        self._refusals: dict[tuple[str, str, str, str], tuple[int, int]] = {}
        """By person, address, request and problem: time of the last row, and how many refusals followed it."""
        self._last: dict[tuple[str, str, str, str], int] = {}
        """By kind, body, person and address: time of the last row that is written once a minute."""
        events.due = self.write_counted

    def begin(self) -> None:
        """Writes that the engine is at work, at the first call: after a window's first frame, since it asks for the user."""
        if not self._begun:
            self._begun = True
            self.add("engine", {"what": "start", "result": "done"})

    def end(self) -> None:
        """Writes counted refusals, and that the engine closes the project; may be called twice."""
        self.write_counted(all=True)
        if not self._ended:
            self._ended = True
            self.add("engine", {"what": "stop", "result": "done"})

    def command(self, result: CommandResult) -> None:
        """Writes how a command ended."""
        sender, person = result.command.sender, author()
        # Commands of rules and scenes end in whichever context set a timer: its address is not theirs.
        place = origin() if sender in (DEFAULT_SENDER, person) else ""
        who = person if sender == DEFAULT_SENDER else sender
        # One that was carried out is as safe as the report of it; a refusal is written at once.
        row = partial(_command_row, result, self._now_ms(), who, place)
        self._add(row, "command", who, patient=result.state is not CommandState.FAILED)

    def note(self, note: ProjectNote) -> None:
        """Writes an edit or grant that the project has committed; called in the context of its author."""
        self.add(note.kind, {**note.body, "result": "done"})

    def refused(self, what: str, problem: Problem, who: str = "", place: str = "") -> None:
        """Writes a refusal: what was asked for, and the problem. Equal ones within a minute are counted only."""
        self.write_counted()
        if what == DOOR:
            self._strangers.refused(place)
        key = (who, place, what, problem.code)
        with self._lock:
            if key not in self._refusals and len(self._refusals) >= MOST_DISTINCT:
                key = who, place, what, _ = "", MANY, what[:40], problem.code
            since_ms, count = self._refusals.get(key, (self._now_ms(), -1))
            self._refusals[key] = (since_ms, count + 1)
        if count < 0:
            args = {} if problem.code.startswith(CARE) else problem.args  # no row can forget who is in care
            self.add("refused", {"what": what, "result": problem.code, "args": args}, who=who, place=place)

    def write_counted(self, *, all: bool = False) -> None:
        """Writes one row for counted refusals whose minute is over, or for all of them."""
        now_ms = self._now_ms()
        with self._lock:
            over = {
                key: count
                for key, (since_ms, count) in self._refusals.items()
                if all or abs(now_ms - since_ms) >= MINUTE_MS
            }
            for key in over:
                del self._refusals[key]
        for (who, place, what, code), count in over.items():
            if count:
                self.add("refused", {"what": what, "result": code, "times": count}, who=who, place=place)

    def add_each_minute(self, kind: str, body: Mapping[str, Any]) -> None:
        """Writes one row of the present caller, unless an equal one was written within the last minute."""
        now_ms, key = self._now_ms(), (kind, _JSON.encode(body), author(), origin())
        with self._lock:
            self._last = {one: at for one, at in self._last.items() if abs(now_ms - at) < MINUTE_MS}
            if new := key not in self._last:
                self._last[key] = now_ms
        if new:
            self.add(kind, body, patient=True)

    def add(
        self,
        kind: str,
        body: Mapping[str, Any],
        *,
        who: str | None = None,
        place: str | None = None,
        patient: bool = False,
    ) -> None:
        """Writes one row, by default of the present caller; a patient one with the next observations."""
        who = author() if who is None else who
        event = logged(kind, body, time_ms=self._now_ms(), who=who, place=origin() if place is None else place)
        self._add(event, kind, who, patient=patient)

    def _add(self, event: PendingEvent, kind: str, who: str, *, patient: bool) -> None:
        try:
            self._events.add(event, patient=patient)
        except ProblemError as error:  # the project is being closed
            _LOG.error("not written: %s by %s: %s", kind, who, error)


def _command_row(result: CommandResult, time_ms: int, who: str, place: str) -> LoggedEvent:
    """The row of a command; made by the thread that writes it, so that no confirmation waits for its text."""
    command = result.command
    body = {"point": command.point, "verb": command.verb, "value": command.value, "result": result.state.value}
    reason = {"reason": result.reason.as_json()} if result.reason is not None else {}
    return logged("command", body | reason, time_ms=time_ms, who=who, place=place)


def logged(kind: str, body: Mapping[str, Any], *, time_ms: int, who: str, place: str) -> LoggedEvent:
    """A row of the log."""
    return LoggedEvent(time_ms=time_ms, who=who, origin=place, kind=kind, body=_JSON.encode(body))
