"""`oikos check`: checks a project and its history for damage."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from app.cli.framework.output import utc
from app.cli.framework.verb import Outcome, Verb
from app.i18n import translate
from twin.model.problem import Problem

if TYPE_CHECKING:
    from app.engine.reading import ProjectReader
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
        if wanted:
            problems += _faults(audit, project, head, str(args.project))
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
            and {
                "rows": audit.rows,
                "head": audit.head,
                "broken": audit.broken,
                "time": utc(audit.broken_ms),
                "trimmed": audit.trimmed,
            }
        }
    lines = [translate("cli.check.audit", rows=audit.rows, head=audit.head)] if audit and audit.broken is None else []
    lines += [translate("cli.check.trimmed", rows=audit.trimmed)] if audit and audit.trimmed else []
    lines += [translate("cli.check.no_audit")] if wanted and audit is None else []
    return Outcome(document, (*lines, *((translate("cli.check.sound"),) if not problems else ())), tuple(problems))


def _faults(audit: ChainCheck | None, project: ProjectReader, head: str, where: str) -> list[Problem]:
    """What is wrong with the event log: a changed row, rows that are gone, no row with the hash `head`."""
    from app.engine.audit_keeping import kept_end

    found = [_broken(audit, where)] if audit is not None and audit.broken is not None else []
    kept, history = kept_end(project.project), project.history
    gone = list(audit.missing) if audit is not None else []
    if kept is not None and (history is None or not history.events.has(kept)):
        gone.append(kept)
    found += [Problem(code="history.audit_short", args={"rows": one.rows}, where=where) for one in gone]
    return found + ([_cut(head, where)] if head and (audit is None or not audit.found) else [])


def _cut(head: str, where: str) -> Problem:
    return Problem(code="history.audit_cut", args={"head": head[:64]}, where=where)


def _broken(found: ChainCheck, where: str) -> Problem:
    args = {"row": found.broken, "time": utc(found.broken_ms) or ""}
    return Problem(code="history.audit", args=args, where=where)


VERB = Verb(sentence="whether a project and its history are sound", arguments=arguments, run=run)
