"""A building file into the project: read in a child process, matched with what was there, kept in one edit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.engine.ground import Ground
from app.engine.jobs import Jobs
from app.engine.opened import Opened
from app.engine.problems import cancelled
from twin.building.match import match_rooms
from twin.building.worker import read_building
from twin.model.building import Building
from twin.model.change import Progress
from twin.model.problem import ProblemError


async def import_building(opened: Opened, jobs: Jobs, path: Path, job: str = "import") -> Building:
    """Reads the file off the loop and keeps it; raises ProblemError and leaves the project as it was where it cannot."""
    ground = opened.ground
    asked = jobs.begin(job)
    try:
        building = await ground.off_loop(
            lambda: read_building(path, progress=_teller(ground, job), cancelled=asked.is_set)
        )
        if asked.is_set():
            raise ProblemError(cancelled(str(path)))
        keep = match_rooms(opened.twin.rooms, building.rooms).keep
        await opened.structure.edit(
            lambda project: project.set_building(building, label=f"Import {path.name}", keep=keep),
            label=f"Import {path.name}",
        )
        ground.raise_problem(*building.problems)
        return building
    finally:
        jobs.end(job)
        ground.inbox.tell(Progress(job, "", 1.0, done=True))


def _teller(ground: Ground, job: str) -> Callable[[str, float | None], None]:
    return lambda title, fraction: ground.inbox.tell(Progress(job, title, fraction))
