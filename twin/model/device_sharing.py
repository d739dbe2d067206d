"""A device that belongs to several homes at once: the window that lets another one in, the homes it is in, its software."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from twin.model.ids import DeviceId
from twin.model.text import LIBRARY, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingWindow:
    """A device that another controller may pair with for some time, by a code that holds for this time only."""

    manual_code: str = field(repr=False)
    qr_text: str = field(repr=False)
    """Text of the QR code (`MT:...`)."""
    seconds: int
    """How long the window stays open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A home (in Matter: a fabric) that a device belongs to."""

    index: int
    """Its number on the device."""
    vendor: str = ""
    """Maker of the home's controller, or its vendor id."""
    label: str = ""
    """Name that the home's controller gave it."""
    own: bool = False
    """Whether it is the home of this engine."""


class UpdatePhase(StrEnum):
    """What a device does with a newer software."""

    UNKNOWN = "unknown"
    IDLE = "idle"
    AVAILABLE = "available"
    SCHEDULED = "scheduled"
    UPDATING = "updating"


class UpdateAct(StrEnum):
    """What can be asked of a device's software."""

    CHECK = "check"
    INSTALL = "install"
    SCHEDULE = "schedule"
    UNSCHEDULE = "unschedule"
    STOP = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftwareState:
    """A device's software, and what is known of a newer one."""

    installed: str
    newer: str = ""
    """Version of a newer one; empty where none is known."""
    notes: str = ""
    """URL of its release notes."""
    from_file: bool = False
    """Whether it is an image that was loaded from a file, for this device or another one of its product."""
    unchecked: Text | None = None
    """Why it is not known whether there is a newer one."""
    stage: Text | None = None
    """What the device is doing with an update; None while it does nothing, or does not tell."""
    phase: UpdatePhase = UpdatePhase.UNKNOWN
    percent: float | None = None
    """How much of an update under way is done; None where that is not told."""
    remaining_s: int | None = None
    acts: tuple[UpdateAct, ...] = ()
    """What can be asked of it now."""
    takes_files: bool = False
    """Whether a newer one may come from a file now."""

    @property
    def newer_text(self) -> Text:
        """The version of a newer one, and that it is from a file where it is."""
        return Text("update.from_file", version=self.newer) if self.from_file else Text(LIBRARY, text=self.newer)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceSoftware:
    """The software of one device of the project."""

    device: DeviceId
    state: SoftwareState


SHARING_PROTOCOLS = frozenset({"matter"})
"""Protocols whose devices may belong to several homes."""
