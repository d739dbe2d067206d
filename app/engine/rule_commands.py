"""Commands of automations, schedules and scenes, sent like any other command; also detects changes by hand."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field

from app.actions import new_command
from app.engine.rule_host import RuleHost
from devices.command_tracker import NO_REPORT
from devices.link import LinkState
from twin.model.capability import ValueType
from twin.model.change import DeviceOnline, LinkChanged
from twin.model.command import Command, CommandResult, CommandState, confirms, expected
from twin.model.command_approval import BY_NO_RULE, RuleCause
from twin.model.device import Point
from twin.model.ids import PointId
from twin.model.observation import Value, decode
from twin.model.text import Text
from twin.rules.automation import CommandValue
from twin.rules.home_key import HOME_PREFIX
from twin.rules.rule_memory import CommandAnswer, RuleCommand, RuleMemory, SceneRequest

AUTOMATION, SCHEDULE, SCENE = "automation", "schedule", "scene"
"""Senders of commands given by rules."""
OWN = frozenset((AUTOMATION, SCHEDULE, SCENE))
SETTLING_MS = 10_000
"""Reports within this time (ms) after a command ended are its effect (a lamp that fades), not a change by hand."""
LATE_MS = 3_600_000
"""A sleeping device may carry out a command this late (ms); its report is then no change by hand."""
_NO_ANSWER = (NO_REPORT, Text("reason.offline"))
"""Reasons of failed commands that the device may still carry out later."""
LINK_S = 60.0
"""How long a command waits for a link that is still connecting."""
_DONE = (CommandState.CONFIRMED, CommandState.SENT)


def order_for(point: Point | None, verb: str, value: CommandValue) -> tuple[str, Value]:
    """A rule's verb and value converted for the point: a schedule's number becomes on/off, or a word by its index."""
    if point is None or verb != "set" or isinstance(value, str | tuple) or value is None:
        return verb, value
    if point.capability.type is ValueType.BOOL and "set" not in point.capability.verbs:
        return ("on" if value else "off"), None
    if point.capability.type is ValueType.ENUM and 0 <= int(value) < len(point.options):
        return verb, point.options[int(value)]
    return verb, value


def cause_of(memory: RuleMemory, wanted: RuleCommand | SceneRequest, kind: str) -> RuleCause:
    """Why a rule of this kind sends something: the rule, and who started its run by hand, if anybody did."""
    person = next((str(one.cause.args.get("who", "")) for one in memory.runs if one.id == wanted.run), "")
    rule = wanted.schedule or wanted.rule if isinstance(wanted, RuleCommand) else wanted.rule
    return RuleCause(person, (f"{kind} {rule}",))


@dataclass(frozen=True, slots=True)
class _Expected:
    """The value that a point should take after its newest command."""

    command: int
    value: Value
    since_ms: int


@dataclass(slots=True)
class RuleCommands:
    """Sends commands of rules and reports their answers. Event loop only."""

    session: RuleHost
    answered: Callable[[CommandAnswer], None]
    _under_way: dict[PointId, set[int]] = field(default_factory=dict[PointId, set[int]])
    _ended_ms: dict[PointId, int] = field(default_factory=dict[PointId, int])
    _expected: dict[PointId, _Expected] = field(default_factory=dict[PointId, _Expected])
    """By point, the value that its newest command asks for, until the point changes."""
    _unreached: set[PointId] = field(default_factory=set[PointId])
    """Points that did not get the last command of a schedule."""
    commanded: frozenset[str] = frozenset()
    """Ids of all points that rules command."""
    home: Callable[[str, str, CommandValue], Coroutine[object, object, Text | None]] | None = None
    """Sets the state of the home (key, verb, value) and returns why not; None while it is not watched."""

    def send(
        self, id: str, point: str, verb: str, value: CommandValue, sender: str, cause: RuleCause = BY_NO_RULE
    ) -> None:
        """Sends a command in a task; `answered` gets the answer under `id`."""
        if point.startswith(HOME_PREFIX):
            self.session.spawn_task(self._set_home(id, point, verb, value), name="rule command")
            return
        verb, ordered = order_for(self.session.twin.point_of.get(PointId(point)), verb, value)
        command = new_command(PointId(point), verb, ordered, sender=sender)
        self._under_way.setdefault(command.point, set()).add(command.id)
        self._remember_expected(command)

        async def work() -> None:
            await self._link_settled(command.point)
            result = await self.session.send_command(command, cause)
            self.follow(result)
            self.answered(CommandAnswer(id=id, ok=result.state in _DONE, reason=result.reason))

        self.session.spawn_task(work(), name="rule command")

    async def _set_home(self, id: str, key: str, verb: str, value: CommandValue) -> None:
        why = await self.home(key, verb, value) if self.home is not None else Text("home.not_watched")
        self.answered(CommandAnswer(id=id, ok=why is None, reason=why))

    async def _link_settled(self, id: PointId) -> None:
        """Waits until the point's link has settled, at most LINK_S seconds: after a start, rules are judged before
        links run."""
        await self.session.links_started.wait()
        twin = self.session.twin
        point = twin.point_of.get(id)
        device = twin.device_of.get(point.device) if point is not None else None
        if device is not None:
            await self.session.wait_for_link(device.link, LINK_S)

    def follow(self, result: CommandResult) -> str | None:
        """Tracks the result of any command; returns the point where a person changed one that rules command."""
        command = result.command
        under_way = self._under_way.setdefault(command.point, set())
        if result.state is CommandState.PENDING:
            under_way.add(command.id)
            self._remember_expected(command)
            return None
        under_way.discard(command.id)
        if not under_way:
            del self._under_way[command.point]
        self._ended_ms[command.point] = self.session.context.now_ms()
        if result.state in _DONE:
            self._unreached.discard(command.point)
        elif command.sender == SCHEDULE:
            self._unreached.add(command.point)
        wanted = self._expected.get(command.point)
        unsent = result.state is CommandState.FAILED and result.reason not in _NO_ANSWER
        if wanted is not None and wanted.command == command.id and unsent:
            del self._expected[command.point]
        by_person = command.sender not in OWN and result.state in _DONE
        return command.point if by_person and command.point in self.commanded else None

    def reachable(self, change: DeviceOnline | LinkChanged) -> tuple[PointId, ...]:
        """Points of the device or link that came online, as far as they did not get a schedule's last command; told
        once."""
        if not self._unreached:
            return ()
        if isinstance(change, DeviceOnline):
            devices = [self.session.twin.device_of.get(change.device)] if change.online else []
        elif change.state == LinkState.ONLINE.value:
            devices = [one for one in self.session.twin.devices if one.link == change.link]
        else:
            return ()
        found = {point.id for one in devices if one is not None for point in one.points} & self._unreached
        self._unreached -= found
        return tuple(sorted(found))

    def _remember_expected(self, command: Command) -> None:
        """Remembers the value that the newest command asks for, where rules command the point."""
        point = self.session.twin.point_of.get(command.point)
        known = self._expected.get(command.point)
        if point is None or command.point not in self.commanded or (known is not None and known.command == command.id):
            return
        row = self.session.state.index(point.id)
        before = None if row is None else decode(point, float(self.session.state.value[row]), self.session.strings)
        value = expected(point, command.verb, command.value, before)
        self._expected.pop(point.id, None)
        if value is not None:
            self._expected[point.id] = _Expected(command.id, value, self.session.context.now_ms())

    def moved_by_hand(self, point: str, before: float, value: float, now_ms: int) -> bool:
        """Whether a value changed without a command as its cause: none is under way or ended within SETTLING_MS, and it
        is not the late effect of the last one."""
        if point not in self.commanded or before != before or value != value or before == value:
            return False
        if PointId(point) in self._under_way:
            return False
        ended_ms = self._ended_ms.get(PointId(point))
        if ended_ms is not None and 0 <= now_ms - ended_ms <= SETTLING_MS:
            return False
        wanted, known = self._expected.pop(PointId(point), None), self.session.twin.point_of.get(PointId(point))
        if wanted is None or known is None or not 0 <= now_ms - wanted.since_ms <= LATE_MS:
            return True
        return not confirms(known, wanted.value, value, self.session.strings)
