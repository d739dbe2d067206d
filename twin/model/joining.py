"""Networks that new devices join by themselves for some time (Zigbee), and what is known of the devices that do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from twin.model.ids import LinkId
from twin.model.text import Text

NO_LINK = LinkId("")


class JoinStage(StrEnum):
    """How far a joining device is."""

    JOINED = "joined"
    INTERVIEWING = "interviewing"
    READY = "ready"
    FAILED = "failed"
    LEFT = "left"


@dataclass(frozen=True, slots=True, kw_only=True)
class JoiningDevice:
    """A device that has joined a network since it was opened last."""

    address: str
    """Its address in the network, by which it is known for ever."""
    name: str
    stage: JoinStage
    uid: str = ""
    """Uid that the link gives it."""
    product: str = ""
    """Maker and model, once they are known."""
    reason: Text | None = None
    """Why it failed, or what it lacks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinRouter:
    """A device of a network that can let others join through it."""

    address: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinNetwork:
    """A network that can be opened for new devices."""

    id: str
    """Its name within its link."""
    name: str
    link: LinkId = NO_LINK
    """Set by the engine."""
    is_open: bool = False
    ends_ms: int | None = None
    """When it closes by itself, UTC ms; None while it is closed, or where that is unknown."""
    through: str = ""
    """Address of the only router that lets devices join; empty for all, or where another program opened it."""
    most_s: int = 254
    """Longest time (seconds) for which it can be opened."""
    routers: tuple[JoinRouter, ...] = ()
    devices: tuple[JoiningDevice, ...] = ()
    """Those that have joined since it was opened last, newest first."""
