"""Delivers notifications of alarms and automations: composes messages, keeps the outbox in the history, sends what is due.

Each delivery is written before it is sent and removed once a server has taken it, so it is delivered at least once: after
a crash between the two it is sent again with the same id. Event loop only.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping, Sequence
from datetime import tzinfo
from typing import Protocol

from msgspec.structs import replace

from app.engine.channel_secret import channel_secret
from app.engine.notification_sending import NotSentError, send
from app.engine.rule_compiling import CompiledRules
from app.engine.rule_host import RuleHost
from app.i18n import sentence
from devices.contract import Secret
from twin.model.definition import DefinitionKind
from twin.model.ids import RoomId
from twin.model.problem import Problem, ProblemError, Severity
from twin.model.text import LIBRARY, Text
from twin.model.twin import Twin
from twin.rules.alarm_definition import AlarmDefinition
from twin.rules.alarm_list import AlarmPlace, kept_title, of_person, title_about, what_to_do
from twin.rules.alarm_state import AlarmEvent, AlarmEventKind
from twin.rules.care_alarms import care_ids
from twin.rules.care_recipients import told_of_care
from twin.rules.notification import (
    MOST_DELIVERIES,
    NOTICE_PRIORITY,
    Delivery,
    Message,
    MessageKind,
    NotificationChannel,
    Outbox,
    addressed,
    announced,
    due_on,
    ended_alarms,
    failed,
    marked_over,
    message_id,
    put,
    shifted,
    still_wanted,
    unaddressed,
    withdrawn,
    without,
)
from twin.rules.rule_memory import Notice, TraceStep
from twin.rules.wall_clock import local

_LOG = logging.getLogger(__name__)
NOTIFY = "notify"
"""Id under which deliveries stand in the log of automations."""
LEVELS = {"warning": 2, "error": 1}
"""Priorities of an automation's messages by level; others have NOTICE_PRIORITY."""


class OutboxSaver(Protocol):
    """What the notifier asks of the saver of rules."""

    def outbox(self, outbox: Outbox) -> None:
        """Collects the outbox."""
        ...

    def trace(self, trace: Iterable[TraceStep]) -> None:
        """Collects new rows of the automations' log."""
        ...

    def save(self) -> None:
        """Writes what was collected."""
        ...


