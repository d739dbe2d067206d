"""`oikos links`: a project's gateways, their state and skipped entries."""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from app.cli.framework.output import columns
from app.cli.framework.verb import Outcome, Verb
from app.i18n import reason_json, sentence, translate, translation
from twin.model.problem import ProblemError, Severity

if TYPE_CHECKING:
    from app.engine.engine import Engine
    from twin.model.link_status import LinkStatus

HELD = ("store.locked", "store.busy")
"""Codes of problems that another program has the project open."""
UNKNOWN = "not known"
_PAUSE = threading.Event()
"""Never set: waiting on it is a pause that Ctrl+C interrupts."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the project, the time to wait for its peers, and a link whose table is compared."""
    from app.cli.framework.parsing import option, seconds

    parser.set_defaults(refuse=parser.error)
    parser.add_argument("project")
    parser.add_argument(
        "--changes",
        metavar="LINK",
        help="what the link's table (KNX: its ETS project) would change if it were read now",
    )
    parser.add_argument(
        "--option", dest="options", type=option, action="append", default=[], metavar="NAME=VALUE",
        help="with --changes: another file, table=FILE",
    )  # fmt: skip
    parser.add_argument("--for", dest="time_s", type=seconds, default=15.0, metavar="S", help="to wait for them (15)")


def run(args: argparse.Namespace) -> Outcome:
    """Starts every link, waits until none is connecting any more, at most the given time, then lists them."""
    from app.cli.framework.project_access import raised, working
    from app.cli.framework.skipped_report import skipped_json, skipped_lines

    if args.options and args.changes is None:
        args.refuse(translate("cli.usage.links_option"))
    if args.changes is not None:
        return _compared(args)
    try:
        with working(args.project) as engine:
            found = wait_settled(engine, args.time_s)
            problems = raised(engine)
    except ProblemError as error:
        if error.problems[0].code not in HELD:
            raise
        found, problems = stored_links(args.project), (replace(error.problems[0], severity=Severity.WARNING),)
    rows = [{"link": one.link.title or one.link.address} | skipped_json(skip) for one in found for skip in one.skipped]
    lines = (*(shown(found) or (translate("cli.links.none"),)), *skipped_lines(rows))
    return Outcome({"links": [link_json(one) for one in found]}, lines, problems)


def _compared(args: argparse.Namespace) -> Outcome:
    from app.cli.framework.named_files import absolute_options
    from app.cli.framework.project_access import missing, working
    from app.cli.framework.table_lines import table_json, table_lines

    with working(args.project, links=[]) as engine:
        wanted = (args.changes, args.changes.casefold())
        found = [
            one.id
            for one in engine.twin.links
            if wanted[0] in (one.id, one.address) or one.title.casefold() == wanted[1]
        ]
        if len(found) != 1:
            raise missing("link", args.changes, engine.twin)
        changes = engine.table_changes(found[0], absolute_options(args.options)).result()
    return Outcome({"link": found[0], "changes": table_json(changes)}, table_lines(changes))


def stored_links(path: str) -> tuple[LinkStatus, ...]:
    """The project's links with state unknown, while another program has it open."""
    from app.cli.framework.project_access import reading
    from twin.model.link_status import LinkStatus

    with reading(path) as held:
        devices = [(device.link, len(device.points)) for device in held.twin.devices]
        return tuple(
            LinkStatus(
                link=link,
                state=UNKNOWN,
                devices=sum(id == link.id for id, _ in devices),
                points=sum(n for id, n in devices if id == link.id),
            )
            for link in held.twin.links
        )


def link_json(one: LinkStatus) -> dict[str, object]:
    """A link as JSON for `--json`; without secrets."""
    from app.cli.framework.skipped_report import skipped_json

    return {
        "id": one.link.id,
        "protocol": one.link.protocol,
        "title": one.link.title,
        "address": one.link.address,
        "options": dict(one.link.options),
        "state": one.state,
        **reason_json(one.reason),
        "user": one.user,
        "devices": one.devices,
        "online": one.online,
        "points": one.points,
        "complete": one.complete,
        "skipped": [skipped_json(skip) for skip in one.skipped],
    }


def shown(found: Sequence[LinkStatus]) -> list[str]:
    """Table of links, a line each."""
    rows = (
        (
            one.link.title or one.link.address,
            one.link.protocol,
            _state(one),
            one.devices,
            one.points,
            len(one.skipped),
            one.link.address,
        )
        for one in found
    )
    return columns(rows, ("link", "protocol", "state", "devices", "points", "not_read", "address"))


def _state(one: LinkStatus) -> str:
    state = translation(one.state, about="gateway") or one.state
    if not one.complete:
        return f"{state}: {translate('link.still_reading')}"
    return f"{state}: {sentence(one.reason)}" if one.reason else state


def wait_settled(engine: Engine, time_s: float) -> tuple[LinkStatus, ...]:
    """Status of the links once none is connecting any more, or after `time_s` seconds."""
    end = time.monotonic() + time_s
    while True:
        found = engine.links().result()
        if all(one.state != "connecting" for one in found) or time.monotonic() >= end:
            return found
        _PAUSE.wait(0.05)


VERB = Verb(sentence="gateways of a project: state, login, what could not be read", arguments=arguments, run=run)
