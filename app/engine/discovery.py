"""Runs device discovery while a view asks for it; hides candidates that the project already has, and marks ignored ones."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from urllib.parse import urlsplit

from app.engine.context import EngineContext
from app.engine.event_bus import SubscriberRole
from app.engine.given_link import told_apart
from app.engine.session import ProjectSession
from devices.candidate_merge import UPNP
from devices.contract import RecognisesOwn, ScansNetwork, Service
from devices.link_local import named_in_url
from twin.model.candidate import Candidate, Need
from twin.model.change import CandidatesChanged, Change, LinkChanged
from twin.model.problem import ProblemError
from twin.store.project.kept_settings import IGNORED_CANDIDATES, ids_of

MOST_IGNORED = 1000
"""Ignored candidates that a project keeps, the latest."""


class DiscoveryRunner:
    """One discovery run for the engine; publishes CandidatesChanged. Event loop only."""

    def __init__(self, context: EngineContext, session: Callable[[], ProjectSession | None]) -> None:
        self._context, self._session = context, session
        self._task: asyncio.Task[object] | None = None
        self._found: tuple[Candidate, ...] = ()
        self._published: tuple[Candidate, ...] = ()
        self._wanted_by: set[str] = set()
        self._unsubscribe: Callable[[], None] = lambda: None

    def start(self, client: str = "") -> None:
        """Starts discovery for a client; it runs while any client has started it."""
        self._wanted_by.add(client)
        if self._task is None or self._task.done():
            self._published = ()
            self._unsubscribe()
            self._unsubscribe = self._context.bus.subscribe(SubscriberRole.WATCH, event=self._link_changed)
            self._task = self._context.loop.spawn(self._run(), name="discover")

    def stop(self, client: str = "") -> None:
        """Ends discovery for a client; stops it after the last one. May be called twice."""
        self._wanted_by.discard(client)
        if not self._wanted_by:
            self.stop_for_all()

    def stop_for_all(self) -> None:
        """Stops discovery for all clients, when the project closes."""
        self._wanted_by.clear()
        if self._task is not None:
            self._task.cancel()
            self._task = None
            self._unsubscribe()

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """The candidates published last: found, and not in the project."""
        return self._published

    def publish(self) -> None:
        """Publishes the candidates again where the project changed them: additions, removals, what is ignored."""
        if self._task is not None:
            found = new_candidates(self._found, self._session())
            if found != self._published:
                self._published = found
                self._context.bus.publish(CandidatesChanged(found))

    async def _run(self) -> None:
        from devices.discovery import Discovery

        adapters = await self._context.run_blocking(lambda: self._context.adapters)
        discovery = Discovery(
            adapters,
            self._candidates_found,
            on_service=self._service_seen,
            on_problem=self._context.raise_problem,
            scans={UPNP: await self._context.run_blocking(_upnp_search)},
        )
        await discovery.run()

    def _candidates_found(self, found: tuple[Candidate, ...]) -> None:
        self._found = found
        self.publish()

    def _link_changed(self, change: Change) -> None:
        """A link that has come up tells which candidates are its own."""
        if isinstance(change, LinkChanged):
            self.publish()

    def _service_seen(self, service: Service) -> None:
        """A service announced itself: waiting links whose protocol uses its service type try to connect at once."""
        session = self._session()
        for runner in session.links.running if session else ():
            if service.type in self._context.adapters[runner.link.protocol].service_types:
                runner.wake()


def _upnp_search() -> ScansNetwork:
    """Blocks: its library is imported only now."""
    from devices.upnp_search import UpnpSearch

    return UpnpSearch()


def new_candidates(found: Iterable[Candidate], session: ProjectSession | None) -> tuple[Candidate, ...]:
    """The candidates that the project does not have yet; those that it ignores are marked."""
    if session is None:
        return tuple(found)
    ignored = frozenset(ids_of(session.project.setting(IGNORED_CANDIDATES)) or ())
    new = (one for one in found if not _has(session, one) and not (one.gone and _was_paired(session, one)))
    return tuple(one if one.ignored is (one.key in ignored) else replace(one, ignored=not one.ignored) for one in new)


def ignore(session: ProjectSession, key: str, ignored: bool) -> None:
    """Keeps with the project that a candidate is ignored, or is no longer; no undo step. Blocks."""

    def change(stored: object) -> list[str]:
        others = [one for one in ids_of(stored) or () if one != key]
        return [*others, key][-MOST_IGNORED:] if ignored else others

    session.project.change_setting(IGNORED_CANDIDATES, change)


def _was_paired(session: ProjectSession, candidate: Candidate) -> bool:
    """Whether it may have gone because it was paired: it then announces itself by another name."""
    return any(is_that(candidate) for is_that in session.registration.paired)


def _has(session: ProjectSession, candidate: Candidate) -> bool:
    for runner in session.links.running:
        if isinstance(runner.session, RecognisesOwn) and runner.session.owns(candidate):
            return True
        if runner.session is None and (candidate.needs, candidate.protocol) == (Need.KNOWN, runner.link.protocol):
            return True  # it may be the link's own, which tells that once it is up
    adapter = session.context.adapters.get(candidate.protocol)
    if adapter is None:
        return False
    try:
        if session.link(told_apart(adapter, adapter.link(candidate), (), session.twin.links).id) is not None:
            return True
    except ProblemError:
        return False  # it needs a code: nobody has it
    hosts = {*candidate.addresses, dict(candidate.facts).get("host", "").rstrip(".")}
    for link in session.twin.links:
        url = urlsplit(named_in_url(link.address))
        if link.protocol == candidate.protocol and url.hostname in hosts and url.port in (None, candidate.port):
            return True
    return False
