"""Online state of the devices of one link, from their reports and their system's availability messages.

Availability of single points is only passed on; the twin combines it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from twin.model.device import DeviceInfo
from twin.model.observation import Availability
from twin.model.text import Text

GRACE_S = 30.0
"""Seconds of silence beyond its own reporting interval after which a device counts as offline."""
_ROUND_S = 5.0


@dataclass(slots=True)
class _Seen:
    interval_s: float = 0.0
    last_seen_s: float = 0.0
    reported: bool | None = None
    """Whether the device's own system reports it online; None without a report."""
    last_passed: tuple[bool, bool] | None = None
    """The last availability passed on: (online, assumed); None before the first."""


class LinkPresence:
    """Availability of every device of one link; `tell` is called once per change."""

    def __init__(self, tell: Callable[[Availability], None]) -> None:
        self._on_change = tell
        self._seen: dict[str, _Seen] = {}

    def set_devices(self, devices: Iterable[DeviceInfo]) -> None:
        """Sets the link's devices; a new one is unknown until something is received."""
        known = {device.uid: device.interval_s for device in devices}
        for uid in self._seen.keys() - known.keys():
            del self._seen[uid]
        for uid, interval_s in known.items():
            self._seen.setdefault(uid, _Seen()).interval_s = interval_s

    def device_reported(self, uid: str) -> None:
        """Registers a report and marks the device online, unless its own system reports it offline (brokers repeat
        values).
        """
        seen = self._seen.get(uid)
        if seen is None:
            return
        seen.last_seen_s = asyncio.get_running_loop().time()
        if seen.reported is not False:
            self._become(uid, seen, online=True)

    def availability_reported(self, availability: Availability) -> None:
        """Processes a device's availability as reported by its own system."""
        uid, online = availability.uid, availability.online
        seen = self._seen.get(uid)
        if seen is None:
            return
        if availability.key:
            self._on_change(availability)
            if online and not availability.assumed and seen.reported is not False:
                self._become(uid, seen, online=True)
            return
        if availability.assumed:
            if seen.reported is None and (seen.last_passed is None or not seen.last_passed[0]):
                self._become(uid, seen, online=True, assumed=True)
            return
        seen.reported = online
        if online:
            seen.last_seen_s = asyncio.get_running_loop().time()
        self._become(uid, seen, online=online, reason=availability.reason)

    def link_available(self, online: bool, reason: Text | None = None) -> None:
        """Sets the whole link online or offline; earlier availability of single devices is discarded."""
        for uid, seen in self._seen.items():
            seen.reported = None
            if online:
                self.device_reported(uid)
            else:
                self._become(uid, seen, online=False, reason=reason)

    def is_offline(self, uid: str) -> bool:
        """Whether the device was last reported as offline."""
        seen = self._seen.get(uid)
        return seen is not None and seen.last_passed is not None and not seen.last_passed[0]

    async def watch(self) -> None:
        """Marks devices offline that exceed their report interval by GRACE_S; runs until cancelled."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        while True:
            await asyncio.sleep(_ROUND_S)
            now = loop.time()
            for uid, seen in self._seen.items():
                limit = seen.interval_s + GRACE_S - _ROUND_S
                if seen.interval_s > 0 and now - max(seen.last_seen_s, started) >= limit:
                    self._become(uid, seen, online=False, reason=Text("reason.silent"))

    def _become(
        self, uid: str, seen: _Seen, *, online: bool, reason: Text | None = None, assumed: bool = False
    ) -> None:
        if seen.last_passed != (online, assumed):
            seen.last_passed = online, assumed
            self._on_change(Availability(uid, online, reason, assumed=assumed))