class Notifier:
    """The outbox of one open project. Without `sends` it is only kept up to date, for the engine that delivers."""

    def __init__(
        self,
        session: RuleHost,
        compiled: Callable[[], CompiledRules],
        saver: OutboxSaver,
        written: Callable[[], Coroutine[object, object, None]],
    ) -> None:
        """`written` waits until everything collected by `saver` is on disk."""
        self._session, self._context, self._compiled = session, session.context, compiled
        self._saver, self._written = saver, written
        self.outbox = Outbox()
        self.sends = False
        self._closed = False
        self._tasks = dict[str, asyncio.Task[object] | None]()
        """By channel that delivers, its task once that has begun."""
        self._raised = set[str]()
        """Ids of channels whose last try failed, and of which the user has been told."""
        self._warned = list[Problem]()

    def begin(self, *, sends: bool) -> None:
        """With `sends`, what is due is delivered from now on. Called once the channels are known."""
        self.sends = sends
        self._look_soon()

    def close(self) -> None:
        """Ends the deliveries, also those under way; what waits stays in the history."""
        self._closed = True
        for task in filter(None, self._tasks.values()):
            task.cancel()

    def alarms(self, events: Iterable[AlarmEvent]) -> None:
        """Puts messages of annunciated alarms into the outbox; drops what is not to be sent as they are over."""
        events = tuple(events)
        self._put(filter(None, (self._message(kind, event) for kind, event in announced(events))))
        returned = {one.alarm for one in events if one.kind is AlarmEventKind.RETURNED}
        outbox, gone = withdrawn(marked_over(self.outbox, returned), ended_alarms(events))
        if outbox is not self.outbox:
            self._keep(outbox, (self._step("notify.withdrawn", one) for one in gone))

    def forget(self, alarms: Collection[str]) -> None:
        """Drops all that waits to tell of these alarms, without a row of the log."""
        if (outbox := unaddressed(self.outbox, alarms)) is not self.outbox:
            self._keep(outbox)

    def clock_stepped(self, by_ms: int) -> None:
        """The clock jumped by `by_ms`: what waits keeps its length."""
        if self.outbox.deliveries:
            self._keep(shifted(self.outbox, by_ms))

    def notice(self, notice: Notice) -> None:
        """Shows the message of an automation to every client, and puts it into the outbox."""
        rule, now_ms = self._compiled().rules.automations.get(notice.rule), self._context.now_ms()
        title = rule.title if rule is not None and rule.title else notice.rule
        alarm, to = self._of_care(notice)
        args = {"text": notice.text, "rule": title} | ({"alarm": alarm} if alarm else {})
        self._context.raise_problem(Problem(code="rules.notice", args=args, severity=Severity.NOTE))
        made = Message(
            id=message_id(NOTIFY, notice.rule, notice.run, now_ms, notice.text), kind=MessageKind.NOTICE, time_ms=now_ms,
            title=title, text=notice.text, priority=LEVELS.get(notice.level, NOTICE_PRIORITY), to=to, alarm=alarm,
        )  # fmt: skip
        if to or not alarm:
            self._put([made])

    def _of_care(self, notice: Notice) -> tuple[str, tuple[str, ...]]:
        """Where the automation names alarms of care, one of them and the only recipients: those who are told of that care."""
        found = self._session.twin.definitions.find(DefinitionKind.AUTOMATION, notice.rule)
        if found is None or not (named := sorted(care_ids(found.body))):
            return "", notice.to
        compiled = self._compiled()
        alarms, everyone = compiled.alarms.definitions, tuple(compiled.rules.recipients.values())
        told = [
            {one.id for one in told_of_care(alarms[id].to, everyone)} if id in alarms else set[str]() for id in named
        ]
        asked = notice.to or tuple(one.id for one in everyone if one.notices)
        return named[0], tuple(id for id in asked if all(id in each for each in told))

    async def test(self, channel: NotificationChannel, to: str, password: str) -> None:
        """Sends a test message; ProblemError with the server's reason. An empty password means the stored one."""
        now_ms = self._context.now_ms()
        title = sentence(Text("notify.test_title", project=self._session.path.stem))
        text = sentence(Text("notify.test_text"))
        made = Message(id=message_id("test", now_ms), kind=MessageKind.TEST, time_ms=now_ms, title=title, text=text)
        try:
            secret = Secret(password=password) if password else await self._secret(channel)
            await send(channel, secret, to, made, made.id)
        except NotSentError as error:
            raise ProblemError(_not_sent(channel, error)) from error

    # -- composing

    def _message(self, kind: MessageKind, event: AlarmEvent) -> Message | None:
        twin, definition = self._session.twin, self._compiled().alarms.definitions.get(event.alarm)
        id = message_id(event.alarm, event.time_ms, event.kind)
        if kind is MessageKind.FLOOD:
            code = f"notify.{event.kind.value}"
            text = sentence(event.reason) if event.reason is not None else ""
            return Message(id=id, kind=kind, time_ms=event.time_ms, title=sentence(Text(code)), text=text, priority=int(event.priority))  # fmt: skip
        if definition is None:
            return None
        happened = (event.reason,) if event.kind is AlarmEventKind.RAISED and event.reason is not None else ()
        title = sentence(title_about(kept_title(definition, twin), happened))
        if kind is MessageKind.RETURNED:
            title = sentence(Text("notify.returned", alarm=title))
        return Message(
            id=id, kind=kind, time_ms=event.time_ms, title=title, text=_body(definition, event, twin, self._compiled().view.zone), alarm=event.alarm,
            priority=int(event.priority), category=definition.category.value, places=_places(definition, twin),
            to=definition.to,
        )  # fmt: skip

    def _put(self, messages: Iterable[Message]) -> None:
        compiled, now_ms = self._compiled(), self._context.now_ms()
        known, view = compiled.rules.channels, compiled.view
        everyone = tuple(compiled.rules.recipients.values())
        made = [one for message in messages for one in addressed(message, everyone, now_ms, view.zone, view.calendars)]
        missing = [one for one in made if one.use.channel not in known]
        outbox = put(self.outbox, [one for one in made if one.use.channel in known])
        kept, steps = {one.id for one in outbox.deliveries}, [self._step("notify.no_channel", one) for one in missing]
        sent = (one for one in (*self.outbox.deliveries, *made) if one.use.channel in known)
        dropped = [one for one in sent if one.id not in kept]
        steps += [self._step("notify.too_many", one) for one in dropped]
        if outbox is not self.outbox or steps:
            self._keep(outbox, steps)
        for one in missing:
            self._warn_of_missing(one)
        if dropped:
            self._warn(Problem(code="notify.full", args={"n": MOST_DELIVERIES}, severity=Severity.WARNING))

    def _warn_of_missing(self, one: Delivery) -> None:
        """Tells once that a recipient's channel is gone or off."""
        recipient = self._compiled().rules.recipients.get(one.recipient)
        who = one.recipient if recipient is None else recipient.title or one.recipient
        self._warn(
            Problem(code="notify.channel_missing", args={"who": who}, where=one.use.channel, severity=Severity.WARNING)
        )

    def _warn(self, problem: Problem) -> None:
        """Raises a problem once while the project is open."""
        if problem not in self._warned:
            self._warned.append(problem)
            self._context.raise_problem(problem)

    # -- delivering

    def _keep(self, outbox: Outbox, steps: Iterable[TraceStep] = ()) -> None:
        self.outbox = outbox
        self._saver.outbox(outbox)
        self._saver.trace(steps)
        self._saver.save()
        self._look_soon()

    def _step(self, code: str, one: Delivery, **more: object) -> TraceStep:
        compiled = self._compiled()
        who, way = compiled.rules.recipients.get(one.recipient), compiled.rules.channels.get(one.use.channel)
        more |= {"notice": True} if one.message.kind is MessageKind.NOTICE else {}
        args = {
            "who": who.title if who is not None else one.recipient, "way": way.title if way is not None else one.use.channel,
            "to": one.use.to, "title": one.message.title, "id": one.id, "alarm": one.message.alarm,
        }  # fmt: skip
        return TraceStep(time_ms=self._context.now_ms(), rule=NOTIFY, run=0, reason=Text(code, **args, **more))

    def _look_soon(self) -> None:
        self._context.loop.asyncio.call_soon(self.look)

    def look(self) -> None:
        """Delivers what is due, in a task for each channel. Called after each change of the outbox, and every second."""
        if self._closed or not self.sends:
            return
        now_ms = self._context.now_ms()
        due = {one.use.channel for one in self.outbox.deliveries if one.due_ms <= now_ms}
        for id in due - self._tasks.keys():
            self._tasks[id] = None
            self._session.spawn_task(self._work(id), name="notifications")

    async def _work(self, id: str) -> None:
        """Delivers over one channel until nothing is due, each time what is most urgent then."""
        self._tasks[id] = asyncio.current_task()
        safe = frozenset[str]()
        try:
            while not self._closed and (due := due_on(self.outbox, id, self._context.now_ms())):
                if due[0].id not in safe:
                    safe = frozenset(one.id for one in due)
                    # Before anything leaves: else a crash could lose it or repeat it under another id. A write under way
                    # goes on when the delivery is cancelled.
                    await asyncio.shield(self._written())
                    continue
                await self._deliver(id, due)
            await asyncio.shield(self._written())
        finally:
            del self._tasks[id]
        self._look_soon()

    async def _deliver(self, id: str, due: Sequence[Delivery]) -> None:
        """Tries the first of what is due on a channel; where the channel fails, all of it waits for its next try."""
        one, channel = due[0], self._compiled().rules.channels.get(id)
        if channel is None:
            self._keep(without(self.outbox, one.id), [self._step("notify.no_channel", one)])
            self._warn_of_missing(one)
            return
        wanted = self._still_wanted(one)
        if wanted is None:
            return
        error = await self._tried(channel, wanted)
        if error is None:
            self._raised.discard(id)
            self._keep(without(self.outbox, one.id), [self._step("notify.delivered", one)])
        else:
            self._failed(channel, [one] if error.alone else due, error)

    def _still_wanted(self, one: Delivery) -> Delivery | None:
        """A due delivery as its recipient is told now; None where it was dropped or put off."""
        compiled, now_ms = self._compiled(), self._context.now_ms()
        recipient = compiled.rules.recipients.get(one.recipient)
        wanted = still_wanted(one, recipient, now_ms, compiled.view.zone, compiled.view.calendars)
        if wanted is None:
            self._keep(without(self.outbox, one.id), [self._step("notify.not_asked", one)])
        elif wanted.due_ms > now_ms:
            later = replace(one, due_ms=wanted.due_ms)
            rest = tuple(later if each.id == one.id else each for each in self.outbox.deliveries)
            self._keep(replace(self.outbox, deliveries=rest))
            return None
        return wanted

    async def _tried(self, channel: NotificationChannel, one: Delivery) -> NotSentError | None:
        try:
            await send(channel, await self._secret(channel), one.use.to, self._as_of_now(one), one.id)
        except NotSentError as error:
            return error
        except ProblemError as error:
            return NotSentError(Text("notify.no_secret"), detail=str(error))
        except Exception as error:
            _LOG.exception("a notification cannot be sent")
            return NotSentError(Text(LIBRARY, text=type(error).__name__), lasting=True, detail=str(error))
        return None

    def _failed(self, channel: NotificationChannel, due: Sequence[Delivery], error: NotSentError) -> None:
        """Puts off what was due, or gives it up; the log has a row for the one that was tried, and each given up."""
        ids = {one.id for one in due}
        outbox, given_up = failed(self.outbox, ids, self._context.now_ms(), lasting=error.lasting)
        gone = {one.id for one in given_up}
        steps = [self._step("notify.given_up", one, why=error.reason, detail=error.detail) for one in given_up]
        if due[0].id not in gone:
            steps.insert(0, self._step("notify.failed", due[0], why=error.reason, detail=error.detail))
        self._keep(outbox, steps)
        if given_up or channel.id not in self._raised:
            self._raised.add(channel.id)
            self._context.raise_problem(_not_sent(channel, error))

    def _as_of_now(self, one: Delivery) -> Message:
        """The message of a delivery: with the name of a person in care; a repetition is titled as over where the alarm is."""
        message = one.message
        if one.over and one.tries:
            message = replace(message, title=sentence(Text("notify.returned", alarm=message.title)))
        return replace(message, title=shown_title(message, self._session.twin))

    async def _secret(self, channel: NotificationChannel) -> Secret:
        return await self._context.run_blocking(lambda: channel_secret(self._context.secrets, channel))


