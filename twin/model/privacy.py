"""Privacy of a shared building: what is kept of points that tell of people, and for which purpose."""

from __future__ import annotations

from dataclasses import dataclass

HOUR_MS = 3_600_000
PRESENCE_HOURS = 72
"""Hours for which values that tell of people are kept in a shared building, unless set otherwise."""
PURPOSES = ("control", "comfort", "energy", "care", "incident")
"""Purposes of recorded values, each with a text `privacy.purpose.…` on what is kept and for how long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyStatus:
    """What applies to a building. In a home nothing is deleted."""

    shared: bool = False
    hours: int = PRESENCE_HOURS
    """Hours after which values that tell of presence, identity or health are deleted in a shared building."""
    swept_ms: int = 0
    """When that was done last, UTC ms; 0: not yet."""
    points: tuple[tuple[str, int], ...] = ()
    """What points of the building reveal (`Reveals`), with their number."""
