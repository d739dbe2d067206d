"""Exports the building with its devices to files for other programs."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from pathlib import Path

from app.engine.session import ProjectSession
from twin.files.errors import os_problem
from twin.files.opening import regular
from twin.model.ids import DeviceId
from twin.model.problem import Problem, ProblemError
from twin.model.twin import Twin
from twin.store.project import Project


def export(twin: Twin, project: Project, out: Path, *, force: bool = False) -> int:
    """Writes `.glb` or `.ifc`; returns the number of nodes or devices. Raises ProblemError. `force` replaces a file of
    another
    kind.
    """
    suffix = out.suffix.lower()
    if suffix not in (".glb", ".ifc"):
        raise ProblemError(Problem(code="export.kind", where=str(out)))
    never = own_files(project)
    try:
        if suffix == ".glb":
            from twin.share import gltf

            return gltf.write(twin, project.mesh(), out, force=force, never=never)
        from twin.share import ifc

        first = original(project)
        return ifc.write(twin, project.mesh() if first is None else None, out, first, force=force, never=never)
    except OSError as error:
        raise ProblemError(os_problem(error, out, code="export.unwritable")) from error


def export_devices(session: ProjectSession, devices: Collection[DeviceId], out: Path) -> int:
    """Writes a table of these devices and their current values as CSV; returns the number of rows. Raises
    ProblemError.
    """
    from twin.share import device_table

    online = {id: session.presence.is_online(id) for id in devices}
    never = own_files(session.edits.project)
    try:
        return device_table.write(session.twin, session.state, session.strings, online, devices, out, never)
    except OSError as error:
        raise ProblemError(os_problem(error, out, code="export.unwritable")) from error


def own_files(project: Project) -> tuple[Path, ...]:
    """Paths of the project and its building files: no export overwrites them."""
    return (project.path, *(Path(source.path) for source in project.sources().values()))


def original(project: Project) -> Path | None:
    """The project's only building file, if it is an unchanged IFC file; else None."""
    sources = list(project.sources().values())
    if len(sources) != 1 or not sources[0].path.lower().endswith(".ifc"):
        return None
    path = Path(sources[0].path)
    try:
        with regular(path).open("rb") as file:
            return path if hashlib.file_digest(file, "sha256").hexdigest() == sources[0].sha256 else None
    except OSError:
        return None
