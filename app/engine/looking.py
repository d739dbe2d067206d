"""Looking for devices while somebody watches: what the project has already is left out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from app.engine.ground import Ground
from app.engine.opened import Opened
from devices.contract import RecognisesOwn, Service
from twin.model.candidate import Candidate
from twin.model.change import CandidatesChanged
from twin.model.problem import ProblemError


class Looking:
    """Discovery for one engine; candidates come as Found. Runs on the loop."""

    def __init__(self, context: Ground, opened: Callable[[], Opened | None]) -> None:
        self._ground, self._opened = context, opened
        self._task: asyncio.Task[object] | None = None
        self._found: tuple[Candidate, ...] = ()
        self._told: tuple[Candidate, ...] = ()

    def start(self) -> None:
        """Starts where it does not run."""
        if self._task is None or self._task.done():
            self._told = ()
            self._task = self._ground.loop.spawn(self._look(), name="discover")

    def stop(self) -> None:
        """Stops; may be called twice."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def tell(self) -> None:
        """Tells what was found once more where the project has taken some of it in, or let it go."""
        if self._task is not None:
            found = strangers(self._found, self._opened())
            if found != self._told:
                self._told = found
                self._ground.bus.publish(CandidatesChanged(found))

    async def _look(self) -> None:
        from devices.discovery import Discovery

        adapters = await self._ground.off_loop(lambda: self._ground.adapters)
        discovery = Discovery(adapters, self._hear, on_service=self._seen, on_problem=self._ground.raise_problem)
        await discovery.run()

    def _hear(self, found: tuple[Candidate, ...]) -> None:
        self._found = found
        self.tell()

    def _seen(self, service: Service) -> None:
        """Somebody announced himself: links of his kind that wait try at once."""
        opened = self._opened()
        for runner in opened.links.running if opened else ():
            if service.type in self._ground.adapters[runner.link.protocol].service_types:
                runner.wake()


def strangers(found: Iterable[Candidate], opened: Opened | None) -> tuple[Candidate, ...]:
    """Those that the project does not have yet."""
    return tuple(one for one in found if opened is None or not _has(opened, one))


def _has(opened: Opened, candidate: Candidate) -> bool:
    for runner in opened.links.running:
        if isinstance(runner.session, RecognisesOwn) and runner.session.owns(candidate):
            return True
    adapter = opened.ground.adapters.get(candidate.protocol)
    if adapter is None:
        return False
    try:
        if opened.link(adapter.link(candidate).id) is not None:
            return True
    except ProblemError:
        return False  # it needs a code: nobody has it
    hosts = {*candidate.addresses, dict(candidate.facts).get("host", "").rstrip(".")}
    for link in opened.twin.links:
        url = urlsplit(link.address)
        if link.protocol == candidate.protocol and url.hostname in hosts and url.port in (None, candidate.port):
            return True
    return False
