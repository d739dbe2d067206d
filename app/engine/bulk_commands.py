"""Sends many commands of one user action at the same time, with progress and cancellation."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence

from app.author import author
from app.engine.session import ProjectSession
from app.jobs import Jobs
from twin.model.change import Progress
from twin.model.command import Command, CommandResult
from twin.model.text import Text

TITLE = Text("job.confirming")
ROUND_S = 0.25
"""Interval (seconds) of progress reports and of checks for cancellation."""
_numbers = itertools.count(1)


async def carry_all(session: ProjectSession, jobs: Jobs, commands: Sequence[Command]) -> list[CommandResult]:
    """Sends commands side by side and returns their results in order. After cancellation, unsent ones fail with that
    reason."""
    job = f"commands {next(_numbers)}"
    asked, tell = jobs.begin(job), session.context.bus.publish
    ended, by = 0, author()

    async def carried(command: Command) -> CommandResult:
        nonlocal ended
        result = await session.send_command(command)
        ended += 1
        return result

    work = asyncio.gather(*map(carried, commands))
    try:
        while not (await asyncio.wait((work,), timeout=ROUND_S))[0]:
            tell(Progress(job, TITLE, ended / len(commands), by=by))
            if asked.is_set():
                session.withdraw(command.id for command in commands)
                session.approvals.cancel((command.id for command in commands), jobs.cancelled_by(job) or "oikos")
        return list(await work)
    finally:
        work.cancel()
        jobs.end(job)
        tell(Progress(job, TITLE, 1.0, done=True, by=by))
