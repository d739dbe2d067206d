"""Watches an open project for signs of an intrusion: rows of the event log, and alarms of the class security."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any, cast

from app.engine.event_bus import SubscriberRole, Unsubscribe
from app.engine.repeating import repeat
from app.engine.rule_log import known_value
from app.engine.session import ProjectSession
from devices.command_tracker import NO_REPORT
from devices.link import LinkState
from twin.model.batch import Batch
from twin.model.capability import ValueType
from twin.model.change import Change, CommandUpdated, LinkChanged, ProblemRaised, TwinChanged
from twin.model.command import CommandResult, CommandState
from twin.model.device import Device, Point
from twin.model.ids import DeviceId, LinkId, PointId
from twin.model.observation import Quality
from twin.model.problem import Problem, ProblemError
from twin.model.security_event import SecurityEvent, SecurityKind, SecurityStatus
from twin.model.text import Text, as_text
from twin.model.twin import Twin
from twin.rules.device_alarm_act import Explained
from twin.rules.rule_memory import RaisedAlarm
from twin.store.history.event_log import LoggedEvent, body_of

SETTING = "security_off"
"""Name of the project's setting that lists the kinds that are switched off."""
SETTLED_MS = 600_000
"""Age of a gateway, ms, from which another device behind it is an event: with the gateway come its devices."""
SILENT_S = 300.0
"""Seconds without its gateway that are an event."""
EXPLAINED_MS = 60_000
"""Time after a command, ms, in which a change of its point is its effect."""
PERHAPS_DONE = (NO_REPORT, Text("reason.offline"))
"""Reasons of failed commands that the device may carry out all the same."""
BY_PERSON = frozenset({"edit.undo", "edit.redo"})
"""Labels of edits that bring back devices."""
MOST_ROWS = 20_000
"""Most rows of one kind that are read."""
LOOK_S = 60.0
LOGIN_SPAN_MS, MOST_LOGINS = 600_000, 5
"""Refused logins within this time (ms) that are an event."""
GUARDED_KINDS = frozenset({"lock", "garage_door", "smoke_alarm", "camera"})
"""Kinds of devices whose controllable points are watched for changes by others."""
LOGIN_CODES = frozenset({"door.unknown_token", "door.paused", "door.expired", "door.handshake", "door.no_request"})
CERTIFICATE_CODES = frozenset({"certificate.changed", "hue.other_certificate"})
EVENT, REFUSED = "security", "refused"
"""Kinds of rows of the event log: what was noticed, and refused requests."""


