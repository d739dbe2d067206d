"""Mirrors the alarms that devices list themselves: each is an alarm of the project while its device reports it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Collection, Iterable, Iterator

from app.engine.device_acknowledging import DeviceAcknowledging
from app.engine.repeating import repeat
from app.engine.rule_runner import RuleRunner
from app.engine.session import ProjectSession
from devices.device_alarms import ListsDeviceAlarms, NotifiesDeviceEvents
from twin.model.definition import DefinitionEdit, DefinitionKind
from twin.model.device import Device
from twin.model.device_alarm import DeviceAlarm, DeviceAlarmKind, DeviceEvent
from twin.model.ids import DeviceId, LinkId, PointId
from twin.model.text import Text
from twin.rules.alarm_act import Acknowledge
from twin.rules.alarm_definition import AlarmDefinition
from twin.rules.alarm_state import WAITING
from twin.rules.definition_body import definition_of
from twin.rules.device_alarm_act import DeviceListed, DeviceNotified
from twin.rules.device_alarm_definition import (
    device_alarm_definition,
    device_alarm_id,
    device_alarm_ids,
    device_alarm_kind,
    device_alarm_point,
)
from twin.rules.device_alarm_listed import AlarmsAbout, alarms_about, ids_by_key, standing_events
from twin.rules.rule_memory import RaisedAlarm
from twin.store.project.edit_labels import of_definitions

LOOK_S = 2.0
"""Seconds between looks at what the links have read; nothing is sent for it."""
MAX_UNTOLD = 1_000
"""Notifications of a device that wait for it to be in the project, or for the project; the oldest are dropped beyond that."""


class AlarmMirror:
    """The mirrored alarms of one project. Event loop only."""

    def __init__(self, session: ProjectSession) -> None:
        self._session, self._context = session, session.context
        self._shown: dict[str, tuple[DeviceAlarm, ...]] = {}
        """By device: the alarms as they were shown last."""
        self._untold: dict[tuple[LinkId, str], deque[DeviceEvent]] = {}
        """By link and uid of the device: what it notified and was not taken over yet."""
        self._told: dict[DeviceId, set[str]] = {}
        """By device that has notified since its list was shown: the alarms that were raised for it."""
        self._looking = asyncio.Lock()
        self.acknowledging = DeviceAcknowledging(session, self.look)
        self._task: asyncio.Task[object] | None = None

    def begin(self) -> None:
        """Starts mirroring, in the background."""
        self._task = self._context.loop.spawn(self._run(), name="device alarms")

    async def close(self) -> None:
        """Ends the mirroring; the alarms stay as they are."""
        await self.acknowledging.close()
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
            before, now = self._told, dict[DeviceId, set[str]]()
            for device, events in tuple(self._notified()):
                now[device.id] = await self._tell(device, events) | before.get(device.id, set())
            self._told = now
            listed = tuple(self._listed())
            for device, alarms in listed:
                newer = device.id in before and device.id not in now  # it was asked again since it notified
                if newer or self._shown.get(device.id) != alarms:
                    await self._show(device, alarms, before.get(device.id, set()) | now.pop(device.id, set()))
                    self._shown[device.id] = alarms
            self.acknowledging.forget_ended()
            if listed:
                self.acknowledging.tell(listed, await self._settled())

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
        about = alarms_about(device, alarms)
        standing = {device_alarm_id(one.kind, point): one for point, one in about if one.stands}
        await self._define(device_alarm_definition(id, one.priority, notice=one.notice) for id, one in standing.items())
        runner, events = await self._settled(), standing_events(about)
        mine = [id for id in _ids_of(device) if id in runner.compiled.alarms.definitions]
        came_again = [id for id in events if id not in told and _came_again(runner, id, events[id])]
        runner.show_raised([RaisedAlarm(alarm=id, rule="", active=False) for id in came_again])
        runner.show_raised([RaisedAlarm(alarm=id, rule="", active=id in standing) for id in mine])
        for id in mine:
            if id in events and runner.alarms.state(id).device_events != events[id]:
                runner.act(id, DeviceListed(events[id]), device.name)
        await self._acknowledge(mine, about, device.name)

    async def _tell(self, device: Device, events: deque[DeviceEvent]) -> set[str]:
        """Raises and ends alarms as notified, one after the other, and adds the notifications to their log; the alarms that were
        raised. The loop is given to others after each, for each is a round of the rules."""
        ids, raised = ids_by_key(device), set[str]()
        about = [(point, one) for one in events if (point := ids.get(one.key)) is not None]
        new = {id: one for point, one in about if not one.acknowledged and (id := _alarm_of(one, point))}
        await self._define(device_alarm_definition(id, one.priority, notice=one.notice) for id, one in new.items())
        for _ in range(len(events)):
            runner = await self._settled()
            one = events.popleft()
            if (point := ids.get(one.key)) is None:
                continue
            mine = [id for id in device_alarm_ids(point) if id in runner.compiled.alarms.definitions]
            id = _alarm_of(one, point)
            if not one.acknowledged and not one.shared:
                runner.show_raised([RaisedAlarm(alarm=other, rule="", active=other == id) for other in mine])
                raised |= {id} & set(mine)
            if (of := id or _alarm_of(one, point, ended=True)) in mine:
                runner.act(
                    of,
                    DeviceNotified(entry=_words_of(one), message="" if one.acknowledged else one.message),
                    device.name,
                )
            await asyncio.sleep(0)
        return raised

    async def _settled(self) -> RuleRunner:
        runner = await self._session.begin_rules()
        await runner.settled()
        return runner

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

    async def _acknowledge(self, mine: Iterable[str], about: AlarmsAbout, who: str) -> None:
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


def _came_again(runner: RuleRunner, id: str, events: Iterable[str]) -> bool:
    """Whether an alarm came again since it was listed last, or another object under its point raises it now, too."""
    before = runner.alarms.state(id).device_events
    return bool(before) and not set(events) <= set(before)


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
