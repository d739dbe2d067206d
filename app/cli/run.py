"""`oikos run`: the engine without a window. Records until stopped, or for a given time."""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

from app import crash_reports
from app.cli.framework.verb import Outcome, Verb
from app.i18n import translate
from app.stop_signals import handling
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text

if TYPE_CHECKING:
    from app.engine.engine import Engine
    from app.engine.session import ProjectSession
    from devices.link import LinkRunner


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the project, the duration, and whether in the background."""
    from app.cli.framework.parsing import seconds

    parser.set_defaults(refuse=parser.error)
    parser.add_argument("project")
    parser.add_argument("--for", dest="time_s", type=seconds, metavar="S", help="seconds; until Ctrl+C without")
    parser.add_argument(
        "--background", action="store_true", help="go on without this terminal; `oikos service stop` ends it"
    )


def run(args: argparse.Namespace) -> Outcome:
    """Opens the project, records, closes it; prints the counts."""
    if args.background:
        if args.time_s is not None:
            args.refuse(translate("cli.usage.background"))
        return _in_background(args.project)
    return recording_here(args.project, args.time_s)


def _in_background(project: str) -> Outcome:
    """Starts an engine that outlives this process; returns once others can reach it."""
    from pathlib import Path

    from app.cli.framework.project_race import wait_for_lock
    from app.server.background_engine import start
    from twin.store.file_names import project_file

    path = project_file(Path(project))
    wait_for_lock(path, threading.Event())
    holder = start(path)
    line = translate("cli.run.background", project=project, holder=holder.text)
    return Outcome({"pid": holder.pid, "program": holder.program}, (line,))


@crash_reports.kept()
def recording_here(
    project: str, time_s: float | None, begun: Callable[[Engine], object] = lambda engine: None
) -> Outcome:
    """Opens the project, calls `begun`, records until stopped or for a time; the counts."""
    from app.cli.framework.project_access import working
    from app.cli.framework.skipped_report import skipped_lines, skipped_rows
    from app.server.service_notification import READY, STOPPING, keep_alive, notify

    session, counts, problems, skipped = None, {}, (), ()
    try:
        with stopping() as stop, working(project, stop=stop) as engine:
            engine.context.raise_problem(*crash_reports.found())
            begun(engine)
            notify(READY)
            engine.context.loop.submit(keep_alive(), name="signs of life")
            counts, problems = recorded(engine, time_s, stop)
            session = engine.session
            notify(STOPPING)
            skipped = skipped_rows(engine)
    except ProblemError as error:  # what could not be written down at the end; the counts are told all the same
        if session is None:
            raise
        problems = (*(problem for problem in problems if problem not in error.problems), *error.problems)
    counts, problems = with_reports(session, counts, problems)
    lines = (
        translate(
            "cli.run.observed",
            observations=Text("cli.count.observations", n=counts["observations"]),
            devices=Text("cli.count.devices", n=counts["devices"]),
            seconds=counts["seconds"],
        ),
        translate(
            "cli.run.counts", **{name: counts[name] for name in ("received", "kept", "committed", "merged", "refused")}
        ),
    )
    return Outcome(counts | {"skipped": skipped}, (*lines, *skipped_lines(skipped)), problems)


FIRST_CONNECTION_S = 25.0
"""Longest time (seconds) that the run is extended for links still connecting for the first time."""


def recorded(
    engine: Engine, time_s: float | None, reported: threading.Event | None = None
) -> tuple[dict[str, object], tuple[Problem, ...]]:
    """Records for `time_s` seconds, or until `reported` or a signal is set; returns the counts of devices, links and
    commands, and the problems. A link that is not online at the end is a problem.
    """
    from app.engine.link_status import link_problems
    from twin.model.change import CommandUpdated, ProblemRaised
    from twin.model.command import CommandState

    started = time.monotonic()
    ended = {CommandState.CONFIRMED: 0, CommandState.SENT: 0, CommandState.FAILED: 0}
    problems: dict[Problem, None] = {}
    with stopping() if reported is None else nullcontext(reported) as stop:
        while not stop.is_set() and (left := _left(engine, started, time_s)) > 0:
            stop.wait(min(1.0, left))
            for change in engine.inbox.drain()[1]:  # nobody looks: the inbox must not grow
                if isinstance(change, ProblemRaised):
                    problems[change.problem] = None
                elif isinstance(change, CommandUpdated) and change.result.state in ended:
                    ended[change.result.state] += 1
    opened = engine.session
    absent = link_problems(opened) if time_s != 0 else ()
    named = {(problem.code, problem.where) for problem in absent}
    met = (*(problem for problem in problems if (problem.code, problem.where) not in named), *absent)
    counts: dict[str, object] = {
        "seconds": round(time.monotonic() - started, 1),
        "devices": len(opened.twin.devices),
        "online": sum(one.online for one in opened.presence.there.values()),
        "links": _states(opened.links.running),
    }
    return counts | {state.value: count for state, count in ended.items()}, met


def with_reports(
    session: ProjectSession, counts: dict[str, object], problems: tuple[Problem, ...]
) -> tuple[dict[str, object], tuple[Problem, ...]]:
    """The counts and problems of `recorded` with those of the reports of a session that was closed: what comes while
    its links end is recorded, too.
    """
    from app.engine.reconciliation import reconcile

    came = session.ingest.counts
    tally, differences = reconcile(came, session.history)
    return counts | {"reports": came.reports, "observations": came.observations, **tally}, (*problems, *differences)


def _states(running: Sequence[LinkRunner]) -> dict[str, str]:
    """States of links by title; by address where several have the same title."""
    titles = [runner.link.title for runner in running]
    return {
        title if title and titles.count(title) == 1 else runner.link.address: runner.state.value
        for title, runner in zip(titles, running, strict=True)
    }


def _left(engine: Engine, started: float, time_s: float | None) -> float:
    """Remaining seconds; a short run is extended until every link has connected or failed once."""
    passed = time.monotonic() - started
    if time_s is None or time_s > passed or not time_s:
        return 1.0 if time_s is None else time_s - passed
    undecided = any(engine.session.state_of(link.id).value == "connecting" for link in engine.twin.links)
    return min(0.1, FIRST_CONNECTION_S - passed) if undecided else 0.0


@contextmanager
def stopping() -> Generator[threading.Event]:
    """Context with an event that Ctrl+C, logout and termination signals set, so that all data are written before the
    end.
    """
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    with handling(stop.set):
        yield stop


VERB = Verb(sentence="work without a screen: record, keep rules", arguments=arguments, run=run)
