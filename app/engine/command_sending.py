"""Sends a command through the link of its device, from its approval to its final result."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Protocol

from app.engine.audit_log import AuditLog
from app.engine.command_approvals import ApprovalQueue, RuleCause
from app.engine.context import EngineContext
from app.engine.link_supervisor import LinkSupervisor
from app.engine.registration import DeviceRegistration
from twin.model.change import CommandUpdated
from twin.model.command import Command, CommandResult, CommandState, refusal
from twin.model.device import Point
from twin.model.observation import Quality, StringTable, Value, decode
from twin.model.state import State
from twin.model.text import Text
from twin.model.twin import Twin


class SendingHost(Protocol):
    """Interface of the project session for the commands that it sends."""

    context: EngineContext
    registration: DeviceRegistration
    approvals: ApprovalQueue
    links: LinkSupervisor
    state: State
    strings: StringTable
    audit: AuditLog

    @property
    def twin(self) -> Twin:
        """The newest snapshot."""
        ...


async def send(session: SendingHost, command: Command, cause: RuleCause) -> CommandResult:
    """Sends a command, for a rule with its cause, and waits for its final result; publishes every step."""
    command = replace(command, deadline_s=session.context.settings.number("command_deadline_s"))
    if (known := session.twin.point_of.get(command.point)) is not None:
        # it may just have been described anew
        await session.registration.wait_written(session.twin.device_of[known.device].link)
    point = session.twin.point_of.get(command.point)
    device = session.twin.device_of.get(point.device) if point else None
    if point is None or device is None:
        return _failed(session, command, Text("reason.unknown_point"))
    reason = refusal(point, command.verb, command.value) or await session.approvals.ask(command, device, cause)
    runner = session.links.runner(device.link)
    if reason is not None or runner is None:
        return _failed(session, command, reason or Text("reason.link_off"))
    pending = partial(_pending, session, command)
    pending()
    before = _value_before(session, point, command.verb)
    return _settled(session, await runner.command(command, point, before, pending))


def _value_before(session: SendingHost, point: Point, verb: str) -> Value:
    """The point's value that a command may count on; None where it is not known."""
    row = session.state.index(point.id)
    # A value that was only repeated to us does not show that the device is there and already is as wished.
    most = Quality.UNCERTAIN if verb in ("toggle", "step") else Quality.GOOD
    if row is None or session.state.quality[row] > most:
        return None
    return decode(point, float(session.state.value[row]), session.strings)


def _pending(session: SendingHost, command: Command, reason: Text | None = None) -> None:
    result = CommandResult(command=command, state=CommandState.PENDING, reason=reason)
    session.context.bus.publish(CommandUpdated(result))


def _failed(session: SendingHost, command: Command, reason: Text) -> CommandResult:
    return _settled(session, CommandResult(command=command, state=CommandState.FAILED, reason=reason))


def _settled(session: SendingHost, result: CommandResult) -> CommandResult:
    session.context.bus.publish(CommandUpdated(result))
    session.audit.command(result)
    return result
