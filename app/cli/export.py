"""`oikos export`: samples as CSV, structure as text for git, the building as glTF or IFC."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from app.cli.framework.verb import Outcome, Verb
from app.i18n import translate
from twin.files import atomic
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text

if TYPE_CHECKING:
    from app.engine.reading import ProjectReader
    from twin.model.ids import PointId
    from twin.share.sample_table import Sample

LATER = ("parquet", "brick")
"""Formats that this version cannot write yet."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: format, file, time range."""
    from app.cli.framework.parsing import instant

    parser.add_argument("project")
    form = parser.add_mutually_exclusive_group(required=True)
    form.add_argument("--csv", metavar="OUT", help="every sample, a row each")
    form.add_argument("--text", metavar="DIR", help="the structure as sorted JSON lines, for git")
    form.add_argument("--gltf", metavar="OUT", help="the building and its devices as glTF 2.0 (.glb)")
    form.add_argument("--ifc", metavar="OUT", help="the building's IFC with the devices in it, or a new IFC 4")
    for name in LATER:
        form.add_argument(f"--{name}", metavar="OUT", help=argparse.SUPPRESS)
    parser.add_argument("--force", action="store_true", help="replace a file of another kind (never a project)")
    parser.add_argument("--from", dest="from_ms", type=instant, metavar="T", help="samples from here on")
    parser.add_argument("--to", dest="to_ms", type=instant, metavar="T", help="samples up to here")


def run(args: argparse.Namespace) -> Outcome:
    """Writes the export; another program may have the project open."""
    from app.cli.framework.project_access import reading
    from app.engine.exporting import own_files
    from twin.files.errors import os_problem

    for name in LATER:
        if getattr(args, name):
            raise ProblemError(_not_yet(name))
    out = Path(args.text or args.csv or args.gltf or args.ifc)
    try:
        with reading(args.project) as project:
            never = own_files(project.project)
            if args.gltf or args.ifc:
                return _building(project, out, ".glb" if args.gltf else ".ifc", force=args.force)
            if args.text:
                return _text(project, out, force=args.force)
            with atomic.writing_text(out, atomic.CSV, force=args.force, never=never) as file:
                count = _csv(project, file, out, args.from_ms, args.to_ms)
            return Outcome(
                {"file": str(out), "samples": count}, (translate("cli.export.samples", n=count, file=str(out)),)
            )
    except OSError as error:
        raise ProblemError(os_problem(error, out, code="export.unwritable")) from error


def _text(project: ProjectReader, folder: Path, *, force: bool) -> Outcome:
    from twin.store.text_export import export_text

    files = [str(file) for file in export_text(project.project, folder, force=force)]
    return Outcome({"files": files}, tuple(files))


def _csv(project: ProjectReader, file: TextIO, out: Path, from_ms: int | None, to_ms: int | None) -> int:
    """Writes the samples of a time range as CSV; returns their number."""
    from app.cli.framework.running_engine import running
    from app.engine.clock import utc_ms
    from twin.share import sample_table

    end = utc_ms() + 1 if to_ms is None else to_ms
    count, here = 0, running()

    def samples(point: PointId) -> Iterable[sample_table.Sample]:
        nonlocal count
        for sample in stretches(project, point, 0 if from_ms is None else from_ms, end):
            count += 1
            if here is not None and count % CHECKED == 1:
                here.check(out)
            yield sample

    file.writelines(sample_table.rows(project.twin, samples, project.strings))
    return count


def _building(project: ProjectReader, out: Path, suffix: str, *, force: bool) -> Outcome:
    from app.engine.exporting import export, original

    named = out if out.suffix.lower() == suffix else out.with_name(out.name + suffix)
    count = export(project.twin, project.project, named, force=force)
    if suffix == ".glb":
        return Outcome({"file": str(named), "nodes": count}, (translate("cli.export.nodes", n=count, file=str(named)),))
    first = original(project.project)
    devices = Text("cli.count.devices", n=count)
    if first:
        line = translate("cli.export.added", devices=devices, original=first.name, file=str(named))
    else:
        line = translate("cli.export.new", devices=devices, file=str(named))
    document = {"file": str(named), "devices": count, "original": str(first) if first else None}
    return Outcome(document, (line,))


def stretches(project: ProjectReader, point: PointId, from_ms: int, to_ms: int) -> Iterator[Sample]:
    """Samples of a point, read in pieces of STRETCH_MS to limit memory; for a meter with the consumption since the
    previous sample."""
    import numpy as np

    history = project.history
    first = history.first_ms(point) if history is not None else None
    if history is None or first is None:
        return
    start, before = max(from_ms, first), None
    while start < to_ms:
        end = min(to_ms, start + STRETCH_MS)
        times, values, quality = history.raw(point, start, end)
        n = len(times)
        edges = times if before is None else np.append(before, times)
        used = history.consumption(point, edges)
        counts: list[float | None] = [None] * (n - len(used.increase)) + used.increase.tolist() if used else [None] * n
        guesses = [False] * (n - len(used.estimated)) + used.estimated.tolist() if used else [False] * n
        yield from zip(times.tolist(), values.tolist(), quality.tolist(), counts, guesses, strict=True)
        start, before = end, times[-1:] if n else before


STRETCH_MS = 7 * 86_400_000
CHECKED = 20_000
"""Number of samples (about 1 MB) after which an engine looks whether it may go on."""


def _not_yet(name: str) -> Problem:
    return Problem(code="export.unsupported", args={"name": name})


VERB = Verb(sentence="samples as CSV, the structure as text, the building as glTF or IFC", arguments=arguments, run=run)
