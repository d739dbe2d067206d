"""Presence of the home: whether anyone is there, whether it is asleep, and who decides that."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class HomeMode(StrEnum):
    """Who decides whether the home is empty."""

    AUTO = "auto"
    """Points of the capability presence, where there are any; else outer doors and motion."""
    HOME = "home"
    AWAY = "away"
    ASLEEP = "asleep"
    """At home, and asleep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeStatus:
    """Presence of the home; None where not known. `since_ms`: UTC ms of the last change, 0 where there was none. `asleep`:
    whether the persons at home are asleep; False while the home is empty."""

    mode: HomeMode = HomeMode.AUTO
    at_home: bool | None = None
    asleep: bool = False
    since_ms: int = 0

    @property
    def word(self) -> str:
        """`home`, `away`, `asleep` or `unknown`."""
        if self.at_home is None:
            return "asleep" if self.asleep else "unknown"
        return "asleep" if self.asleep else "home" if self.at_home else "away"
