"""Status of one link, as the links page and `oikos links` show it."""

from __future__ import annotations

from dataclasses import dataclass

from twin.model.device import Link
from twin.model.skipped import Skipped
from twin.model.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkStatus:
    """One link of the project with its state and counts."""

    link: Link
    state: str
    """connecting, online, waiting, needs login, off."""
    reason: Text | None = None
    user: str = ""
    """User name of its login; empty where it has none."""
    devices: int = 0
    online: int = 0
    """Number of devices that are known to be online."""
    points: int = 0
    skipped: tuple[Skipped, ...] = ()
    complete: bool = True
    """Whether all its devices are described; while False, more may still be registered."""
    has_button: bool = False
    """Whether its peer hands out its keys while a button on it is pressed."""
