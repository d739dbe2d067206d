"""What an open history needs from time to time: to say that the disk refuses, and to forget what is old enough."""

from __future__ import annotations

import asyncio

from app.engine.ground import Ground
from twin.model.problem import Problem
from twin.store.history import History

LOOK_S = 2.0
DAY_S = 86_400.0
DAY_MS = 86_400_000
SETTLED_S = 120.0
"""Nothing is forgotten in the first two minutes: starting is work enough."""


async def care(ground: Ground, history: History) -> None:
    """Runs until cancelled: raises why nothing can be written, once per outage; forgets old samples once a day."""
    loop = asyncio.get_running_loop()
    due = loop.time() + SETTLED_S
    told: Problem | None = None
    while True:
        await asyncio.sleep(LOOK_S)
        failing = history.failing
        if failing is not None and told is None:
            ground.raise_problem(failing)
        told = failing
        if loop.time() >= due:
            due = loop.time() + DAY_S
            await _forget(ground, history)


async def _forget(ground: Ground, history: History) -> None:
    days = int(ground.settings.number("keep_raw_days"))
    cutoff_ms = ground.now_ms() - days * DAY_MS
    await ground.off_loop(lambda: history.retain(cutoff_ms))
