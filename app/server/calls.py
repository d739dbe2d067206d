"""Performs one call of a client on the engine: checked against the table; failures become problems."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Protocol, cast

import msgspec

from app.api import EngineApi
from app.author import acting_for, author
from app.inbox import NewsSink
from app.log import topic
from app.server.method_table import arguments_decoder, table
from app.server.problems import bad_arguments, forbidden, unknown_method
from app.server.remote_files import ClientFiles, with_own_files
from app.server.roles import NEED, Caller
from twin.files.errors import unexpected
from twin.model.building_report import ReportFile
from twin.model.care import CareConsent
from twin.model.definition import StepCheck
from twin.model.energy import EnergySpan
from twin.model.ids import PointId, RoomId
from twin.model.problem import Problem, ProblemError
from twin.model.site_digest import SiteDigest
from twin.model.text import Text
from twin.rules.alarm_metrics import AlarmMetricsReport

if TYPE_CHECKING:
    from app.server.blobs import BlobStore
    from twin.model.energy import EnergyReport, EnergySpan
    from twin.model.room_comfort import ComfortAssumptions, ComfortReport
    from twin.rules.alarm_metrics import AlarmMetricsReport

_LOG = topic("door")


REFUSALS = frozenset(
    {
        "door.role",
        "job.of_another",
        "door.scope",
        "door.outside",
        "door.only_here",
        "door.setting",
        "care.private",
        "care.recipients",
    }
)
"""Problems by which rights are refused: rows of the event log."""


class Host(EngineApi, Protocol):
    """Interface of the engine for its door."""

    def attach(self, inbox: NewsSink) -> Future[Callable[[], None]]:
        """Attaches a client's inbox: it gets the current state, then all news, until the returned function is
        called."""
        ...

    def care_persons(self) -> Mapping[str, str]:
        """Names of the persons in care, by the key that the ids of their alarms have."""
        ...

    def care_consents(self) -> tuple[CareConsent, ...]:
        """The consents of the persons in care."""
        ...

    def undo_allowed(self, allow: StepCheck, *, others: bool = False) -> Future[Text | None]:
        """`undo`, unless `allow` raises ProblemError for what would change."""
        ...

    def redo_allowed(self, allow: StepCheck) -> Future[Text | None]:
        """`redo`, unless `allow` raises ProblemError for what would change."""
        ...

    def write_work_orders_without(
        self, hidden: frozenset[str], orders: Sequence[str], path: str, language: str = ""
    ) -> Future[ReportFile]:
        """`write_work_orders` as if these did not exist."""
        ...

    def cancel_own(self, job: str) -> None:
        """Asks a job that began for the present caller to stop. Raises ProblemError where it began for another person."""
        ...

    def digest_of(self, rooms: frozenset[RoomId]) -> Future[SiteDigest]:
        """The digest of the devices in these rooms, without alarms."""
        ...

    def comfort_of_groups(self, span: EnergySpan, at_ms: int, assumed: ComfortAssumptions) -> Future[ComfortReport]:
        """Comfort of groups of rooms, each judged as one room."""
        ...

    def energy_of_groups(self, span: EnergySpan, at_ms: int) -> Future[EnergyReport]:
        """Energy of groups of rooms, the meters of each as one."""
        ...

    def alarm_metrics_of(
        self, counts: Callable[[str], bool], span: EnergySpan, at_ms: int
    ) -> Future[AlarmMetricsReport]:
        """The performance of the alarms whose id `counts` takes, in the period that contains `at_ms`."""
        ...

    def withheld_points(self) -> frozenset[PointId]:
        """Points whose values are not for viewers and operators on other machines."""
        ...

    def note_refusal(self, what: str, problem: Problem, who: str, place: str) -> None:
        """Adds a refusal to the event log."""
        ...


async def perform(
    host: Host,
    caller: Caller,
    name: str,
    arguments: bytes | msgspec.Raw,
    *,
    json: bool = False,
    blobs: BlobStore | None = None,
) -> object:
    """The result of a method; files that a client of another machine names are among the `blobs`. Raises ProblemError: unknown method, not allowed for this caller, wrong arguments, or
    its own.

    A call continues when its client disconnects, since a sent command cannot be withdrawn.
    """
    files = ClientFiles(blobs, caller)
    try:
        return await _performed(host, caller, name, arguments, json=json, files=files)
    except ProblemError as error:
        if error.problems[0].code in REFUSALS:
            host.note_refusal(name, error.problems[0], caller.person or author(), caller.origin)
        if files.references:
            raise ProblemError(*files.told(error.problems)) from error
        raise


async def _performed(
    host: Host, caller: Caller, name: str, arguments: bytes | msgspec.Raw, *, json: bool, files: ClientFiles
) -> object:
    row = table().get(name)
    if row is None:
        raise ProblemError(unknown_method(name))
    if not caller.may(name):
        raise ProblemError(forbidden(name, caller.role.name.lower(), NEED[name].name.lower()))
    try:
        asked = arguments_decoder(name, json=json).decode(arguments)
    except (msgspec.DecodeError, ValueError) as error:
        raise ProblemError(bad_arguments(name, str(error))) from error
    if caller.remote:
        asked = await with_own_files(name, asked, files, host.twin.definitions.channels)
    with acting_for(caller.person, caller.client, caller.origin):
        found = row.call(host, asked, caller.name)
    return await asyncio.shield(asyncio.wrap_future(cast("Future[object]", found))) if row.awaited else found


def problems_of(error: BaseException, where: str) -> tuple[Problem, ...]:
    """The problems that a call failed with; unexpected exceptions are logged."""
    if isinstance(error, ProblemError):
        return error.problems
    _LOG.error("a call of %s failed", where[:40], exc_info=error)
    return (unexpected(error, where[:40]),)
