"""One session with a BACnet device: describes its objects, polls them, and takes notifications of changes of value.

Notifications are an addition: devices acknowledge a subscription and never notify. An object is read as often as the others
until its first notification has come, and more rarely from then on.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from devices.contract import RefusedError, SessionEvent, SkippedChanged
from devices.polling import Poller, PollItem, PollLimits, PollSchedule
from devices.protocols.bacnet.bacnet_client import (
    CHUNK,
    COV_LIFETIME_S,
    BacnetClient,
    BacnetRefusedError,
    ObjectValues,
)
from devices.protocols.bacnet.bacnet_objects import (
    FAULT,
    FAULT_POINT,
    BacnetPoint,
    device_info,
    missing_value,
    point_of,
)
from devices.protocols.bacnet.bacnet_options import BacnetSettings
from devices.protocols.bacnet.command_expiry import CommandExpiry, Slot
from devices.protocols.bacnet.device_events import DeviceEvents, EventList
from devices.protocols.bacnet.ede_file import EdeFile
from devices.protocols.bacnet.event_notification import EventNotification
from devices.protocols.bacnet.event_port import HeardDevice
from devices.protocols.bacnet.event_recipient import EventRecipient
from devices.protocols.bacnet.object_choice import ObjectChoice
from devices.protocols.bacnet.priority_commands import PriorityCommands
from twin.model.device import DeviceInfo, Link
from twin.model.device_alarm import DeviceAlarm, DeviceEvent
from twin.model.observation import Availability, Report, Value
from twin.model.report_columns import ReportColumns, ReportTable
from twin.model.skipped import Skipped
from twin.model.text import Text, why

MAX_SUBSCRIPTIONS = 500
"""Notifications that a device is asked for; many keep far fewer, and refuse the others."""
MAX_IGNORED = 3
"""Subscriptions in a row without an answer after which a device that answers otherwise is asked for no more."""
FLOOR = 6
"""Factor by which objects that notify are read more rarely."""
ENTER_S = 3600.0
"""Seconds between looks whether the device still has us among its recipients: it may have been configured anew."""
DEVICE = "device"
_UNASKED = PollItem(DEVICE, "notification", 0.0)
_ABOUT = ("object-name", "vendor-name", "model-name", "firmware-revision", "serial-number", "location")
_STATIC = (
    "object-name", "units", "priority-array", "min-pres-value", "max-pres-value", "resolution", "number-of-states",
    "state-text", "inactive-text", "active-text",
)  # fmt: skip
_CURRENT = ("present-value", "status-flags")


@dataclass(frozen=True, slots=True)
class _Changed:
    """A notification: an object and its new property values."""

    object: str
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Subscribed:
    object: str
    accepted: bool
    ignored: bool = False


@dataclass(frozen=True, slots=True)
class _Read:
    """Properties by object, and the number of changes that had come when they were asked for."""

    values: ObjectValues
    changes: int


@dataclass(frozen=True, slots=True)
class _Events:
    listed: EventList


type _Answer = _Read | _Changed | _Subscribed | _Events


@dataclass(slots=True)
class _Object:
    point: BacnetPoint
    last: Value = None
    flags: tuple[bool, ...] | None = None
    """Status_Flags as last read or notified; notifications may come without them."""
    notifies: bool = False
    changed_at: int = 0
    """The number of the last change (notified, or read after a command): a reading asked for before is older."""


@dataclass(slots=True)
class _Described:
    uid: str
    info: DeviceInfo
    objects: dict[str, _Object] = field(default_factory=dict[str, _Object])


class BacnetSession:
    """A client, the objects of its device, and the schedule by which they are read."""

    def __init__(
        self,
        client: BacnetClient,
        link: Link,
        settings: BacnetSettings,
        expiry: CommandExpiry | None = None,
        ede: EdeFile | None = None,
        recipient: EventRecipient | None = None,
        heard: HeardDevice | None = None,
    ) -> None:
        self._client, self._link, self._settings = client, link, settings
        self._choice = ObjectChoice(ede)
        self._device: _Described | None = None
        self._table = ReportTable()
        self._poller = Poller[_Answer](PollSchedule(PollLimits()), self._read)
        self._refused: dict[str, Text] = {}
        self._events = DeviceEvents(client, recipient, heard, receives=settings.receive_events)
        self._skipped_changed = False
        self._subscribing: list[str] = []
        self._ignored = 0
        self._changes = 0
        self._not_taken_back: dict[Slot, Text] = {}
        self._commands = PriorityCommands(client, settings, expiry, self._taken_back)
        self._expiring: asyncio.Task[None] | None = None
        client.set_listener(self._deliver)
        self._events.listen(self._take_event)

    async def describe(self) -> tuple[DeviceInfo, ...]:
        """The device with its inputs, outputs and values. Raises TimeoutError where it does not answer, OSError."""
        try:
            device = await self._client.device()
            about = (await self._client.read([device], _ABOUT))[device]
            wanted = await self._choice.wanted(self._client, device)
        except BacnetRefusedError as error:
            raise ConnectionError(why(error)) from None
        points: list[BacnetPoint] = []
        for at in range(0, len(wanted), CHUNK):
            found: ObjectValues = {}
            with contextlib.suppress(BacnetRefusedError):
                found = await self._client.read(wanted[at : at + CHUNK], _STATIC)
            found = self._choice.completed(found, wanted[at : at + CHUNK])
            points += [point_of(object, properties) for object, properties in found.items()]
        uid = device.replace(",", "-")
        address = self._link.address.partition("://")[2]
        info = device_info(uid, about, points, address=address, period_s=self._settings.period_s)
        self._device = _Described(uid, info, {point.object: _Object(point) for point in points})
        return (info,)

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What is left out of the device's objects, those that refuse their value, and those that refuse that an expired command
        is taken back.
        """
        found = [*self._choice.skipped()]
        found += [Skipped(object, reason) for object, reason in (self._refused | self._events.refused).items()]
        for (name, priority), reason in self._commands.refused.items():
            found.append(Skipped(name, Text("bacnet.not_taken_back", priority=priority, why=reason)))
        return tuple(found)

    async def events(self) -> AsyncIterator[SessionEvent]:
        """Values as they are read and notified; raises TimeoutError where the device has fallen silent."""
        device = self._described()
        yield Availability(device.uid, online=True)
        if self._settings.cov:
            self._subscribing = [one for one in device.objects if self._choice.notifies(one)][:MAX_SUBSCRIPTIONS]
        self._poller.set_items(self._items())
        self._expiring = asyncio.create_task(self._commands.run())  # noqa: TID251 - awaited in close
        async for answer in self._poller.answers():
            match answer.answer:
                case None:
                    if self._poller.schedule.is_silent(DEVICE):
                        raise TimeoutError
                case _Changed() as changed:
                    if event := self._notified(changed):
                        yield event
                case _Events() as events:
                    self._events.note(events.listed)
                    if not self._events.asks:
                        self._poller.set_items(self._items())
                case _Subscribed() as subscribed:
                    self._note(subscribed)
                case _Read() as read:
                    yield self._reports(self._without_older(self._with_refusals(read.values), read.changes))
            if self._skipped_changed or self._not_taken_back != self._commands.refused:
                self._skipped_changed, self._not_taken_back = False, dict(self._commands.refused)
                yield SkippedChanged()

    def _items(self) -> list[PollItem]:
        """Reads of chunks of objects, those that notify apart, and subscriptions."""
        device, period_s = self._described(), self._settings.period_s
        items: list[PollItem] = []
        for notifies, factor in ((False, 1), (True, FLOOR)):
            names = [name for name, one in device.objects.items() if one.notifies is notifies]
            chunks = (names[at : at + CHUNK] for at in range(0, len(names), CHUNK))
            items += [PollItem(DEVICE, "read " + " ".join(chunk), period_s * factor) for chunk in chunks]
        items += [PollItem(DEVICE, f"subscribe {name}", COV_LIFETIME_S / 3) for name in self._subscribing]
        if self._events.asks:
            items.append(PollItem(DEVICE, f"events {self._events.count}", period_s))  # a new one is asked for at once
        if self._events.enters:
            items.append(PollItem(DEVICE, "recipients", ENTER_S))
        return items if device.objects else [*items, PollItem(DEVICE, "read", period_s)]

    async def _read(self, item: PollItem) -> _Answer:
        what, *names = item.key.split(" ")
        if what == "subscribe":
            return await self._subscribe(names[0])
        if what == "events":
            return _Events(await self._events.read())
        if what == "recipients":
            self._skipped_changed |= await self._events.enter(self._described().uid.replace("-", ","))
            return _Read({}, self._changes)
        if not names:  # a device without objects, to be asked whether it is there
            await self._client.device()
            return _Read({}, self._changes)
        objects = self._described().objects
        overridden = any(objects[name].point.override for name in names)
        changes = self._changes
        wanted = (*_CURRENT, "priority-array") if overridden else _CURRENT
        return _Read(await self._client.read(names, wanted), changes)

    def _keys(self) -> dict[str, str]:
        """The keys of the points by object; events about objects that are not read are of the device itself."""
        return {name: one.point.info.key for name, one in self._described().objects.items()}

    @property
    def device_alarms(self) -> dict[str, tuple[DeviceAlarm, ...]]:
        """The alarms that the device lists, as last read."""
        alarms = None if self._device is None else self._events.alarms(self._keys(), FAULT_POINT.key)
        return {} if alarms is None else {self._described().uid: alarms}

    def take_device_events(self) -> dict[str, tuple[DeviceEvent, ...]]:
        """What the device has notified since the last call."""
        if self._device is None:
            return {}
        return {self._device.uid: self._events.take_events(self._keys(), FAULT_POINT.key)}

    async def acknowledge_alarm(self, uid: str, alarm: DeviceAlarm, who: str) -> None:
        """Acknowledges an alarm at the device. Raises RefusedError, TimeoutError."""
        if self._device is None or uid != self._device.uid:
            raise RefusedError(Text("reason.gone_point"))
        await self._events.acknowledge(alarm, self._keys(), FAULT_POINT.key, who)

    def _take_event(self, event: EventNotification) -> None:
        """Takes a notification, and asks soon for what the device lists now."""
        if self._events.notified(event) and self._expiring is not None:
            self._poller.set_items(self._items())

    async def _subscribe(self, name: str) -> _Subscribed:
        """Asks for notifications of an object. Raises TimeoutError where the device answers nothing else either."""
        process = list(self._described().objects).index(name) + 1
        try:
            await self._client.subscribe(name, process)
        except BacnetRefusedError:
            return _Subscribed(name, accepted=False)
        except TimeoutError:
            with contextlib.suppress(BacnetRefusedError):
                await self._client.device()
            return _Subscribed(name, accepted=False, ignored=True)
        return _Subscribed(name, accepted=True)

    def _note(self, subscribed: _Subscribed) -> None:
        """An object that refuses a subscription is only read; all are where the device ignores subscriptions."""
        self._ignored = self._ignored + 1 if subscribed.ignored else 0
        if subscribed.accepted or subscribed.object not in self._subscribing:
            return
        ended = list(self._subscribing) if self._ignored >= MAX_IGNORED else [subscribed.object]
        for name in ended:
            self._subscribing.remove(name)
            self._described().objects[name].notifies = False
        self._poller.set_items(self._items())

    def _with_refusals(self, read: ObjectValues) -> ObjectValues:
        """What was read, where an object without a present value (deleted, refused) has None, and is listed as skipped."""
        refused = {name for name, values in read.items() if "present-value" not in values}
        before = self._refused.keys()
        self._skipped_changed |= bool(refused - before or (read.keys() - refused) & before)
        self._refused = {name: reason for name, reason in self._refused.items() if name not in read}
        self._refused |= dict.fromkeys(refused, Text("bacnet.no_value"))
        return {name: {"present-value": None} | values for name, values in read.items()}

    def _deliver(self, name: str, values: dict[str, Any]) -> None:
        self._mark_changed(name)
        self._poller.deliver(_UNASKED, _Changed(name, values))

    def _mark_changed(self, name: str) -> None:
        self._changes += 1
        if self._device is not None and (one := self._device.objects.get(name)):
            one.changed_at = self._changes

    def _without_older(self, read: ObjectValues, changes: int) -> ObjectValues:
        """What was read, less the values of objects that changed while the reading was under way."""
        objects = self._described().objects
        older = {name for name in read if name in objects and objects[name].changed_at > changes}
        return {
            name: {key: value for key, value in values.items() if key not in _CURRENT} if name in older else values
            for name, values in read.items()
        }

    def _notified(self, changed: _Changed) -> SessionEvent | None:
        one = self._described().objects.get(changed.object)
        if one is None:
            return None
        if not one.notifies:
            one.notifies = True
            if all(self._described().objects[name].notifies for name in self._subscribing):
                self._poller.set_items(self._items())
        return self._reports({changed.object: changed.values})

    def _reports(self, read: ObjectValues) -> ReportColumns:
        device = self._described()
        reports: list[Report] = []
        for name, values in read.items():
            one = device.objects.get(name)
            if one is None or not values:
                continue
            one.flags = values.get("status-flags", one.flags)
            if "present-value" in values:
                known = None if missing_value(one.flags or (), name) else one.point.decoded(values["present-value"])
                one.last = known
                reports.append(Report(device.uid, one.point.info.key, known))
            slots: list[object] = values.get("priority-array") or []
            if one.point.override is not None and len(slots) >= self._settings.priority:
                held = slots[self._settings.priority - 1] is not None
                reports.append(Report(device.uid, one.point.override.key, held))
        flags = [one.flags for one in device.objects.values() if one.flags]
        if flags:
            reports.append(Report(device.uid, FAULT_POINT.key, any(len(one) > FAULT and one[FAULT] for one in flags)))
        return ReportColumns.of(reports, self._table)

    async def send(self, uid: str, key: str, verb: str, value: Value) -> None:
        """Commands at the link's priority where a person allowed it, or takes the command back."""
        one, override = self._object(uid, key)
        if not self._settings.writable:
            raise RefusedError(Text("bacnet.writing_off"))
        if override and not (verb in ("off", "toggle") or value in (False, 0)):
            raise RefusedError(Text("bacnet.override"))
        try:
            if override:
                await self._commands.release(one.point.object)
            else:
                await self._commands.command(one.point, one.point.encoded(verb, value, one.last))
        except BacnetRefusedError as error:
            raise RefusedError(why(error)) from None
        await self._read_now(one)

    async def _taken_back(self, name: str) -> None:
        if (one := self._described().objects.get(name)) is not None:
            await self._read_now(one)

    async def _read_now(self, one: _Object) -> None:
        """Reads an object that was commanded; without an answer the next reading follows."""
        with contextlib.suppress(BacnetRefusedError, TimeoutError):
            values = await self._client.read([one.point.object], (*_CURRENT, "priority-array"))
            self._mark_changed(one.point.object)
            self._poller.deliver(_UNASKED, _Read(values, self._changes))

    def _object(self, uid: str, key: str) -> tuple[_Object, bool]:
        """An object by the key of one of its points, and whether that is the one about commands."""
        device = self._described()
        for one in device.objects.values() if uid == device.uid else ():
            if key == one.point.info.key:
                return one, False
            if one.point.override is not None and key == one.point.override.key:
                return one, True
        raise RefusedError(Text("reason.gone_point"))

    def _described(self) -> _Described:
        assert self._device is not None  # noqa: S101 - the link describes first
        return self._device

    async def close(self) -> None:
        """Ends reading and closes the socket; may be called twice."""
        self._client.set_listener(lambda _object, _values: None)
        self._events.close()
        expiring, self._expiring = self._expiring, None
        if expiring is not None:
            expiring.cancel()
            await asyncio.gather(expiring, return_exceptions=True)
        await self._poller.stop()
        self._client.close()