class SecurityWatch:
    """The security watch of one project. Event loop only, but for `note_refusal`."""

    def __init__(self, session: ProjectSession) -> None:
        self._session, self._context = session, session.context
        self._twin = session.twin
        now_ms = self._context.now_ms()
        self._links: dict[LinkId, int] = {link.id: now_ms - SETTLED_MS for link in self._twin.links}
        """By link: when it was added, UTC ms."""
        self._seen = {device.id for device in self._twin.devices}
        """Devices that were in the project at some time since the watch began."""
        self._silent: dict[LinkId, asyncio.TimerHandle] = {}
        self._commanded: dict[PointId, dict[int, int]] = {}
        """By point and command: when the command was sent or answered, UTC ms."""
        self._values: dict[PointId, float] = {}
        self._guarded = _guarded(self._twin)
        self._told_logins: dict[str, int] = {}
        self._task: asyncio.Task[object] | None = None
        self._unsubscribe: Unsubscribe | None = None

    def begin(self) -> None:
        """Starts watching."""
        self._unsubscribe = self._context.bus.subscribe(SubscriberRole.WATCH, self._batch, self._event)
        self._task = self._context.loop.spawn(self._run(), name="security watch")

    async def close(self) -> None:
        """Ends the watching."""
        if self._unsubscribe is not None:
            self._unsubscribe()
        for timer in self._silent.values():
            timer.cancel()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @property
    def off(self) -> tuple[SecurityKind, ...]:
        """The kinds that are switched off."""
        kept = self._session.project.setting(SETTING)
        known = {kind.value for kind in SecurityKind}
        return (
            tuple(SecurityKind(one) for one in cast("list[object]", kept) if one in known)
            if isinstance(kept, list)
            else ()
        )

    async def switch(self, kind: SecurityKind, *, on: bool) -> None:
        """Switches a kind on or off; a row of the event log names who did."""
        off = {*self.off} - {kind} if on else {*self.off, kind}
        value = sorted(one.value for one in off)
        await self._context.run_blocking(lambda: self._session.project.set_setting(SETTING, value))
        self._session.audit.add("request", {"what": "watch_security", "kind": kind.value, "on": on, "result": "done"})

    async def status(self, from_ms: int) -> SecurityStatus:
        """What was noticed since a time (UTC ms)."""
        events, now_ms = self._session.history.events, self._context.now_ms()
        rows = await self._context.run_blocking(lambda: events.rows(from_ms, now_ms + 1, MOST_ROWS, kind=EVENT))
        return SecurityStatus(events=noticed(rows), off=self.off)

    def notice(self, kind: SecurityKind, text: Text) -> None:
        """Records an event and raises its alarm, unless its kind is switched off."""
        if kind in self.off or self._session.closing:
            return
        self._session.audit.add(
            EVENT, {"what": kind.value, "text": text.as_json(), "result": "noticed"}, who="oikos", place=""
        )
        self._session.spawn_task(self._raise(f"{kind.value}:security", text), name="security alarm")

    async def _raise(self, alarm: str, text: Text) -> None:
        """Raises a latching alarm with the text of what happened; it stays until it is reset."""
        with contextlib.suppress(ProblemError):
            runner = await self._session.begin_rules()
            await runner.settled()
            if alarm in runner.compiled.alarms.definitions:
                runner.act(alarm, Explained(text), "oikos")
            for active in (True, False):
                runner.show_raised([RaisedAlarm(alarm=alarm, rule="", active=active)])

    # -- what happens

    def _event(self, change: Change) -> None:
        match change:
            case TwinChanged(twin=twin, label=label):
                self._compare(twin, by_person=label is not None and label.code in BY_PERSON)
            case LinkChanged(link=link, state=state):
                self._watch_link(link, state)
            case CommandUpdated(result=result):
                self._note_command(result)
            case ProblemRaised(problem=problem) if problem.code in CERTIFICATE_CODES:
                self.notice(
                    SecurityKind.CERTIFICATE, Text("security.certificate", place=problem.where, problem=problem.what)
                )
            case _:
                pass

    def _note_command(self, result: CommandResult) -> None:
        """Keeps when a command was sent; one that was refused explains nothing."""
        command, now_ms = result.command, self._context.now_ms()
        recent = {
            id: at for id, at in self._commanded.pop(command.point, {}).items() if 0 <= now_ms - at <= EXPLAINED_MS
        }
        if result.state is CommandState.FAILED and result.reason not in PERHAPS_DONE:
            recent.pop(command.id, None)
        else:
            recent[command.id] = now_ms
        if recent:
            self._commanded[command.point] = recent

    def _is_commanded(self, point: PointId, now_ms: int) -> bool:
        return any(0 <= now_ms - at <= EXPLAINED_MS for at in self._commanded.get(point, {}).values())

    def _compare(self, twin: Twin, *, by_person: bool) -> None:
        """Names devices that are new behind a known gateway, and changed firmware. What a person brings back, adds or
        pairs here is not new."""
        before, self._twin, now_ms = self._twin, twin, self._context.now_ms()
        self._links = {link.id: self._links.get(link.id, now_ms) for link in twin.links}
        seen, self._seen = self._seen, self._seen | {device.id for device in twin.devices}
        new: dict[LinkId, list[str]] = {}
        for device in twin.devices:
            old = before.device_of.get(device.id)
            if old is None:
                known = by_person or device.id in seen or self._session.registration.is_recording(device.link)
                if not known and now_ms - self._links.get(device.link, now_ms) >= SETTLED_MS:
                    new.setdefault(device.link, []).append(device.name)
            elif old.firmware and device.firmware and old.firmware != device.firmware:
                text = Text("security.firmware", name=device.name, before=old.firmware, now=device.firmware)
                self.notice(SecurityKind.FIRMWARE, text)
        for link, names in new.items():
            self.notice(
                SecurityKind.NEW_DEVICE,
                Text("security.new_device", n=len(names), names=names[:5], link=self._title(link)),
            )
        self._guarded = _guarded(twin)

    def _title(self, id: LinkId) -> str:
        link = self._session.link(id)
        return id if link is None else link.title or link.address

    def _watch_link(self, link: LinkId, state: str) -> None:
        lost = state in (LinkState.WAITING.value, LinkState.NEEDS_LOGIN.value)
        if lost and link not in self._silent:
            self._silent[link] = self._context.loop.asyncio.call_later(SILENT_S, self.gateway_silent, link)
        elif not lost and state != LinkState.CONNECTING.value and (timer := self._silent.pop(link, None)) is not None:
            timer.cancel()

    def gateway_silent(self, link: LinkId) -> None:
        """Called when a gateway has been away for SILENT_S."""
        self.notice(
            SecurityKind.SILENT_GATEWAY, Text("security.silent_gateway", link=self._title(link), minutes=SILENT_S / 60)
        )

    def _batch(self, batch: Batch) -> None:
        if not self._guarded:
            return
        points, now_ms = self._session.state.points, self._context.now_ms()
        rows: list[int] = batch.row.tolist()
        for at, row in enumerate(rows):
            point = points[row]
            if point not in self._guarded or batch.late[at] or batch.quality[at] >= Quality.STALE:
                continue
            value = float(batch.value[at])
            before = self._values.get(point)
            self._values[point] = value
            if before is None or before == value or value != value:
                continue
            if not self._is_commanded(point, now_ms):
                device = self._twin.device_of[self._guarded[point]]
                self.notice(SecurityKind.UNKNOWN_WRITER, _written(device, self._twin.point_of[point], before, value))

    # -- logins

    async def _run(self) -> None:
        await asyncio.sleep(LOOK_S)
        await repeat(self._session, self.look_at_logins, LOOK_S, name="logins", told=False)

    async def look_at_logins(self) -> None:
        """Names each address with MOST_LOGINS refused logins within LOGIN_SPAN_MS, once in that time."""
        now_ms, events = self._context.now_ms(), self._session.history.events
        since_ms = now_ms - LOGIN_SPAN_MS
        rows = await self._context.run_blocking(lambda: events.rows(since_ms, now_ms + 1, MOST_ROWS, kind=REFUSED))
        count: dict[str, int] = {}
        for row in rows:
            body: Mapping[str, Any] = body_of(row)
            if str(body.get("result")) in LOGIN_CODES:
                count[row.origin] = count.get(row.origin, 0) + int(body.get("times", 1))
        self._told_logins = {one: at for one, at in self._told_logins.items() if now_ms - at < LOGIN_SPAN_MS}
        for origin, number in count.items():
            if number >= MOST_LOGINS and origin not in self._told_logins:
                self._told_logins[origin] = now_ms
                self.notice(
                    SecurityKind.FAILED_LOGINS, Text("security.failed_logins", number=number, origin=origin or "*")
                )


