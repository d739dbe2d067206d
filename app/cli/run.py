"""`oikos run`: the engine without a screen. It records until it is stopped, or for a time."""

from __future__ import annotations

import argparse
import signal
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.cli.frame.verb import Outcome, Verb
from twin.model.problem import Problem

if TYPE_CHECKING:
    from app.engine import Engine


def arguments(parser: argparse.ArgumentParser) -> None:
    """The project and how long."""
    from app.cli.frame.values import seconds

    parser.add_argument("project")
    parser.add_argument("--for", dest="time_s", type=seconds, metavar="S", help="seconds; until Ctrl+C without")


def run(args: argparse.Namespace) -> Outcome:
    """Opens, records, stops clean; prints what passed."""
    from app.cli.frame.opening import working
    from app.cli.frame.skipped import skipped_lines, skipped_rows

    with working(args.project) as engine:
        counts, problems = recorded(engine, args.time_s)
        skipped = skipped_rows(engine)
    lines = (f"{counts['observations']} observations of {counts['devices']} devices in {counts['seconds']} s",)
    return Outcome(counts | {"skipped": skipped}, (*lines, *skipped_lines(skipped)), problems)


def recorded(engine: Engine, time_s: float | None) -> tuple[dict[str, object], tuple[Problem, ...]]:
    """Lets the engine work for a time (or until a signal); what passed, and the problems met."""
    from twin.model.change import Raised, Settled
    from twin.model.command import CommandState

    started = time.monotonic()
    ended = {CommandState.CONFIRMED: 0, CommandState.FAILED: 0}
    problems: dict[Problem, None] = {}
    with stopping() as stop:
        while not stop.is_set() and (time_s is None or time.monotonic() - started < time_s):
            left = 1.0 if time_s is None else max(0.0, min(1.0, time_s - (time.monotonic() - started)))
            stop.wait(left)
            for change in engine.inbox.drain()[1]:  # nobody looks: the inbox must not grow
                if isinstance(change, Raised):
                    problems[change.problem] = None
                elif isinstance(change, Settled) and change.result.state in ended:
                    ended[change.result.state] += 1
    opened = engine.opened
    counts: dict[str, object] = {
        "seconds": round(time.monotonic() - started, 1),
        "devices": len(opened.twin.devices),
        "online": sum(opened.presence.online.values()),
        "links": {runner.link.title or runner.link.address: runner.state.value for runner in opened.links.running},
        "reports": opened.line.counts.reports,
        "observations": opened.line.counts.observations,
        "refused": opened.line.counts.refused,
        "strange": opened.line.counts.strange,
        "confirmed": ended[CommandState.CONFIRMED],
        "failed": ended[CommandState.FAILED],
    }
    return counts, tuple(problems)


@contextmanager
def stopping() -> Generator[threading.Event]:
    """An event that Ctrl+C and a polite kill set, so that everything is written down before the end."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    old = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, before in old.items():
            signal.signal(number, before)


VERB = Verb(sentence="work without a screen: record, keep rules", arguments=arguments, run=run)
