"""`oikos`: parses the arguments and runs one verb. Only that verb is imported."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from app.cli.framework.argparse_texts import asked_language
from app.cli.framework.beside_engine import beside_engine, beside_engine_soon
from app.cli.framework.preload import preload_for
from app.cli.framework.reported_damage import with_noted
from app.cli.framework.verb import Outcome, joined, names, parser, verb, verb_named
from app.code_cache import keep_dataclass_code
from app.i18n import request_language, set_language, translate
from twin.files.errors import REFUSED, unexpected
from twin.model.problem import Problem, ProblemError, missing_package, mistake

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
"""A numpy BLAS thread per core would spin 0.1 s waiting for work; no matrix here is large enough for two threads."""


MISSING = """\
✗ The Python package {package} is missing or too old
  Bring Oikos' environment up to date: `uv sync`, or `pip install .`, in its folder.
"""
"""Message where the package that reads text catalogues is missing; hence in English only."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit code: 0 fine, 1 problems, 2 usage."""
    cache = None
    try:
        cache = keep_dataclass_code()
        return _main(argv)
    except ModuleNotFoundError as error:
        if not (package := missing_package(error)):
            raise
        sys.stderr.write(MISSING.format(package=package))
        return 1
    finally:
        if cache is not None:
            cache.save()


def _main(argv: Sequence[str] | None) -> int:
    arguments = joined(sys.argv[1:] if argv is None else argv)
    known = names()
    set_language(asked_language(arguments) or "system")
    if arguments[:1] == ["--version"]:
        return _version()
    if arguments and not os.path.exists(arguments[0]):  # noqa: PTH110 - any word, also one that no path can be
        arguments = [verb_named(arguments[0], known), *arguments[1:]]
    if not arguments or (not arguments[0].startswith("-") and arguments[0] not in known):
        if len(arguments) > 1 and not arguments[1].startswith(
            "-"
        ):  # a window takes one project: the first word is a verb
            sys.stderr.write(f"oikos: {translate('cli.no_verb', verb=ascii(arguments[0]))}\n")
            return 2
        arguments = ["open", *arguments]
    preload_for(arguments)
    wanted = [arguments[0]] if arguments[0] in known else known
    try:
        args = parser(wanted).parse_args(arguments)
        return _run(args.verb, args, arguments)
    except SystemExit as end:
        return int(end.code or 0)
    except KeyboardInterrupt:  # before the verb began, or while its answer was printed
        return _print_outcome(Outcome(problems=(_interrupted(arguments[0]),)), as_json="--json" in arguments)
    except ModuleNotFoundError as error:  # a verb's own imports
        problem = mistake(error, f"oikos {arguments[0]}")
        return _print_outcome(Outcome(problems=(problem,)), as_json="--json" in arguments)


def _run(name: str, args: argparse.Namespace, arguments: Sequence[str]) -> int:
    return _print_outcome(_done(name, args, arguments), as_json=bool(getattr(args, "json", False)))


def _print_outcome(outcome: Outcome, *, as_json: bool) -> int:
    from app.cli.framework.output import print_outcome

    try:
        print_outcome(outcome, as_json=as_json)
        sys.stdout.flush()
    except BrokenPipeError:  # `oikos info | head`: the reader has what it wanted
        sys.stdout = None
    return outcome.exit_code


def _done(name: str, args: argparse.Namespace, arguments: Sequence[str]) -> Outcome:
    from app import log
    from app.settings import home

    log.start(home(), getattr(args, "debug", ()))
    request_language(getattr(args, "lang", None) or "")
    try:
        if (outcome := beside_engine(name, arguments, args)) is not None:
            return outcome
        return _done_here(name, args)
    except ProblemError as error:
        if (
            error.problems[0].code == "store.locked"
            and (outcome := beside_engine_soon(name, arguments, args)) is not None
        ):
            return outcome
        return with_noted(Outcome(problems=error.problems))
    except KeyboardInterrupt:
        return Outcome(problems=(_interrupted(name),))
    except Exception as error:  # the last border: what is left is a bug, shown as a problem
        from app import log

        problem = unexpected(error, f"oikos {name}")
        note = log.topic("app").info if problem.code == REFUSED else log.topic("app").error
        note("%s failed", name, exc_info=error)
        return Outcome(problems=(problem,))


def _done_here(name: str, args: argparse.Namespace) -> Outcome:
    from app import log
    from app.settings import home

    log.start(home(), getattr(args, "debug", ()))
    return with_noted(verb(name).run(args))


def _interrupted(name: str) -> Problem:
    return Problem(code="oikos.interrupted", where=f"oikos {name}", retry=True)


def _version() -> int:
    from importlib.metadata import PackageNotFoundError, version

    try:
        number = version("oikos-twin")
    except PackageNotFoundError:
        number = "unknown"
    sys.stdout.write(f"oikos {number}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
