"""Opens a door for other programs while a project is open, and announces its address in the lock file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from app.engine.context import EngineContext
from twin.files.errors import os_problem
from twin.model.problem import ProblemError, Severity

if TYPE_CHECKING:
    from app.engine.session import ProjectSession
    from app.server.calls import Host
    from app.server.door import Door, Verbs
    from app.server.listening import Listening


class ProjectDoor:
    """The door of the open project. Runs on the loop; its modules are imported when links start, not before the first
    frame.
    """

    def __init__(self, context: EngineContext, engine: Host, verbs: Callable[[], Verbs] | None) -> None:
        """`verbs` makes the function that carries out verbs of the command line, when the door is opened."""
        self._context, self._engine, self._verbs = context, engine, verbs
        self._door: Door | None = None
        self._place: Listening | None = None

    async def open(self, session: ProjectSession) -> None:
        """Opens the door when links are due. A failure is raised as a note and the engine works without a door."""
        await session.links_due.wait()
        held = session.project.held
        if session.closing or held is None:
            return
        try:
            door, place = await self._context.run_blocking(lambda: self._prepared(session))
        except ProblemError as error:
            self._context.raise_problem(*(replace(problem, severity=Severity.NOTE) for problem in error.problems))
            return
        self._door, self._place = door, place
        await door.open(place)
        await self._context.run_blocking(lambda: held.announce(place.address.as_json()))

    async def close(self) -> None:
        """Disconnects all clients and closes the door; may be called twice."""
        door, place, self._door, self._place = self._door, self._place, None, None
        if door is not None:
            await door.close()
        if place is not None:
            await self._context.run_blocking(place.close)

    def _prepared(self, session: ProjectSession) -> tuple[Door, Listening]:
        from app.server.door import Door  # brings the web server
        from app.server.listening import listen
        from app.server.method_table import fingerprint

        fingerprint()
        try:
            place = listen(session.path, self._context.home)
        except OSError as error:
            raise ProblemError(os_problem(error, session.path, code="door.place")) from error
        return Door(self._engine, self._context.loop, self._verbs() if self._verbs else None), place
