"""How a site stands: its newest digest, when that came, why it does not answer; order, filters and distances."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from app.portfolio.site_list import PortfolioSite
from app.server.engine_loss import NEW_TOKEN_HELPS
from twin.model.problem import Problem
from twin.model.site_digest import SiteDigest

STALE_MS = 15 * 60_000
"""Age (ms) of a site's newest value from which on its data count as old."""
EARTH_KM = 6371.0
"""Mean radius of the earth (IUGG)."""


class SiteRank(IntEnum):
    """What is worst about a site; the least is the worst."""

    CRITICAL = 0
    """An alarm of priority 1."""
    HIGH = 1
    UNREACHED = 2
    """Its engine does not answer."""
    MEDIUM = 3
    LOW = 4
    OFFLINE = 5
    """Devices or gateways are offline, or its data are old."""
    COMFORT = 6
    """Rooms are outside their comfort bands."""
    FINE = 7


class SiteFilter(StrEnum):
    """Which sites are shown."""

    ALL = "all"
    ALARMS = "alarms"
    UNREACHED = "unreached"
    OFFLINE = "offline"
    COMFORT = "comfort"


class SiteOrder(StrEnum):
    """By what sites are ordered."""

    WORST = "worst"
    NAME = "name"
    POWER = "power"
    ENERGY = "energy"


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteStatus:
    """One site as it stands. While `problem` is set, the digest is the last that came."""

    site: PortfolioSite
    digest: SiteDigest | None = None
    received_ms: int | None = None
    """When the digest came, UTC ms of this computer."""
    problem: Problem | None = None
    """Why it does not answer."""
    asked: bool = False
    """Whether it has answered or failed since the watch began."""

    @property
    def live(self) -> bool:
        """Whether the last answer was a digest."""
        return self.asked and self.problem is None and self.digest is not None

    @property
    def needs_token(self) -> bool:
        """Whether its engine does not let this computer in."""
        return self.problem is not None and self.problem.code in NEW_TOKEN_HELPS

    @property
    def title(self) -> str:
        """The user's own name, else that of the project, else the file's or host's."""
        return self.site.name or (self.digest.name if self.digest else "") or self.site.title

    @property
    def place(self) -> str:
        """The user's own place, else that of the building file."""
        return self.site.place or (self.digest.place if self.digest else "")

    @property
    def position(self) -> tuple[float, float] | None:
        """(latitude, longitude) in degrees; None where not known."""
        for one in (self.site, self.digest):
            if one is not None and one.latitude is not None and one.longitude is not None:
                return one.latitude, one.longitude
        return None

    @property
    def data_age_ms(self) -> int | None:
        """Age of the newest value when the digest was made, ms, by the engine's own clock; None for no value."""
        if self.digest is None or self.digest.newest_ms is None:
            return None
        return max(0, self.digest.time_ms - self.digest.newest_ms)

    def data_age_at(self, now_ms: int) -> int | None:
        """Age of the newest value now (this computer's clock), ms: it grows while the site does not answer."""
        if self.data_age_ms is None or self.received_ms is None:
            return self.data_age_ms
        return self.data_age_ms + max(0, now_ms - self.received_ms)

    @property
    def rank(self) -> SiteRank:
        """What is worst about the site; old figures of one that does not answer do not count."""
        if not self.live or self.digest is None:
            return SiteRank.UNREACHED if self.asked else SiteRank.FINE
        digest = self.digest
        if digest.most_urgent:
            return (SiteRank.CRITICAL, SiteRank.HIGH, SiteRank.MEDIUM, SiteRank.LOW)[digest.most_urgent - 1]
        if digest.offline or digest.links_down or (self.data_age_ms or 0) > STALE_MS:
            return SiteRank.OFFLINE
        return SiteRank.COMFORT if digest.rooms_outside else SiteRank.FINE


def shown_sites(
    sites: Iterable[SiteStatus], *, order: SiteOrder, only: SiteFilter = SiteFilter.ALL, text: str = ""
) -> list[SiteStatus]:
    """The sites that pass the filter and have the text in name, place or address, in order."""
    words = text.casefold().split()
    kept = [one for one in sites if _passes(one, only) and all(word in _searched(one) for word in words)]
    return sorted(kept, key=lambda one: (*_key(one, order), one.title.casefold(), one.site.at))


def _searched(one: SiteStatus) -> str:
    return f"{one.title}\n{one.place}\n{one.site.at}".casefold()


def _passes(one: SiteStatus, only: SiteFilter) -> bool:
    digest = one.digest if one.live else None
    match only:
        case SiteFilter.ALL:
            return True
        case SiteFilter.ALARMS:
            return digest is not None and digest.most_urgent > 0
        case SiteFilter.UNREACHED:
            return one.rank is SiteRank.UNREACHED
        case SiteFilter.OFFLINE:
            return digest is not None and bool(digest.offline or digest.links_down)
        case SiteFilter.COMFORT:
            return digest is not None and digest.rooms_outside > 0


def _key(one: SiteStatus, order: SiteOrder) -> tuple[float, ...]:
    digest = one.digest
    match order:
        case SiteOrder.WORST:
            alarms = digest.alarms if digest is not None and one.live else (0, 0, 0, 0)
            share = digest.offline / max(1, digest.devices) if digest is not None and one.live else 0.0
            return (float(one.rank), *(-float(count) for count in alarms), -share)
        case SiteOrder.NAME:
            return ()
        case SiteOrder.POWER | SiteOrder.ENERGY:
            value = None if digest is None else digest.power_w if order is SiteOrder.POWER else digest.energy_wh
            return (math.inf,) if value is None else (-value,)


def distance_km(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Distance of two points (latitude, longitude in degrees) on a sphere, by the haversine formula."""
    (lat_a, lon_a), (lat_b, lon_b) = ((math.radians(x), math.radians(y)) for x, y in (a, b))
    half = math.sin((lat_b - lat_a) / 2) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(half)))
