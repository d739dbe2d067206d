"""Commands that need a second person: devices may ask that another person approves each command to them."""

from __future__ import annotations

from dataclasses import dataclass

from twin.model.command import Command
from twin.model.ids import DeviceId


@dataclass(frozen=True, slots=True)
class RuleCause:
    """Why a rule sends a command."""

    person: str = ""
    """Name of the person who started the rule by hand; empty where none did."""
    definitions: tuple[str, ...] = ()
    """The definitions that the command comes from: kind and id of each, with a space between."""


BY_NO_RULE = RuleCause()


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandApproval:
    """A command that waits for another person. Times are UTC ms."""

    id: int
    command: Command
    device: DeviceId
    asked_by: str
    """Name of the person, or of the rule's kind, who sent the command."""
    person: str = ""
    """Name of the person who started the rule that sent it; empty where none did."""
    authors: tuple[str, ...] = ()
    """Names of those who wrote the rule, and the scene that it sets."""
    author_unknown: bool = False
    """Whether one of these is older than the list of authors: any person who may write rules may be its author."""
    origin: str = ""
    """Network address that the command came from; empty for the engine's own machine."""
    asked_ms: int = 0
    until_ms: int = 0
    """When it lapses."""

    def is_of(self, person: str) -> bool:
        """Whether this person sent the command, started the rule that sends it, or wrote that: another one approves it."""
        name = person.casefold()
        return any(name == one.casefold() for one in (self.asked_by, self.person, *self.authors) if one)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandApprovals:
    """Commands that wait, the oldest first, and the devices whose commands need a second person."""

    waiting: tuple[CommandApproval, ...] = ()
    devices: tuple[DeviceId, ...] = ()
    person: str = ""
    """Name of the caller who asked for this, as in `asked_by`; empty in what is sent to all."""
