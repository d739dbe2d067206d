"""`oikos pair`: commissions a device by its code, or many from a list, and prints a line per stage."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from app.cli.framework.output import dumped
from app.cli.framework.running_engine import print_line
from app.cli.framework.verb import Outcome, Verb
from app.i18n import problem_json, sentence, translate
from twin.model.problem import Problem, ProblemError

if TYPE_CHECKING:
    from concurrent.futures import Future

    from app.engine.engine import Engine
    from twin.model.candidate import CommissioningStage
    from twin.model.device import Device

_BEAT_S = 0.1


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the pairing code and the room, or a list."""
    parser.set_defaults(refuse=parser.error)
    parser.add_argument("project")
    parser.add_argument("code", nargs="?", help="11 or 21 digits, or the QR code's text MT:...")
    parser.add_argument("--room", metavar="R", help="room for the new device")
    parser.add_argument(
        "--from", dest="file", metavar="FILE", help="many devices: lines of code, name, room, or CSV with these heads"
    )
    parser.add_argument(
        "--go-on", dest="go_on", action="store_true", help="go on with a list that was cut off, failed ones again"
    )
    parser.add_argument("--queue", action="store_true", help="list the devices of lists, and how far they are")


def run(args: argparse.Namespace) -> Outcome:
    """Checks the code, starts the server where needed, commissions. With --json every line is a stage."""
    many = args.file is not None or args.go_on or args.queue
    if many == (args.code is not None):
        args.refuse(translate("cli.usage.pair_what"))
    if many:
        from app.cli.framework.pairing_lines import pair_list

        return pair_list(args)
    from app.cli.add import row
    from app.cli.framework.project_access import missing, working

    with working(args.project, links=[]) as engine:
        wrong = engine.check_code(args.code).result()
        if wrong:
            raise ProblemError(wrong)
        room = engine.twin.find_room(args.room) if args.room else None
        if args.room and room is None:
            raise missing("room", args.room, engine.twin)
        answer = engine.pair(args.code, room.id if room else None)
        devices, problems = _followed(engine, answer, as_json=args.json)
    failed = bool(problems)
    document = {
        "stage": "finished",
        "state": "failed" if failed else "done",
        "seconds": None,
        "problem": problem_json(problems[0]) if failed else None,
        "devices": [row(device) for device in devices],
    }
    return Outcome(
        document,
        tuple(translate("cli.pair.done", device=device.name, kind=device.kind) for device in devices),
        problems,
    )


def _followed(
    engine: Engine, answer: Future[tuple[Device, ...]], *, as_json: bool
) -> tuple[tuple[Device, ...], tuple[Problem, ...]]:
    """Prints stages as they come; returns the devices, or the problems."""
    while True:
        try:
            devices = answer.result(_BEAT_S)
        except TimeoutError:
            if not answer.done():
                _print_stages(engine, as_json=as_json)
                continue
            raise
        except ProblemError as error:
            _print_stages(engine, as_json=as_json)
            return (), error.problems
        _print_stages(engine, as_json=as_json)
        return devices, ()


def _print_stages(engine: Engine, *, as_json: bool) -> None:
    from twin.model.change import CommissioningStageChanged

    for change in engine.inbox.drain()[1]:
        if isinstance(change, CommissioningStageChanged):
            print_line(dumped(stage_row(change.stage)) if as_json else _line(change.stage))


def stage_row(stage: CommissioningStage) -> dict[str, object]:
    """A stage as JSON for `--json`."""
    return {
        "stage": stage.stage,
        "title": sentence(stage.title),
        "state": stage.state.value,
        "seconds": round(stage.seconds, 3),
        "problem": problem_json(stage.problem) if stage.problem else None,
    }


def _line(stage: CommissioningStage) -> str:
    mark = {"started": "…", "done": "✓", "failed": "✗"}[stage.state.value]
    return f"{mark} {sentence(stage.title)} {stage.seconds:6.1f} s"


VERB = Verb(sentence="commission a Matter device by its code, or many from a list", arguments=arguments, run=run)
