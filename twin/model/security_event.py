"""Security watch: what was noticed in a building that may be an intrusion, and what is watched."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from twin.model.text import Text


class SecurityKind(StrEnum):
    """What is watched."""

    NEW_DEVICE = "new_device"
    """A device that appeared behind a gateway that was there before."""
    UNKNOWN_WRITER = "unknown_writer"
    """A lock, garage door or similar changed, and no command of ours explains it."""
    SILENT_GATEWAY = "silent_gateway"
    FIRMWARE = "firmware"
    CERTIFICATE = "certificate"
    FAILED_LOGINS = "failed_logins"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityEvent:
    """One thing that was noticed (UTC ms)."""

    time_ms: int
    kind: SecurityKind
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityStatus:
    """What was noticed, the newest first, and the kinds that are switched off."""

    events: tuple[SecurityEvent, ...] = ()
    off: tuple[SecurityKind, ...] = ()
