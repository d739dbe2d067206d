"""Opens a door for other programs while a project is open, and announces its address in the lock file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from app.engine.context import EngineContext
from twin.files.errors import os_problem
from twin.model.problem import ProblemError, Severity

if TYPE_CHECKING:
    from app.engine.session import ProjectSession
    from app.server.blobs import BlobStore
    from app.server.calls import Host
    from app.server.door import Door, Verbs
    from app.server.listening import Listening
    from app.server.network_listening import NetworkListening
    from twin.model.grant import NetworkDoor


class ProjectDoor:
    """The door of the open project. Runs on the loop; its modules are imported when links start, not before the first
    frame.
    """

    def __init__(self, context: EngineContext, engine: Host, verbs: Callable[[], Verbs] | None) -> None:
        """`verbs` makes the function that carries out verbs of the command line, when the door is opened."""
        self._context, self._engine, self._make_verbs = context, engine, verbs
        self._verbs: Verbs | None = None
        self._door: Door | None = None
        self._network: Door | None = None
        self._blobs: BlobStore | None = None
        self.served: NetworkDoor | None = None
        """Where other machines are let in; None for nowhere."""
        self._place: Listening | None = None
        self._changing = asyncio.Lock()
        """Held while the network's door changes: of two at a time one would stay open, and nothing would close it."""

    async def open(self, session: ProjectSession) -> None:
        """Opens the door when links are due. A failure is raised as a note and recorded in the lock file, and the engine
        works without a door."""
        await session.links_due.wait()
        held = session.project.held
        if session.closing or held is None:
            return
        try:
            door, place = await self._context.run_blocking(lambda: self._prepared(session))
        except ProblemError as error:
            self._context.raise_problem(*(replace(problem, severity=Severity.NOTE) for problem in error.problems))
            await self._context.run_blocking(lambda: held.announce(None))
            return
        self._door, self._place = door, place
        await door.open(place)
        await self._context.run_blocking(lambda: held.announce(place.address.as_json()))

    async def serve(self, session: ProjectSession, address: str) -> NetworkDoor | None:
        """Lets other machines in at this address, in place of the former one; none where it is empty. Raises ProblemError,
        and then the former one stays closed."""
        async with self._changing:
            await self._close_network()
            if not address or session.closing:
                return None
            door, place = await self._context.run_blocking(lambda: self._prepared_network(session, address))
            if session.closing:
                place.close()
                return None
            self._network, self.served = door, place.door
            await door.open_network(place)
            return place.door

    def drop(self) -> None:
        """Disconnects clients of other machines whose access was revoked."""
        if self._network is not None:
            self._network.drop()

    async def _close_network(self) -> None:
        door, self._network, self.served = self._network, None, None
        if door is not None:
            await door.close()
        if self._blobs is not None:
            await self._context.run_blocking(self._blobs.close)

    async def close(self) -> None:
        """Disconnects all clients and closes the door; may be called twice."""
        async with self._changing:
            await self._close_network()
        door, place, self._door, self._place = self._door, self._place, None, None
        if door is not None:
            await door.close()
        if place is not None:
            await self._context.run_blocking(place.close)

    def _verbs_of_both(self) -> Verbs | None:
        """The function that carries out verbs, one for both doors, so that they share its turns."""
        if self._verbs is None and self._make_verbs is not None:
            self._verbs = self._make_verbs()
        return self._verbs

    def _prepared_network(self, session: ProjectSession, address: str) -> tuple[Door, NetworkListening]:
        from app.engine.link_files import LinkFiles
        from app.server.blobs import BlobStore
        from app.server.door import Door  # brings the web server
        from app.server.gates import TokenGate
        from app.server.network_listening import listen_on_network

        session.grants.read()
        gate = TokenGate(
            session.grants,
            self._context.now_ms,
            lambda problem, who, place: session.audit.refused("door", problem, who, place),
        )
        kept = LinkFiles(session.project, self._context.home)
        kept.sweep()
        self._blobs = BlobStore(self._context.home / "run", self._context.run_blocking, kept.keep)
        self._blobs.sweep()
        place = listen_on_network(address, self._context.home)
        return Door(self._engine, self._context.loop, self._verbs_of_both(), gate, self._blobs), place

    def _prepared(self, session: ProjectSession) -> tuple[Door, Listening]:
        from app.server.door import Door  # brings the web server
        from app.server.listening import listen
        from app.server.method_table import fingerprint

        fingerprint()
        try:
            place = listen(session.path, self._context.home)
        except OSError as error:
            raise ProblemError(os_problem(error, session.path, code="door.place")) from error
        return Door(self._engine, self._context.loop, self._verbs_of_both()), place
