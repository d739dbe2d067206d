"""`oikos grant`: roles for an engine's users. Not available yet."""

from __future__ import annotations

import argparse
from typing import NoReturn

from app.cli.framework.verb import Verb
from twin.model.problem import Problem, ProblemError


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: action, project and person."""
    parser.add_argument("action", choices=("add", "list", "revoke"))
    parser.add_argument("project")
    parser.add_argument("name", nargs="?", help="the person")


def run(args: argparse.Namespace) -> NoReturn:
    """Always raises ProblemError: every client of an engine is its user, with all rights."""
    raise ProblemError(Problem(code="grant.unsupported", where=args.project))


VERB = Verb(sentence="who may do what with an engine (not supported yet)", arguments=arguments, run=run)
