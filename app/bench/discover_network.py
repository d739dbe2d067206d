"""`discover_network`: 2,000 services of four hosts resolved and identified, compared with `avahi-browse -art` on a fifth host."""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
from typing import Any

from app.bench.harness.many_services import AVAHI_S, LIMIT_S
from app.bench.harness.result import Result, UnmeasurableError

GOAL = 1.2
START_S = 60.0
SIDES = ("ours", "avahi")


def run(quick: bool) -> Result:
    """Wall seconds until all services are resolved and identified, against those until avahi-browse ends, which may be before it
    has resolved all (`more` has its numbers), or after a minute. Both hear one network of namespaces.
    """
    count, rounds = (400, 1) if quick else (2000, 3)
    told = _measured(count, rounds)
    fewest = {side: min(found for _, found in (one[side] for one in told)) for side in SIDES}
    if fewest["ours"] < count:
        raise UnmeasurableError(f"{fewest['ours']} of {count} services were found ({_said(told)})")
    if not fewest["avahi"]:
        raise UnmeasurableError(f"avahi-browse found nothing ({_said(told)})")
    ours, theirs = (statistics.median(spent for spent, _ in (one[side] for one in told)) for side in SIDES)
    return Result(
        figure=ours,
        unit="s",
        yardstick=theirs,
        ratio=ours / theirs,
        goal=f"≤ {GOAL} ×",
        ok=ours / theirs <= GOAL,
        more=(
            ("services", float(count)),
            ("rounds", float(len(told))),
            ("fewest that avahi-browse resolved", float(fewest["avahi"])),
        ),
        note="avahi-daemon with room for 16,384 objects and records: with its defaults it resolves a fifth",
    )


def _measured(count: int, rounds: int) -> list[dict[str, Any]]:
    """Seconds and services of both sides in each round; those that were over in time where one hangs."""
    network = [sys.executable, "-m", "devices.lab.netlab", "--"]
    program = [sys.executable, "-m", "app.bench.harness.many_services", str(count), str(rounds)]
    pipe = subprocess.PIPE
    with subprocess.Popen([*network, *program], stdout=pipe, stderr=pipe, text=True, start_new_session=True) as process:
        limit_s = START_S + rounds * (AVAHI_S + LIMIT_S)
        try:
            out, errors = process.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # whoever else holds its pipes, too
            out, errors = process.communicate()
            errors = f"not over after {limit_s:.0f} s"
    told = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    if any("missing" in one for one in told):
        raise UnmeasurableError(f"not installed: {', '.join(told[0]['missing'])}")
    if not told:
        raise UnmeasurableError(errors.strip()[-300:] or "no network namespaces here")
    return told


def _said(told: list[dict[str, Any]]) -> str:
    return "; ".join(f"{side} {one[side][1]} in {one[side][0]:.1f} s" for one in told for side in SIDES)