def _guarded(twin: Twin) -> Mapping[PointId, DeviceId]:
    """The controllable points of devices that guard the building, with their devices; a simulation changes them itself."""
    simulated = {link.id for link in twin.links if link.is_simulated}
    return {
        point.id: device.id
        for device in twin.devices
        if device.kind in GUARDED_KINDS and device.link not in simulated
        for point in device.points
        if point.writable
    }


def _written(device: Device, point: Point, before: float, now: float) -> Text:
    """The text of a change that no command explains; of colours and texts only that they changed."""
    row = point.capability
    if row.type in (ValueType.XY, ValueType.TEXT):
        return Text("security.unknown_writer", name=device.name, point=point.title)
    was, became = (known_value(row, point.options, value) for value in (before, now))
    return Text("security.written", name=device.name, point=point.title, before=was, now=became)


def noticed(rows: list[LoggedEvent]) -> tuple[SecurityEvent, ...]:
    """The events of the security watch among rows of the event log."""
    known = {kind.value for kind in SecurityKind}
    found: list[SecurityEvent] = []
    for row in rows:
        body: Mapping[str, Any] = body_of(row) if row.kind == EVENT else {}
        text = as_text(body.get("text"))
        if text is not None and body.get("what") in known:
            found.append(SecurityEvent(time_ms=row.time_ms, kind=SecurityKind(str(body["what"])), text=text))
    return tuple(found)


def kind_of(name: str) -> SecurityKind:
    """The kind with this name. ProblemError where there is none."""
    try:
        return SecurityKind(name)
    except ValueError as error:
        raise ProblemError(Problem(code="unknown.security", args={"name": name})) from error
