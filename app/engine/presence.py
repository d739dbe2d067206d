"""Who is there. A device that falls silent has no value from then on, in the state, the history and on the screen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from app.inbox import Inbox
from app.pipeline import Line, gone
from twin.model.change import DeviceOnline
from twin.model.device import Device
from twin.model.ident import DeviceId


@dataclass(slots=True)
class Presence:
    """Runs on the loop. Unknown until a link says something."""

    line: Line
    inbox: Inbox
    keep: Callable[[DeviceId, bool, int], None]
    online: dict[DeviceId, bool] = field(default_factory=dict[DeviceId, bool])

    def tell(self, device: Device, online: bool, time_ms: int, reason: str = "") -> None:
        """A device came or went; saying it twice changes nothing."""
        if self.online.get(device.id) is online:
            return
        self.online[device.id] = online
        self.keep(device.id, online, time_ms)
        if not online:
            self.line.run()  # what it said before it went comes first
            self.line.pass_on(gone(self.line.state, (point.id for point in device.points), time_ms))
        self.inbox.tell(DeviceOnline(device.id, online, time_ms, reason))

    def tell_all(self, devices: Iterable[Device], online: bool, time_ms: int, reason: str = "") -> None:
        """Many devices came or went together: their link did."""
        for device in devices:
            self.tell(device, online, time_ms, reason)

    def forget(self, devices: Iterable[DeviceId]) -> None:
        """These devices left the twin."""
        for device in devices:
            self.online.pop(device, None)
