"""The building with its devices as a file for other programs."""

from __future__ import annotations

import hashlib
from pathlib import Path

from app.engine.problems import not_yet
from twin.model.problem import Problem, ProblemError
from twin.model.twin import Twin
from twin.store.project import Project


def export(twin: Twin, project: Project, out: Path) -> int:
    """Writes `.glb` or `.ifc` and answers how many nodes or devices are in it; raises ProblemError."""
    suffix = out.suffix.lower()
    if suffix not in (".glb", ".ifc"):
        raise ProblemError(not_yet(f"Export as {suffix or 'a file without an ending'}", "Use .glb or .ifc"))
    try:
        if suffix == ".glb":
            from twin.share import gltf

            return gltf.write(twin, project.mesh(), out)
        from twin.share import ifc

        first = original(project)
        if first is not None and out.exists() and out.samefile(first):
            raise ProblemError(_itself(out))
        return ifc.write(twin, project.mesh() if first is None else None, out, first)
    except OSError as error:
        raise ProblemError(unwritable(out, error)) from error


def original(project: Project) -> Path | None:
    """The one IFC file that the building came from, where it is there and unchanged."""
    sources = list(project.sources().values())
    if len(sources) != 1 or not sources[0].path.lower().endswith(".ifc"):
        return None
    path = Path(sources[0].path)
    try:
        with path.open("rb") as file:
            return path if hashlib.file_digest(file, "sha256").hexdigest() == sources[0].sha256 else None
    except OSError:
        return None


def unwritable(out: Path, error: OSError) -> Problem:
    """The file could not be written."""
    return Problem(
        code="export.unwritable",
        what="The export could not be written",
        where=str(out),
        remedy="Make room or choose another folder; nothing half-written is left",
        retry=True,
        detail=error.strerror or str(error),
    )


def _itself(out: Path) -> Problem:
    return Problem(
        code="export.original",
        what="The building's own file is never overwritten",
        where=str(out),
        remedy="Choose another name for the export",
    )
