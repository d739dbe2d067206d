"""Services that all parts of the engine use: context, jobs, the open project."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

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
    from app.engine.rule_requests import RuleRequests
    from app.engine.security_watch import SecurityWatch
    from app.engine.verb_wait import VerbWait
    from app.engine.warning_watch import WarningWatch


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
        self._watch: WarningWatch | None = None
        self._security: SecurityWatch | None = None
        self._care: CareWatch | None = None
        self._home: HomeWatch | None = None
        self._mirror: AlarmMirror | None = None
        self._privacy_watch: PrivacyWatch | None = None
        self._reports: ReportWatch | None = None
        self._discovery = DiscoveryRunner(self.context, lambda: self._session)
        self._switching = asyncio.Lock()
        self._previews = PreviewQueue()
        self._requesting = asyncio.Lock()
        self._rule_requests: type[RuleRequests] | None = None
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

    async def watch(self) -> WarningWatch:
        """The early warnings of the open project, which begin with the first call. Raises ProblemError where there is no
        project."""
        session = self.session
        watching = await self.context.run_blocking(lambda: import_module("app.engine.warning_watch"))
        if session is not self._session or session.closing:
            raise ProblemError(nothing_open())
        found: WarningWatch = self._watch or watching.WarningWatch(session)
        if self._watch is None:
            self._watch = found
            found.begin()
        return found

    async def security(self) -> SecurityWatch:
        """The security watch of the open project, which begins with the first call. Raises ProblemError where there is no
        project."""
        session = self.session
        watching = await self.context.run_blocking(lambda: import_module("app.engine.security_watch"))
        if session is not self._session or session.closing:
            raise ProblemError(nothing_open())
        found: SecurityWatch = self._security or watching.SecurityWatch(session)
        if self._security is None:
            self._security = found
            found.begin()
        return found

    async def care_watch(self) -> CareWatch:
        """The care of the open project, which begins with the first call. Raises ProblemError where there is no project."""
        session = self.session
        watching = await self.context.run_blocking(lambda: import_module("app.engine.care_watch"))
        if session is not self._session or session.closing:
            raise ProblemError(nothing_open())
        found: CareWatch = self._care or watching.CareWatch(session)
        if self._care is None:
            self._care = found
            found.begin()
        return found

    async def report_watch(self) -> ReportWatch:
        """The scheduled reports of the open project; `begin` makes them. Raises ProblemError where there is no project."""
        session = self.session
        watching = await self.context.run_blocking(lambda: import_module("app.engine.report_watch"))
        if session is not self._session or session.closing:
            raise ProblemError(nothing_open())
        found: ReportWatch = self._reports or watching.ReportWatch(session)
        self._reports = found
        return found

    async def alarm_mirror(self) -> AlarmMirror:
        """The mirrored alarms of the open project's devices, which begin with the first call. Raises ProblemError where there
        is no project."""
        session = self.session
        mirroring = await self.context.run_blocking(lambda: import_module("app.engine.alarm_mirror"))
        if session is not self._session or session.closing:
            raise ProblemError(nothing_open())
        found: AlarmMirror = self._mirror or mirroring.AlarmMirror(session)
        if self._mirror is None:
            self._mirror = found
            found.begin()
        return found

    async def home_watch(self) -> HomeWatch:
        """The presence of the home of the open project, which begins with the first call. Raises ProblemError where there is
        no project."""
        session = self.session
        watching = await self.context.run_blocking(lambda: import_module("app.engine.home_watch"))
        if session is not self._session or session.closing:
            raise ProblemError(nothing_open())
        found: HomeWatch = self._home or watching.HomeWatch(session)
        if self._home is None:
            self._home = found
            found.begin()
        return found

    async def privacy_watch(self) -> PrivacyWatch:
        """The privacy of the open project, which begins with the first call. Raises ProblemError where there is no
        project."""
        session = self.session
        watching = await self.context.run_blocking(lambda: import_module("app.engine.privacy_watch"))
        if session is not self._session or session.closing:
            raise ProblemError(nothing_open())
        found: PrivacyWatch = self._privacy_watch or watching.PrivacyWatch(session)
        if self._privacy_watch is None:
            self._privacy_watch = found
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
        """Imports app.engine.importing on the pool, since its geometry libraries take long to load."""
        return await self.context.run_blocking(lambda: import_module("app.engine.importing"))
