"""Mirrors the alarms that devices list themselves: each is an alarm of the project while its device reports it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Container, Iterable, Iterator

from app.engine.rule_runner import RuleRunner
from app.engine.session import ProjectSession
from devices.device_alarms import ListsDeviceAlarms
from twin.model.definition import DefinitionEdit, DefinitionKind
from twin.model.device import Device
from twin.model.device_alarm import DeviceAlarm
from twin.model.ids import PointId, point_id
from twin.model.problem import ProblemError
from twin.rules.alarm_act import Acknowledge
from twin.rules.alarm_definition import AlarmDefinition
from twin.rules.alarm_state import AlarmPhase
from twin.rules.definition_body import definition_of
from twin.rules.device_alarm_definition import (
    device_alarm_definition,
    device_alarm_id,
    device_alarm_ids,
    device_alarm_point,
)
from twin.rules.rule_memory import RaisedAlarm
from twin.store.project.edit_labels import of_definitions

LOOK_S = 2.0
"""Seconds between looks at what the links have read; nothing is sent for it."""
_UNACKED = frozenset({AlarmPhase.UNACK, AlarmPhase.RTN_UNACK})


class AlarmMirror:
    """The mirrored alarms of one project. Event loop only."""

    def __init__(self, session: ProjectSession) -> None:
        self._session, self._context = session, session.context
        self._shown: dict[str, tuple[DeviceAlarm, ...]] = {}
        """By device: the alarms as they were shown last."""
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
        while not self._session.closing:
            with contextlib.suppress(ProblemError):  # the project is being closed; else the next look tries again
                await self.look()
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Takes over what has changed since the last look. ProblemError where the project cannot be written."""
        for device, alarms in tuple(self._listed()):
            if self._shown.get(device.id, ()) != alarms or device.id not in self._shown:
                await self._show(device, alarms)
                self._shown[device.id] = alarms

    def _listed(self) -> Iterator[tuple[Device, tuple[DeviceAlarm, ...]]]:
        """The devices in the project whose alarms are known, with these."""
        for runner in self._session.links.running:
            if isinstance(session := runner.session, ListsDeviceAlarms):
                for uid, alarms in session.device_alarms.items():
                    device = self._session.registration.device(runner.link.id, uid)
                    if device is not None and device.id in self._session.twin.device_of:
                        yield device, alarms

    async def _show(self, device: Device, alarms: Iterable[DeviceAlarm]) -> None:
        known = {point.id for point in device.points}
        about = [(point, one) for one in alarms if (point := point_id(device.id, one.key)) in known]
        standing = {device_alarm_id(one.kind, point): one for point, one in about if one.kind is not None}
        await self._define(device_alarm_definition(id, one.priority, notice=one.notice) for id, one in standing.items())
        runner = await self._session.begin_rules()
        await runner.settled()
        ids = (id for point in device.points for id in device_alarm_ids(point.id))
        mine = [id for id in ids if id in runner.compiled.alarms.definitions]
        runner.show_raised([RaisedAlarm(alarm=id, rule="", active=id in standing) for id in mine])
        self._acknowledge(runner, mine, {point for point, one in about if not one.acked}, device.name)

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

    def _acknowledge(self, runner: RuleRunner, mine: Iterable[str], waiting: Container[PointId], who: str) -> None:
        """Acknowledges the alarms that are acknowledged at the device, or that it no longer lists."""
        for id in mine:
            if device_alarm_point(id) not in waiting and runner.alarms.state(id).phase in _UNACKED:
                runner.act(id, Acknowledge(), who)
