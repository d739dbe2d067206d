"""Alarms that devices raise by themselves, in the contract of an adapter's session."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from twin.model.device_alarm import DeviceAlarm, DeviceEvent


@runtime_checkable
class ListsDeviceAlarms(Protocol):
    """A session that asks its devices which alarms they list."""

    @property
    def device_alarms(self) -> Mapping[str, tuple[DeviceAlarm, ...]]:
        """The alarms of each device by uid, as last read; without a device whose alarms are not known. Sends nothing."""
        ...


@runtime_checkable
class AcknowledgesDeviceAlarms(Protocol):
    """A session whose devices keep whether their alarms are acknowledged."""

    async def acknowledge_alarm(self, uid: str, alarm: DeviceAlarm, who: str) -> None:
        """Acknowledges an alarm of `device_alarms` at its device in the name of `who`; returns once the device lists it as
        acknowledged. Raises RefusedError with the reason, TimeoutError or OSError."""
        ...


@runtime_checkable
class NotifiesDeviceEvents(Protocol):
    """A session whose devices notify what happens to their alarms, if only some of it."""

    def take_device_events(self) -> Mapping[str, tuple[DeviceEvent, ...]]:
        """What each device has notified since the last call, by uid, in order."""
        ...
