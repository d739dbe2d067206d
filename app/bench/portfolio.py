"""`portfolio`: fifty sites alive on the page of sites, compared with a bare request to each of their doors, one after the
other.
"""

from __future__ import annotations

import gc
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.bench.harness.door_process import pause
from app.bench.harness.replay_process import memory_mb
from app.bench.harness.result import Result, UnmeasurableError
from app.bench.harness.sites_process import sites_process

if TYPE_CHECKING:
    from devices.secrets import Secrets

SITES, GOAL_S, GOAL_MB = 50, 1.0, 1.0
LONGEST_S, LOOK_S = 60.0, 0.005


def run(quick: bool) -> Result:
    """Wall seconds from the start of the watch until every site is live, and MB of memory for each; their engines share
    one other process."""
    with sites_process(SITES) as projects, tempfile.TemporaryDirectory(prefix="oikos-bench-") as folder:
        _watched(projects[:1], Path(folder) / "warm")
        gc.collect()
        before = memory_mb()
        times = [_watched(projects, Path(folder) / str(turn)) for turn in range(2 if quick else 5)]
        yardstick = _asked(projects)
    figure = sorted(seconds for seconds, _ in times)[len(times) // 2]
    each_mb = (max(memory for _, memory in times) - before) / SITES
    ok = figure <= GOAL_S and each_mb <= GOAL_MB
    return Result(
        figure=figure,
        unit="s",
        yardstick=yardstick,
        ratio=figure / yardstick,
        goal=f"≤ {GOAL_S:g} s, {GOAL_MB:g} MB a site",
        ok=ok,
        note="" if ok else "the engines of the bench share one interpreter: look at the watch's own CPU first",
        more=(("mb_per_site", each_mb),),
    )


def _watched(projects: Sequence[Path], folder: Path) -> tuple[float, float]:
    """(seconds until all are live, MB of this process then)."""
    from app.portfolio.portfolio_watch import PortfolioWatch
    from app.portfolio.site_list import add_site, new_site

    folder.mkdir()
    for project in projects:
        add_site(folder / "portfolio.json", new_site(str(project)))
    watch = PortfolioWatch(folder / "portfolio.json", folder, lambda: time.time_ns() // 1_000_000, _no_secrets)
    began = time.perf_counter()
    try:
        watch.watch(True).result(LONGEST_S)
        while not all(one.live for one in watch.statuses):
            if time.perf_counter() - began > LONGEST_S:
                raise UnmeasurableError(f"{sum(one.live for one in watch.statuses)} of {len(projects)} sites are live")
            pause(LOOK_S)
        return time.perf_counter() - began, memory_mb()
    finally:
        watch.stop()


def _no_secrets(home: Path) -> Secrets:
    from devices.secrets import Secrets

    return Secrets(home, keyring=False)


def _asked(projects: Sequence[Path]) -> float:
    """Seconds for a bare request to each door."""
    from app.server.door_address import door_of
    from app.server.thin_client import connected

    began = time.perf_counter()
    for project in projects:
        address = door_of(project)
        wire = None if address is None else connected(address)
        if wire is None:
            raise UnmeasurableError("a door is closed")
        wire.request("GET", "/api/digest")
        wire.getresponse().read()
        wire.close()
    return time.perf_counter() - began
