"""Digest of one site: the figures by which many sites are watched at once, each engine makes its own once a minute."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from twin.model.alarm import AlarmStatus

PRIORITIES = 4
"""Number of alarm priorities: 1 is the most urgent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteDigest:
    """Figures of a site at `time_ms` (UTC ms); None where nothing of the kind is measured."""

    time_ms: int = 0
    name: str = ""
    """Name of the project."""
    place: str = ""
    """Name of the site in the building file."""
    latitude: float | None = None
    longitude: float | None = None
    """Degrees, WGS 84."""
    version: str = ""
    """Version of the engine's program."""
    partial: bool = False
    """Whether it is of some rooms only, as the access is limited to them."""
    alarms: tuple[int, int, int, int] = (0, 0, 0, 0)
    """Number of standing alarms by priority, the most urgent first."""
    unacknowledged: int = 0
    """Number of standing alarms that wait for an acknowledgement."""
    devices: int = 0
    offline: int = 0
    """Number of devices that are offline."""
    links: int = 0
    links_down: int = 0
    """Number of gateways that are not connected."""
    power_w: float | None = None
    """Power of all meters together, W."""
    energy_wh: float | None = None
    """What all meters together counted since local midnight, Wh."""
    energy_estimated: bool = False
    """Whether a part of the energy is an estimate."""
    rooms: int = 0
    """Number of rooms whose comfort is rated."""
    rooms_outside: int = 0
    """Number of rated rooms outside the comfort bands."""
    newest_ms: int | None = None
    """Time of the newest value of any device, UTC ms."""

    @property
    def most_urgent(self) -> int:
        """Priority of the most urgent standing alarm; 0 where there is none."""
        return next((at for at, count in enumerate(self.alarms, 1) if count), 0)


def with_alarms(digest: SiteDigest, alarms: Iterable[AlarmStatus]) -> SiteDigest:
    """The digest with the counts of these alarms; those that do not stand are not counted."""
    standing = [one for one in alarms if one.standing]
    count = Counter(min(max(one.priority, 1), PRIORITIES) for one in standing)
    return replace(
        digest,
        alarms=(count[1], count[2], count[3], count[4]),
        unacknowledged=sum(one.needs_ack for one in standing),
    )
