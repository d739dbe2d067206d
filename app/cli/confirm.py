"""`oikos confirm`: the second person's word on commands that wait for it, and which devices ask for one."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.cli.framework.verb import Outcome, Verb
from app.i18n import translate
from twin.model.problem import Problem, ProblemError

if TYPE_CHECKING:
    from app.engine.engine import Engine
    from twin.model.command_approval import CommandApproval
    from twin.model.ids import DeviceId
    from twin.model.twin import Twin


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the project, a number, or a device for the switch."""
    parser.set_defaults(refuse=parser.error)
    parser.add_argument("project")
    switch = parser.add_mutually_exclusive_group()
    switch.add_argument("number", nargs="?", type=int, help="the command that waits; without one they are listed")
    parser.add_argument("--no", action="store_true", help="refuse it")
    switch.add_argument("--require", metavar="DEVICE", help="each command to this device needs a second person")
    switch.add_argument("--lift", metavar="DEVICE", help="commands to this device need no second person any more")


def run(args: argparse.Namespace) -> Outcome:
    """Lists, approves or refuses commands that wait in the running engine, or sets the switch of a device."""
    from app.cli.framework.project_access import missing, reading, working

    if args.no and args.number is None:
        args.refuse(translate("cli.usage.confirm_number"))
    with reading(args.project) as project:
        twin = project.twin  # of an access for rooms: these rooms
    with working(args.project, links=[]) as engine:
        name = args.require or args.lift
        if name:
            if (device := twin.find_device(name)) is None:
                raise missing("device", name, twin)
            engine.require_approval(device.id, bool(args.require)).result()
            line = translate("cli.confirm.required" if args.require else "cli.confirm.lifted", device=device.name)
            return Outcome({"device": device.id, "second_person": bool(args.require)}, (line,))
        found = engine.approvals().result()
        waiting = [one for one in found.waiting if one.command.point in twin.point_of]
        if args.number is None:
            return _listed(waiting, found.devices, twin)
        if all(one.id != args.number for one in waiting):
            raise ProblemError(Problem(code="approval.missing", args={"id": args.number}))
        return _decided(engine, args, twin)


def _decided(engine: Engine, args: argparse.Namespace, twin: Twin) -> Outcome:
    found = engine.decide_command(args.number, not args.no).result()
    code = "cli.confirm.refused" if args.no else "cli.confirm.approved"
    row = _row(found, twin)
    return Outcome({"approved": not args.no, **row}, (translate(code, what=row["what"], name=found.asked_by),))


def _listed(waiting: Sequence[CommandApproval], ids: Sequence[DeviceId], twin: Twin) -> Outcome:
    from app.cli.framework.output import columns

    rows = [_row(one, twin) for one in waiting]
    devices = [device for id in ids if (device := twin.device_of.get(id)) is not None]
    lines = columns(
        [(str(row["number"]), str(row["what"]), str(row["asked_by"]), str(row["until"])) for row in rows],
        ("", "point", "person", "expires"),
    ) or [translate("cli.confirm.none")]
    if devices:
        lines = [*lines, translate("cli.confirm.devices", devices=", ".join(device.name for device in devices))]
    return Outcome({"waiting": rows, "devices": [device.id for device in devices]}, tuple(lines))


def _row(one: CommandApproval, twin: Twin) -> dict[str, object]:
    from app.cli.framework.output import utc

    device, point = twin.device_of.get(one.device), twin.point_of.get(one.command.point)
    names = (device.name if device else one.device, point.title if point else one.command.point, one.command.verb)
    what = " ".join((*names, *([str(one.command.value)] if one.command.value is not None else [])))
    return {
        "number": one.id, "what": what, "device": one.device, "point": one.command.point, "verb": one.command.verb,
        "value": one.command.value, "asked_by": one.asked_by, "author_unknown": one.author_unknown, "until": utc(one.until_ms),
    }  # fmt: skip


VERB = Verb(sentence="approve or refuse commands that need a second person", arguments=arguments, run=run)
