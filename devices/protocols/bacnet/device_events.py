"""The events of one device: which it lists, which it notifies, and acknowledging them (ASHRAE 135-2020, clause 13).

Notifications are an addition: they may be lost, or be sent to others only. What the device lists is how it is.
"""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace

from devices.contract import RefusedError
from devices.protocols.bacnet.bacnet_client import BacnetClient, BacnetRefusedError
from devices.protocols.bacnet.event_notification import EventNotification, device_event
from devices.protocols.bacnet.event_port import HeardDevice
from devices.protocols.bacnet.event_recipient import EventRecipient
from devices.protocols.bacnet.event_summaries import (
    NORMAL,
    TO_FAULT,
    TO_NORMAL,
    TO_OFF_NORMAL,
    EventSummary,
    alarms_of,
    device_alarms,
    is_dated,
    state_of,
)
from devices.protocols.bacnet.who_is import PORT
from twin.model.device_alarm import DeviceAlarm, DeviceAlarmKind, DeviceEvent
from twin.model.text import Text, why

MAX_UNLISTED = 3
"""Questions in a row without a list after which a device that never gave one is asked no more: many cannot."""
MAX_NEWEST, SAME_S = 32, 60.0
"""Notifications of a device, and for how long, that are compared with a new one: to two addresses of ours, or repeated, it is one.
Without a clock an object has the same transition again and again, so that only its newest can be repeated."""
MAX_NOTIFIED = 1_000
"""Notifications that wait to be taken; the oldest are dropped beyond that."""

type EventList = tuple[EventSummary, ...] | None
"""What a device lists; None where it does not answer that."""


class DeviceEvents:
    """What a device lists and notifies."""

    def __init__(
        self,
        client: BacnetClient,
        recipient: EventRecipient | None = None,
        heard: HeardDevice | None = None,
        *,
        receives: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`receives`: whether we are entered in the device's recipient lists, as `recipient` keeps; `heard`: what it sends to the port
        of BACnet."""
        self._heard = heard
        self._newest = deque[tuple[float, EventNotification]](maxlen=MAX_NEWEST)
        self._client, self._recipient, self._receives, self._clock = client, recipient, receives, clock
        self._listed: EventList = None
        self._unlisted = 0
        self._notified = deque[EventNotification](maxlen=MAX_NOTIFIED)
        self.count = 0
        """Number of notifications so far."""

    @property
    def asks(self) -> bool:
        """Whether the device is asked for its list."""
        return self._listed is not None or self._unlisted < MAX_UNLISTED

    @property
    def enters(self) -> bool:
        """Whether the device's recipient lists are to be changed: we are entered, or were and are no longer to be."""
        return self._recipient is not None and (self._receives or self._recipient.port != 0)

    @property
    def refused(self) -> dict[str, Text]:
        """The notification classes, or the device, that do not send us events though they are to, or do though they are not; and the
        port where another program takes those sent to this computer."""
        refused = {} if self._recipient is None else self._recipient.refused
        taken = self._heard is not None and self._heard.only_broadcasts
        return refused | ({f"UDP {PORT}": Text("bacnet.port_taken")} if taken else {})

    async def enter(self, device: str) -> bool:
        """Enters us in the recipient lists, or removes us; whether other classes refuse it than before. Raises TimeoutError."""
        before = self.refused
        if self._recipient is not None and self._receives:
            await self._recipient.enter(self._client, device)
        elif self._recipient is not None:
            await self._recipient.leave(self._client)
        return self.refused != before

    async def read(self) -> EventList:
        """Reads what the device lists. Raises TimeoutError where it answers nothing else either."""
        try:
            return await self._client.event_summaries()
        except BacnetRefusedError:
            return None
        except TimeoutError:
            with contextlib.suppress(BacnetRefusedError):
                await self._client.device()
            return None

    def note(self, listed: EventList) -> None:
        """Takes what was read; a device that no longer answers keeps its list."""
        if listed is not None:
            self._listed = listed
        elif self._listed is None:
            self._unlisted += 1

    def listen(self, on_event: Callable[[EventNotification], None]) -> None:
        """Whom to call with the events that the device notifies, to us, to others at this computer, or to all."""
        self._client.set_event_listener(on_event)
        if self._heard is not None:
            self._heard.on_event = on_event

    def close(self) -> None:
        """Takes no more events; may be called twice."""
        self._client.set_event_listener(lambda _event: None)
        if self._heard is not None:
            self._heard.close()

    def notified(self, event: EventNotification) -> bool:
        """Takes a notification; whether it is a new one."""
        now = self._clock()
        recent = [one for at, one in self._newest if 0 <= now - at < SAME_S and one.object == event.object]
        if event in (recent if is_dated(event.time) else recent[-1:]):
            return False
        self._newest.append((now, event))
        self._notified.append(event)
        self.count += 1
        return True

    def take_events(self, keys: Mapping[str, str], other: str) -> tuple[DeviceEvent, ...]:
        """What was notified since the last call; `keys` and `other` as in `device_alarms`."""
        taken = tuple(
            device_event(one, keys.get(one.object, other), shared=one.object not in keys) for one in self._notified
        )
        self._notified.clear()
        return taken

    def alarms(self, keys: Mapping[str, str], other: str) -> tuple[DeviceAlarm, ...] | None:
        """The alarms that are listed; None where that is not known."""
        return None if self._listed is None else device_alarms(self._listed, keys, other)

    async def acknowledge(self, alarm: DeviceAlarm, keys: Mapping[str, str], other: str, who: str) -> None:
        """Acknowledges an alarm that is listed, and the return of one that has ended. Raises RefusedError, TimeoutError."""
        transition = TO_FAULT if alarm.kind is DeviceAlarmKind.FAULT else TO_OFF_NORMAL
        summary = next((one for one in self._listed or () if _lists(one, keys.get(one.object, other), alarm)), None)
        if summary is None:
            raise RefusedError(Text("bacnet.event_over"))
        try:
            state = summary.state if alarm.stands else state_of(alarm.kind)
            await self._send(summary, transition, state, who)
            if summary.state == NORMAL and not summary.is_acked(TO_NORMAL):
                await self._send(summary, TO_NORMAL, NORMAL, who)
            self._listed = await self._client.event_summaries()
        except BacnetRefusedError as error:
            raise RefusedError(why(error)) from None
        same = (one for one in self._listed if one.object == summary.object)
        if any(_lists(one, keys.get(one.object, other), alarm) for one in same):
            raise RefusedError(Text("bacnet.event_unacked"))

    async def _send(self, summary: EventSummary, transition: int, state: int, who: str) -> None:
        if transition >= len(summary.times):
            raise RefusedError(Text("bacnet.error", code="malformed"))
        at = self._clock()
        await self._client.acknowledge_alarm(summary.object, state, summary.times[transition], who, at)


def _lists(summary: EventSummary, key: str, alarm: DeviceAlarm) -> bool:
    """Whether a summary lists this very alarm as unacknowledged; of one that ended it may not tell the kind."""
    return any(
        alarm.kind.is_acknowledged_with(one.kind) and replace(one, kind=alarm.kind, priority=alarm.priority) == alarm
        for one in alarms_of(summary, key)
    )
