"""`oikos radio`: the radio links between devices, weakest first, and how old that is."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from app.cli.framework.output import columns, utc
from app.cli.framework.verb import Outcome, Verb
from app.i18n import format_age, translate
from app.i18n.radio_texts import heard_text, node_title, quality_text, radio_name, role_word, strength_word

if TYPE_CHECKING:
    from twin.model.radio_map import RadioMap


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the project, and whether to ask anew."""
    from app.cli.framework.parsing import seconds

    parser.add_argument("project")
    parser.add_argument(
        "--refresh", action="store_true", help="ask all devices anew; minutes, and it loads their network"
    )
    parser.add_argument(
        "--for", dest="time_s", type=seconds, default=15.0, metavar="S", help="to wait for gateways (15)"
    )


def run(args: argparse.Namespace) -> Outcome:
    """Asks all devices where told so, then prints the map."""
    from app.cli.framework.project_access import working
    from app.cli.links import wait_settled

    with working(args.project, links=None if args.refresh else ()) as engine:
        if args.refresh:
            wait_settled(engine, args.time_s)
            found = engine.survey_radio().result()
        else:
            found = engine.radio_map().result()
        now_ms = engine.now_ms()
    return Outcome(document_of(found), lines_of(found, now_ms), found.problems)


def document_of(found: RadioMap) -> dict[str, object]:
    """The map as JSON."""
    return {
        "asked": utc(found.asked_ms) if found.asked_ms is not None else None,
        "simulated": found.simulated,
        "nodes": [
            {"key": one.key, "name": node_title(one), "device": one.device, "role": one.role, "answered": one.answered}
            for one in found.nodes
        ],
        "links": [
            {
                "radio": one.radio, "start": one.start, "end": one.end, "lqi": one.lqi, "rssi_dbm": one.rssi_dbm,
                "strength": one.strength, "heard": utc(one.heard_ms) if one.heard_ms is not None else None,
            }
            for one in found.links
        ],
    }  # fmt: skip


def lines_of(found: RadioMap, now_ms: int) -> tuple[str, ...]:
    """A line per link, then who did not answer, and how old the survey is."""
    of = {node.key: node for node in found.nodes}
    rows = [
        (
            radio_name(one.radio),
            f"{node_title(of.get(one.start))} ↔ {node_title(of.get(one.end))}",
            quality_text(one),
            strength_word(one.strength),
            heard_text(one, now_ms),
        )
        for one in found.links
    ]
    lines = columns(rows, ("radio", "link", "quality", "strength", "heard"))
    silent = [f"{node_title(one)} ({role_word(one.role)})" for one in found.nodes if not one.answered]
    lines += [translate("radio.silent", names=", ".join(silent))] if silent else []
    lines += [translate("radio.simulated")] if found.simulated else []
    if found.asked_ms is None:
        return (*lines, translate("radio.never"))
    return (*lines, translate("radio.asked", ago=format_age(found.asked_ms, now_ms)))


VERB = Verb(sentence="radio links between devices, weakest first", arguments=arguments, run=run)
