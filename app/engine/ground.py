"""What the engine stands on whatever project is open: loop, threads, inbox, adapters, secrets, settings, clock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from devices.secrets import Secrets

from app.inbox import Inbox
from app.log import topic
from app.loop import Loop
from app.settings import Settings
from devices.adapter import Adapter
from twin.model.change import Raised
from twin.model.problem import Problem, ProblemError, mistake

_LOG = topic("engine")


def utc_ms() -> int:
    """The clock: UTC milliseconds. Read here and nowhere else."""
    return time.time_ns() // 1_000_000


@dataclass(kw_only=True)
class Ground:
    """One per process. The pool carries what blocks: SQLite reads, edits one at a time, the wait for an import."""

    home: Path
    settings: Settings
    inbox: Inbox
    now_ms: Callable[[], int] = utc_ms
    loop: Loop = field(init=False)
    pool: ThreadPoolExecutor = field(init=False)

    def __post_init__(self) -> None:
        self.loop = Loop(self.lost)
        readers = int(self.settings.number("readers"))
        self.pool = ThreadPoolExecutor(readers + 2, thread_name_prefix="oikos-reader")

    @cached_property
    def adapters(self) -> Mapping[str, Adapter]:
        """Every adapter by protocol; files that failed to load are raised as problems, once."""
        from devices.registry import walked

        found = walked()
        for problem in found.problems:
            self.raise_problem(problem)
        return found.adapters

    @cached_property
    def secrets(self) -> Secrets:
        """Where passwords and keys are kept."""
        return Secrets(self.home)

    def raise_problem(self, *problems: Problem) -> None:
        """Shows problems to whoever looks (any thread)."""
        for problem in problems:
            _LOG.info("problem %s: %s", problem.code, problem.what)
            self.inbox.tell(Raised(problem))

    def lost(self, error: BaseException, where: str) -> None:
        """An exception that nobody awaited: shown as a problem, logged where it is a bug."""
        if isinstance(error, ProblemError):
            self.raise_problem(*error.problems)
            return
        _LOG.error("lost in %s", where, exc_info=error)
        self.raise_problem(mistake(error, where))

    async def off_loop[T](self, work: Callable[[], T]) -> T:
        """Runs what blocks on the pool."""
        return await asyncio.get_running_loop().run_in_executor(self.pool, work)
