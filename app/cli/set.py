"""`oikos set`: sends a command and waits until the device's own report confirms it, or it fails with a reason."""

from __future__ import annotations

import argparse
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING

from app.cli.framework.verb import Outcome, Verb
from app.i18n import reason_json, sentence, translate
from twin.model.problem import Problem
from twin.model.text import Text

if TYPE_CHECKING:
    from app.engine.engine import Engine
    from twin.model.command import CommandResult
    from twin.model.device import Point


LOOK_S = 0.2
"""Time (seconds) between looks for what a command waits for."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the point and the value."""
    from app.cli.framework.parsing import seconds

    parser.add_argument("project")
    parser.add_argument("point", help="point id, or device/capability")
    parser.add_argument("value", help="on, off, toggle, 70%%, 21.5, 68 °F, heat, open, stop ...")
    parser.add_argument("--wait", type=seconds, default=60.0, metavar="S", help="for the connection (60)")


def run(args: argparse.Namespace) -> Outcome:
    """Starts only the point's link, sends the command and waits for the device's report."""
    from app.cli.framework.parsing import order
    from app.cli.framework.project_access import missing, reading, working
    from twin.model.command import refusal

    with reading(args.project) as project:
        point = project.twin.find_point(args.point)
        if point is None:
            raise missing("point", args.point, project.twin)
        link = project.twin.device_of[point.device].link
    verb, value = order(point, args.value)
    refused = refusal(point, verb, value)
    reason, seconds, state = refused, 0.0, "failed"
    if not refused:
        with working(args.project, links=[link]) as engine:
            reason = engine.ready(point.id, args.wait).result()
            reason = reason or _announce(args, point, engine)
            if not reason:
                result = _followed(engine, point, engine.command(point.id, verb, value), quiet=args.json)
                state, seconds, reason = result.state.value, result.seconds, result.reason
    document = {
        "point": point.id,
        "verb": verb,
        "value": value,
        "state": state,
        "seconds": round(seconds, 3),
        **reason_json(reason),
    }
    if state == "sent":
        return Outcome(document, (translate("cli.set.sent", point=point.title, seconds=seconds, reason=reason),))
    if state == "confirmed":
        return Outcome(document, (translate("cli.set.confirmed", point=point.title, seconds=seconds),))
    return Outcome(document, problems=(_refused(point, refused) if refused else _failed(point.title, reason),))


def _followed(engine: Engine, point: Point, sent: Future[CommandResult], *, quiet: bool) -> CommandResult:
    """The command's final result; unless `quiet`, prints for what it waits meanwhile."""
    from app.cli.framework.running_engine import print_line
    from twin.model.change import CommandUpdated

    while True:
        with suppress(TimeoutError):
            return sent.result(LOOK_S)
        for change in engine.inbox.drain()[1]:
            result = change.result if isinstance(change, CommandUpdated) else None
            if result and result.command.point == point.id and result.state.value == "pending" and result.reason:
                said = f"{point.title}: {sentence(result.reason)}"
                print_line(said) if not quiet else None


def _announce(args: argparse.Namespace, point: Point, engine: Engine) -> Text | None:
    """Prints that the command will wait for a second person, where its device asks for one; the reason why it cannot."""
    from app.cli.framework.running_engine import print_line, running

    if point.device not in engine.approvals().result().devices:
        return None
    if running() is None:
        return Text("reason.approval_engine")
    if not args.json:
        print_line(translate("cli.set.second_person", point=point.title))
    return None


def _refused(point: Point, reason: Text) -> Problem:
    code = "command.refused" if point.writable else "command.only_reports"
    return Problem(code=code, args={"reason": reason}, where=point.id)


def _failed(title: str, reason: Text | None) -> Problem:
    return Problem(code="command.failed", args={"point": title, "reason": reason or Text("reason.unknown")}, retry=True)


VERB = Verb(sentence="command a point and wait for the device to confirm", arguments=arguments, run=run)
