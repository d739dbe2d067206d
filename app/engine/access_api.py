"""The part of EngineApi for access from other machines: grants, and the door on the network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, cast

from app.author import author
from app.engine.door_opening import ProjectDoor
from app.engine.engine_core import EngineCore
from twin.model.grant import Grant, NetworkDoor, NewGrant
from twin.model.ids import RoomId
from twin.model.problem import Problem, ProblemError

if TYPE_CHECKING:
    from app.server.calls import Host


class AccessApi(EngineCore):
    """The part of EngineApi that lets other machines in."""

    def grants(self) -> Future[tuple[Grant, ...]]:
        """Who may use the engine from other machines, expired ones included."""

        async def work() -> tuple[Grant, ...]:
            return await self.context.run_blocking(self.session.grants.read)

        return self._run(work(), "grants")

    def add_grant(
        self,
        name: str,
        role: str,
        rooms: Sequence[RoomId] = (),
        zones: Sequence[str] = (),
        expires_ms: int | None = None,
    ) -> Future[NewGrant]:
        """Lets a person in from other machines; the token in the result cannot be shown again."""

        from app.engine import granting

        async def work() -> NewGrant:
            session = self.session
            wanted = granting.wanted_grant(
                name, role, rooms, zones, expires_ms, now_ms=self.context.now_ms(), by=author()
            )
            twin, project = session.twin, session.project
            return await self._changed(lambda: granting.make_grant(project, wanted, twin))

        return self._run(work(), "grant")

    def revoke_grant(self, grant: str) -> Future[Grant]:
        """Ends the access with this id or name at once, also of clients that are attached; the result is the grant."""

        from app.engine import granting

        async def work() -> Grant:
            project, grants = self.session.project, self.session.grants

            def revoked() -> Grant:
                gone = granting.revoke(project, grant)
                grants.forget(gone)
                return gone

            try:
                gone = await self._changed(revoked)
                self.session.approvals.withdraw(gone.name)
                return gone
            finally:
                if self._door is not None:
                    self._door.drop()

        return self._run(work(), "revoke")

    def served(self) -> Future[NetworkDoor | None]:
        """Where the engine listens for other machines; None where it does not."""

        async def work() -> NetworkDoor | None:
            return self._door.served if self._door is not None else None

        return self._run(work(), "served")

    def serve(self, address: str) -> Future[NetworkDoor | None]:
        """Listens for other machines at this address; with an empty one it stops listening."""

        async def work() -> NetworkDoor | None:
            session = self.session
            if self._door is None:
                self._door = ProjectDoor(self.context, cast("Host", self), None)
            result = "cancelled"
            try:
                served = await self._door.serve(session, address)
                result = "done"
                return served
            except ProblemError as error:
                result = error.problems[0].code
                raise
            finally:
                session.audit.add("serve", {"address": address, "result": result})

        return self._run(work(), "serve")

    async def _changed[T](self, change: Callable[[], T]) -> T:
        """Runs a change of the grants, and reads them anew whether it succeeded or not."""
        session = self.session
        try:
            return await self.context.run_blocking(change)
        finally:
            await self.context.run_blocking(session.grants.read)

    def note_refusal(self, what: str, problem: Problem, who: str, place: str) -> None:
        """Adds a refusal at a door to the event log (any thread)."""
        if (session := self._session) is not None:
            session.audit.refused(what, problem, who, place)
