"""Online state of devices and points; an expired or offline point loses its value in state, history and screen.

A point is online unless its system reports it offline or its value has expired. A device is online while its link
reports it online and any point that it reports is online.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from app.engine.ingest import Ingest, offline_observations
from twin.model.batch import Batch
from twin.model.change import Change, DeviceOnline
from twin.model.device import Device, Point
from twin.model.ids import DeviceId, PointId
from twin.model.observation import Availability, Quality
from twin.model.text import Text

EXPIRED = Text("reason.silent")
GRACE, GRACE_MS = 100, 1000
"""Grace beyond a value's declared validity: 100 ms for each second of it, and 1000 ms."""


@dataclass(frozen=True, slots=True)
class OnlineState:
    """Online state of a device; `assumed` when neither its system nor the device itself has reported yet."""

    online: bool
    assumed: bool = False


@dataclass(slots=True)
class _Expiring:
    """A point whose value expires unless reported again. `heard_ms`: time of the last report, UTC ms."""

    device: Device
    point: Point
    last_seen_ms: int = 0
    expired: bool = False


@dataclass(slots=True)
class DevicePresence:
    """Tracks which devices are online. Unknown until a link reports. Event loop only."""

    ingest: Ingest
    publish: Callable[[Change], None]
    keep: Callable[[DeviceId, bool, int, bool], None]
    """Records a presence change: (device, online, UTC ms, whether only assumed)."""
    there: dict[DeviceId, OnlineState] = field(default_factory=dict[DeviceId, OnlineState])
    _held: dict[DeviceId, OnlineState] = field(default_factory=dict[DeviceId, OnlineState])
    """By device: the online state that its link reported for the device as a whole."""
    _away: set[PointId] = field(default_factory=set[PointId])
    _expiring: dict[PointId, _Expiring] = field(default_factory=dict[PointId, _Expiring])
    _watched: dict[DeviceId, Device] = field(default_factory=dict[DeviceId, Device])

    def is_online(self, device: DeviceId) -> bool:
        """Whether the device is online, or assumed to be."""
        known = self.there.get(device)
        return known is not None and known.online

    def set_online(self, device: Device, availability: Availability, time_ms: int) -> None:
        """Records that a device or one of its points went online or offline; repeats change nothing."""
        if not availability.key:
            self._held[device.id] = OnlineState(availability.online, availability.assumed)
            if not availability.online:
                self._away.difference_update(point.id for point in device.points)
        elif (point := next((one for one in device.points if one.info.key == availability.key), None)) is None:
            return
        elif availability.online:
            self._away.discard(point.id)
        else:
            self._away.add(point.id)
            self._empty([point], time_ms)
        self._update_device(device, time_ms, availability.reason)

    def watch(self, devices: Iterable[Device]) -> None:
        """Sets the devices of the twin, whose values expire as their points declare, from the time of the last
        report."""
        before, self._watched = self._watched, {device.id: device for device in devices}
        for id in before.keys() - self._watched.keys():
            self._watch(before[id], ())
        for id, device in self._watched.items():
            if before.get(id) is not device:
                self._watch(before.get(id, device), [point for point in device.points if point.info.expires_s > 0])

    def _watch(self, device: Device, expiring: Iterable[Point]) -> None:
        known = {point.id: self._expiring.pop(point.id, None) for point in device.points}
        for point in expiring:
            row = self.ingest.state.index(point.id)
            heard_ms = 0 if row is None else int(self.ingest.state.time_ms[row])
            one = known.get(point.id) or _Expiring(device, point, heard_ms)
            one.device, one.point = self._watched[device.id], point
            self._expiring[point.id] = one

    def values_reported(self, batch: Batch) -> None:
        """Renews the validity of values that devices reported; merely repeated ones (UNCERTAIN) do not renew it."""
        if not self._expiring:
            return
        for observation in batch.only(self._may_expire(batch)):
            known = self._expiring.get(observation.point)
            if known is None or observation.quality in (Quality.OFFLINE, Quality.STALE):
                continue
            if observation.quality is Quality.UNCERTAIN:
                known.last_seen_ms = known.last_seen_ms or observation.time_ms
                continue
            known.last_seen_ms = max(known.last_seen_ms, observation.time_ms)
            if known.expired:
                known.expired = False
                self._update_device(known.device, observation.time_ms, None)

    def _may_expire(self, batch: Batch) -> NDArray[np.bool_]:
        points = batch.table.points
        return np.array([points[row] in self._expiring for row in batch.row.tolist()], np.bool_)

    def expire(self, now_ms: int) -> None:
        """Empties values that were not reported again before they expired."""
        for known in self._expiring.values():
            holds_ms = known.point.info.expires_s * (1000 + GRACE) + GRACE_MS
            late = known.last_seen_ms and now_ms - known.last_seen_ms > holds_ms
            if late and (self._empty([known.point], now_ms) or not known.expired):
                known.expired = True
                self._update_device(known.device, now_ms, EXPIRED)

    def forget(self, devices: Iterable[DeviceId]) -> None:
        """Discards the presence of devices that left the twin."""
        for device in devices:
            self.there.pop(device, None)
            self._held.pop(device, None)

    def _update_device(self, device: Device, time_ms: int, reason: Text | None) -> None:
        """Derives a device's online state from its link and points; records and publishes a change."""
        held = self._held.get(device.id)
        reported = [point.id for point in device.points if point.info.reports]
        silent = bool(reported) and all(id in self._away or self._has_expired(id) for id in reported)
        now = OnlineState(online=False) if silent else held
        if now is None or self.there.get(device.id) == now:
            return
        self.there[device.id] = now
        self.keep(device.id, now.online, time_ms, now.assumed)
        if not now.online:
            self._empty(device.points, time_ms)
        self.publish(DeviceOnline(device.id, now.online, time_ms, reason, now.assumed))

    def _has_expired(self, point: PointId) -> bool:
        known = self._expiring.get(point)
        return known is not None and known.expired

    def _empty(self, points: Iterable[Point], time_ms: int) -> bool:
        """Publishes OFFLINE for these points from now on; whether any of them had a value."""
        silenced = offline_observations(self.ingest.state, (point.id for point in points), time_ms)
        self.ingest.publish_own(silenced)
        return bool(silenced)
