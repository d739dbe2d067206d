"""Runs the network check on a thread of the pool, with progress and cancel."""

from __future__ import annotations

import asyncio
import contextlib
import threading

from app.engine.context import EngineContext
from app.jobs import Jobs
from twin.model.change import Progress
from twin.model.network_check import JOB, NetworkFinding
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text
from twin.store.history.session import BUILT_MS

ROUND_S = 0.1
"""Seconds between two looks at progress and cancel."""
LONGEST_S = 15.0
"""The check is given up after this time (seconds)."""
TITLE = Text("job.network_check")


async def check_network(context: EngineContext, jobs: Jobs) -> tuple[NetworkFinding, ...]:
    """All findings. Raises ProblemError `network.check_cancelled`, or `network.check_too_long` after LONGEST_S."""
    asked = jobs.begin(JOB)
    context.bus.publish(Progress(JOB, TITLE, 0.0))
    try:
        return await context.run_blocking(lambda: asyncio.run(_checked(context, asked)))
    finally:
        jobs.end(JOB)
        context.bus.publish(Progress(JOB, TITLE, 1.0, done=True))


async def _checked(context: EngineContext, asked: threading.Event) -> tuple[NetworkFinding, ...]:
    """Runs in an event loop of its own: some probes read files of the system."""
    from devices.network_check.check import check_network
    from devices.network_check.multicast import LISTEN_S

    loop = asyncio.get_running_loop()
    began = loop.time()
    work = asyncio.gather(check_network(context.now_ms(), BUILT_MS))
    try:
        while not (await asyncio.wait((work,), timeout=ROUND_S))[0]:
            took_s = loop.time() - began
            context.bus.publish(Progress(JOB, TITLE, min(0.99, took_s / LISTEN_S)))
            if asked.is_set() or took_s > LONGEST_S:
                code = "network.check_cancelled" if asked.is_set() else "network.check_too_long"
                raise ProblemError(Problem(code=code, retry=True))
        return (await work)[0]
    finally:
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work
