"""Presence of the home: whether anyone is there, and who decides that."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class HomeMode(StrEnum):
    """Who decides whether the home is empty."""

    AUTO = "auto"
    """Points of the capability presence, where there are any; else outer doors and motion."""
    HOME = "home"
    AWAY = "away"


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeStatus:
    """Presence of the home; None where not known. `since_ms`: UTC ms of the last change, 0 where there was none."""

    mode: HomeMode = HomeMode.AUTO
    at_home: bool | None = None
    since_ms: int = 0
