"""`stream`: engine CPU for sending 20,000 observations a second to one more client, compared with the same without a
client.
"""

from __future__ import annotations

import time

from app.bench.harness.door_process import engine_process, pause
from app.bench.harness.result import Result

GOAL = 2.0
POINTS, RATE = 2000, 20_000


def run(quick: bool) -> Result:
    """Percent of a core, CPU of the engine's process; the client is this process."""
    seconds = 3.0 if quick else 8.0
    with engine_process(devices=POINTS, rate=RATE) as engine:
        alone = engine.cpu_share(seconds)
        remote = engine.client()
        received = 0
        try:
            remote.start().result(30)
            remote.inbox.drain()
            began = engine.cpu_s()
            end = time.perf_counter() + seconds
            while time.perf_counter() < end:
                pause(1 / 60)
                received += sum(len(batch) for batch in remote.inbox.drain()[0])
            attached = (engine.cpu_s() - began) / seconds
        finally:
            remote.stop()
        again = engine.cpu_share(seconds)
    yardstick = 100 * (alone + again) / 2
    figure = 100 * attached - yardstick
    return Result(
        figure=figure,
        unit="% of a core",
        yardstick=yardstick,
        ratio=figure / yardstick if yardstick else 0.0,
        goal=f"≤ {GOAL} % a client",
        ok=figure <= GOAL,
        note="" if figure <= GOAL else "look at how often values go out, and at what is made of each",
        more=(("observations_per_s", received / seconds),),
    )
