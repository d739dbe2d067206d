"""`oikos discover`: lists devices on the network; `--check` tests whether devices can be found at all."""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING

from app.cli.framework.output import columns, table_word
from app.cli.framework.verb import Outcome, Verb
from app.i18n import sentence, translate
from twin.model.network_check import CheckVerdict
from twin.model.problem import Problem

if TYPE_CHECKING:
    from app.engine.engine import Engine
    from twin.model.candidate import Candidate
    from twin.model.network_check import NetworkFinding

_PAUSE = threading.Event()
"""Never set: waiting on it is a pause that Ctrl+C interrupts."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: duration, or what to do instead of looking."""
    from app.cli.framework.parsing import seconds

    parser.add_argument("--for", dest="time_s", type=seconds, default=5.0, metavar="S", help="seconds to look (5)")
    parser.add_argument(
        "--check",
        action="store_true",
        help="check the network instead: whether devices can be found and reached from this computer",
    )


def run(args: argparse.Namespace) -> Outcome:
    """Looks for candidates and lists them, or checks the network."""
    if args.check:
        return _checked()
    from app.cli.framework.project_access import raised, working

    with working(None) as engine:
        found = discover_for(engine, args.time_s)
        problems = raised(engine)
    shown = columns(
        (
            (
                c.name,
                c.protocol,
                table_word(c.product),
                " ".join(filter(None, (c.maker, c.model))),
                c.firmware,
                ", ".join(c.addresses[:2]),
                table_word("gone" if c.gone else c.needs.value),
                c.key,
            )
            for c in found
        ),
        ("name", "protocol", "product", "model", "firmware", "address", "needs", "key"),
    )
    rows = [row(candidate) for candidate in found]
    return Outcome({"candidates": rows}, tuple(shown or (translate("cli.discover.nothing"),)), problems)


def _checked() -> Outcome:
    """Checks whether devices can be found, and lists each finding with the next step. Needs no project and no
    engine."""
    import asyncio

    from app.engine.clock import utc_ms
    from devices.network_check.check import check_network
    from twin.store.history.session import BUILT_MS

    found = asyncio.run(check_network(utc_ms(), BUILT_MS))
    head, *lines = columns(map(_cells, found), ("check", "verdict", "found"))
    shown = [head]
    for line, one in zip(lines, found, strict=True):
        shown += [line, f"  → {sentence(one.to_do)}"] if one.verdict is CheckVerdict.UNKNOWN else [line]
    wrong = [one for one in found if one.verdict is CheckVerdict.FAIL]
    problems = [Problem(code=one.evidence.code, args=one.evidence.args, where=one.interface) for one in wrong]
    return Outcome({"checks": [_finding_row(one) for one in found]}, tuple(shown), tuple(problems))


def _cells(one: NetworkFinding) -> tuple[str, str, str]:
    where = f" ({one.interface})" if one.interface else ""
    return (
        f"{translate(f'network.check.{one.check}')}{where}",
        translate(f"network.{one.verdict}"),
        sentence(one.evidence),
    )


def _finding_row(one: NetworkFinding) -> dict[str, object]:
    """A finding as JSON for `--json`."""
    return {
        "check": one.check,
        "verdict": one.verdict,
        "interface": one.interface,
        "found": sentence(one.evidence),
        "to_do": sentence(one.to_do),
        **one.evidence.as_json(),
    }


def row(candidate: Candidate) -> dict[str, object]:
    """A candidate as JSON for `--json`."""
    fields = asdict(candidate)
    del fields["facts"], fields["ignored"]  # which belongs to a project
    return fields


def discover_for(
    engine: Engine, time_s: float, *, enough: Callable[[tuple[Candidate, ...]], bool] = lambda found: False
) -> tuple[Candidate, ...]:
    """Discovers for `time_s` seconds, or until `enough` returns True; the candidates, sorted by protocol and name."""
    from app.inbox import Inbox
    from twin.model.change import CandidatesChanged

    found: tuple[Candidate, ...] = ()
    inbox = Inbox()
    detach = engine.attach(inbox).result()
    engine.discover(True)
    end = time.monotonic() + time_s
    while time.monotonic() < end and not enough(found):
        _PAUSE.wait(min(0.1, max(0.0, end - time.monotonic())))
        for change in inbox.drain()[1]:
            if isinstance(change, CandidatesChanged):
                found = change.candidates
    engine.discover(False)
    detach()
    return tuple(sorted(found, key=lambda c: (c.protocol, c.name, c.key)))


VERB = Verb(sentence="everything on the network, identified, each device once", arguments=arguments, run=run)
