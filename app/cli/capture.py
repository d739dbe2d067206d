"""`oikos capture`: records what one gateway sends into a file, without secrets."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from app.cli.framework.verb import Outcome, Verb
from app.i18n import translate
from twin.files import atomic
from twin.model.problem import ProblemError
from twin.model.text import Text

if TYPE_CHECKING:
    from app.engine.capturing import Captured
    from twin.model.device import Link


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: project, link, duration, file."""
    from app.cli.framework.parsing import seconds

    parser.add_argument("project")
    parser.add_argument("link", metavar="LINK", help="name, address or id, as `oikos links` says")
    parser.add_argument("--for", dest="time_s", type=seconds, default=60.0, metavar="S", help="seconds to listen (60)")
    parser.add_argument("--out", metavar="FILE", help="the recording (PROJECT-PROTOCOL.jsonl beside you)")
    parser.add_argument("--force", action="store_true", help="replace a file of another kind (never a project)")


def run(args: argparse.Namespace) -> Outcome:
    """Records the link beside a running engine, if the gateway allows two connections; sends no commands."""
    from app.cli.framework.project_access import reading
    from app.engine.exporting import own_files
    from app.engine.problems import ambiguous, unknown
    from twin.files.errors import os_problem

    with reading(args.project) as project:
        links = [one for one in project.twin.links if args.link in (one.id, one.title, one.address)]
        if len(links) != 1:
            ids = [one.id for one in links]
            raise ProblemError(ambiguous("link", args.link, ids) if ids else unknown("link", args.link))
        link, never = links[0], own_files(project.project)
    out = Path(args.out or f"{Path(args.project).stem}-{link.protocol}.jsonl")
    try:
        with atomic.writing_text(out, atomic.RECORDING, force=args.force, never=never) as file:
            found = _captured(link, file, args.time_s)
    except OSError as error:
        raise ProblemError(os_problem(error, out, code="capture.unwritable")) from error
    document = {"file": str(out), "link": link.id, "devices": found.devices, "events": found.events, "seconds": found.seconds}  # fmt: skip
    counts = {"devices": Text("cli.count.devices", n=found.devices), "events": Text("cli.count.events", n=found.events)}
    line = translate("cli.capture.done", file=str(out), **counts)
    return Outcome(document, (line,), () if found.problem is None else (found.problem,))


def _captured(link: Link, file: TextIO, time_s: float) -> Captured:
    from app.cli.run import stopping
    from app.engine.capturing import capture
    from app.engine.machine_secrets import open_secrets
    from app.engine.problems import not_running
    from app.settings import Settings, home
    from devices.contract import AdapterContext
    from devices.protocol_registry import adapters

    adapter = adapters().get(link.protocol)
    if adapter is None:
        raise ProblemError(not_running(link.address, link.protocol))
    secret = open_secrets(home()).get(link.id)

    def write(text: str) -> None:
        file.write(text)
        file.flush()  # whoever looks meanwhile sees what was heard

    around = AdapterContext(folder=home() / "protocols" / link.protocol, online=bool(Settings.load(home())["internet"]))
    with stopping() as stop, asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        print(translate("cli.capture.listening", link=link.title or link.address), file=sys.stderr, flush=True)
        return runner.run(capture(adapter, link, secret, around, write, time_s=time_s, stop=stop))


VERB = Verb(sentence="what one gateway says, in a file without its secrets", arguments=arguments, run=run)
