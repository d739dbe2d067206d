"""What the engine does with the alarms, automations, schedules and scenes of the open project on request.

Imported at the first request, or when links start: not before the first frame of a window.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from secrets import randbits

from app.actions import DEFAULT_SENDER
from app.author import author
from app.engine.alarm_accounts import alarm_report
from app.engine.channel_secret import secret_id
from app.engine.definition_labels import label_of
from app.engine.device_acknowledging import Answered, NotAcknowledged
from app.engine.preview_queue import PreviewQueue
from app.engine.problems import unknown
from app.engine.rule_log import alarm_entries, run_entries, with_names
from app.engine.rule_preview import RecordedHouse, next_runs
from app.engine.rule_runner import RuleRunner
from app.engine.scene_capture import captured_scene
from app.engine.session import ProjectSession
from twin.model.alarm import AlarmLogEntry, AlarmStatus
from twin.model.definition import Definition, DefinitionEdit, DefinitionKind
from twin.model.energy import EnergySpan
from twin.model.ids import RoomId
from twin.model.problem import Problem, ProblemError
from twin.model.rule_status import RulePreview, RuleStatus, RunLogEntry, SceneOutcome
from twin.model.text import Text
from twin.rules.alarm_act import Acknowledge, AlarmAct
from twin.rules.alarm_list import alarm_title, rule_title
from twin.rules.alarm_metrics import AlarmMetricsReport
from twin.rules.alarm_state import WAITING, AlarmEventKind
from twin.rules.condition import Moment
from twin.rules.definition_body import definition_of, read_body
from twin.rules.device_alarm_act import AcknowledgeUntold
from twin.rules.device_alarm_definition import is_device_alarm
from twin.rules.scene import Scene, SceneMatch, match
from twin.rules.why_not import why_not

MOST_ROWS = 10_000

type AcknowledgeThere = Callable[[Iterable[str], str, Answered], Awaitable[None]]
"""Acknowledges alarms, by their ids and for a person, at the devices that raise them, and tells of each at once."""


class RuleRequests:
    """Requests to the rules of one open project; each waits until the newest definitions are in force. Event loop
    only."""

    def __init__(self, session: ProjectSession, runner: RuleRunner, previews: PreviewQueue) -> None:
        self._session, self._runner, self._previews = session, runner, previews
        self._context = session.context

    async def alarms(self) -> tuple[AlarmStatus, ...]:
        """The status of every alarm, also of those at rest."""
        await self._runner.settled()
        return tuple(self._runner.statuses())

    async def act_on_alarms(
        self, alarms: Sequence[str], act: AlarmAct, sender: str, acknowledge_there: AcknowledgeThere
    ) -> tuple[AlarmStatus, ...]:
        """Acknowledges, shelves etc. these alarms and returns their status; one that refuses does not keep the
        others. `acknowledge_there` acknowledges at the devices that raise alarms; what a device is not told yet is written when
        this returns."""
        runner = self._runner
        await runner.settled()
        known = runner.compiled.alarms.definitions
        if missing := [id for id in alarms if id not in known]:
            raise ProblemError(*(unknown("alarm", id) for id in missing))
        refused: list[Problem] = []
        who = sender if sender != DEFAULT_SENDER else author() or sender
        there = [id for id in dict.fromkeys(alarms) if isinstance(act, Acknowledge) and is_device_alarm(id)]
        waited = {id for id in there if runner.alarms.state(id).phase in WAITING}

        def answered(id: str, answer: NotAcknowledged | None) -> None:
            if id not in runner.compiled.alarms.definitions:
                return  # its device was removed meanwhile
            if id in waited and runner.alarms.state(id).phase not in WAITING:
                return  # the device acknowledged it with another one of the same object, which was taken over meanwhile
            refused.extend(self._act_on(id, act, who, answer))

        if there:
            await acknowledge_there(there, who, answered)
        for id in alarms:
            if id not in there:
                answered(id, None)
        if any(runner.alarms.state(id).untold for id in there):
            await runner.written()
        if refused:
            raise ProblemError(*refused)
        return tuple(one for one in runner.statuses() if one.id in alarms)

    def _act_on(self, id: str, act: AlarmAct, who: str, there: NotAcknowledged | None) -> Iterable[Problem]:
        """Acts on one alarm, which is, or is not, acknowledged at its device; the problems where it refuses."""
        runner = self._runner
        title = alarm_title(runner.compiled.alarms.definitions[id], self._session.twin)
        if there is not None and there.refused:
            args = {"alarm": title, "why": there.why}
            return [Problem(code="alarm.unacknowledged_there", args=args, where=id, retry=True)]
        return [
            Problem(code="alarm.refused", args={"alarm": title, "why": event.reason}, where=id)
            for event in runner.act(id, act if there is None else AcknowledgeUntold(there.why), who)
            if event.kind is AlarmEventKind.REFUSED
        ]

    async def alarm_log(self, from_ms: int, to_ms: int, most: int, alarm: str) -> tuple[AlarmLogEntry, ...]:
        """Log of alarms in [from, to), newest first."""
        await self._runner.settled()
        await self._runner.written()
        records, definitions = self._session.history.rules, self._runner.compiled.alarms.definitions
        rows = await self._context.run_blocking(lambda: records.alarm_log(from_ms, to_ms, _bounded(most), alarm))
        return alarm_entries(rows, definitions, self._session.twin)

    async def alarm_metrics(
        self, span: EnergySpan, at_ms: int, counts: Callable[[str], bool] = lambda _: True
    ) -> AlarmMetricsReport:
        """The performance of the alarms whose id `counts` takes in a period of the calendar, up to now; computed on the pool."""
        await self._runner.settled()
        await self._runner.written()
        session, definitions = self._session, self._runner.compiled.alarms.definitions
        records, twin, now = session.history.rules, session.twin, self._runner.statuses()
        period = span, at_ms, self._context.now_ms()
        return await self._context.run_blocking(lambda: alarm_report(records, definitions, now, twin, period, counts))

    async def rules(self) -> tuple[RuleStatus, ...]:
        """The status of every automation, schedule and scene."""
        await self._runner.settled()
        compiled, now_ms = self._runner.compiled, self._context.now_ms()
        next_ms = await self._context.run_blocking(lambda: next_runs(compiled, now_ms))
        return self._statuses(next_ms)

    async def run_log(self, from_ms: int, to_ms: int, most: int, rule: str) -> tuple[RunLogEntry, ...]:
        """Log of automations and schedules in [from, to), newest first."""
        await self._runner.written()
        records = self._session.history.rules
        rows = await self._context.run_blocking(lambda: records.run_log(from_ms, to_ms, _bounded(most), rule))
        return run_entries(rows, self._session.twin)

    async def preview_rule(self, kind: DefinitionKind, definition: Definition, from_ms: int, to_ms: int) -> RulePreview:
        """What an automation or schedule would have done in the recorded time [from, to]. One is worked out at a time;
        ProblemError where a newer one of the same definition is asked for before."""
        house = RecordedHouse(self._session.twin, self._session.history)
        async with self._previews.turn(definition.id, house.dropped):
            await self._recorded()
            return await self._context.run_blocking(lambda: house.preview(kind, definition, from_ms, to_ms))

    async def why_not(self, rule: str, at_ms: int) -> tuple[Text, ...]:
        """The reasons why an automation does not run now, or did not at a past time, most important first."""
        if at_ms:
            self._known(DefinitionKind.AUTOMATION, rule)
            house = RecordedHouse(self._session.twin, self._session.history)
            await self._recorded()
            return await self._context.run_blocking(lambda: house.why_not(rule, at_ms))
        runner = self._runner
        await runner.settled()
        self._known(DefinitionKind.AUTOMATION, rule)
        at = Moment(runner.compiled.view, runner.compiled.book.schedules, self._context.now_ms())
        reasons = why_not(runner.compiled.book, rule, at, runner.memory)
        return tuple(with_names(one, self._session.twin) for one in reasons)

    async def run_rule(self, rule: str, sender: str) -> None:
        """Starts an automation now, where its conditions hold; one that went in circles may start again."""
        await self._runner.settled()
        self._known(DefinitionKind.AUTOMATION, rule)
        if rule not in self._runner.compiled.book.rules:
            raise ProblemError(Problem(code="rules.off", where=rule))
        self._runner.run(rule, author() if sender == DEFAULT_SENDER else sender)

    async def set_scene(self, scene: str, sender: str) -> SceneOutcome:
        """Sets a scene; the result is the outcome for each of its points."""
        runner = self._runner
        await runner.settled()
        self._known(DefinitionKind.SCENE, scene)
        found = runner.compiled.rules.scenes.get(scene)
        if found is None:
            raise ProblemError(Problem(code="rules.off", where=scene))
        run = await runner.scenes.set_scene(f"scene {randbits(53)}", found, sender)
        return SceneOutcome(confirmed=run.confirmed, failed=tuple(run.failed.items()))

    async def put_back_scene(self, scene: str, sender: str) -> SceneOutcome:
        """Returns the points of a scene to where they were before it was set; ProblemError where that is not known."""
        runner = self._runner
        await runner.settled()
        self._known(DefinitionKind.SCENE, scene)
        found = runner.compiled.rules.scenes.get(scene, Scene(id=scene))
        run = await runner.scenes.put_back(f"scene {randbits(53)}", found, sender)
        if run is None:
            raise ProblemError(Problem(code="rules.no_before", where=scene))
        return SceneOutcome(confirmed=run.confirmed, failed=tuple(run.failed.items()))

    async def capture_scene(self, room: RoomId | None, title: str) -> Definition:
        """A new scene of what a room's points (None: all points) report now; it is not saved. ProblemError where none
        of them can be commanded and is known."""
        session = self._session
        if room is not None and room not in session.twin.room_of:
            raise ProblemError(unknown("room", room))
        await self._recorded()
        places, now_ms, id = self._runner.scenes.places(), self._context.now_ms(), f"scene-{randbits(32):08x}"
        scene = await self._context.run_blocking(
            lambda: captured_scene(id, title, room, session.twin, places, session.history, now_ms)
        )
        if not scene.targets:
            raise ProblemError(Problem(code="rules.nothing_to_capture", where=room or ""))
        return definition_of(scene)

    async def release_points(self, points: Sequence[str]) -> None:
        """Returns points that were set by hand to the rules."""
        await self._runner.settled()
        self._runner.release(points)

    async def change_definitions(self, changes: Sequence[DefinitionEdit]) -> None:
        """Saves, replaces or deletes definitions as one undo step, and waits until they are in force. ProblemError
        where a new one cannot be read; definitions only renamed or turned off may be unreadable."""
        session = self._session
        for one in changes:
            if one.definition is not None:
                if one.definition.id != one.id or not one.id:
                    raise ProblemError(Problem(code="rules.unreadable", args={"title": one.id}, where=one.id))
                known = session.twin.definitions.find(one.kind, one.id)
                if known is None or known.body != one.definition.body or one.definition.enabled > known.enabled:
                    read_body(one.kind, one.definition)
        label = label_of(changes, session.twin.definitions)
        await session.edits.edit(lambda project: project.change_definitions(changes, label=label), label=label)
        await self._runner.settled()  # from now on they are judged
        if gone := [one.id for one in changes if one.kind is DefinitionKind.CHANNEL and one.definition is None]:
            await self._context.run_blocking(lambda: self._without_passwords(gone))

    def _without_passwords(self, channels: Iterable[str]) -> None:
        """Deletes the stored passwords of removed channels; a keyring that refuses is told. Blocks."""
        for id in channels:
            try:
                self._context.secrets.delete(secret_id(id))
            except ProblemError as error:
                self._context.raise_problem(*error.problems)

    async def _recorded(self) -> None:
        """Waits until everything received so far is in the history; errors while writing are ignored."""
        await self._runner.written()
        with suppress(ProblemError):
            await self._context.run_blocking(self._session.history.flush)

    def _known(self, kind: DefinitionKind, id: str) -> None:
        if self._session.twin.definitions.find(kind, id) is None:
            raise ProblemError(unknown("scene" if kind is DefinitionKind.SCENE else "rule", id))

    def _matches(self) -> dict[tuple[DefinitionKind, str], SceneMatch]:
        """By scene, how the present values compare with it."""
        places, members = self._runner.scenes.places(), self._runner.compiled.view.members
        scenes = self._runner.compiled.rules.scenes
        return {(DefinitionKind.SCENE, id): match(scene, places, members) for id, scene in scenes.items()}

    def _statuses(self, next_ms: Mapping[str, int]) -> tuple[RuleStatus, ...]:
        memory, rules, twin = self._runner.memory, self._runner.compiled.rules, self._session.twin
        matches = self._matches() if rules.scenes else {}
        under_way = Counter((DefinitionKind.AUTOMATION, run.rule) for run in memory.runs)
        under_way.update((DefinitionKind.SCENE, run.scene) for run in self._runner.scenes.runs.values())
        unmatched = SceneMatch(matches=0, differs=())
        kinds = (
            (DefinitionKind.AUTOMATION, rules.automations),
            (DefinitionKind.SCHEDULE, rules.schedules),
            (DefinitionKind.SCENE, rules.scenes),
        )
        return tuple(
            RuleStatus(
                kind=kind.value,
                id=one.id,
                title=rule_title(one.id, one.title, twin),
                enabled=one.enabled,
                readable=one.id in read or not one.enabled,
                running=under_way[kind, one.id],
                wakes_ms=min((run.wake_ms for run in memory.runs if run.rule == one.id), default=None),
                circles_since_ms=memory.switched_off.get(one.id) if kind is DefinitionKind.AUTOMATION else None,
                value=memory.levels.get(one.id) if kind is DefinitionKind.SCHEDULE else None,
                last_run_ms=memory.ran.get(one.id),
                next_run_ms=next_ms.get(one.id),
                matches=(stands := matches.get((kind, one.id), unmatched)).matches,
                differs=stands.differs,
                can_put_back=kind is DefinitionKind.SCENE and one.id in self._runner.scenes.before,
            )
            for kind, read in kinds
            for one in twin.definitions.of(kind)
        )


def _bounded(most: int) -> int:
    return min(max(1, most), MOST_ROWS)
