"""`oikos codes`: the setup codes of devices, which are kept encrypted: lists, tells, keeps and deletes them."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from app.cli.framework.output import columns, utc
from app.cli.framework.verb import Outcome, Verb
from app.i18n import translate

if TYPE_CHECKING:
    from app.api import EngineApi
    from twin.model.ids import DeviceId
    from twin.model.setup_code import KeptCode


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the project, a device, and what to do with its code instead of telling it."""
    parser.set_defaults(refuse=parser.error)
    parser.add_argument("project")
    parser.add_argument("device", nargs="?", metavar="DEVICE", help="id or name of a device, also of a removed one")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--keep", metavar="CODE", help="keep this code for the device")
    what.add_argument("--forget", action="store_true", help="delete the code of the device")


def run(args: argparse.Namespace) -> Outcome:
    """Lists where codes are kept, or tells the code of one device."""
    from app.cli.framework.project_access import raised, working

    if args.device is None and (args.keep is not None or args.forget):
        args.refuse(translate("cli.usage.codes_which"))
    with working(args.project, links=[]) as engine:
        outcome = _listed(engine.setup_codes().result()) if args.device is None else _of_device(engine, args)
        return Outcome(outcome.document, outcome.lines, raised(engine))


def _listed(kept: tuple[KeptCode, ...]) -> Outcome:
    rows = [
        {
            "device": row.device,
            "name": row.name,
            "room": row.place,
            "since": utc(row.since_ms),
            "removed": row.is_removed,
        }
        for row in kept
    ]
    cells = [(row.name, row.place, translate("cli.codes.removed") if row.is_removed else "") for row in kept]
    return Outcome({"codes": rows}, tuple(columns(cells)) or (translate("cli.codes.none"),))


def _of_device(engine: EngineApi, args: argparse.Namespace) -> Outcome:
    device = _found(engine, args.device)
    if args.keep is not None:
        row = next(one for one in engine.keep_setup_code(device, args.keep).result() if one.device == device)
        told = translate("cli.codes.kept", name=row.name)
        return Outcome({"device": device, "kept": True}, (told,))
    if args.forget:
        engine.forget_setup_code(device).result()
        return Outcome({"device": device, "kept": False}, (translate("cli.codes.forgotten", name=args.device),))
    from twin.model.setup_code import printed_code

    code = engine.setup_code(device).result()
    return Outcome({"device": device, "code": code}, (printed_code(code),))


def _found(engine: EngineApi, name: str) -> DeviceId:
    """The device of this id or name, of the project or of those whose codes are kept."""
    from app.cli.framework.project_access import missing

    device = engine.twin.find_device(name)
    if device is not None:
        return device.id
    gone = [one.device for one in engine.setup_codes().result() if name in (one.device, one.name)]
    if len(gone) != 1:
        raise missing("device", name, engine.twin)
    return gone[0]


VERB = Verb(sentence="the setup codes of devices, kept encrypted", arguments=arguments, run=run)
