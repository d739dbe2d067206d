"""Mirrors the alarms that devices list themselves: each is an alarm of the project while its device reports it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from app.engine.repeating import repeat
from app.engine.rule_runner import RuleRunner
from app.engine.session import ProjectSession
from devices.contract import RefusedError
from devices.device_alarms import AcknowledgesDeviceAlarms, ListsDeviceAlarms, NotifiesDeviceEvents
from twin.model.definition import DefinitionEdit, DefinitionKind
from twin.model.device import Device
from twin.model.device_alarm import DeviceAlarm, DeviceAlarmKind, DeviceEvent
from twin.model.ids import DeviceId, LinkId, PointId, point_id
from twin.model.text import Text, why
from twin.rules.alarm_act import Acknowledge
from twin.rules.alarm_definition import AlarmDefinition
from twin.rules.alarm_state import WAITING, AlarmEventKind, event
from twin.rules.definition_body import definition_of
from twin.rules.device_alarm_definition import (
    device_alarm_definition,
    device_alarm_id,
    device_alarm_ids,
    device_alarm_kind,
    device_alarm_point,
)
from twin.rules.rule_memory import RaisedAlarm
from twin.store.project.edit_labels import of_definitions

LOOK_S = 2.0
"""Seconds between looks at what the links have read; nothing is sent for it."""
MAX_UNTOLD = 1_000
"""Notifications of a device that wait for it to be in the project, or for the project; the oldest are dropped beyond that."""
FIRST_LOOKS, FIRST_LIST_S = 20, 5.0
"""How often, and how long, the first list of a device is waited for by who acknowledges."""


class AlarmMirror:
    """The mirrored alarms of one project. Event loop only."""

    def __init__(self, session: ProjectSession) -> None:
        self._session, self._context = session, session.context
        self._shown: dict[str, tuple[DeviceAlarm, ...]] = {}
        """By device: the alarms as they were shown last."""
        self._untold: dict[tuple[LinkId, str], deque[DeviceEvent]] = {}
        """By link and uid of the device: what it notified and was not taken over yet."""
        self._looking = asyncio.Lock()
        self._task: asyncio.Task[object] | None = None

    def begin(self) -> None:
        """Starts mirroring, in the background."""
        self._task = self._context.loop.spawn(self._run(), name="device alarms")

    async def close(self) -> None:
        """Ends the mirroring; the alarms stay as they are."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        await repeat(self._session, self.look, LOOK_S, name="device alarms", told=False)

    async def look(self) -> None:
        """Takes over what has changed since the last look. ProblemError where the project cannot be written; what was notified is
        then taken over by the next look."""
        async with self._looking:
            self._take()
            told: dict[DeviceId, set[str]] = {}
            for device, events in tuple(self._notified()):
                told[device.id] = await self._tell(device, events)
            for device, alarms in tuple(self._listed()):
                if device.id in told or self._shown.get(device.id) != alarms:
                    await self._show(device, alarms, told.get(device.id, set()))
                    self._shown[device.id] = alarms

    def _take(self) -> None:
        """Takes what was notified since the last look; what a link that is gone has notified is given up."""
        running = self._session.links.running
        links = {runner.link.id for runner in running}
        self._untold = {(link, uid): events for (link, uid), events in self._untold.items() if link in links}
        for runner in running:
            if isinstance(session := runner.session, NotifiesDeviceEvents):
                for uid, events in session.take_device_events().items():
                    waiting = self._untold.setdefault((runner.link.id, uid), deque(maxlen=MAX_UNTOLD))
                    waiting.extend(events)

    def _notified(self) -> Iterator[tuple[Device, deque[DeviceEvent]]]:
        """The devices in the project with what they notified and was not told yet."""
        for (link, uid), events in self._untold.items():
            if events and (device := self._known(link, uid)) is not None:
                yield device, events

    def _known(self, link: LinkId, uid: str) -> Device | None:
        device = self._session.registration.device(link, uid)
        return device if device is not None and device.id in self._session.twin.device_of else None

    def _listed(self) -> Iterator[tuple[Device, tuple[DeviceAlarm, ...]]]:
        """The devices in the project whose alarms are known, with these."""
        for runner in self._session.links.running:
            if isinstance(session := runner.session, ListsDeviceAlarms):
                for uid, alarms in session.device_alarms.items():
                    if (device := self._known(runner.link.id, uid)) is not None:
                        yield device, alarms

    async def _show(self, device: Device, alarms: tuple[DeviceAlarm, ...], told: Collection[str]) -> None:
        """Raises and ends alarms as listed; those that were `told` just now came again already."""
        about = _about(device, alarms)
        standing = {device_alarm_id(one.kind, point): one for point, one in about if one.stands}
        await self._define(device_alarm_definition(id, one.priority, notice=one.notice) for id, one in standing.items())
        runner = await self._settled()
        mine = [id for id in _ids_of(device) if id in runner.compiled.alarms.definitions]
        came_again = [id for id in self._came_again(device, about) if id not in told]
        runner.show_raised([RaisedAlarm(alarm=id, rule="", active=False) for id in came_again])
        runner.show_raised([RaisedAlarm(alarm=id, rule="", active=id in standing) for id in mine])
        await self._acknowledge(mine, about, device.name)

    async def _tell(self, device: Device, events: deque[DeviceEvent]) -> set[str]:
        """Raises and ends alarms as notified, one after the other, and adds the notifications to their log; the alarms that were
        raised. The loop is given to others after each, for each is a round of the rules."""
        known, raised = {point.id for point in device.points}, set[str]()
        about = [(point, one) for one in events if (point := point_id(device.id, one.key)) in known]
        new = {id: one for point, one in about if not one.acknowledged and (id := _alarm_of(one, point))}
        await self._define(device_alarm_definition(id, one.priority, notice=one.notice) for id, one in new.items())
        for _ in range(len(events)):
            runner = await self._settled()
            one = events.popleft()
            point = point_id(device.id, one.key)
            mine = [id for id in device_alarm_ids(point) if point in known and id in runner.compiled.alarms.definitions]
            id = _alarm_of(one, point)
            if not one.acknowledged and not one.shared:
                runner.show_raised([RaisedAlarm(alarm=other, rule="", active=other == id) for other in mine])
                raised |= {id} & set(mine)
            if (of := id or _alarm_of(one, point, ended=True)) in mine:
                state, definition = runner.alarms.state(of), runner.compiled.alarms.definitions[of]
                now_ms, words = self._context.now_ms(), _words_of(one)
                runner.log(event(definition, state, AlarmEventKind.NOTIFIED, now_ms, reason=words))
            await asyncio.sleep(0)
        return raised

    async def _settled(self) -> RuleRunner:
        runner = await self._session.begin_rules()
        await runner.settled()
        return runner

    def _came_again(self, device: Device, about: Iterable[_About]) -> Iterator[str]:
        """The alarms that came again since they were shown, or that another object under their point raises now, too."""
        before = _standing_events(_about(device, self._shown.get(device.id, ())))
        for id, now in _standing_events(about).items():
            if id in before and now - before[id]:
                yield id

    async def _define(self, definitions: Iterable[AlarmDefinition]) -> None:
        """Adds the alarms that the project does not have yet; those that a person has changed stay as they are."""
        there = {one.id for one in self._session.twin.definitions.alarms}
        edits = [
            DefinitionEdit(DefinitionKind.ALARM, one.id, definition_of(one))
            for one in definitions
            if one.id not in there
        ]
        if edits:
            label = of_definitions(edits, {})
            await self._session.edits.edit(lambda project: project.change_definitions(edits), label=label)

    async def _acknowledge(self, mine: Iterable[str], about: Iterable[_About], who: str) -> None:
        """Acknowledges the alarms that are acknowledged at the device, or that it no longer lists; one after the other, as `_tell`."""
        waiting = [(point, one.kind) for point, one in about if not one.acked]
        for id in mine:
            point, kind = device_alarm_point(id), device_alarm_kind(id)
            listed = any(point == other and kind.is_acknowledged_with(one) for other, one in waiting)
            runner = await self._settled()
            there = id in runner.compiled.alarms.definitions
            if not listed and there and runner.alarms.state(id).phase in WAITING:
                runner.act(id, Acknowledge(), who)
                await asyncio.sleep(0)

    async def acknowledge(self, id: str, who: str) -> Text | None:
        """Acknowledges an alarm at the device that lists it; the reason why it is not acknowledged there, None where it is, where
        devices of this kind are not told, or where another kind of it stands by now: that one stays unacknowledged."""
        point, kind = device_alarm_point(id), device_alarm_kind(id)
        twin = self._session.twin
        device = twin.device_of[twin.point_of[point].device]
        session = next((one.session for one in self._session.links.running if one.link.id == device.link), None)
        if session is None:
            return Text("alarm.device_away")
        if not isinstance(session, AcknowledgesDeviceAlarms):
            return None
        if device.id not in self._shown and not await self._first_list(device):
            return Text("alarm.device_unread")
        for other, one in _about(device, self._shown[device.id]):
            if other == point and not one.acked and _is_of(one, kind):
                try:
                    await session.acknowledge_alarm(device.uid, replace(one, kind=kind), who)
                except RefusedError as error:
                    return why(error)
                except (TimeoutError, OSError):
                    return Text("alarm.device_silent")
        return None

    async def _first_list(self, device: Device) -> bool:
        """Waits for what a device lists, which is read after its values; whether it is known."""
        for _ in range(FIRST_LOOKS):
            await self.look()
            if device.id in self._shown:
                return True
            await asyncio.sleep(FIRST_LIST_S / FIRST_LOOKS)
        return False


