"""`oikos serve`: lets windows and command lines of other machines in, by the engine that runs or by one of its own."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from app.cli.framework.verb import Outcome, Verb
from app.i18n import translate

if TYPE_CHECKING:
    from app.engine.engine import Engine
    from twin.model.grant import NetworkDoor


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the project and the address to listen on."""
    from app.cli.framework.parsing import seconds

    parser.add_argument("project")
    parser.add_argument("--for", dest="time_s", type=seconds, metavar="S", help="seconds; until Ctrl+C without")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--listen", default="[::]:8443", metavar="ADDRESS", help="[::]:8443, 192.0.2.1:8443, ...")
    what.add_argument("--off", action="store_true", help="let nobody in any more; the engine goes on")


def run(args: argparse.Namespace) -> Outcome:
    """Tells a running engine to listen, or runs one until it is stopped; prints address and fingerprint."""
    from app.cli.framework.running_engine import running
    from app.cli.run import recording_here

    if (here := running()) is not None:
        return _outcome(here.engine.serve("" if args.off else args.listen).result())
    if args.off:
        return _outcome(None)
    return recording_here(args.project, args.time_s, lambda engine: _begin(engine, args.listen))


def _begin(engine: Engine, address: str) -> None:
    for line in _outcome(engine.serve(address).result()).lines:
        print(line, file=sys.stderr, flush=True)


def _outcome(door: NetworkDoor | None) -> Outcome:
    if door is None:
        return Outcome({"listens": False}, (translate("cli.serve.off"),))
    document = {
        "listens": True,
        "address": door.address,
        "port": door.port,
        "fingerprint": door.fingerprint,
        "urls": list(door.urls),
    }
    lines = (
        translate("cli.serve.listens", address=door.address),
        translate("cli.serve.fingerprint", fingerprint=door.fingerprint),
        *(translate("cli.serve.url", url=url) for url in door.urls),
    )
    return Outcome(document, lines)


VERB = Verb(sentence="let windows and command lines of other machines in", arguments=arguments, run=run)
