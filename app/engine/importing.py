"""Imports a building file into the project: parse in a child process, match with existing rooms, save as one edit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from app.engine.context import EngineContext
from app.engine.problems import cancelled, orphans_ahead, twice_in, unknown, which_file
from app.engine.session import ProjectSession
from app.jobs import Jobs
from twin.building.import_worker import read_building
from twin.building.merge_models import ProjectParts, merge_model
from twin.building.outline_import import is_scheme
from twin.building.reimport_review import guess, review_reimport
from twin.model.building import Building
from twin.model.change import ImportPreviewed, Progress
from twin.model.ids import RoomId
from twin.model.import_review import Review
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text
from twin.model.twin import Twin
from twin.store.project import Project, UndoEntry

ADD = "+"
"""Used in place of a file's id: adds the building beside the project's files."""
JOB = "import"

type Decisions = Mapping[RoomId, RoomId | None]
"""By lost room: the room that its devices move to; None, or no entry, makes them orphans."""


def preview_import(project: Project, building: Building, into: str = "") -> Review:
    """Computes the effect of importing a building, without changing anything. `into` is the replaced file (id, name or
    ADD); by
    default it is guessed. Raises ProblemError where it cannot be.
    """
    return review_reimport(
        building, ProjectParts(source=_source(project, building, into), parts=_parts(project)), project.twin()
    )


def apply_import(project: Project, review: Review, decisions: Decisions | None = None) -> Twin:
    """Imports as reviewed, in one undo step; devices of lost rooms move as in `decisions`."""
    known = ProjectParts(source=review.source, parts=_parts(project))
    found = merge_model(review.building, known)
    moves = {lost: room for lost, room in (decisions or {}).items() if room is not None}
    there = {found.intake.keep.get(room.id, room.id) for room in found.building.rooms}
    there |= {room.id for part in known.others for room in part.rooms}
    for room in moves.values():
        if room not in there:
            raise ProblemError(unknown("room", room))
    return project.set_building(
        found.building, label=import_label(review.path), intake=replace(found.intake, moves=moves)
    )


def renew_mesh(project: Project, source: str) -> None:
    """Reads an unchanged file of the project again and replaces its mesh only. Blocks."""
    parts = _parts(project)
    building = read_building(Path(parts[source].source.path))
    if building.source.sha256 == parts[source].source.sha256:
        found = merge_model(building, ProjectParts(source=source, parts=parts))
        project.renew_mesh(source, found.building.mesh, building.source.importer)


def undecided(review: Review, decisions: Decisions | None = None) -> ProblemError | None:
    """The error for lost rooms with devices that `decisions` does not cover; None where there are none."""
    names = [lost.room.title for lost in review.at_stake if lost.room.id not in (decisions or {})]
    count = sum(len(lost.devices) for lost in review.at_stake if lost.room.id not in (decisions or {}))
    return ProblemError(orphans_ahead(review.path, names, count)) if names else None


def import_label(path: str) -> Text:
    """The undo label of an import."""
    return Text("edit.import", file=Path(path).name)


def _parts(project: Project) -> dict[str, Building]:
    return {id: project.part(id) for id in project.sources()}


def _source(project: Project, building: Building, into: str) -> str:
    sources = project.sources()
    named = {Path(source.path).name: id for id, source in sources.items()}
    if into in sources or into in named:
        return into if into in sources else named[into]
    if into and into != ADD:
        raise ProblemError(Problem(code="import.no_source", args={"name": into, "files": list(named)}))
    fresh = str(max(map(int, sources), default=0) + 1)
    if into == ADD:
        if any(source.sha256 == building.source.sha256 for source in sources.values()):
            raise ProblemError(twice_in(building.source.path))
        return fresh
    if is_scheme(building.source):  # takes the place of a scheme only, never that of a building with shapes
        return next((id for id, source in sources.items() if is_scheme(source)), fresh)
    found = guess(building, _parts(project)) or (next(iter(sources), fresh) if len(sources) < 2 else None)
    if found is None:
        raise ProblemError(which_file(building.source.path, list(named)))
    return found


async def review(session: ProjectSession, jobs: Jobs, what: str | Review, into: str = "") -> Review:
    """Reviews importing a file read off the loop, or the building of an earlier review for another `into`."""
    building = what.building if isinstance(what, Review) else await _read_into(session, jobs, Path(what))
    project = session.project
    return await session.context.run_blocking(
        lambda: preview_import(project, building, into) if into else _guessed(project, building)
    )


def _guessed(project: Project, building: Building) -> Review:
    """The first review shown: replaces the guessed file, or adds where an unknown file would lose more rooms than it
    matches."""
    try:
        found = preview_import(project, building)
    except ProblemError as error:
        if error.problems[0].code != "import.which":
            raise
        return preview_import(project, building, ADD)
    names = {Path(source.path).name for source in project.sources().values()}
    if found.source in (sources := project.sources()) and is_scheme(sources[found.source]):
        return found
    another = Path(building.source.path).name not in names and len(found.lost) > len(found.pairs)
    return preview_import(project, building, ADD) if another and not found.unchanged else found


async def accept(session: ProjectSession, what: Review, decisions: Decisions | None = None) -> None:
    """Imports as reviewed; on failure raises ProblemError and leaves the project unchanged."""
    entry = UndoEntry()
    await session.edits.edit(
        lambda project: apply_import(project, what, decisions), label=import_label(what.path), entry=entry
    )
    await session.registration.fill_placeholders(entry=entry)
    session.context.raise_problem(*what.problems)


async def import_first(session: ProjectSession, building: Building) -> None:
    """Imports the first building of a new project."""
    await accept(session, await session.context.run_blocking(lambda: preview_import(session.project, building)))


async def import_building(session: ProjectSession, jobs: Jobs, path: Path) -> Building:
    """Reads and imports a file that needs no decision; ProblemError leaves the project unchanged."""
    found = await review(session, jobs, str(path))
    if (problem := undecided(found)) is not None:
        raise problem
    await accept(session, found)
    return found.building


async def _read_into(session: ProjectSession, jobs: Jobs, path: Path) -> Building:
    """Reads a building file; the screen shows it meanwhile if the project has no storeys yet."""
    return await read_building_file(session.context, jobs, path, watched=not session.twin.storeys)


async def read_building_file(context: EngineContext, jobs: Jobs, path: Path, *, watched: bool = False) -> Building:
    """Reads a building file in the child process and publishes progress, and previews if `watched`. Raises
    ProblemError, also when
    cancelled.
    """
    asked = jobs.begin(JOB)

    def shown(building: Building) -> None:
        context.bus.publish(ImportPreviewed(building))

    try:
        building = await context.run_blocking(
            lambda: read_building(
                path,
                progress=_progress_reporter(context, JOB),
                cancelled=asked.is_set,
                on_preview=shown if watched else None,
            )
        )
        if asked.is_set():
            raise ProblemError(cancelled(str(path)))
        return building
    except ProblemError:
        if watched:
            context.bus.publish(ImportPreviewed(None))
        raise
    finally:
        jobs.end(JOB)
        context.bus.publish(Progress(JOB, None, 1.0, done=True))


def _progress_reporter(context: EngineContext, job: str) -> Callable[[str, float | None], None]:
    return lambda title, fraction: context.bus.publish(Progress(job, Text(title), fraction))
