"""`oikos check`: checks a project and its history for damage."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from app.cli.framework.output import utc
from app.cli.framework.verb import Outcome, Verb
from app.i18n import translate
from twin.model.problem import Problem

if TYPE_CHECKING:
    from twin.store.history.event_log import ChainCheck


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the project."""
    parser.add_argument("project")
    parser.add_argument("--audit", action="store_true", help="also whether the event log is as it was written")
    parser.add_argument(
        "--head",
        default="",
        metavar="HASH",
        help="hash that an earlier --audit printed: whether its row is still there",
    )


def run(args: argparse.Namespace) -> Outcome:
    """Reads every page and checksum; damage is listed as problems."""
    from app.cli.framework.project_access import reading

    with reading(args.project) as project:
        problems = [*project.project.check()]
        if project.history is not None:
            problems += project.history.check()
        wanted, head = bool(args.audit or args.head), str(args.head).strip().lower()
        audit = project.history.events.check(head) if wanted and project.history is not None else None
        problems += [] if audit is None or audit.broken is None else [_broken(audit, str(args.project))]
        problems += [_cut(head, str(args.project))] if head and (audit is None or not audit.found) else []
        twin = project.twin
    document: dict[str, object] = {
        "sound": not problems,
        "rooms": len(twin.rooms),
        "devices": len(twin.devices),
        "history": project.history is not None,
    }
    if wanted:
        document |= {
            "audit": audit
            and {"rows": audit.rows, "head": audit.head, "broken": audit.broken, "time": utc(audit.broken_ms)}
        }
    lines = [translate("cli.check.audit", rows=audit.rows, head=audit.head)] if audit and audit.broken is None else []
    lines += [translate("cli.check.no_audit")] if wanted and audit is None else []
    return Outcome(document, (*lines, *((translate("cli.check.sound"),) if not problems else ())), tuple(problems))


def _cut(head: str, where: str) -> Problem:
    return Problem(code="history.audit_cut", args={"head": head[:64]}, where=where)


def _broken(found: ChainCheck, where: str) -> Problem:
    args = {"row": found.broken, "time": utc(found.broken_ms) or ""}
    return Problem(code="history.audit", args=args, where=where)


VERB = Verb(sentence="whether a project and its history are sound", arguments=arguments, run=run)
