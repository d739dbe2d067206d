"""Services that all parts of the engine use: context, jobs, the open project."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol, cast

from app.author import author
from app.engine.client_inboxes import ClientInboxes
from app.engine.clock import utc_ms
from app.engine.context import EngineContext
from app.engine.discovery import DiscoveryRunner
from app.engine.door_opening import ProjectDoor
from app.engine.drawing_sketches import DrawingSketches
from app.engine.opening_status import OpeningTracker
from app.engine.pairing_queue import PairingQueue
from app.engine.preview_queue import PreviewQueue
from app.engine.problems import job_of_another, nothing_open
from app.engine.session import ProjectSession
from app.inbox import Inbox
from app.jobs import Jobs
from app.light_baking import LightBaking
from app.settings import Settings
from twin.model.observation import StringTable
from twin.model.problem import ProblemError
from twin.model.twin import Twin
from twin.store.history import lived_ms

if TYPE_CHECKING:
    from app.engine.alarm_mirror import AlarmMirror
    from app.engine.care_watch import CareWatch
    from app.engine.home_watch import HomeWatch
    from app.engine.privacy_watch import PrivacyWatch
    from app.engine.report_watch import ReportWatch
    from app.engine.security_watch import SecurityWatch
    from app.engine.verb_wait import VerbWait
    from app.engine.warning_watch import WarningWatch


class ProjectWatch(Protocol):
    """What looks at the open project in the background."""

    def begin(self) -> None:
        """Starts looking."""
        ...

    async def close(self) -> None:
        """Ends the looking."""
        ...


class EngineCore:
    """Base of the engine's parts. Every public method returns at once; the work runs on the loop."""

    def __init__(
        self,
        home: Path,
        *,
        settings: Settings | None = None,
        inbox: Inbox | None = None,
        now_ms: Callable[[], int] = utc_ms,
        lived_ms: Callable[[], int] | None = lived_ms,
        patience_s: float = 0.0,
    ) -> None:
        self.settings = settings or Settings.load(home)
        self.inbox = inbox or Inbox()
        self.context = EngineContext(home=home, settings=self.settings, now_ms=now_ms, lived_ms=lived_ms)
        self._clients = ClientInboxes(self.context.bus)
        self._clients.subscribe(self.inbox)
        self.jobs = Jobs()
        self._light = LightBaking(self.context.run_blocking, self.context.bus.publish, self.jobs)
        self._patience_s = patience_s
        self._session: ProjectSession | None = None
        self._pairing: PairingQueue | None = None
        self._watches: dict[str, ProjectWatch] = {}
        """By module, the watches of the open project that began."""
        self._discovery = DiscoveryRunner(self.context, lambda: self._session)
        self._switching = asyncio.Lock()
        self._previews = PreviewQueue()
        self._sketches = DrawingSketches(self.context)
        self._opening = OpeningTracker(self.context.bus)
        self._door: ProjectDoor | None = None
        self._verb_wait: VerbWait | None = None

    @property
    def session(self) -> ProjectSession:
        """The open project. Raises ProblemError where there is none."""
        if self._session is None:
            raise ProblemError(nothing_open())
        return self._session

    @property
    def pairing(self) -> PairingQueue:
        """The pairing queue of the open project. Raises ProblemError where there is none."""
        if self._pairing is None:
            raise ProblemError(nothing_open())
        return self._pairing

    async def warning_watch(self) -> WarningWatch:
        """The early warnings of the open project; see `_watch_of`."""
        return await self._watch_of("warning_watch", lambda loaded: loaded.WarningWatch)

    async def security_watch(self) -> SecurityWatch:
        """The security watch of the open project; see `_watch_of`."""
        return await self._watch_of("security_watch", lambda loaded: loaded.SecurityWatch)

    async def care_watch(self) -> CareWatch:
        """The care of the open project; see `_watch_of`."""
        return await self._watch_of("care_watch", lambda loaded: loaded.CareWatch)

    async def report_watch(self) -> ReportWatch:
        """The scheduled reports of the open project; its own `begin` makes them. See `_watch_of`."""
        return await self._watch_of("report_watch", lambda loaded: loaded.ReportWatch, begins=False)

    async def alarm_mirror(self) -> AlarmMirror:
        """The mirrored alarms of the open project's devices; see `_watch_of`."""
        return await self._watch_of("alarm_mirror", lambda loaded: loaded.AlarmMirror)

    async def home_watch(self) -> HomeWatch:
        """The presence of the home of the open project; see `_watch_of`."""
        return await self._watch_of("home_watch", lambda loaded: loaded.HomeWatch)

    async def privacy_watch(self) -> PrivacyWatch:
        """The privacy of the open project; see `_watch_of`."""
        return await self._watch_of("privacy_watch", lambda loaded: loaded.PrivacyWatch)

    async def _watch_of[W: ProjectWatch](
        self, module: str, kind: Callable[[ModuleType], Callable[[ProjectSession], W]], *, begins: bool = True
    ) -> W:
        """A watch of the open project, which begins with the first call. Raises ProblemError where there is no project."""
        session = self.session
        loaded = await self.context.imported(f"app.engine.{module}")
        if session is not self._session or session.closing:
            raise ProblemError(nothing_open())
        if (known := self._watches.get(module)) is not None:
            return cast("W", known)
        found = self._watches[module] = kind(loaded)(session)
        if begins:
            found.begin()
        return found

    @property
    def twin(self) -> Twin:
        """The newest snapshot of the structure; empty where no project is open."""
        return self._session.twin if self._session else Twin()

    def strings(self) -> StringTable:
        """The texts that enum and text points have used so far; read only."""
        return self._session.strings if self._session else StringTable()

    def project(self) -> str:
        """Path of the open project; empty where none is."""
        return str(self._session.path) if self._session else ""

    def now_ms(self) -> int:
        """The engine's clock, UTC milliseconds."""
        return self.context.now_ms()

    def cancel(self, job: str) -> None:
        """Asks a job (by the name in Progress) to stop."""
        self.jobs.cancel(job, author())

    def cancel_own(self, job: str) -> None:
        """Asks a job that began for the present caller to stop. Raises ProblemError where it began for another person."""
        if (owner := self.jobs.of_another(job)) is not None:
            raise ProblemError(job_of_another(owner))
        self.cancel(job)

    def compute[T](self, work: Callable[[], T]) -> Future[T]:
        """Runs a function without side effects on the pool."""
        return self._run(self.context.run_blocking(work), "compute")

    async def _edit(self, work: Callable[[ProjectSession], Coroutine[Any, Any, object]]) -> None:
        await self._edited(work)

    async def _edited[T](self, work: Callable[[ProjectSession], Coroutine[Any, Any, T]]) -> T:
        answer = await work(self.session)
        self._discovery.publish()
        return answer

    async def _logged[T](self, work: Callable[[], Coroutine[Any, Any, T]], what: str, **about: object) -> T:
        """The result of a request; how it ended is a row of the event log, with what it was about."""
        session, result = self._session, "cancelled"
        try:
            found = await work()
            result = "done"
            return found
        except ProblemError as error:
            result = error.problems[0].code
            raise
        finally:
            if session is not None:
                session.audit.add("request", {"what": what, "result": result, **about})

    def _run[T](self, work: Coroutine[Any, Any, T], name: str) -> Future[T]:
        return self.context.loop.submit(work, name=name)

    async def _importing(self) -> ModuleType:
        return await self.context.imported("app.engine.importing")
