"""Waits for a verb of the command line that has the project open, which ends by itself; progress shows it, and the user may give
up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from app.engine.context import EngineContext
from app.jobs import Jobs
from twin.model.change import Progress
from twin.model.problem import ProblemError
from twin.model.text import Text
from twin.store.file_lock import LockHolder
from twin.store.file_names import project_file
from twin.store.lock_wait import LockLook, LockWait

JOB = "waiting for a verb"
ROUND_S = 0.1
"""Seconds between two looks at the project's lock, and whether the user gave up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerbWait:
    """Waiting for verbs, in an engine whose window shows it."""

    context: EngineContext
    jobs: Jobs
    is_verb: Callable[[LockHolder], bool]
    """Whether the holder of a project's lock is a verb that ends by itself."""
    longest_s: float
    """Longest time (seconds) to wait."""

    async def opened[T](self, project: Path, opening: Callable[[], Awaitable[T]]) -> T:
        """What `opening` returns once no verb has the project open. Raises its ProblemError at once where an engine or a window
        has it; else where verbs still do after `longest_s`, or the user gave up."""
        path = await self.context.run_blocking(lambda: project_file(project))
        wait = LockWait(path, self.is_verb, time.monotonic() + self.longest_s)
        while True:
            try:
                return await opening()
            except ProblemError as error:
                if error.problems[0].code != "store.locked" or not await self._may_try(wait):
                    raise

    async def _may_try(self, wait: LockWait) -> bool:
        """Whether another attempt may succeed, once no verb has the lock."""
        asked, title = self.jobs.begin(JOB), None
        try:
            while (look := await self.context.run_blocking(wait.look)) is not LockLook.HELD:
                if wait.holder is not None:
                    title = Text("job.verb", holder=wait.holder.text)
                    self.context.bus.publish(Progress(JOB, title, None))
                await asyncio.sleep(ROUND_S)
                if asked.is_set() or look is not LockLook.WAIT:
                    break
            return look is not LockLook.HELD and not asked.is_set()
        finally:
            self.jobs.end(JOB)
            if title is not None:
                self.context.bus.publish(Progress(JOB, title, 1.0, done=True))
