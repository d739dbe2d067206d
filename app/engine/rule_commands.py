"""Commands of automations, schedules and scenes, sent like any other command; also detects changes by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

import msgspec

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
from twin.model.observation import Quality, Value, decode
from twin.model.text import Text
from twin.rules.automation import CommandValue
from twin.rules.home_key import HOME_PREFIX
from twin.rules.rule_memory import CommandAnswer, RuleCommand, RuleMemory, SceneRequest
from twin.rules.scene import (
    Places,
    Scene,
    SceneCommand,
    SceneRun,
    advance_scene,
    begin_scene,
    decided_points,
    resumed_scene,
    superseded,
)

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
SAVED_S = 0.25
"""Longest wait (s) of a scene's first commands for its run to be written."""
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


@dataclass(slots=True)
class SceneSetting:
    """Scene runs in progress: commands are sent through `send`, answers come through `take`. Event loop only."""

    session: RuleHost
    send: Callable[[str, str, str, CommandValue, str, RuleCause], None]
    save: Callable[[], Coroutine[object, object, None]]
    """Writes the runs under way and returns once they are written, or could not be."""
    ended: Callable[[SceneRun], None]
    """Callback for every finished run, with its failed points."""
    runs: dict[str, SceneRun] = field(default_factory=dict[str, SceneRun])
    newest: dict[str, str] = field(default_factory=dict[str, str])
    """By scene, the id of its run that began last."""
    _senders: dict[str, tuple[str, RuleCause]] = field(default_factory=dict[str, tuple[str, RuleCause]])
    """By run, the sender of its commands, and the cause of the rule that set the scene."""
    _unsent: set[str] = field(default_factory=set[str])
    """Ids of runs whose first commands wait until the run is saved."""

    async def begin(
        self,
        id: str,
        scene: Scene,
        members: Mapping[str, tuple[PointId, ...]],
        sender: str,
        cause: RuleCause = BY_NO_RULE,
        *,
        puts_back: Scene | None = None,
        whole: bool = True,
    ) -> None:
        """Starts setting a scene for `sender`; `ended` gets the finished run. With `puts_back`, `scene` has the values
        from before that one was set. Earlier runs send nothing more to the points that this one decides on.

        The run is saved before its first commands are sent, so that it goes on after a crash; a disk that takes longer
        than SAVED_S delays it no further.
        """
        places = self.places()
        for one in (scene, puts_back):
            if one is not None:
                self._supersede(decided_points(one, places, members))
        self._senders[id] = sender, replace(cause, definitions=(*cause.definitions, f"{SCENE} {scene.id}"))
        run = msgspec.structs.replace(begin_scene(id, scene, places, members)[0], whole=whole and puts_back is None)
        self.runs[id], self.newest[scene.id] = run, id
        self._unsent.add(id)
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(self.save()), SAVED_S)
        self._unsent.discard(id)
        run = self.runs[id]  # a newer one may have taken points over
        self._go_on(run, run.waiting)

    def _supersede(self, points: frozenset[PointId]) -> None:
        for id, run in self.runs.items():
            self.runs[id] = superseded(run, points, sent=id not in self._unsent)

    def resume(self, saved: Iterable[SceneRun]) -> None:
        """Continues scene runs that an earlier process saved unfinished."""
        for run in saved:
            self.runs[run.id] = run
            self._go_on(run, resumed_scene(run))

    def take(self, answer: CommandAnswer) -> bool:
        """Passes an answer to the run that waits for it; False where none does."""
        run = next((one for one in self.runs.values() if any(c.id == answer.id for c in one.waiting)), None)
        if run is None:
            return False
        run, commands = advance_scene(run, (answer,))
        self.runs[run.id] = run
        self._go_on(run, commands)
        return True

    def under_way(self, scene: str) -> bool:
        """Whether a scene is being set or put back."""
        return any(run.scene == scene for run in self.runs.values())

    def places(self) -> Places:
        """The points of the twin and their current values, for planning a scene's commands."""
        state, twin = self.session.state, self.session.twin
        rows = ((point.id, state.index(point.id)) for point in twin.points)
        known = {
            id: float(state.value[row]) for id, row in rows if row is not None and state.quality[row] < Quality.STALE
        }
        return Places(twin.points, known, self.session.strings)

    def _go_on(self, run: SceneRun, commands: Iterable[SceneCommand]) -> None:
        sender, cause = self._senders.get(run.id, (SCENE, RuleCause("", (f"{SCENE} {run.scene}",))))
        for one in commands:
            self.send(one.id, one.point, one.verb, one.value, sender, cause)
        if run.over:
            del self.runs[run.id]
            self._senders.pop(run.id, None)
            self.ended(run)


def failure(run: SceneRun) -> Text | None:
    """The text naming the points that a scene failed to set; None where all were set."""
    return Text("scene.partly", n=len(run.failed), points=list(run.failed)) if run.failed else None
