"""Acknowledges alarms at the devices that raise them: at once where the device answers, else when it does again.

An acknowledgement that a device is not told yet is kept with the state of its alarm, and written with it: after a crash the device
is told, or lists the alarm as acknowledged already.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace

from app.engine.rule_runner import RuleRunner
from app.engine.session import ProjectSession
from devices.contract import RefusedError
from devices.device_alarms import AcknowledgesDeviceAlarms, ListsDeviceAlarms
from devices.link import LinkState
from twin.model.device import Device
from twin.model.device_alarm import DeviceAlarm
from twin.model.ids import DeviceId
from twin.model.text import Text, why
from twin.rules.device_alarm_act import DeviceAct, DeviceRefused, DeviceTold
from twin.rules.device_alarm_definition import device_alarm_kind, device_alarm_point
from twin.rules.device_alarm_listed import alarms_about, is_of

TELL_AGAIN_MS = 60_000
"""Time after which a device that lists its alarms, but did not answer an acknowledgement, is told again."""
FIRST_LOOKS, FIRST_LIST_S = 20, 5.0
"""How often, and how long, the first list of a device is waited for by who acknowledges."""
AWAY, SILENT, UNREAD = Text("alarm.device_away"), Text("alarm.device_silent"), Text("alarm.device_unread")


@dataclass(frozen=True, slots=True)
class NotAcknowledged:
    """Why an alarm is not acknowledged at its device."""

    why: Text
    refused: bool
    """Whether the device refused it; else it is to be told later."""


type Answered = Callable[[str, NotAcknowledged | None], None]
"""Takes the answer for an alarm: None where it is acknowledged at its device, where devices of this kind are not told, or where
another kind of it stands by now, which stays unacknowledged."""


class DeviceAcknowledging:
    """The acknowledgements at the devices of one project. Event loop only."""

    def __init__(self, session: ProjectSession, look: Callable[[], Awaitable[object]]) -> None:
        """`look` takes over what the devices list now."""
        self._session, self._context, self._look = session, session.context, look
        self._telling: dict[DeviceId, asyncio.Task[object]] = {}
        self._silent: dict[DeviceId, tuple[object, int]] = {}
        """The session in which a device last did not answer an acknowledgement, and when."""

    async def close(self) -> None:
        """Ends the telling; what is not told stays so."""
        for task in self._telling.values():
            task.cancel()
        await asyncio.gather(*self._telling.values(), return_exceptions=True)

    async def told(self) -> None:
        """Waits until the devices that are told at present have answered, or were silent."""
        await asyncio.gather(*self._telling.values())

    # -- what people ask for

    async def acknowledge(self, ids: Iterable[str], who: str, answered: Answered) -> None:
        """Acknowledges alarms at their devices, all devices side by side. A device that is away, or falls silent, is asked for none
        of the rest: it is to be told of these later."""
        twin, by_device = self._session.twin, dict[DeviceId, list[str]]()
        for id in ids:
            by_device.setdefault(twin.point_of[device_alarm_point(id)].device, []).append(id)
        await asyncio.gather(
            *(self._acknowledge_at(twin.device_of[device], of, who, answered) for device, of in by_device.items())
        )

    async def _acknowledge_at(self, device: Device, ids: Iterable[str], who: str, answered: Answered) -> None:
        silence: NotAcknowledged | None = None
        for id in ids:
            answer = silence or await self._acknowledge(device, id, who)
            answered(id, answer)
            if answer is not None and not answer.refused:
                silence = answer

    async def _acknowledge(self, device: Device, id: str, who: str) -> NotAcknowledged | None:
        online = self._online(device)
        if online is None:
            return self._away(device)
        if not isinstance(online, AcknowledgesDeviceAlarms):
            return None
        listed = await self._first_list(device)
        if listed is None:
            return self._away(device) if self._online(device) is None else NotAcknowledged(UNREAD, refused=False)
        try:
            for one in waiting_for(id, device, listed):
                await online.acknowledge_alarm(device.uid, replace(one, kind=device_alarm_kind(id)), who)
        except RefusedError as error:
            return NotAcknowledged(why(error), refused=True)
        except (TimeoutError, OSError):
            self._silent[device.id] = online, self._context.now_ms()
            return NotAcknowledged(SILENT, refused=False)
        return None

    def _away(self, device: Device) -> NotAcknowledged:
        connecting = self._session.links.runner(device.link) is not None
        return NotAcknowledged(SILENT if connecting else AWAY, refused=False)

    def _online(self, device: Device) -> object:
        """The session with a device; None where its link is not connected."""
        runner = self._session.links.runner(device.link)
        return runner.session if runner is not None and runner.state is LinkState.ONLINE else None

    async def _first_list(self, device: Device) -> tuple[DeviceAlarm, ...] | None:
        """What a device lists, which is read after its values and taken over here; None where it is not known."""
        for _ in range(FIRST_LOOKS):
            online = self._online(device)
            if not isinstance(online, ListsDeviceAlarms):
                return None
            if device.uid in online.device_alarms:
                await self._look()
                return online.device_alarms.get(device.uid)
            await asyncio.sleep(FIRST_LIST_S / FIRST_LOOKS)
        return None

    # -- what is told later

    def forget_ended(self) -> None:
        """Drops the sessions that have ended: in its next one a device is told at once."""
        devices = ((id, self._session.twin.device_of.get(id)) for id in self._silent)
        online = {id: self._online(device) for id, device in devices if device is not None}
        self._silent = {id: silent for id, silent in self._silent.items() if silent[0] is online.get(id)}

    def tell(self, listed: Iterable[tuple[Device, tuple[DeviceAlarm, ...]]], runner: RuleRunner) -> None:
        """Begins to tell the devices that list their alarms of the acknowledgements that they are not told yet."""
        untold = self._untold(runner)
        for device, alarms in listed if untold else ():
            session, silent_ms = self._silent.get(device.id, (None, 0))
            waits = session is not None and 0 <= self._context.now_ms() - silent_ms < TELL_AGAIN_MS
            if device.id in untold and device.id not in self._telling and not waits:
                told = self._tell(device, untold[device.id], alarms)
                self._telling[device.id] = self._context.loop.spawn(told, name="acknowledgements")

    def _untold(self, runner: RuleRunner) -> dict[DeviceId, list[str]]:
        """By device: the alarms that are acknowledged here while it is not told yet."""
        found, points = dict[DeviceId, list[str]](), self._session.twin.point_of
        for id, state in runner.alarms.states.items():
            if state.untold is not None and (point := points.get(device_alarm_point(id))) is not None:
                found.setdefault(point.device, []).append(id)
        return found

    async def _tell(self, device: Device, untold: Iterable[str], listed: tuple[DeviceAlarm, ...]) -> None:
        session = self._online(device)
        try:
            for id in untold:
                await self._tell_one(device, id, listed)
        except (TimeoutError, OSError):
            self._silent[device.id] = session, self._context.now_ms()
        finally:
            del self._telling[device.id]

    async def _tell_one(self, device: Device, id: str, listed: tuple[DeviceAlarm, ...]) -> None:
        """Tells a device of one acknowledgement, and takes over its answer. Raises TimeoutError, OSError."""
        runner = await self._session.begin_rules()
        untold, online = runner.alarms.state(id).untold, self._online(device)
        if untold is None:
            return
        act: DeviceAct = DeviceTold(told=False)
        if online is None:
            raise TimeoutError
        if isinstance(online, AcknowledgesDeviceAlarms) and (waiting := waiting_for(id, device, listed)):
            known = runner.alarms.state(id).device_events
            meant = [replace(one, kind=device_alarm_kind(id)) for one in waiting if one.event in known]
            act = await _answer(online, device, meant, untold.who)
        await runner.settled()
        if id in runner.compiled.alarms.definitions and runner.alarms.state(id).untold == untold:
            runner.act(id, act, device.name)


async def _answer(there: AcknowledgesDeviceAlarms, device: Device, meant: Iterable[DeviceAlarm], who: str) -> DeviceAct:
    """The answer of a device to the acknowledgement of the events that were meant; without any, it has others by now. Raises
    TimeoutError, OSError."""
    act: DeviceAct = DeviceRefused(Text("alarm.device_raised_anew"))
    try:
        for one in meant:
            await there.acknowledge_alarm(device.uid, one, who)
            act = DeviceTold()
    except RefusedError as error:
        return DeviceRefused(why(error))
    return act


def waiting_for(id: str, device: Device, listed: Iterable[DeviceAlarm]) -> list[DeviceAlarm]:
    """What a device lists of an alarm as not acknowledged."""
    point, kind = device_alarm_point(id), device_alarm_kind(id)
    about = alarms_about(device, listed)
    return [one for other, one in about if other == point and not one.acked and is_of(one, kind)]
