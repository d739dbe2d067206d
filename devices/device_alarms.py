"""Alarms that devices raise by themselves, in the contract of an adapter's session."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from twin.model.device_alarm import DeviceAlarm


@runtime_checkable
class ListsDeviceAlarms(Protocol):
    """A session that asks its devices which alarms they list."""

    @property
    def device_alarms(self) -> Mapping[str, tuple[DeviceAlarm, ...]]:
        """The alarms of each device by uid, as last read; without a device whose alarms are not known. Sends nothing."""
        ...
