"""`discover_network`: 2,000 services of four hosts resolved and identified, compared with `avahi-browse -art` on a fifth host."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from typing import Any

from app.bench.harness.result import Result, UnmeasurableError

GOAL = 1.2
LIMIT_S = 600.0


def run(quick: bool) -> Result:
    """Wall seconds until all services are resolved and identified, against those until avahi-browse ends, which may be before it
    has resolved all (`more` has its numbers), or after a minute. Both hear one network of namespaces.
    """
    count, rounds = (400, 1) if quick else (2000, 3)
    told = _measured(count, rounds)
    if any(found < count for _, found in told["ours"]):
        raise UnmeasurableError(f"{min(found for _, found in told['ours'])} of {count} services were found")
    resolved = min(found for _, found in told["avahi"])
    if not resolved:
        raise UnmeasurableError("avahi-browse found nothing")
    ours, theirs = (statistics.median(spent for spent, _ in told[side]) for side in ("ours", "avahi"))
    return Result(
        figure=ours,
        unit="s",
        yardstick=theirs,
        ratio=ours / theirs,
        goal=f"≤ {GOAL} ×",
        ok=ours / theirs <= GOAL,
        more=(("services", float(count)), ("fewest that avahi-browse resolved", float(resolved))),
        note="avahi-daemon with room for 16,384 objects and records: with its defaults it resolves a fifth",
    )


def _measured(count: int, rounds: int) -> dict[str, list[Any]]:
    network = [sys.executable, "-m", "devices.lab.netlab", "--"]
    program = [sys.executable, "-m", "app.bench.harness.many_services", str(count), str(rounds)]
    done = subprocess.run([*network, *program], capture_output=True, text=True, timeout=LIMIT_S, check=False)
    try:
        told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        raise UnmeasurableError((done.stderr or done.stdout).strip()[-300:] or "no network namespaces here") from None
    if "missing" in told:
        raise UnmeasurableError(f"not installed: {', '.join(told['missing'])}")
    return told
