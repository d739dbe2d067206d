"""Care of a person in the open project: looks once a minute, asks her first, then tells others by alarms of the class care.

Nothing is looked at before she has agreed. A question that waits goes on after a crash or a restart.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from app.actions import new_command
from app.author import author
from app.engine.care_memory import CareMemory, KeptEvent, kept_consent, read_consent
from app.engine.care_signs import CareReading, CareSigns, spans_of
from app.engine.problems import unknown
from app.engine.repeating import repeat
from app.engine.session import ProjectSession
from twin.insight.care_activity import DAY_MS, MINUTE_MS
from twin.insight.care_judgement import KEPT_DAYS, CareJudgement, judge
from twin.insight.care_sources import looked_at, possible_lamps, possible_sources
from twin.model.care import (
    CareConsent,
    CareEvent,
    CareQuestion,
    CareSetup,
    CareState,
    CareStatus,
)
from twin.model.definition import DefinitionEdit, DefinitionKind
from twin.model.ids import PointId
from twin.model.observation import Quality
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text
from twin.rules.alarm_defaults import default_alarms
from twin.rules.alarm_definition import AlarmClass, AlarmPriority
from twin.rules.care_alarms import ASKED, BLIND, care_alarm, care_alarms, is_of_care
from twin.rules.definition_body import definition_of, read_rules
from twin.rules.rule_memory import RaisedAlarm
from twin.store.history.rule_records import RuleRecord
from twin.store.project.kept_settings import CARE

LOOK_S = 60.0
ANSWER_MS = 15 * MINUTE_MS
"""Time to answer, ms."""
BLINKS, BLINK_S = 3, 1.0
BLINKING_MS = 30_000
"""Time after a question, ms, in which what is switched may be the blinking lamp: devices report late."""
MOST_EVENTS = 200
MEMORY = "care"
"""Name of the part of the rule memory that has the question and the log."""
BESIDE = ("smoke", "fall")
"""First parts of the ids of alarms that are accepted with the consent."""


class CareWatch:
    """Care of one project. Event loop only."""

    def __init__(self, session: ProjectSession) -> None:
        self._session, self._context = session, session.context
        self._signs = CareSigns(session.history)
        self._memory: CareMemory | None = None
        self._looking = asyncio.Lock()
        self._task: asyncio.Task[object] | None = None
        self._blinking: asyncio.Task[object] | None = None
        self._forgotten_day = -1

    def begin(self) -> None:
        """Starts looking, in the background."""
        self._task = self._context.loop.spawn(self._run(), name="care of a person")

    async def close(self) -> None:
        """Ends the looking; a lamp that blinks is set back."""
        for task in (self._task, self._blinking):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    async def _run(self) -> None:
        await self._session.links_due.wait()
        await repeat(self._session, self.look, LOOK_S, name="care of a person")

    # -- what people ask for

    @property
    def consent(self) -> CareConsent | None:
        """The recorded consent; None without a consent."""
        return read_consent(self._session.project.setting(CARE))

    async def agree(self, setup: CareSetup) -> None:
        """Records the consent of a person. ProblemError where it names no person or no sensor, or what is none."""
        twin = self._session.twin
        if not setup.person.strip() or not looked_at(setup, twin):
            raise ProblemError(Problem(code="care.nothing_named"))
        sources = [source.point for source in setup.sources]
        offered, lamps = {one.point for one, _ in possible_sources(twin)}, {one.id for one in possible_lamps(twin)}
        for point in [*sources, *([setup.lamp] if setup.lamp else [])]:
            if point not in twin.point_of:
                raise ProblemError(unknown("point", point))
        if wrong := next((point for point in sources if point not in offered), None):
            raise ProblemError(Problem(code="care.no_source", args={"name": twin.point_of[wrong].title}))
        if setup.lamp and setup.lamp not in lamps:
            raise ProblemError(Problem(code="care.no_lamp", args={"name": twin.point_of[setup.lamp].title}))
        before = self.consent
        now_ms = self._context.now_ms()
        begin_ms = before.given_ms if before is not None and before.setup.person == setup.person else now_ms
        pauses = before.pauses if before is not None and begin_ms == before.given_ms else ()
        if before is not None and begin_ms == now_ms:
            await self.withdraw()
        await self._keep(CareConsent(setup=setup, given_ms=begin_ms, recorded_by=author(), pauses=pauses))
        self._session.audit.add("request", {"what": "care_consent", "result": "done"})
        await self._note(Text("care.agreed", person=setup.person, by=author()))
        await self.look()

    async def withdraw(self, *, recordings: bool = False) -> None:
        """Ends the care and deletes what was learned; with `recordings` also what the motion, door and bed sensors recorded.
        ProblemError without a consent, or the clock is wrong: then nothing more is looked at all the same."""
        consent = self._agreed()
        async with self._looking:
            await self._session.edits.remember(CARE, None)
            self._memory, self._signs = CareMemory(), CareSigns(self._session.history)
            await self._save()
        self._session.audit.add("request", {"what": "care_withdrawn", "result": "done"})
        mine = [id for id in self._defined() if is_of_care(id)]
        await self._edit_alarms([DefinitionEdit(DefinitionKind.ALARM, id) for id in mine])
        if recordings:
            await self._delete(consent, self._context.now_ms() + 1)

    async def pause(self, until_ms: int) -> None:
        """Looks at nothing until a time (UTC ms); a past time ends the pause. ProblemError without a consent."""
        consent, now_ms = self._agreed(), self._context.now_ms()
        kept = tuple((begin, min(end, now_ms)) for begin, end in consent.pauses if begin < now_ms)
        kept = tuple(one for one in kept if one[1] >= now_ms - KEPT_DAYS * DAY_MS)
        await self._keep(replace(consent, pauses=(*kept, (now_ms, until_ms)) if until_ms > now_ms else kept))
        await self._note(Text("care.paused" if until_ms > now_ms else "care.resumed"))
        await self.look()

    async def answer(self) -> None:
        """Takes the person's answer that she is well. ProblemError without a consent."""
        self._agreed()
        async with self._looking:
            memory = await self._remembered()
            memory.answered_ms = self._context.now_ms()
            self._answered(memory)
            await self._save()
        await self.look()

    def _agreed(self) -> CareConsent:
        if (consent := self.consent) is None:
            raise ProblemError(Problem(code="care.no_consent"))
        return consent

    async def status(self) -> CareStatus:
        """What is known now."""
        return await self.look()

    # -- looking

    async def look(self) -> CareStatus:
        """Reads what is new, asks and tells; what is known then."""
        async with self._looking:
            consent, now_ms = self.consent, self._context.now_ms()
            if consent is None:
                return CareStatus(at_ms=now_ms)
            memory = await self._remembered()
            await self._forget_old(consent, now_ms)
            if consent.paused_until(now_ms) is not None:
                memory.question, memory.notices = None, {}
                await self._raise_alarms(consent, memory)
                return self._status(consent, memory, CareState.PAUSED, now_ms)
            twin = self._session.twin
            asked = [one.time_ms for one in memory.log if one.read().code == "care.asked"]
            blinks = spans_of(tuple((time_ms, time_ms + BLINKING_MS) for time_ms in asked))
            reading = await self._context.run_blocking(lambda: self._signs.read(consent, twin, now_ms, blinks))
            judged = judge(
                reading.activity, reading.learned, now_ms, reading.zone, unrecorded=reading.unrecorded,
                kinds=consent.setup.kinds, answered_ms=max([memory.answered_ms, *(end for _, end in consent.pauses)]),
            )  # fmt: skip
            state = self._state(consent, memory, reading, judged)
            await self._save()
            await self._raise_alarms(consent, memory)
            if memory.question is not None and state is CareState.ASKING and memory.question.asked_ms == now_ms:
                self._blinking = self._context.loop.spawn(self._blink(consent.setup.lamp), name="care asks")
            return self._status(consent, memory, state, now_ms, reading, judged)

    def _state(
        self, consent: CareConsent, memory: CareMemory, reading: CareReading, judged: CareJudgement
    ) -> CareState:
        """Asks, takes an answer or tells others, in the memory; the state then."""
        now_ms, question = reading.now_ms, memory.question
        times = reading.activity.times_ms
        if question is not None and len(times) and times[-1] > question.asked_ms:
            memory.answered_ms = int(times[-1])
            self._answered(memory)
            question = None
        if question is not None and not question.told and now_ms - question.asked_ms >= ANSWER_MS:
            question = memory.question = replace(question, told=True)
            self._log(memory, Text("care.told", why=Text(f"care.kind.{question.kind.value}")))
        if self._blind(consent):
            return CareState.BLIND if question is None else _asking(question)
        self._notice(memory, judged, reading)
        if question is None and judged.kind is not None and now_ms > memory.answered_ms:
            question = memory.question = CareQuestion(kind=judged.kind, asked_ms=now_ms)
            self._log(memory, Text("care.asked", why=Text(f"care.kind.{judged.kind.value}")))
        if question is not None:
            return _asking(question)
        if judged.away_since_ms is not None:
            return CareState.AWAY
        return CareState.WELL if len(times) else CareState.WAITING

    def _answered(self, memory: CareMemory) -> None:
        if memory.question is not None:
            self._log(memory, Text("care.answered"))
            memory.question = None

    def _notice(self, memory: CareMemory, judged: CareJudgement, reading: CareReading) -> None:
        """Keeps since when each notice lasts; one of the night ends in the morning."""
        for kind in judged.notices - set(memory.notices):
            self._log(memory, Text("care.noticed", why=Text(f"care.kind.{kind.value}")))
        memory.notices = {kind: memory.notices.get(kind, reading.now_ms) for kind in judged.notices}

    def _blind(self, consent: CareConsent) -> bool:
        return len(self._unreachable(consent)) == len(looked_at(consent.setup, self._session.twin))

    def _unreachable(self, consent: CareConsent) -> tuple[PointId, ...]:
        point_of = self._session.twin.point_of
        return tuple(
            source.point
            for source in looked_at(consent.setup, self._session.twin)
            if (point := point_of.get(source.point)) is None or not self._session.presence.is_online(point.device)
        )

    async def _blink(self, lamp: PointId | None) -> None:
        """Switches the lamp there and back some times. One whose state is not known stays as it is: it could not be set back."""
        state = self._session.state
        row = state.index(lamp) if lamp is not None else None
        if (
            lamp is None
            or row is None
            or state.quality[row] >= Quality.STALE
            or lamp not in {one.id for one in possible_lamps(self._session.twin)}
        ):
            return
        before = "on" if state.value[row] == 1.0 else "off"
        other, sent = "off" if before == "on" else "on", before
        try:
            for turn in range(2 * BLINKS):
                sent = before if turn % 2 else other
                await self._session.send_command(new_command(lamp, sent, sender="care"))
                await asyncio.sleep(BLINK_S)
        finally:
            if sent != before:
                await self._session.send_command(new_command(lamp, before, sender="care"))

    # -- alarms

    def _defined(self) -> set[str]:
        return {one.id for one in self._session.twin.definitions.alarms}

    async def _raise_alarms(self, consent: CareConsent, memory: CareMemory) -> None:
        """Sets the alarms of care; those that the project does not have are added first."""
        wanted = {one.id: one for one in care_alarms(consent.setup.kinds)}
        wanted |= {one.id: one for one in default_alarms(self._session.twin) if one.id.partition(":")[0] in BESIDE}
        missing = [one for id, one in wanted.items() if id not in self._defined()]
        await self._edit_alarms([DefinitionEdit(DefinitionKind.ALARM, one.id, definition_of(one)) for one in missing])
        runner = await self._session.begin_rules()
        await runner.settled()
        question = memory.question
        active = {care_alarm(kind) for kind in memory.notices}
        if self._blind(consent) and consent.paused_until(self._context.now_ms()) is None:
            active.add(BLIND)
        if question is not None:
            active.add(care_alarm(question.kind) if question.told else ASKED)
        mine = [id for id in runner.compiled.alarms.definitions if is_of_care(id)]
        runner.show_raised([RaisedAlarm(alarm=id, rule="", active=id in active) for id in mine])

    async def _edit_alarms(self, edits: list[DefinitionEdit]) -> None:
        if edits:
            label = Text("edit.define_some", n=len(edits))  # without their titles: not everybody may know of care
            await self._session.edits.edit(lambda project: project.change_definitions(edits), label=label)

    def _told(self) -> Iterable[str]:
        """Titles of the recipients who are told without an answer."""
        for one in read_rules(self._session.twin.definitions).recipients.values():
            in_class = not one.classes or AlarmClass.CARE.value in one.classes
            if one.uses and in_class and not one.places and one.priority >= AlarmPriority.HIGH:
                yield one.title or one.id

    # -- memory

    async def _remembered(self) -> CareMemory:
        if self._memory is None:
            records = self._session.history.rules
            self._memory = await self._context.run_blocking(lambda: CareMemory.read(records.memory().get(MEMORY, "")))
        return self._memory

    def _log(self, memory: CareMemory, text: Text) -> None:
        now_ms = self._context.now_ms()
        kept = [one for one in memory.log if now_ms - one.time_ms < KEPT_DAYS * DAY_MS]
        memory.log = [KeptEvent(now_ms, text.as_json()), *kept][:MOST_EVENTS]

    async def _note(self, text: Text) -> None:
        self._log(await self._remembered(), text)
        await self._save()

    async def _save(self) -> None:
        """Writes the memory where it changed, and waits until it is on disk."""
        memory = await self._remembered()
        if (body := memory.changed()) is not None:
            with suppress(ProblemError):  # the project is being closed
                await asyncio.wrap_future(self._session.history.rules.keep(RuleRecord(memory={MEMORY: body})))

    async def _keep(self, consent: CareConsent) -> None:
        await self._session.edits.remember(CARE, kept_consent(consent))

    async def _forget_old(self, consent: CareConsent, now_ms: int) -> None:
        """Once a day deletes what the sensors of the person recorded more than KEPT_DAYS ago."""
        day = now_ms // DAY_MS
        if day != self._forgotten_day:
            self._forgotten_day = day
            with suppress(ProblemError):  # a wrong clock: the maintenance tells
                await self._delete(consent, now_ms - KEPT_DAYS * DAY_MS)

    async def _delete(self, consent: CareConsent, cutoff_ms: int) -> None:
        """Deletes recordings, but those of meters, which tell of energy and water as well."""
        point_of, history = self._session.twin.point_of, self._session.history
        points = [
            one.point
            for one in consent.setup.sources
            if (point := point_of.get(one.point)) is not None and point.capability.id not in METERED
        ]
        await self._context.run_blocking(lambda: history.retain(cutoff_ms, points, roll_ups=True))

    def _status(
        self,
        consent: CareConsent,
        memory: CareMemory,
        state: CareState,
        now_ms: int,
        reading: CareReading | None = None,
        judged: CareJudgement | None = None,
    ) -> CareStatus:
        status = CareStatus(
            at_ms=now_ms, state=state, consent=consent, question=memory.question, unreachable=self._unreachable(consent),
            told=tuple(self._told()),
            events=tuple(CareEvent(time_ms=one.time_ms, text=one.read()) for one in memory.log),
        )  # fmt: skip
        if reading is None or judged is None:
            return status
        of, times = reading.learned, reading.activity.times_ms
        return replace(
            status, learned_days=of.days, last_sign_ms=int(times[-1]) if len(times) else None,
            silence_ms=judged.silence_ms, limit_ms=judged.limit_ms, away_since_ms=judged.away_since_ms,
            profile_ms=tuple(of.line_ms.tolist()), longest_ms=tuple(of.longest_ms.tolist()), morning_min=of.morning_min,
        )  # fmt: skip


METERED = frozenset({"power", "flow", "water_volume", "on_off"})
"""Capabilities whose recordings are not deleted with the others."""


def _asking(question: CareQuestion) -> CareState:
    return CareState.ALARM if question.told else CareState.ASKING
