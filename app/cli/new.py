"""`oikos new`: a project, from building files where they are given."""

from __future__ import annotations

import argparse
import glob
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.framework.verb import Outcome, Verb
from app.i18n import translate
from twin.model.problem import Problem, ProblemError
from twin.store.file_names import PROJECT_SUFFIX, project_file

if TYPE_CHECKING:
    from twin.model.building import Building
    from twin.model.twin import Twin


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the project and the files."""
    parser.add_argument(
        "project",
        nargs="?",
        help="file to make, usually name.oikos; of a picture that is drawn over, beside it if left out",
    )
    parser.add_argument(
        "--from",
        dest="files",
        action="append",
        default=[],
        metavar="FILE",
        help="building file, Home Assistant's folder .storage, or the folder of a text export; several files, such as"
        " the architect's and the electrician's, make one building",
    )
    parser.add_argument(
        "--draw",
        nargs="?",
        const="",
        metavar="PICTURE",
        help="then open the window and draw the building, over a picture, a PDF or a DXF drawing of its plan if you have one",
    )


def run(args: argparse.Namespace) -> Outcome:
    """Makes the project; a failure leaves no project file behind."""
    from app.cli.framework import import_report

    started = time.monotonic()
    path, plan = _named(args.project, args.draw)
    path = path if path.suffix.lower() == PROJECT_SUFFIX else project_file(path)
    _check(args, path, plan)
    folders = [Path(file) for file in args.files if import_report.is_export(Path(file))]
    if len(folders) > 1:
        raise import_report.one_export(folders[1])
    read = [import_report.read(Path(file)) for file in args.files if Path(file) not in folders]
    twin, problems = _whole(path, read, folders[0] if folders else None)
    seconds = time.monotonic() - started
    if args.draw is not None:
        from app.cli.framework.window_launch import show

        show(path, draw=True, over=plan)
    document = {"project": str(path), **import_report.document(twin, problems, seconds), "changes": dict[str, object]()}
    return Outcome(
        document, (translate("cli.new.made", project=str(path)), *import_report.lines(twin, seconds)), tuple(problems)
    )


def _check(args: argparse.Namespace, path: Path, plan: Path | None) -> None:
    """Raises ProblemError where the project cannot be made, before a file is read."""
    from app.cli.framework import import_report
    from twin.store.project.refusals import check_new

    if args.draw is not None and args.files:
        raise ProblemError(_either())
    if args.draw is not None:
        from app.cli.framework.window_launch import ready

        if plan is not None:
            import_report.check_plan(plan)
        ready(on_screen=True)
    try:
        if path.exists():
            raise import_report.refused(path)
        check_new(path)
        if not path.parent.is_dir():
            raise FileNotFoundError(2, "There is no such folder")
    except OSError as error:
        raise import_report.unwritable(path, error) from error


def _whole(path: Path, buildings: list[Building], export: Path | None) -> tuple[Twin, list[Problem]]:
    """The project as a whole file at `path`, else a ProblemError and no file."""
    from app.cli.framework import import_report

    part = path.with_name(f".{path.name.encode()[:80].decode(errors='ignore')}.part")
    try:
        made = _made(part, path.stem, buildings, export)
        part.rename(path)
    except OSError as error:
        raise import_report.unwritable(path, error) from error
    except ProblemError as error:  # speaks of the unfinished file, which nobody asked for
        raise ProblemError(
            *(replace(p, where=str(path)) if p.where == str(part) else p for p in error.problems)
        ) from error
    finally:
        for left in path.parent.glob(f"{glob.escape(part.name)}*"):
            left.unlink(missing_ok=True)
    return made


def _named(project: str | None, draw: str | None) -> tuple[Path, Path | None]:
    """(project to make, plan to draw over): `--draw house.oikos` names the first, `--draw plan.dxf` alone both."""
    if project is None and draw and Path(draw).suffix.lower() == ".oikos":
        project, draw = draw, ""
    plan = Path(draw) if draw else None
    if project is not None:
        return Path(project), plan
    if plan is None:
        raise ProblemError(_nameless())
    return plan.with_suffix(".oikos"), plan


def _nameless() -> Problem:
    return Problem(code="new.nameless")


def _either() -> Problem:
    return Problem(code="new.either")


def _made(part: Path, name: str, buildings: list[Building], export: Path | None) -> tuple[Twin, list[Problem]]:
    """Makes the project as the file `part`, so that a failure leaves no incomplete project under the final name."""
    from app.engine import importing
    from twin.building import reimport_review
    from twin.building.outline_import import is_scheme
    from twin.store.project import Project
    from twin.store.text_export import import_text

    with import_text(export, part) if export else Project.create(part, name=name) as project:
        problems: list[Problem] = []
        for one in sorted(buildings, key=lambda one: is_scheme(one.source)):  # shapes first
            known = reimport_review.guess(one, {id: project.part(id) for id in project.sources()})
            found = importing.preview_import(project, one, known or importing.ADD)
            importing.apply_import(project, found)
            problems += found.problems
        return project.twin(), problems


VERB = Verb(sentence="make a project, from a building file where you have one", arguments=arguments, run=run)
