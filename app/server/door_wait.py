"""Waiting for the door of an engine that is still opening a project: shown as the opening's step, which can be cancelled."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Awaitable, Callable
from pathlib import Path

from app.jobs import Jobs
from app.server.door_address import DoorAddress
from app.server.problems import still_opening
from twin.model.change import Change, Progress, ProjectOpening
from twin.model.problem import ProblemError
from twin.model.text import Text

JOB = "attach"
LOOK_S = 0.25
"""Seconds between two looks for the door."""


class DoorWait:
    """One wait after another, on one loop; `cancel` of the job JOB ends it."""

    def __init__(self, jobs: Jobs, publish: Callable[[Change], None]) -> None:
        self._jobs, self._publish = jobs, publish
        self._shown = False
        self._asked = asyncio.Event()
        self.path = ""
        """Path of the project that was waited for, until its twin has arrived or it could not be opened."""

    async def door(
        self,
        opening: Callable[[], Awaitable[str]],
        find: Callable[[], Awaitable[DoorAddress | None]],
        stopping: Callable[[], bool],
    ) -> DoorAddress | None:
        """Address of the door, waiting while an engine is still opening the project; None where there is no engine.
        Raises ProblemError where the user cancels."""
        try:
            while True:
                path = await opening()  # asked before the door: it may have been quick
                address = await find()
                if address is not None or not path or stopping():
                    return address
                self._show(path)
                await asyncio.sleep(LOOK_S)
        finally:
            self._jobs.end(JOB)
            if self._shown:
                self._shown = False
                self._publish(Progress(JOB, None, 1.0, done=True))

    def _show(self, path: str) -> None:
        asked, name = self._jobs.begin(JOB), Path(path).stem
        if asked.is_set():
            raise ProblemError(still_opening(path, name))
        if not self._shown:
            self._shown, self.path = True, path
            self._publish(ProjectOpening(path, Text("job.opening", name=name)))
            self._publish(Progress(JOB, Text("job.door", name=name), None))

    def ask(self) -> None:
        """Ends `rest` at once."""
        self._asked.set()

    async def rest(self, pause_s: float) -> None:
        """Waits so many seconds (inf: for ever), or until `ask`."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._asked.wait(), None if math.isinf(pause_s) else pause_s)
        self._asked.clear()
