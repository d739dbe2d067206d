"""Changes of the twin, the links and the engine as a closed union of events; values travel separately, as columns
(state.py).
"""

from __future__ import annotations

from dataclasses import dataclass

from twin.model.alarm import AlarmStatus
from twin.model.building import Building
from twin.model.candidate import Candidate, CommissioningStage
from twin.model.command import CommandResult
from twin.model.command_approval import CommandApprovals
from twin.model.ids import DeviceId, LinkId
from twin.model.pairing_job import PairingJob
from twin.model.problem import Problem
from twin.model.skipped import Skipped
from twin.model.text import Text
from twin.model.twin import Twin


@dataclass(frozen=True, slots=True)
class TwinChanged:
    """The structure changed (rooms, devices, names, bindings); carries the whole new snapshot."""

    twin: Twin
    label: Text | None = None
    """Title of the edit in the undo menu."""


@dataclass(frozen=True, slots=True)
class MeshChanged:
    """The building's mesh changed; its structure did not."""


@dataclass(frozen=True, slots=True)
class DeviceOnline:
    """A device went online or offline."""

    device: DeviceId
    online: bool
    time_ms: int
    reason: Text | None = None
    assumed: bool = False
    """True where its presence is unknown: no availability topic and no report so far."""


@dataclass(frozen=True, slots=True)
class LinkChanged:
    """State of a link: connecting, online, waiting, needs login, off."""

    link: LinkId
    state: str
    reason: Text | None = None


@dataclass(frozen=True, slots=True)
class LinkSkipped:
    """Entries that a link could not read; replaces the previous list."""

    link: LinkId
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True)
class CommandUpdated:
    """The state of a command changed: pending, sent, confirmed or failed."""

    result: CommandResult


@dataclass(frozen=True, slots=True)
class CandidatesChanged:
    """The list of discovered candidates; replaces the previous list."""

    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class CommissioningStageChanged:
    """A commissioning stage started or ended."""

    stage: CommissioningStage


@dataclass(frozen=True, slots=True)
class PairingJobsChanged:
    """All jobs of the pairing queue; replaces the previous list."""

    jobs: tuple[PairingJob, ...]


@dataclass(frozen=True, slots=True)
class ProblemRaised:
    """A problem to show to the user."""

    problem: Problem


@dataclass(frozen=True, slots=True)
class ProblemsSolved:
    """Problems that no longer exist."""

    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of a long job, by name: `fraction` 0 to 1, None where the end is not known; `done` ends it."""

    job: str
    title: Text | None
    fraction: float | None
    done: bool = False
    by: str = ""
    """Name of the person who began a job of commands; empty for other jobs."""


@dataclass(frozen=True, slots=True)
class ProjectOpening:
    """A project is being made or opened; ProjectOpened or ProjectOpenFailed ends it."""

    path: str
    title: Text
    """Title of the work, such as `Opening house`."""


@dataclass(frozen=True, slots=True)
class ProjectOpened:
    """The project is open and shown."""

    path: str


@dataclass(frozen=True, slots=True)
class ProjectOpenFailed:
    """The project could not be opened; what was open before still is."""

    path: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class ImportPreviewed:
    """Preview of a building that is still being read: first its storeys, possibly without a mesh, then meshes alone.

    None withdraws the preview: the import failed or was cancelled.
    """

    building: Building | None


@dataclass(frozen=True, slots=True)
class AlarmsChanged:
    """Alarms whose status changed; those that are at rest now are listed as well."""

    alarms: tuple[AlarmStatus, ...]
    gone: tuple[str, ...] = ()
    """Ids of alarms that are not defined any more."""
    whole: bool = False
    """True: these are all alarms that are not at rest; the previous list is forgotten."""


@dataclass(frozen=True, slots=True)
class ApprovalsChanged:
    """Commands that wait for a second person, or the devices that ask for one, changed; replaces the previous ones."""

    approvals: CommandApprovals


@dataclass(frozen=True, slots=True)
class ReportsChanged:
    """A scheduled report begins, was made, or failed: `EngineApi.report_schedules` tells what became of it."""


@dataclass(frozen=True, slots=True)
class Resync:
    """The client's inbox overflowed and dropped events: the client must read everything again (`EngineApi.resync`)."""


type Change = (
    TwinChanged
    | MeshChanged
    | DeviceOnline
    | LinkChanged
    | LinkSkipped
    | CommandUpdated
    | CandidatesChanged
    | CommissioningStageChanged
    | PairingJobsChanged
    | ProblemRaised
    | ProblemsSolved
    | Progress
    | ImportPreviewed
    | ProjectOpening
    | ProjectOpened
    | ProjectOpenFailed
    | AlarmsChanged
    | ApprovalsChanged
    | ReportsChanged
    | Resync
)
