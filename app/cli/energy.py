"""`oikos energy`: use by device, room or storey in a day, week, month or year, with cost and emissions; and its setup."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, cast

from app.cli.framework.verb import Outcome, Verb
from app.i18n import translate

if TYPE_CHECKING:
    from twin.model.energy import EnergyReport, EnergySetup
    from twin.model.twin import Twin

SPANS = ("day", "week", "month", "year")
GROUPINGS = ("device", "room", "storey")
LARGEST = 1_000_000
"""Most bytes of a setup file."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the period, the grouping, a CSV file, the setup."""
    from app.cli.framework.parsing import instant

    parser.set_defaults(refuse=parser.error)
    parser.add_argument("project")
    parser.add_argument("span", nargs="?", choices=SPANS, default="month", help="length of the period (month)")
    parser.add_argument(
        "--at", dest="at_ms", type=instant, default="now", metavar="T", help="a time in the period (now)"
    )
    parser.add_argument("--by", choices=GROUPINGS, default="room", help="what use is divided by (room)")
    parser.add_argument("--csv", metavar="FILE", help="write the table as CSV")
    parser.add_argument("--force", action="store_true", help="replace a file of another kind (never a project)")
    parser.add_argument("--show-setup", action="store_true", help="print tariffs, emission factor and tree of meters")
    parser.add_argument(
        "--setup", dest="file", metavar="FILE", help="set them up from JSON in the form that --show-setup --json prints"
    )


def run(args: argparse.Namespace) -> Outcome:
    """Prints the report, or shows or changes the setup."""
    from app.cli.framework.energy_output import energy_document, energy_lines, setup_document, table_rows
    from twin.insight.energy_groups import EnergyGrouping

    if args.file is not None:
        return _set_up(args.project, args.file)
    if args.show_setup:
        return Outcome({"setup": setup_document(setup := _setup(args.project))}, tuple(_setup_lines(setup)))
    report, twin = _report(args)
    by = EnergyGrouping(args.by)
    if args.csv:
        _write_table(args, table_rows(report, twin, by))
    lines = energy_lines(report, twin, by)
    if args.csv:
        lines.append(translate("cli.energy.written", file=args.csv))
    return Outcome(energy_document(report, twin, by), tuple(lines))


def _report(args: argparse.Namespace) -> tuple[EnergyReport, Twin]:
    from app.cli.framework.project_access import reading
    from app.cli.framework.running_engine import running
    from app.engine.clock import utc_ms
    from app.engine.energy_reports import EnergyAccounts, kept_setup
    from twin.model.energy import EnergySpan

    span = EnergySpan(args.span)
    if (here := running()) is not None:
        return here.engine.energy(span, args.at_ms).result(), here.engine.twin
    with reading(args.project) as project:
        setup = kept_setup(project.project)
        return EnergyAccounts(project.twin, project.history, setup).report(span, args.at_ms, utc_ms()), project.twin


def _write_table(args: argparse.Namespace, rows: list[tuple[object, ...]]) -> None:
    from app.cli.framework.project_access import reading
    from app.engine.exporting import own_files
    from twin.files.errors import os_problem
    from twin.insight.energy_groups import TABLE_HEAD
    from twin.model.problem import ProblemError
    from twin.share import energy_table

    out = Path(args.csv)
    with reading(args.project) as project:
        never = own_files(project.project)
    try:
        energy_table.write(TABLE_HEAD, rows, out, force=args.force, never=never)
    except OSError as error:
        raise ProblemError(os_problem(error, out, code="export.unwritable")) from error


def _setup(project: str) -> EnergySetup:
    from app.cli.framework.project_access import reading
    from app.cli.framework.running_engine import running
    from app.engine.energy_reports import kept_setup

    if (here := running()) is not None:
        return here.engine.energy_setup().result()
    with reading(project) as found:
        return kept_setup(found.project)


def _set_up(project: str, file: str) -> Outcome:
    from app.cli.framework.energy_output import setup_document
    from app.cli.framework.project_access import working

    setup = _read_file(Path(file))
    with working(project, links=()) as engine:
        engine.keep_energy_setup(setup).result()
        return Outcome({"setup": setup_document(setup)}, tuple(_setup_lines(setup)))


def _read_file(file: Path) -> EnergySetup:
    from app.engine.energy_reports import read_setup
    from twin.files.errors import os_problem
    from twin.files.opening import regular
    from twin.model.problem import Problem, ProblemError
    from twin.model.text import why

    try:
        with regular(file).open("rb") as opened:
            text = opened.read(LARGEST + 1)
    except OSError as error:
        raise ProblemError(os_problem(error, file, code="file.unreadable")) from error
    try:
        if len(text) > LARGEST:
            raise ValueError
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProblemError(
            Problem(code="energy.setup_unreadable", args={"why": why(error)}, where=str(file))
        ) from error
    whole = cast("dict[str, object]", found) if isinstance(found, dict) else {"setup": found}
    return read_setup(whole.get("setup", whole))


def _setup_lines(setup: EnergySetup) -> list[str]:
    lines = [
        translate("cli.energy.tariff", medium=one.medium, first=one.first, n=len(one.prices), currency=one.currency)
        for one in setup.tariffs
    ] or [translate("cli.energy.no_tariff")]
    lines.append(translate("cli.energy.region", region=setup.region or translate("cli.energy.by_zone")))
    return [*lines, translate("cli.energy.feeds", n=len(setup.feeds))]


VERB = Verb(sentence="energy by room, device and storey: use, cost, emissions", arguments=arguments, run=run)
