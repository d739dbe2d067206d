"""Care of one person: the question that waits, the answer, the log, and the lamp that blinks. A question that waits goes on
after a crash or a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace

from app.actions import new_command
from app.engine.care_memory import CareMemory, KeptEvent, memory_name
from app.engine.care_reading import CareReading
from app.engine.care_signs import spans_of
from app.engine.session import ProjectSession
from twin.insight.care_activity import DAY_MS, MINUTE_MS, Spans
from twin.insight.care_judgement import KEPT_DAYS
from twin.insight.care_sources import looked_at, possible_lamps
from twin.model.care import CareConsent, CareEvent, CareKind, CareQuestion, CareState, CareStatus
from twin.model.ids import PointId
from twin.model.observation import Quality
from twin.model.problem import ProblemError
from twin.model.text import Text
from twin.rules.care_alarms import asked_alarm, blind_alarm, care_alarm
from twin.store.history.rule_records import RuleRecord

ANSWER_MS = 15 * MINUTE_MS
"""Time to answer, ms."""
BLINKS, BLINK_S = 3, 1.0
BLINKING_MS = 30_000
"""Time after a question, ms, in which what is switched may be the blinking lamp: devices report late."""
MOST_EVENTS = 200
SENDER = "Oikos"
"""Sender of the commands by which a lamp blinks: who reads of them is not told that it is for care."""


class PersonCare:
    """The state of the care of one person, and its actions. Event loop only."""

    def __init__(self, session: ProjectSession, key: str) -> None:
        self._session, self._context = session, session.context
        self.key, self._name = key, memory_name(key)
        self.memory = CareMemory()
        self._read = False
        self._asks = False
        """Whether a question was asked for which no lamp has blinked yet."""
        self._blinking: asyncio.Task[object] | None = None

    async def close(self) -> None:
        """Sets a lamp that blinks back."""
        if self._blinking is not None:
            self._blinking.cancel()
            await asyncio.gather(self._blinking, return_exceptions=True)

    async def begin(self) -> None:
        """Reads what was remembered, once."""
        if not self._read:
            records = self._session.history.rules
            self.memory = await self._context.run_blocking(
                lambda: CareMemory.read(records.memory().get(self._name, ""))
            )
            self._read = True

    async def forget(self, alarms: Collection[str]) -> None:
        """Deletes what was remembered, and what the logs tell of its alarms."""
        self.memory, self._read = CareMemory(), True
        await asyncio.wrap_future(self._session.history.rules.forget(alarms, self._name))

    async def save(self) -> None:
        """Writes the memory where it changed, and waits until it is on disk."""
        if (body := self.memory.changed()) is not None:
            with suppress(ProblemError):  # the project is being closed
                await asyncio.wrap_future(self._session.history.rules.keep(RuleRecord(memory={self._name: body})))

    async def note(self, text: Text) -> None:
        """Adds a row to the log."""
        await self.begin()
        self._log(text)
        await self.save()

    def answered(self) -> None:
        """Ends the question that waits."""
        if self.memory.question is not None:
            self._log(Text("care.answered"))
            self.memory.question = None

    def blinks(self) -> Spans:
        """When the lamp blinked."""
        asked = (one.time_ms for one in self.memory.log if one.read().code == "care.asked")
        return spans_of(tuple((time_ms, time_ms + BLINKING_MS) for time_ms in asked))

    def paused(self) -> None:
        """Nothing is asked or told any more."""
        self.memory.question, self.memory.notices = None, {}

    def judged(self, consent: CareConsent, reading: CareReading) -> CareState:
        """Asks, takes an answer or tells others; the state then."""
        memory, now_ms, question = self.memory, reading.now_ms, self.memory.question
        judged, times = reading.judged, reading.activity.times_ms
        answers = reading.household.times_ms if question is not None and question.household else times
        if question is not None and len(answers) and answers[-1] > question.asked_ms:
            memory.answered_ms = int(answers[-1])
            self.answered()
            question = None
        if question is not None and not question.told and now_ms - question.asked_ms >= ANSWER_MS:
            question = memory.question = replace(question, told=True)
            self._log(Text("care.told", why=why_of(question)))
        if self.is_blind(consent):
            return CareState.BLIND if question is None else _asking(question)
        self._notice(judged.notices, now_ms)
        kind = judged.kind or (CareKind.SILENCE if reading.household_silent else None)
        if question is None and kind is not None and now_ms > memory.answered_ms:
            whole = reading.household_silent and (judged.kind is None or not reading.own)
            question = memory.question = CareQuestion(kind=kind, asked_ms=now_ms, household=whole)
            self._log(Text("care.asked", why=why_of(question)))
            self._asks = True
        if question is not None:
            return _asking(question)
        if judged.away_since_ms is not None:
            return CareState.AWAY
        return CareState.WELL if len(times) else CareState.WAITING

    def ask(self, consent: CareConsent) -> None:
        """Lets the lamp blink for a new question."""
        if self._asks:
            self._asks = False
            self._blinking = self._context.loop.spawn(self._blink(consent.setup.lamp), name="care asks")

    def _notice(self, notices: frozenset[CareKind], now_ms: int) -> None:
        """Keeps since when each notice lasts; one of the night ends in the morning."""
        for kind in notices - set(self.memory.notices):
            self._log(Text("care.noticed", why=Text(f"care.kind.{kind.value}")))
        self.memory.notices = {kind: self.memory.notices.get(kind, now_ms) for kind in notices}

    def active_alarms(self, consent: CareConsent) -> set[str]:
        """Ids of the alarms that stand now."""
        active = {care_alarm(kind, self.key) for kind in self.memory.notices}
        if self.is_blind(consent) and consent.paused_until(self._context.now_ms()) is None:
            active.add(blind_alarm(self.key))
        if (question := self.memory.question) is not None:
            active.add(care_alarm(question.kind, self.key) if question.told else asked_alarm(self.key))
        return active

    def is_blind(self, consent: CareConsent) -> bool:
        """Whether none of the sensors is reachable."""
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
                await self._session.send_command(new_command(lamp, sent, sender=SENDER))
                await asyncio.sleep(BLINK_S)
        finally:
            if sent != before:
                await self._session.send_command(new_command(lamp, before, sender=SENDER))

    def _log(self, text: Text) -> None:
        now_ms, memory = self._context.now_ms(), self.memory
        kept = [one for one in memory.log if now_ms - one.time_ms < KEPT_DAYS * DAY_MS]
        memory.log = [KeptEvent(now_ms, text.as_json()), *kept][:MOST_EVENTS]

    def status(
        self, consent: CareConsent, state: CareState, told: tuple[str, ...], reading: CareReading | None = None
    ) -> CareStatus:
        """What is known now; `told`: titles of the recipients."""
        status = CareStatus(
            at_ms=self._context.now_ms() if reading is None else reading.now_ms, state=state, consent=consent,
            question=self.memory.question, unreachable=self._unreachable(consent), told=told,
            events=tuple(
                CareEvent(time_ms=one.time_ms, text=_with_name(one.read(), consent.setup.person)) for one in self.memory.log
            ),
        )  # fmt: skip
        if reading is None:
            return status
        of, judged, times = reading.learned, reading.judged, reading.activity.times_ms
        return replace(
            status, learned_days=of.days, last_sign_ms=int(times[-1]) if len(times) else None,
            silence_ms=judged.silence_ms, limit_ms=judged.limit_ms, away_since_ms=judged.away_since_ms,
            profile_ms=tuple(of.line_ms.tolist()), longest_ms=tuple(of.longest_ms.tolist()), morning_min=of.morning_min,
            common=reading.common, own=reading.own,
        )  # fmt: skip


def why_of(question: CareQuestion) -> Text:
    """What a question is asked for."""
    return Text("care.kind.household" if question.household else f"care.kind.{question.kind.value}")


def agreed_by(by: str, person: str) -> Text:
    """The row of the log of a consent, without the person's name, which is kept with the consent alone."""
    return Text("care.agreed", person="", by="" if by.casefold() == person.casefold() else by)


def _with_name(text: Text, person: str) -> Text:
    """A row of the log as it is read: with the person's name where it is told."""
    return Text(text.code, person=person, by=text.args.get("by") or person) if text.code == "care.agreed" else text


def _asking(question: CareQuestion) -> CareState:
    return CareState.ALARM if question.told else CareState.ASKING
