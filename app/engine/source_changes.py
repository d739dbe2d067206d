"""Checks building files when a project opens: changed ones are reported, not read; unchanged ones get a new mesh where
an older importer made it."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path

from app.engine.context import EngineContext
from app.engine.problems import building_changed
from twin.building.import_worker import IMPORTERS, digest
from twin.model.building import Source
from twin.model.change import MeshChanged
from twin.model.problem import Problem, ProblemError
from twin.store.project import Project

log = logging.getLogger(__name__)


async def check_source_files(context: EngineContext, project: Project, path: Path) -> None:
    """Raises a note for each building file that changed since it was read, then renews meshes of older importers."""
    if (context.home / "demo") in path.parents:
        return  # its building is ours, and comes with the program
    for problem in await context.run_blocking(lambda: changed_sources(project)):
        context.raise_problem(problem)
    for id in await context.run_blocking(lambda: outdated(project)):
        importing = await context.imported("app.engine.importing")
        try:
            await context.run_blocking(partial(importing.renew_mesh, project, id))
        except ProblemError as error:  # the old mesh is as good as it was
            log.info("the mesh of %s stays as it was: %s", path, error)
        else:
            context.bus.publish(MeshChanged())


def changed_sources(project: Project) -> list[Problem]:
    """A note per changed file; missing or unreadable files are ignored."""
    return [building_changed(source.path) for source in project.sources().values() if _differs(source)]


def outdated(project: Project) -> list[str]:
    """Ids of unchanged building files whose mesh was made by an older version of their importer."""
    if project.readonly:
        return []
    return [id for id, source in project.sources().items() if _is_older(project.mesh_importer(id), source)]


def _is_older(made_by: str, source: Source) -> bool:
    today = IMPORTERS.get(Path(source.path).suffix.lower(), "")
    if not made_by or made_by == today or made_by.split()[0] != today.partition(" ")[0]:
        return False
    try:
        return digest(Path(source.path)) == source.sha256
    except (OSError, ValueError):
        return False


def _differs(source: Source) -> bool:
    try:
        return digest(Path(source.path)) != source.sha256
    except (OSError, ValueError):
        return False
