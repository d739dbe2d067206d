"""Waits for a link whose peer hands out its keys while a button on it is pressed; progress shows it, and the user may give up."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any

from app.engine.context import EngineContext
from app.jobs import Jobs
from twin.model.candidate import BUTTON_JOB
from twin.model.change import Progress
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text

ROUND_S = 0.25
"""Seconds between two reports of progress, and looks whether the user gave up."""
CANCELLED = "link.button_cancelled"
"""Code of the problem where the user gave up."""
PRESS_S = 30.0
"""Seconds within which the button is pressed; the progress bar is full then."""


async def while_button_is_awaited(
    context: EngineContext, jobs: Jobs, where: str, online: Coroutine[Any, Any, None]
) -> None:
    """Runs `online`. Raises what that raises, or ProblemError where the user gave up."""
    asked, title = jobs.begin(BUTTON_JOB), Text("job.button", name=where)
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    work = asyncio.gather(online)
    try:
        while not (await asyncio.wait((work,), timeout=ROUND_S))[0]:
            context.bus.publish(Progress(BUTTON_JOB, title, min(0.99, (loop.time() - began_s) / PRESS_S)))
            if asked.is_set():
                raise ProblemError(Problem(code=CANCELLED, where=where, retry=True))
        await work
    finally:
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError, ProblemError):
            await work
        jobs.end(BUTTON_JOB)
        context.bus.publish(Progress(BUTTON_JOB, title, 1.0, done=True))
