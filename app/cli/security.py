"""`oikos security`: what the security watch noticed, and what it watches."""

from __future__ import annotations

import argparse

from app.cli.framework.output import columns, utc
from app.cli.framework.verb import Outcome, Verb
from app.i18n import sentence, translate

KINDS = ("new_device", "unknown_writer", "silent_gateway", "firmware", "certificate", "failed_logins")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the project, since when, and what to switch."""
    from app.cli.framework.parsing import instant

    parser.add_argument("project")
    parser.add_argument("--from", dest="from_ms", type=instant, default="-30d", metavar="T", help="since then (-30d)")
    parser.add_argument("--on", choices=KINDS, metavar="KIND", help=f"watch this: {', '.join(KINDS)}")
    parser.add_argument("--off", choices=KINDS, metavar="KIND", help="do not watch this")


def run(args: argparse.Namespace) -> Outcome:
    """Switches what is named, then prints the events and what is off."""
    from app.cli.framework.project_access import working

    with working(args.project, links=()) as engine:
        for kind, on in ((args.on, True), (args.off, False)):
            if kind:
                engine.watch_security(kind, on=on).result()
        found = engine.security_events(args.from_ms).result()
    document = {
        "events": [
            {"time": utc(one.time_ms), "kind": one.kind, "code": one.text.code, "args": one.text.args, "text": sentence(one.text)}
            for one in found.events
        ],
        "watched": [kind for kind in KINDS if kind not in found.off],
        "off": found.off,
    }  # fmt: skip
    rows = [(utc(one.time_ms), one.kind.value, sentence(one.text)) for one in found.events]
    lines = columns(rows, ("time", "kind", "what")) or [translate("security.nothing")]
    lines += [f"{translate('security.off')} {translate(f'alarm.of.{kind.value}')}" for kind in found.off]
    return Outcome(document, tuple(lines))


VERB = Verb(sentence="what the security watch noticed", arguments=arguments, run=run)
