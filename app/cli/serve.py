"""`oikos serve`: an engine for other machines. Not available yet."""

from __future__ import annotations

import argparse
from typing import NoReturn

from app.cli.framework.verb import Verb
from twin.model.problem import Problem, ProblemError


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the project and the address to listen on."""
    parser.add_argument("project")
    parser.add_argument("--listen", metavar="ADDRESS", help="address and port, such as [::]:8443")


def run(args: argparse.Namespace) -> NoReturn:
    """Always raises ProblemError: nothing listens on a network."""
    raise ProblemError(Problem(code="serve.unsupported", where=args.project))


VERB = Verb(sentence="let windows of other machines in (not supported yet)", arguments=arguments, run=run)