type _About = tuple[PointId, DeviceAlarm]


def _about(device: Device, alarms: Iterable[DeviceAlarm]) -> list[_About]:
    """The alarms about points that the project has, with these."""
    known = {point.id for point in device.points}
    return [(point, one) for one in alarms if (point := point_id(device.id, one.key)) in known]


def _standing_events(about: Iterable[_About]) -> dict[str, set[str]]:
    """What raised the alarms that stand, by their ids."""
    found: dict[str, set[str]] = {}
    for point, one in about:
        if one.stands:
            found.setdefault(device_alarm_id(one.kind, point), set()).add(one.event)
    return found


def _is_of(one: DeviceAlarm, kind: DeviceAlarmKind) -> bool:
    """Whether a listed alarm is one of this kind; of one that has ended the device may not tell."""
    return one.kind is kind if one.stands else one.kind.is_acknowledged_with(kind)


def _ids_of(device: Device) -> Iterator[str]:
    return (id for point in device.points for id in device_alarm_ids(point.id))


def _alarm_of(one: DeviceEvent, point: PointId, *, ended: bool = False) -> str:
    """The alarm that an event raises or acknowledges; with `ended`: the one that it ends. Empty for none."""
    kind = one.before if ended else one.kind
    return "" if kind is None else device_alarm_id(kind, point)


def _words_of(one: DeviceEvent) -> Text:
    """A notification as an entry of the log: the device's own words, states, priority and class of notifications."""
    code = "alarm.device_acknowledged" if one.acknowledged else "alarm.device_notified"
    return Text(
        code,
        message=one.message or Text("alarm.device_without_words"),
        before=_state(one.before),
        state=_state(one.kind),
        priority=one.priority_there,
        notification_class=one.notification_class,
    )


def _state(kind: DeviceAlarmKind | None) -> Text:
    return Text(f"alarm.device_state.{kind or 'normal'}")
