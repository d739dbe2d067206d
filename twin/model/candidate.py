"""Candidates that discovery finds, and the stages of commissioning."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from twin.model.problem import Problem
from twin.model.text import Text

BUTTON_JOB = "button"
"""Name of the job that waits until a button on a device is pressed."""


class Need(StrEnum):
    """What the user must provide to commission a candidate."""

    NOTHING = "nothing"
    CODE = "code"
    PASSWORD = "password"  # noqa: S105 - the word for it, not one
    PIN = "pin"
    KEY = "key"
    BUTTON = "button"
    KNOWN = "identify only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One physical device on the network, whatever number of addresses and services announce it."""

    key: str
    """Stable between two discoveries and typed on the command line: `mqtt:broker.local`, `matter:ABCD-3840`."""
    name: str
    protocol: str
    product: str = ""
    maker: str = ""
    model: str = ""
    firmware: str = ""
    addresses: tuple[str, ...] = ()
    port: int = 0
    needs: Need = Need.NOTHING
    evidence: tuple[str, ...] = ()
    """Service types and TXT keys by which the candidate was identified."""
    facts: tuple[tuple[str, str], ...] = ()
    """Cleaned TXT values that the adapter uses again (discriminator, serial ...)."""
    ignored: bool = False
    """Whether the project's users do not want it: a neighbour's, or one that is to stay where it is."""
    gone: bool = False
    """Whether it was found before and is not there any more."""


class StageState(StrEnum):
    """State of a commissioning stage."""

    STARTED = "started"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommissioningStage:
    """Progress of one commissioning step, as the dialog and `oikos pair` show it; `seconds` since the step started."""

    stage: str
    title: Text
    state: StageState
    seconds: float
    problem: Problem | None = None
