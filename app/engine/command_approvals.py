"""Commands that wait until a second person approves them; every step is a row of the event log."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable
from dataclasses import replace

from app.actions import DEFAULT_SENDER
from app.author import author, origin
from app.engine.audit_log import AuditLog
from app.engine.context import EngineContext
from app.engine.grant_book import GrantBook
from devices.command_tracker import WITHDRAWN
from twin.model.change import ApprovalsChanged
from twin.model.command import Command
from twin.model.command_approval import BY_NO_RULE, CommandApproval, CommandApprovals, RuleCause
from twin.model.device import Device
from twin.model.ids import DeviceId
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text
from twin.store.project import Project
from twin.store.project.definition_authors import UNKNOWN, authors_in
from twin.store.project.kept_settings import DEFINITION_AUTHORS, ids_of

SETTING = "second_person"
"""Setting of a project: ids of the devices whose commands need a second person."""
WAIT_S = 300.0
"""Time (seconds) after which a command that was not approved lapses."""
MOST_WAITING = 100


class ApprovalQueue:
    """Runs on the loop. What waits does not survive the engine: it fails with a reason, and is written down."""

    def __init__(self, context: EngineContext, project: Project, audit: AuditLog, grants: GrantBook) -> None:
        self._context, self._project, self._audit, self._grants = context, project, audit, grants
        kept = ids_of(project.setting(SETTING))
        if kept is None:
            context.raise_problem(Problem(code="approval.damaged", where=str(project.path)))
        self._devices = frozenset(map(DeviceId, kept or ()))
        self._waiting: dict[int, tuple[CommandApproval, asyncio.Future[Text | None]]] = {}
        self._ids = itertools.count(1)
        self._closed = False

    @property
    def status(self) -> CommandApprovals:
        """What waits, and the devices that need a second person."""
        waiting = tuple(approval for approval, _ in self._waiting.values())
        return CommandApprovals(waiting=waiting, devices=tuple(sorted(self._devices)))

    async def require(self, device: DeviceId, on: bool) -> None:
        """Sets whether commands to a device need a second person. Raises ProblemError."""
        devices = self._devices | {device} if on else self._devices - {device}
        await self._context.run_blocking(lambda: self._project.set_setting(SETTING, sorted(devices)))
        self._devices = devices
        self._write("required" if on else "not required", {"device": device})
        self._publish()

    async def ask(self, command: Command, device: Device, cause: RuleCause = BY_NO_RULE) -> Text | None:
        """Returns once the command may be sent: at once where its device needs no second person. The result is the reason
        where it may not: refused, lapsed, or the project is being closed. `cause` is that of a rule's command."""
        if device.id not in self._devices:
            return None
        if self._closed or len(self._waiting) >= MOST_WAITING:
            return Text("reason.approval_closed" if self._closed else "reason.approval_full", most=MOST_WAITING)
        authors = self._authors(cause)
        now_ms, who = self._context.now_ms(), author() if command.sender == DEFAULT_SENDER else command.sender
        approval = CommandApproval(
            id=next(self._ids), command=command, device=device.id, asked_by=who, person=cause.person,
            authors=tuple(dict.fromkeys(filter(None, authors))), author_unknown=UNKNOWN in authors, origin=origin(), asked_ms=now_ms, until_ms=now_ms + round(WAIT_S * 1000),
        )  # fmt: skip
        loop = asyncio.get_running_loop()
        decided: asyncio.Future[Text | None] = loop.create_future()
        self._waiting[approval.id] = approval, decided
        self._write("asked", _about(approval), who)
        self._publish()
        timer = loop.call_later(WAIT_S, self.lapse, approval.id)
        try:
            return await decided
        finally:
            timer.cancel()
            if self._waiting.pop(approval.id, None) is not None:  # its task was cancelled
                self._write("withdrawn", _about(approval), who)
                self._publish()

    def decide(self, id: int, *, approve: bool) -> CommandApproval:
        """Ends the waiting of a command for the present caller. Raises ProblemError where it does not wait any more, or
        the caller has sent it."""
        found = self._waiting.get(id)
        if found is None:
            raise ProblemError(Problem(code="approval.missing", args={"id": id}))
        approval, by = found[0], author()
        self._check_stands(approval)
        if approve and approval.is_of(by):
            problem = Problem(code="approval.same_person", args={"name": by})
            self._audit.refused("decide_command", problem, by, origin())
            raise ProblemError(problem)
        if approve and approval.author_unknown and self._may_write_rules(by):
            problem = Problem(code="approval.author_unknown", args={"name": by})
            self._audit.refused("decide_command", problem, by, origin())
            raise ProblemError(problem)
        self._end(
            id, None if approve else Text("reason.approval_refused", name=by), "approved" if approve else "refused", by
        )
        return approval

    def _check_stands(self, approval: CommandApproval) -> None:
        """Withdraws a command from another machine whose sender has no access any more. Raises ProblemError then."""
        if approval.origin and not approval.person and not self._grants.has(approval.asked_by, self._context.now_ms()):
            self._withdraw(approval)
            raise ProblemError(Problem(code="approval.missing", args={"id": approval.id}))

    def _authors(self, cause: RuleCause) -> tuple[str, ...]:
        """Names of those who wrote what a command of a rule comes from; UNKNOWN among them where one is not known."""
        if not cause.definitions:
            return ()
        known = authors_in(self._project.setting(DEFINITION_AUTHORS))
        return tuple(name for one in cause.definitions for name in known.get(one, ()) or (UNKNOWN,))

    def _may_write_rules(self, name: str) -> bool:
        """Whether the caller, of this name, may be the author of any rule: all but viewers and operators."""
        return not origin() or self._grants.role_of(name, self._context.now_ms()) not in ("viewer", "operator")

    def cancel(self, commands: Iterable[int], by: str) -> None:
        """Ends the waiting of the commands with these ids: a person has cancelled their job."""
        wanted = frozenset(commands)
        for approval, _ in tuple(self._waiting.values()):
            if approval.command.id in wanted:
                self._end(approval.id, WITHDRAWN, "withdrawn", by)

    def withdraw(self, name: str) -> None:
        """Ends the waiting of all commands that this person sent from another machine, or whose rule was started by
        them: the access has ended."""
        for approval, _ in tuple(self._waiting.values()):
            if name in (approval.person, approval.asked_by if approval.origin else ""):
                self._withdraw(approval)

    def _withdraw(self, approval: CommandApproval) -> None:
        name = approval.person or approval.asked_by
        self._end(approval.id, Text("reason.approval_withdrawn", name=name), "withdrawn", "oikos")

    def lapse(self, id: int) -> None:
        """Ends the waiting of a command whose time is over."""
        self._end(id, Text("reason.approval_lapsed", minutes=round(WAIT_S / 60)), "lapsed", "oikos")

    def close(self) -> None:
        """Ends the waiting of all commands: the project is being closed."""
        self._closed = True
        for id in tuple(self._waiting):
            self._end(id, Text("reason.approval_closed"), "closed", "oikos")

    def _end(self, id: int, reason: Text | None, what: str, who: str) -> None:
        found = self._waiting.pop(id, None)
        if found is None:
            return
        approval, decided = found
        self._write(what, _about(approval), who)
        if not decided.done():
            decided.set_result(reason)
        self._publish()

    def _write(self, what: str, about: dict[str, object], who: str | None = None) -> None:
        self._audit.add("confirmation", {"what": what, "result": "done", **about}, who=who)

    def _publish(self) -> None:
        self._context.bus.publish(ApprovalsChanged(self.status))


def _about(approval: CommandApproval) -> dict[str, object]:
    """What a row of the event log has about a command that waits."""
    command = replace(approval.command)
    return {
        "approval": approval.id, "device": approval.device, "point": command.point, "verb": command.verb,
        "value": command.value, "asked_by": approval.asked_by,
    }  # fmt: skip
