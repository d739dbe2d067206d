"""`oikos share`: lets another home pair with a device too, shows and ends its memberships, and tells its software."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING

from app.cli.framework.verb import Outcome, Verb
from app.i18n import sentence, translate

if TYPE_CHECKING:
    from app.api import EngineApi
    from twin.model.device import Device
    from twin.model.device_sharing import Membership

READY_S = 60.0
"""Longest wait in seconds until the device can be asked; after it the device is asked all the same, so that its answer tells why not."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the project, the device, and what to do instead of sharing."""
    parser.add_argument("project")
    parser.add_argument("device", metavar="DEVICE", help="id or name of a device")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--homes", action="store_true", help="list the homes that it belongs to")
    what.add_argument("--leave", type=int, metavar="N", help="take it out of the home with this number")
    what.add_argument("--software", action="store_true", help="its software version, and whether there is a newer one")


def run(args: argparse.Namespace) -> Outcome:
    """Opens the device for another home for some minutes and prints the code for it; this home keeps it."""
    from app.cli.framework.project_access import missing, raised, reading, working

    with reading(args.project) as project:
        device = project.twin.find_device(args.device)
        if device is None:
            raise missing("device", args.device, project.twin)
    with working(args.project, links=[device.link]) as engine:
        for point in device.points[:1]:
            engine.ready(point.id, READY_S).result()  # a server that has just begun has not met its devices yet
        outcome = _answer(engine, device, args)
        problems = raised(engine)
    return Outcome(outcome.document, outcome.lines, problems)


def _answer(engine: EngineApi, device: Device, args: argparse.Namespace) -> Outcome:
    if args.leave is not None:
        return _listed(device, engine.end_membership(device.id, args.leave).result())
    if args.homes:
        return _listed(device, engine.memberships(device.id).result())
    if args.software:
        return _software(engine, device)
    window = engine.share_device(device.id).result()
    from twin.model.setup_code import printed_code
    from twin.share.qr_code import qr_lines

    document = {
        "device": device.id,
        "manual_code": window.manual_code,
        "qr": window.qr_text,
        "seconds": window.seconds,
    }
    told = translate(
        "cli.share.open", device=device.name, code=printed_code(window.manual_code), n=window.seconds // 60
    )
    return Outcome(document, (*qr_lines(window.qr_text), told))


def _listed(device: Device, homes: Iterable[Membership]) -> Outcome:
    rows = [asdict(one) for one in homes]
    lines: list[str] = []
    for row in rows:
        name = f"{row['index']}  {row['vendor']} {row['label']}".rstrip()
        lines.append(translate("cli.share.own", home=name) if row["own"] else name)
    return Outcome({"device": device.id, "homes": rows}, tuple(lines))


def _software(engine: EngineApi, device: Device) -> Outcome:
    found = engine.software_state(device.id).result()
    document = {
        "device": device.id,
        "installed": found.installed,
        "newer": found.newer or None,
        "notes": found.notes or None,
        "from_file": found.from_file,
        "checked": found.unchecked is None,
    }
    lines = [translate("cli.share.installed", version=found.installed)]
    if found.unchecked is not None:
        lines.append(sentence(found.unchecked))
    elif found.newer:
        lines.append(translate("cli.share.newer", version=sentence(found.newer_text), notes=found.notes).rstrip())
    else:
        lines.append(translate("cli.share.newest"))
    lines += [sentence(found.stage)] if found.stage is not None else []
    return Outcome(document, tuple(lines))


VERB = Verb(sentence="share a device with another home, and see in which homes it is", arguments=arguments, run=run)
