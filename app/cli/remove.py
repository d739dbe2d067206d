"""`oikos remove`: removes a gateway with its devices, or one device, from a project."""

from __future__ import annotations

import argparse

from app.cli.framework.verb import Outcome, Verb
from app.i18n import translate


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the project, and the gateway or device to remove."""
    parser.add_argument("project")
    parser.add_argument(
        "thing", metavar="LINK|DEVICE", help="name, address or id, as `oikos links` or `oikos info` say"
    )


def run(args: argparse.Namespace) -> Outcome:
    """Removes a device, or a link with its devices and secret; history stays, and `oikos undo` restores all but the
    secret."""
    from app.cli.framework.project_access import missing, raised, working

    with working(args.project, links=[]) as engine:
        twin = engine.twin
        links = [link for link in twin.links if args.thing in (link.id, link.title, link.address)]
        device = twin.find_device(args.thing) if len(links) != 1 else None
        if len(links) == 1:
            link = links[0]
            gone = [one.id for one in twin.devices if one.link == link.id]
            engine.remove_link(link.id).result()
            document: dict[str, object] = {"link": link.id, "devices": gone}
            line = translate("cli.remove.link", link=link.title or link.address, n=len(gone))
        elif device is not None:
            engine.remove(device.id).result()
            document = {"link": None, "devices": [device.id]}
            line = translate("cli.remove.device", device=device.name)
        else:
            raise missing("device", args.thing, twin)
        problems = raised(engine)
    return Outcome(document, (line,), problems)


VERB = Verb(sentence="take a gateway or a device out of a project", arguments=arguments, run=run)