def shown_title(message: Message, twin: Twin) -> str:
    """The title of a message, of an alarm of care with the person's name, which is not kept with it."""
    if message.kind is MessageKind.NOTICE:
        return message.title
    return sentence(of_person(message.alarm, message.title, twin))


def _not_sent(channel: NotificationChannel, error: NotSentError) -> Problem:
    return Problem(
        code="notify.not_sent", args={"way": channel.title or channel.address, "why": error.reason}, where=channel.address,
        detail=error.detail, severity=Severity.WARNING,
    )  # fmt: skip


def _places(definition: AlarmDefinition, twin: Twin) -> tuple[str, ...]:
    """Ids of the room and storey that an alarm belongs to."""
    room = AlarmPlace(definition.key, twin).room or twin.room_of.get(RoomId(definition.room))
    return () if room is None else (room.id, *((room.storey,) if room.storey else ()))


def _body(definition: AlarmDefinition, event: AlarmEvent, twin: Twin, zone: tzinfo) -> str:
    """The time, place, priority and instruction of an alarm, one line each."""
    lines: Mapping[str, str] = {
        "time": f"{local(event.time_ms, zone):%Y-%m-%d %H:%M}",
        "place": AlarmPlace(definition.key, twin).name,
        "priority": str(int(event.priority)),
        "do": sentence(told) if (told := what_to_do(definition)) is not None else "",
    }
    return "\n".join(sentence(Text(f"notify.{name}", text=text)) for name, text in lines.items() if text)
