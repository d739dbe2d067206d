"""Pushes recorded reports of several protocols through their adapters, and prints the rate and whether memory grows.

    uv run python -m tests.devices.replay_protocols [--reports 300000] [mqtt knx …]

Each protocol runs in a process of its own. Memory is that of the process after a tenth of the reports and at the end.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from devices.contract import Redescribed
from tests.devices.recorded_wires import WIRES, Wire
from twin.model.report_columns import ReportColumns

REPORTS = 300_000
TOGETHER = 100
"""Messages that are pushed before what comes of them is waited for."""
BEGIN_S = 0.3
"""Seconds for a session to have said what it knows by itself."""
QUIET_S = 0.001
PATIENCE_S = 30.0
GROWTH_MB = 3.0
"""Most that the memory of a process may grow by from the first tenth on: pools of the allocator move that much."""
SHARED = Path(__file__).parents[3] / "shared" / "data"


@dataclass(slots=True)
class Replayed:
    """What came of a replay."""

    reports: int = 0
    seconds: float = 0.0
    objects: tuple[int, int] = (0, 0)
    """Objects that the collector tracks, after a tenth and at the end."""
    memory_mb: tuple[float, float] = (0.0, 0.0)


async def replay(wire: Wire, reports: int) -> Replayed:
    """Pushes messages until so many reports have come. Raises TimeoutError where none come any more."""
    done = Replayed()
    await wire.session.describe()
    reading = asyncio.create_task(_read(wire, done))
    try:
        await asyncio.sleep(BEGIN_S)
        begun, start, n, tenth = done.reports, time.perf_counter(), 0, (0, 0.0)
        while (came := done.reports - begun) < reports:
            if not tenth[0] and came >= reports // 10:
                tenth = _held()
            before = done.reports
            for _ in range(TOGETHER):
                wire.push(n)
                n += 1
            await _settled(done, before, reading)
        end = _held()
        done.reports, done.seconds = done.reports - begun, time.perf_counter() - start
        done.objects, done.memory_mb = (tenth[0], end[0]), (tenth[1], end[1])
        return done
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


async def _read(wire: Wire, done: Replayed) -> None:
    async for event in wire.session.events():
        if isinstance(event, ReportColumns):
            done.reports += len(event)
        elif isinstance(event, Redescribed):
            await wire.session.describe()


async def _settled(done: Replayed, before: int, reading: asyncio.Task[None]) -> None:
    """Waits until more reports than `before` have come, and no further ones come. Raises what ended the session."""
    async with asyncio.timeout(PATIENCE_S):
        last = -1
        while done.reports <= before or done.reports != last:
            last = done.reports
            await asyncio.sleep(QUIET_S)
            if reading.done():
                reading.result()


def _held() -> tuple[int, float]:
    gc.collect()
    return len(gc.get_objects()), _resident_mb()


def _resident_mb() -> float:
    """Resident memory of this process; 0 where the system does not tell it so."""
    file = Path("/proc/self/statm")
    return int(file.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6 if file.exists() else 0.0


async def _one(protocol: str, reports: int) -> bool:
    with tempfile.TemporaryDirectory(prefix="oikos-replay-") as folder:
        async with WIRES[protocol](SHARED, Path(folder)) as wire:
            done = await replay(wire, reports)
    (_, end), (first_mb, end_mb) = done.objects, done.memory_mb
    flat = end_mb - first_mb <= GROWTH_MB
    print(
        f"{protocol:8} {done.reports:8} reports  {done.reports / done.seconds:8.0f} /s  "
        f"{first_mb:6.1f} MB after a tenth, {end_mb:6.1f} MB at the end  "
        f"objects {done.objects[0]} → {end}  {'flat' if flat else 'GROWS'}",
        flush=True,
    )
    return flat


def main() -> int:
    """Replays the protocols that are named, or all; 1 where the memory of one grows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("protocols", nargs="*", choices=[[], *WIRES], default=[])
    parser.add_argument("--reports", type=int, default=REPORTS)
    args = parser.parse_args()
    if len(args.protocols) == 1:
        return 0 if asyncio.run(_one(args.protocols[0], args.reports)) else 1
    codes = [
        subprocess.run(
            [sys.executable, "-m", "tests.devices.replay_protocols", one, "--reports", str(args.reports)]
        ).returncode
        for one in args.protocols or WIRES
    ]
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
