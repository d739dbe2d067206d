"""Devices to be paired one after the other: what was asked of each, and how far it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from twin.model.ids import DeviceId, PlaceholderId, RoomId
from twin.model.problem import Problem
from twin.model.text import Text


class PairingState(StrEnum):
    """State of a pairing job."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = frozenset({PairingState.DONE, PairingState.FAILED, PairingState.CANCELLED})
LIST_IS_WRONG = frozenset({"pair.listed_twice", "pair.unknown_room", "pair.code_in_name"})
"""Problems of a line of the list: its job is not tried again before the line is corrected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingRequest:
    """One device to be paired."""

    code: str
    name: str = ""
    """Name to give it; empty for its own."""
    room: RoomId | None = None
    place: PlaceholderId | None = None
    """Planned place that it fills; its room is then that of the place."""
    wrong: Problem | None = None
    """Why it cannot be paired, where that is known before (an unknown room); it is listed as failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingJob:
    """One device of the pairing queue. The code itself is a secret and not part of it."""

    id: str
    """Its number, by which jobs without a name are told apart."""
    name: str = ""
    room: RoomId | None = None
    place: PlaceholderId | None = None
    code_key: str = ""
    """Under which its code is kept; empty: under its id."""
    state: PairingState = PairingState.WAITING
    stage: Text | None = None
    """Title of the stage that runs, or that failed."""
    problem: Problem | None = None
    """Why it failed."""
    devices: tuple[DeviceId, ...] = ()
    """The devices that came by it."""
    attempts: int = 0
    """How often it was begun."""
    link: str = ""
    """Link by which it was begun; empty where it never was."""
    before: tuple[str, ...] = ()
    """Uids that the link had when it was begun: any other one after a crash came by this job."""

    @property
    def can_retry(self) -> bool:
        """Whether it may be tried again as it is; where the list is wrong, its line has to be corrected."""
        wrong = self.problem.code if self.problem is not None else ""
        return self.state in (PairingState.FAILED, PairingState.CANCELLED) and wrong not in LIST_IS_WRONG


@dataclass(frozen=True, slots=True)
class PairingTally:
    """Number of jobs by what is to be told about them."""

    done: int
    failed: int
    left: int


def tally(jobs: tuple[PairingJob, ...]) -> PairingTally:
    """Counts the jobs; cancelled ones are not counted."""
    states = [job.state for job in jobs]
    left = states.count(PairingState.WAITING) + states.count(PairingState.RUNNING)
    return PairingTally(states.count(PairingState.DONE), states.count(PairingState.FAILED), left)
