"""Lines of `oikos pair` for a list of devices: one per stage and per result, then what failed and why."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from app.cli.framework.output import dumped, table_word
from app.cli.framework.running_engine import print_line
from app.cli.framework.verb import Outcome
from app.i18n import problem_json, sentence, translate, what
from twin.files.errors import os_problem
from twin.files.opening import regular
from twin.model.pairing_job import ENDED, PairingJob, PairingState, tally
from twin.model.problem import ProblemError

if TYPE_CHECKING:
    from app.engine.engine import Engine
    from twin.model.twin import Twin

_BEAT_S = 0.1
MOST_BYTES = 1_000_000


def pair_list(args: argparse.Namespace) -> Outcome:
    """Adds the list to the project's pairing queue, follows it to its end and tells what came of each device."""
    from app.cli.framework.project_access import working
    from app.pairing_requests import read_requests

    with working(args.project, links=[]) as engine:
        if args.file is not None:
            jobs = engine.pair_many(read_requests(_text(args.file), engine.twin)).result()
        else:
            jobs = engine.pairing_jobs().result()
        if args.go_on:
            jobs = engine.retry_pairing([job.id for job in jobs if job.state is PairingState.FAILED]).result()
        if not args.queue:
            jobs = _followed(engine, as_json=args.json)
        twin = engine.twin
    rows = [_row(job, twin) for job in jobs]
    failed = [(job, job.problem) for job in jobs if job.problem is not None and job.state is PairingState.FAILED]
    problems = tuple(replace(problem, where=problem.where or _title(job)) for job, problem in failed)
    counts = tally(jobs)
    document = {"stage": "finished", "done": counts.done, "failed": counts.failed, "left": counts.left, "jobs": rows}
    lines = [_line(job, twin) for job in jobs] if args.queue else []
    lines.append(translate("cli.pair.counts", done=counts.done, failed=counts.failed, left=counts.left))
    return Outcome(document, tuple(lines), problems)


def _text(source: str) -> str:
    from app.pairing_requests import list_too_long

    try:
        with regular(Path(source)).open("rb") as file:
            found = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ProblemError(os_problem(error, Path(source), code="pair.list_unreadable")) from error
    if len(found) > MOST_BYTES:
        raise ProblemError(list_too_long())
    return found.decode("utf-8-sig", errors="replace")


def _followed(engine: Engine, *, as_json: bool) -> tuple[PairingJob, ...]:
    """Waits until every job has ended and prints what changes meanwhile."""
    told: dict[str, PairingJob] = {}
    pause = Event()
    while True:
        jobs = engine.pairing_jobs().result()
        for job in jobs:
            was = told.get(job.id)
            if was is None or (was.state, was.stage) != (job.state, job.stage):
                if was is not None or job.state not in ENDED:
                    print_line(dumped(_row(job, engine.twin)) if as_json else _line(job, engine.twin))
                told[job.id] = job
        if all(job.state in ENDED for job in jobs):
            return jobs
        pause.wait(_BEAT_S)


def _title(job: PairingJob) -> str:
    return f"{job.id} {job.name}".rstrip()


def _line(job: PairingJob, twin: Twin) -> str:
    mark = {PairingState.DONE: "✓", PairingState.FAILED: "✗", PairingState.CANCELLED: "–"}.get(job.state, "…")
    if job.state is PairingState.FAILED and job.problem is not None:
        return f"{mark} {_title(job)}: {what(job.problem)}"
    if job.state is PairingState.RUNNING and job.stage is not None:
        return f"{mark} {_title(job)}: {sentence(job.stage)}"
    names = ", ".join(twin.device_of[id].name for id in job.devices if id in twin.device_of)
    return f"{mark} {_title(job)}: {table_word(job.state.value)}{f' ({names})' if names else ''}"


def _row(job: PairingJob, twin: Twin) -> dict[str, object]:
    room = twin.room_of.get(job.room) if job.room else None
    return {
        "id": job.id,
        "name": job.name,
        "room": room.title if room else None,
        "state": job.state.value,
        "stage": sentence(job.stage) if job.stage else None,
        "problem": problem_json(job.problem) if job.problem else None,
        "devices": list(job.devices),
        "attempts": job.attempts,
    }
