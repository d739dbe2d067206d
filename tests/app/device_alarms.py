"""A lamp that lists alarms of its own, notifies what happens to them, and answers acknowledgements as it is told to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace

import pytest

from tests.app import conftest
from tests.app.conftest import Desk, PlainSession
from twin.model.alarm import AlarmStatus
from twin.model.device_alarm import DeviceAlarm, DeviceAlarmKind, DeviceEvent
from twin.rules.alarm_act import Acknowledge

HIGH = DeviceAlarm(key="level", kind=DeviceAlarmKind.HIGH_LIMIT, priority=1, acked=False)


@dataclass
class Listed:
    """What the lamp lists as its alarms (None: that is not known), what it notifies, and how it answers acknowledgements."""

    alarms: tuple[DeviceAlarm, ...] | None = ()
    events: tuple[DeviceEvent, ...] = ()
    refusal: Exception | None = None
    acknowledged: list[tuple[DeviceAlarm, str]] = field(default_factory=list)
    before_answer: Callable[[], Awaitable[object]] | None = None

    async def acknowledge(self, alarm: DeviceAlarm, who: str) -> None:
        self.acknowledged.append((alarm, who))
        if self.before_answer is not None:
            await self.before_answer()
        if self.refusal is not None:
            raise self.refusal
        listed = (replace(one, acked=True) if one.key == alarm.key else one for one in self.alarms or ())
        self.alarms = tuple(one for one in listed if one.stands or not one.acked)

    def take_events(self) -> tuple[DeviceEvent, ...]:
        taken, self.events = self.events, ()
        return taken


def lister(monkeypatch: pytest.MonkeyPatch) -> Listed:
    """What the lamps of all links list, notify and answer."""
    one = Listed()

    class ListingSession(PlainSession):
        @property
        def device_alarms(self) -> dict[str, tuple[DeviceAlarm, ...]]:
            return {} if one.alarms is None else {"lamp": one.alarms}

        def take_device_events(self) -> dict[str, tuple[DeviceEvent, ...]]:
            return {"lamp": one.take_events()}

        async def acknowledge_alarm(self, uid: str, alarm: DeviceAlarm, who: str) -> None:
            assert uid == "lamp"
            await one.acknowledge(alarm, who)

    monkeypatch.setattr(conftest, "PlainSession", ListingSession)
    return one


def alarms(house: Desk) -> list[AlarmStatus]:
    """The mirrored alarms, once the newest list was taken over and the devices have answered what they were told."""

    async def look() -> None:
        mirror = await house.engine.alarm_mirror()
        await mirror.look()
        await mirror.acknowledging.told()

    house.engine.context.loop.submit(look(), name="look").result(60)
    return stored(house)


def stored(house: Desk) -> list[AlarmStatus]:
    """The mirrored alarms as they are."""
    return [one for one in house.engine.alarms().result(60) if one.id.startswith("device_")]


def acknowledge(house: Desk, alarms: Iterable[str]) -> None:
    house.engine.act_on_alarms(tuple(alarms), Acknowledge(), sender="Anna").result(60)


def log_of(house: Desk, alarm: str) -> list[tuple[str, str]]:
    """The kinds and reasons of an alarm's log, oldest first."""
    rows = house.engine.alarm_log(0, house.now[0] + 1, alarm=alarm).result(60)
    return [(row.event, row.reason.code if row.reason else "") for row in reversed(rows)]
