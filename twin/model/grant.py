"""Access of a person to a running engine: role, rooms, expiry. The token itself is never part of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from twin.model.ids import RoomId

if TYPE_CHECKING:
    from twin.model.twin import Twin

ROLES = ("viewer", "operator", "installer", "admin")
"""Roles from the least to the most rights; each includes the rights of those before it."""
SCOPED_ROLES = ("viewer", "operator")
"""Roles that can be limited to rooms and zones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One person's access. Times are UTC ms."""

    id: str
    name: str
    role: str
    """viewer, operator, installer or admin."""
    rooms: tuple[RoomId, ...] = ()
    zones: tuple[str, ...] = ()
    """Rooms and zones that the access is limited to; both empty: the whole building."""
    expires_ms: int | None = None
    """When the access ends; None: when it is revoked."""
    created_ms: int = 0
    created_by: str = ""

    @property
    def scoped(self) -> bool:
        """Whether the access is limited to rooms or zones."""
        return bool(self.rooms or self.zones)

    def expired(self, now_ms: int) -> bool:
        """Whether the access has ended."""
        return self.expires_ms is not None and now_ms >= self.expires_ms

    def rooms_in(self, twin: Twin) -> frozenset[RoomId]:
        """The rooms of the twin that the access is for; those of a zone by the building's present state."""
        zones = frozenset(self.zones)
        wanted = frozenset(self.rooms)
        return frozenset(room.id for room in twin.rooms if room.id in wanted or zones.intersection(room.zones))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGrant:
    """A grant just made, with its token, which is not stored and cannot be shown again."""

    grant: Grant
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkDoor:
    """Where an engine listens for other machines."""

    address: str
    """As asked for, such as `[::]:8443`."""
    port: int
    fingerprint: str
    """SHA-256 of the certificate, upper case hexadecimal in pairs."""
    urls: tuple[str, ...] = ()
    """URLs for clients, from the name and the addresses of the engine's machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCertificate:
    """The certificate that an engine shows, and the one that this computer trusts at that URL."""

    url: str
    fingerprint: str
    """SHA-256, upper case hexadecimal in pairs."""
    trusted: str = ""
    """The fingerprint trusted so far; empty for an engine that this computer has no token for."""
