"""Care of the persons in the open project: looks once a minute, asks each of them first, then tells others by alarms of the
class care.

Nothing is looked at before a person has agreed; each agrees to what is hers.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

import msgspec

from app.author import author
from app.engine.care_memory import ended_care, kept_consents, read_consents
from app.engine.care_reading import CareReader, CareReading
from app.engine.definition_labels import label_of
from app.engine.person_care import PersonCare, agreed_by
from app.engine.problems import unknown
from app.engine.repeating import repeat
from app.engine.session import ProjectSession
from twin.insight.care_activity import DAY_MS
from twin.insight.care_judgement import KEPT_DAYS
from twin.insight.care_sources import looked_at, possible_lamps, possible_sources
from twin.insight.care_texts import not_agreed
from twin.model.care import CareConsent, CareKind, CareSetup, CareState, CareStatus
from twin.model.definition import DefinitionEdit, DefinitionKind
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text
from twin.rules.alarm_defaults import default_alarms
from twin.rules.alarm_definition import AlarmDefinition
from twin.rules.care_alarms import care_alarms, is_of_care
from twin.rules.care_recipients import told_of_care
from twin.rules.definition_body import definition_of, read_rules
from twin.rules.rule_memory import RaisedAlarm
from twin.store.project import UndoEntry
from twin.store.project.kept_settings import CARE, CARE_ENDED

LOOK_S = 60.0
BESIDE = ("smoke", "fall")
"""First parts of the ids of alarms that are accepted with the consent."""
METERED = frozenset({"power", "flow", "water_volume", "on_off"})
"""Capabilities whose recordings are not deleted with the others."""


class CareWatch:
    """Care of the persons of one project. Event loop only."""

    def __init__(self, session: ProjectSession) -> None:
        self._session, self._context = session, session.context
        self._reader = CareReader(session.history)
        self._persons: dict[str, PersonCare] = {}
        self._looking = asyncio.Lock()
        self._task: asyncio.Task[object] | None = None
        self._forgotten: dict[str, int] = {}
        """By key of a consent, the day on which old recordings were deleted last."""

    def begin(self) -> None:
        """Starts looking, in the background."""
        self._task = self._context.loop.spawn(self._run(), name="care of persons")

    async def close(self) -> None:
        """Ends the looking; lamps that blink are set back."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        for person in self._persons.values():
            await person.close()

    async def _run(self) -> None:
        await self._session.links_due.wait()
        await repeat(self._session, self.look, LOOK_S, name="care of persons")

    # -- what people ask for

    @property
    def consents(self) -> tuple[CareConsent, ...]:
        """The recorded consents, one for each person."""
        return read_consents(self._session.project.setting(CARE))

    async def agree(self, setup: CareSetup) -> None:
        """Records the consent of a person, in place of an earlier one of hers. ProblemError where it names no person or no
        sensor, or what is none."""
        setup = replace(setup, person=setup.person.strip())
        self._check(setup)
        before, now_ms = self._consent_of(setup.person), self._context.now_ms()
        consent = (
            replace(before, setup=setup, recorded_by=author())
            if before is not None
            else CareConsent(setup=setup, given_ms=now_ms, recorded_by=author(), key=new_key())
        )
        await self._keep(consent)
        self._session.audit.add("request", {"what": "care_consent", "result": "done"})
        await self._person(consent).note(agreed_by(author(), setup.person))
        await self.look()

    def _check(self, setup: CareSetup) -> None:
        twin = self._session.twin
        if not setup.person or not looked_at(setup, twin):
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
        there = {one.id for one in twin.definitions.recipients}
        if nobody := next((one for one in setup.contacts if one not in there), None):
            raise ProblemError(unknown("recipient", nobody))

    async def withdraw(self, person: str, *, recordings: bool = False) -> None:
        """Ends the care of a person and deletes what was learned and what tells of it, her name too; with `recordings` also what
        the motion, door and bed sensors recorded, except those that others have agreed to. ProblemError without a consent, or
        the clock is wrong, or a file cannot be written: then nothing more is looked at all the same, and the next opening of
        the project deletes what is left."""
        consent = self.agreed(person)
        async with self._looking:
            await self._session.edits.remember(CARE_ENDED, self._ended() | {consent.key: consent.setup.person})
            await self._keep_all(one for one in self.consents if one.key != consent.key)
            self._reader.forget(consent.key)
            ended = self._person(consent)
            del self._persons[consent.key]
            await ended.close()
            self._session.audit.add("request", {"what": "care_withdrawn", "result": "done"})
            await self._forget_person(consent, ended)
            try:
                if recordings:
                    await self._delete(consent, self._context.now_ms() + 1, spare_others=True)
            finally:
                await self._session.edits.rewrite()
                if not self._ended():
                    await self._session.edits.remember(CARE_ENDED, None)

    async def _forget_person(self, consent: CareConsent, ended: PersonCare) -> None:
        """Deletes what tells of a care that has ended, but in the bytes of the project."""
        mine = [one.id for one in care_alarms(tuple(CareKind), consent.key)]
        await self._session.edits.forget_person(mine, consent.setup.person)
        runner = await self._session.begin_rules()
        await runner.settled()
        runner.notifier.forget(mine)
        await runner.written()
        await ended.forget(mine)
        left = {key: name for key, name in self._ended().items() if key != consent.key}
        await self._session.edits.remember(CARE_ENDED, left)

    def _ended(self) -> dict[str, str]:
        return ended_care(self._session.project)

    async def pause(self, person: str, until_ms: int) -> None:
        """Looks at nothing of a person until a time (UTC ms); a past time ends the pause. ProblemError without a consent."""
        consent, now_ms = self.agreed(person), self._context.now_ms()
        kept = tuple((begin, min(end, now_ms)) for begin, end in consent.pauses if begin < now_ms)
        kept = tuple(one for one in kept if one[1] >= now_ms - KEPT_DAYS * DAY_MS)
        await self._keep(replace(consent, pauses=(*kept, (now_ms, until_ms)) if until_ms > now_ms else kept))
        await self._person(consent).note(Text("care.paused" if until_ms > now_ms else "care.resumed"))
        await self.look()

    async def answer(self, person: str) -> None:
        """Takes a person's answer that she is well. ProblemError without a consent."""
        one = self._person(self.agreed(person))
        async with self._looking:
            await one.begin()
            one.memory.answered_ms = self._context.now_ms()
            one.answered()
            await one.save()
        await self.look()

    def agreed(self, person: str) -> CareConsent:
        """The consent of a person; empty: of the only one. ProblemError where there is none, or where several are meant."""
        consents = self.consents
        if person:
            found = self._consent_of(person)
        elif len(consents) > 1:
            raise ProblemError(Problem(code="care.which", args={"names": [one.setup.person for one in consents]}))
        else:
            found = consents[0] if consents else None
        if found is None:
            raise ProblemError(not_agreed(person, consents))
        return found

    def _consent_of(self, person: str) -> CareConsent | None:
        name = person.strip().casefold()
        return next((one for one in self.consents if one.setup.person.casefold() == name), None)

    def _person(self, consent: CareConsent) -> PersonCare:
        return self._persons.setdefault(consent.key, PersonCare(self._session, consent.key))

    # -- looking

    async def look(self) -> tuple[CareStatus, ...]:
        """Reads what is new, asks and tells; what is known of each person then."""
        async with self._looking:
            consents, now_ms = self.consents, self._context.now_ms()
            if not consents:
                return ()
            for one in consents:
                await self._person(one).begin()
                await self._forget_old(one, now_ms)
            found = await self._readings(consents, now_ms)
            statuses = list[CareStatus]()
            for one in consents:
                person, reading = self._person(one), found.get(one.key)
                if reading is None:
                    person.paused()
                state = CareState.PAUSED if reading is None else person.judged(one, reading)
                await person.save()
                statuses.append(person.status(one, state, tuple(self._told(one)), reading))
            await self._raise_alarms(consents)
            for one in consents:
                self._person(one).ask(one)
            return tuple(statuses)

    async def _readings(self, consents: tuple[CareConsent, ...], now_ms: int) -> dict[str, CareReading]:
        twin, people = self._session.twin, {one.key: self._person(one) for one in consents}
        blinks = {key: person.blinks() for key, person in people.items()}
        answered_ms = {
            one.key: max([people[one.key].memory.answered_ms, *(end for _, end in one.pauses)]) for one in consents
        }
        return await self._context.run_blocking(
            lambda: self._reader.read(consents, twin, now_ms, blinks=blinks, answered_ms=answered_ms)
        )

    # -- alarms

    def _defined(self) -> set[str]:
        return {one.id for one in self._session.twin.definitions.alarms}

    async def _raise_alarms(self, consents: Iterable[CareConsent]) -> None:
        """Sets the alarms of care; those that the project does not have, or that tell others than agreed, are written first."""
        defined = read_rules(self._session.twin.definitions).alarms
        wanted, active = dict[str, AlarmDefinition](), set[str]()
        for one in consents:
            setup = one.setup
            wanted |= {made.id: made for made in care_alarms(setup.kinds, one.key, setup.contacts)}
            active |= self._person(one).active_alarms(one)
        beside = [one for one in default_alarms(self._session.twin) if one.id.partition(":")[0] in BESIDE]
        changed = [_changed(defined.get(id), made) for id, made in wanted.items()]
        missing = [one for one in beside if one.id not in self._defined()]
        await self._write_alarms([one for one in changed if one is not None], UndoEntry(logged=False))
        await self._write_alarms(missing, UndoEntry())
        runner = await self._session.begin_rules()
        await runner.settled()
        mine = [id for id in runner.compiled.alarms.definitions if is_of_care(id)]
        runner.show_raised([RaisedAlarm(alarm=id, rule="", active=id in active) for id in mine])

    async def _write_alarms(self, alarms: Iterable[AlarmDefinition], entry: UndoEntry) -> None:
        edits = [DefinitionEdit(DefinitionKind.ALARM, one.id, definition_of(one)) for one in alarms]
        if edits:
            label = label_of(edits, self._session.twin.definitions)
            await self._session.edits.edit(
                lambda project: project.change_definitions(edits, label=label), label=label, entry=entry
            )

    def _told(self, consent: CareConsent) -> Iterable[str]:
        """Titles of the recipients who are told without an answer."""
        recipients = read_rules(self._session.twin.definitions).recipients.values()
        return (one.title or one.id for one in told_of_care(consent.setup.contacts, recipients))

    # -- memory

    async def _keep(self, consent: CareConsent) -> None:
        """Keeps a consent in place of the one with the same key."""
        await self._keep_all(({one.key: one for one in self.consents} | {consent.key: consent}).values())

    async def _keep_all(self, consents: Iterable[CareConsent]) -> None:
        await self._session.edits.remember(CARE, kept_consents(consents))

    async def _forget_old(self, consent: CareConsent, now_ms: int) -> None:
        """Once a day deletes what the sensors of a person recorded more than KEPT_DAYS ago."""
        day = now_ms // DAY_MS
        if day != self._forgotten.get(consent.key):
            self._forgotten[consent.key] = day
            with suppress(ProblemError):  # a wrong clock: the maintenance tells
                await self._delete(consent, now_ms - KEPT_DAYS * DAY_MS)

    async def _delete(self, consent: CareConsent, cutoff_ms: int, *, spare_others: bool = False) -> None:
        """Deletes recordings, but those of meters, which tell of energy and water as well, and with `spare_others` those that
        others have agreed to."""
        point_of, history = self._session.twin.point_of, self._session.history
        others = {source.point for one in self.consents if spare_others for source in one.setup.sources}
        points = [
            one.point
            for one in consent.setup.sources
            if (point := point_of.get(one.point)) is not None
            and point.capability.id not in METERED
            and one.point not in others
        ]
        await self._context.run_blocking(lambda: history.retain(cutoff_ms, points, roll_ups=True))


def new_key() -> str:
    """A key of a consent that tells nothing of the person."""
    return secrets.token_hex(8)


def _changed(known: AlarmDefinition | None, wanted: AlarmDefinition) -> AlarmDefinition | None:
    """What is to be written where an alarm is missing or has other recipients; None where nothing is. What people changed in
    it stays."""
    if known is None:
        return wanted
    return msgspec.structs.replace(known, to=wanted.to) if known.to != wanted.to else None
