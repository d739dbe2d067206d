"""Building files that changed since they were read: said once when a project opens, never read by themselves."""

from __future__ import annotations

from pathlib import Path

from app.engine.ground import Ground
from app.engine.problems import building_changed
from twin.building.worker import digest
from twin.model.building import Source
from twin.model.problem import Problem
from twin.store.project import Project


async def tell_changed(ground: Ground, project: Project, path: Path) -> None:
    """Raises a note for each building file that is there and is no longer the one that was read."""
    if (ground.home / "demo") in path.parents:
        return  # its building is ours, and comes with the program
    for problem in await ground.off_loop(lambda: changed(project)):
        ground.raise_problem(problem)


def changed(project: Project) -> list[Problem]:
    """A note per changed file; files that went, or cannot be read, are nobody's business."""
    return [building_changed(source.path) for source in project.sources().values() if _differs(source)]


def _differs(source: Source) -> bool:
    try:
        return digest(Path(source.path)) != source.sha256
    except (OSError, ValueError):
        return False
