"""How one link stands: what a page or a verb shows of it."""

from __future__ import annotations

from dataclasses import dataclass

from twin.model.device import Link
from twin.model.skipped import Skipped


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkStatus:
    """One link of the project with its state and counts."""

    link: Link
    state: str
    """connecting, online, waiting, needs login, off."""
    reason: str = ""
    user: str = ""
    """The user name of its login; empty where it has none."""
    devices: int = 0
    online: int = 0
    """Devices known to be there now."""
    points: int = 0
    skipped: tuple[Skipped, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The link as `--json` prints it; nothing secret."""
        return {
            "id": self.link.id,
            "protocol": self.link.protocol,
            "title": self.link.title,
            "address": self.link.address,
            "options": dict(self.link.options),
            "state": self.state,
            "reason": self.reason,
            "user": self.user,
            "devices": self.devices,
            "online": self.online,
            "points": self.points,
            "skipped": [one.as_json() for one in self.skipped],
        }
