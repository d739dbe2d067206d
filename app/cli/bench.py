"""`oikos bench`: measures the budgets of the design, each with its yardstick in the same run."""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.cli.framework.output import columns
from app.cli.framework.verb import Outcome, Verb
from app.i18n import translate
from app.log import topic
from twin.model.problem import Problem, ProblemError, Severity, mistake
from twin.model.text import why

if TYPE_CHECKING:
    from app.bench.harness.result import Result


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: names of rows to measure, and whether quickly."""
    parser.add_argument("name", nargs="*", help="rows to measure; all without")
    parser.add_argument("--quick", action="store_true", help="smaller and noisier, in a minute")


def rows() -> tuple[str, ...]:
    """Names of all rows, found without importing them."""
    package = importlib.import_module("app.bench")
    return tuple(sorted(file.name.rstrip("_") for file in pkgutil.iter_modules(package.__path__) if not file.ispkg))


def run(args: argparse.Namespace) -> Outcome:
    """Measures the rows. A missed goal is listed, not an error; a row that cannot be measured is a problem."""
    known = rows()
    if strange := [name for name in args.name if name not in known]:
        raise ProblemError(Problem(code="bench.name", args={"strange": list(strange), "known": list(known)}))
    measured: list[dict[str, object]] = []
    problems: list[Problem] = []
    with _compiled():
        for name in args.name or known:
            print(f"{name} ...", file=sys.stderr, flush=True)
            done = _measured(name, quick=args.quick)
            if isinstance(done, Problem):
                problems.append(done)
            else:
                measured.append(done.as_json(name))
    return Outcome({"rows": measured}, tuple(_lines(measured)), tuple(problems))


@contextmanager
def _compiled() -> Generator[None]:
    """Context in which this and child processes write bytecode, as on a user's machine, whatever the environment sets."""
    before = {name: os.environ.get(name) for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX")}
    with tempfile.TemporaryDirectory(prefix="oikos-bench-") as folder:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = folder
        try:
            yield
        finally:
            for name, value in before.items():
                os.environ.pop(name, None)
                if value is not None:
                    os.environ[name] = value


def _measured(name: str, *, quick: bool) -> Result | Problem:
    from app.bench.harness.result import UnmeasurableError

    package = importlib.import_module("app.bench")
    file = next(f.name for f in pkgutil.iter_modules(package.__path__) if f.name.rstrip("_") == name)
    try:
        return importlib.import_module(f"app.bench.{file}").run(quick)
    except UnmeasurableError as error:
        return Problem(
            code="bench.unmeasurable",
            args={"name": name, "why": why(error)},
            where=name,
            severity=Severity.WARNING,
        )
    except ProblemError as error:
        return error.problems[0]
    except Exception as error:
        topic("app").exception("bench %s failed", name)
        return mistake(error, f"bench {name}")


def _lines(measured: list[dict[str, object]]) -> list[str]:
    head = ("bench", "figure", "unit", "yardstick", "ratio", "goal", "")
    table = [
        (r["name"], f"{r['figure']:g}", r["unit"], f"{r['yardstick']:g}", f"{r['ratio']:g}", r["goal"], translate("cli.bench.ok") if r["ok"] else translate("cli.bench.missed"))
        for r in measured
    ]  # fmt: skip
    notes = [f"{row['name']}: {row['note']}" for row in measured if row["note"]]
    return [*columns(table, head), *notes]


VERB = Verb(sentence="measure the budgets, each against its yardstick", arguments=arguments, run=run)
