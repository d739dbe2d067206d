"""Waits for a verb of the command line that has the project open, which ends by itself; progress shows it, and the user may give
up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from app.engine.context import EngineContext
from app.jobs import Jobs
from twin.model.change import Progress
from twin.model.problem import ProblemError
from twin.model.text import Text
from twin.store.file_lock import LockHolder, read_holder
from twin.store.file_names import project_file

JOB = "waiting for a verb"
ROUND_S = 0.1
"""Seconds between two looks at the project's lock, and whether the user gave up."""


class _Other:
    """A program that does not end by itself."""


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
        end_s = asyncio.get_running_loop().time() + self.longest_s
        while True:
            try:
                return await opening()
            except ProblemError as error:
                if error.problems[0].code != "store.locked" or not await self._is_free(project, end_s):
                    raise

    async def _is_free(self, project: Path, end_s: float) -> bool:
        """Whether another attempt may succeed, once no verb has the lock."""
        asked, title = self.jobs.begin(JOB), None
        loop = asyncio.get_running_loop()
        try:
            while (holder := await self.context.run_blocking(lambda: self._holder(project))) is not None:
                if isinstance(holder, _Other) or asked.is_set() or loop.time() > end_s:
                    return False
                title = Text("job.verb", holder=holder.text)
                self.context.bus.publish(Progress(JOB, title, None))
                await asyncio.sleep(ROUND_S)
            await asyncio.sleep(ROUND_S)  # nobody is named: it is free, or has just been taken
            return loop.time() < end_s and not asked.is_set()
        finally:
            self.jobs.end(JOB)
            if title is not None:
                self.context.bus.publish(Progress(JOB, title, 1.0, done=True))

    def _holder(self, project: Path) -> LockHolder | _Other | None:
        """The verb that has the project open, _Other for any other program, None where it is free. Blocks briefly."""
        holder = read_holder(project_file(project))
        if holder is None or (holder.here and not holder.alive):
            return None
        return holder if self.is_verb(holder) else _Other()
