"""Status of one link, as a page or a verb shows it."""

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
    """The user name of its login; empty where it has none."""
    devices: int = 0
    online: int = 0
    """Number of devices that are known to be online."""
    points: int = 0
    skipped: tuple[Skipped, ...] = ()
    complete: bool = True
    """Whether it has described all its devices; while it has not, others follow by themselves."""
