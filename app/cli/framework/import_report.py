"""Shared by `new` and `import`: reads building files with progress on the terminal, and reports the result."""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from app.cli.framework.terminal_progress import terminal_progress
from app.engine import reading
from app.i18n import translate
from twin.building.hass.registry import registry_in
from twin.building.import_worker import TRACED, importer_of, read_building
from twin.files.errors import os_problem
from twin.files.opening import check_regular
from twin.model.building import Building
from twin.model.import_review import Review
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text
from twin.model.twin import Twin


def read(path: Path) -> Building:
    """The building in a file; progress on stderr where that is a terminal, Ctrl+C stops the import."""
    asked = threading.Event()
    with terminal_progress() as show, _interrupt(asked):
        found = read_building(path, progress=lambda title, share: show(translate(title), share), cancelled=asked.is_set)
    return replace(
        found, source=replace(found.source, path=str(Path(found.source.path).absolute()))
    )  # found again from any folder


def is_export(path: Path) -> bool:
    """Whether a folder is a text export of a project; a folder with Home Assistant's registries is a building file."""
    return path.is_dir() and registry_in(path) is None


def check_plan(path: Path) -> None:
    """Raises ProblemError where a file, by its name, cannot be used as the picture behind a plan."""
    check_regular(path)
    if path.suffix.lower() in TRACED:
        return
    if importer_of(path):  # which refuses what is no building either
        raise ProblemError(Problem(code="new.not_traced", where=str(path)))


@contextmanager
def _interrupt(asked: threading.Event) -> Generator[None]:
    try:
        yield
    except KeyboardInterrupt:
        asked.set()
        raise


def document(twin: Twin, problems: Sequence[Problem], seconds: float) -> dict[str, object]:
    """JSON of the project's building after the import; lengths in metres."""
    del problems
    return {
        "site": reading.site(twin),
        "storeys": [
            {"id": s.id, "name": s.name, "elevation_m": s.elevation_m, "height_m": s.height_m} for s in twin.storeys
        ],
        "rooms": reading.rooms(twin),
        "doors": reading.doors(twin),
        "zones": reading.zones(twin),
        "systems": reading.systems(twin),
        "devices": [
            {"id": p.id, "name": p.name, "kind": p.kind, "room": p.room, "position_m": p.position_m}
            for p in twin.placeholders
        ],
        "undecided": reading.undecided(twin),
        "orphans": reading.orphans(twin),
        "seconds": round(seconds, 3),
    }


def changes(review: Review) -> dict[str, object]:
    """JSON of the changes that a re-import makes to rooms. A room may be both moved and renamed; `kept` is neither."""
    return {
        "matched": [{"id": p.old.id, "name": p.new.title, "by": p.by} for p in review.pairs],
        "kept": [{"id": p.old.id, "name": p.new.title} for p in review.kept],
        "moved": [{"id": p.old.id, "name": p.new.title} for p in review.pairs if p.moved],
        "renamed": [{"id": p.old.id, "name": p.new.title, "was": p.old.title} for p in review.renamed],
        "gone": [
            {"id": r.room.id, "name": r.room.title, "devices": list(r.devices), "suggestion": r.suggestion}
            for r in review.lost
        ],
        "new": [{"id": room.id, "name": room.title} for room in review.new],
    }


def lines(twin: Twin, seconds: float) -> tuple[str, ...]:
    """Lines of text about the imported building, for users."""
    area = sum(room.area_m2 for room in twin.rooms)
    counts = [
        Text("cli.count.storeys", n=len(twin.storeys)),
        Text("cli.count.rooms", n=len(twin.rooms)),
        Text("cli.count.doors", n=len(twin.doors)),
        Text("cli.count.planned", n=len(twin.placeholders)),
    ]
    return (translate("cli.import.building", counts=counts, area=area, seconds=seconds),)


def refused(path: Path) -> ProblemError:
    """Problem: the project file already exists."""
    return ProblemError(Problem(code="new.exists", where=str(path)))


def one_export(folder: Path) -> ProblemError:
    """Problem: more than one text export was given."""
    return ProblemError(Problem(code="project.exports", where=str(folder)))


def unwritable(path: Path, error: OSError) -> ProblemError:
    """Problem: the project file cannot be created."""
    return ProblemError(os_problem(error, path, code="new.unwritable"))
