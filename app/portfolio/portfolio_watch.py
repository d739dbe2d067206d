"""Watches the sites of a portfolio: a task for each asks its engine, so that none waits for another."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.log import topic
from app.loop import Loop
from app.portfolio.kept_digests import KeptDigest, read_kept, write_kept
from app.portfolio.site_client import PATIENCE_S, ask_digest, site_address
from app.portfolio.site_list import MOST_SITES, PortfolioSite, add_site, read_sites, remove_site
from app.portfolio.site_status import SiteStatus
from app.server.door_address import PROTOCOL, DoorAddress
from app.server.engine_attaching import attach_engine, examine_engine
from app.server.engine_loss import NEW_TOKEN_HELPS, NO_ACCESS, NO_ACCESS_PAUSE_S
from app.server.known_engines import is_url, keep_engine, known_engine
from app.server.listening import version
from app.server.network_client import hello
from app.server.problems import engine_gone, unreachable
from twin.model.grant import ShownCertificate
from twin.model.problem import ProblemError, mistake
from twin.model.site_digest import SiteDigest

if TYPE_CHECKING:
    from devices.secrets import Secrets

_LOG = topic("portfolio")

EVERY_S, SLOWLY_S = 30.0, 60.0
"""Interval (seconds) between two requests to an engine that answers, and the least one while the page is not shown; it makes
its digest once a minute."""
FIRST_PAUSE_S, LONGEST_PAUSE_S, LONGEST_HERE_S = 2.0, 300.0, 15.0
"""Seconds until a site that did not answer is asked again: doubled each time, less up to a random half. One of this
computer costs a look at a file."""
KEEP_S = 60.0
"""Interval (seconds) at which new digests are written to disk."""


class PortfolioWatch:
    """Implements PortfolioApi. `watch(True)` begins; `stop` ends threads and writes new digests."""

    def __init__(
        self,
        file: Path,
        home: Path,
        now_ms: Callable[[], int],
        secrets: Callable[[Path], Secrets],
        open_site: Callable[[PortfolioSite], object] = lambda site: None,
    ) -> None:
        """`secrets` opens those of this computer; `open_site` opens a window on a site and raises ProblemError where it
        cannot. Both may block."""
        self._file, self._home, self.now_ms, self._open_site = file, home, now_ms, open_site
        self._open_secrets, self._secrets = secrets, list["Secrets"]()
        self._loop = Loop(lambda error, where: _LOG.error("lost in %s", where, exc_info=error))
        self._pool = ThreadPoolExecutor(MOST_SITES, thread_name_prefix="oikos-site")
        """A thread for each site that blocks: a name or disk that does not answer keeps no other site waiting."""
        self._statuses: dict[str, SiteStatus] = {}
        self._shown: tuple[SiteStatus, ...] = ()
        self._tasks: dict[str, asyncio.Task[object]] = {}
        self._due: dict[str, asyncio.Event] = {}
        self._blocked: dict[str, asyncio.Future[tuple[DoorAddress, str]]] = {}
        """By address: a look-up that has not ended yet."""
        self._doors: dict[str, tuple[DoorAddress, str]] = {}
        """Address and token by the address of a site elsewhere that answers."""
        self._kept: dict[str, KeptDigest] = {}
        self._unwritten: set[str] = set()
        self._keeping: asyncio.Task[object] | None = None
        self._started = self._watching = self._slowly = False

    @property
    def file(self) -> Path:
        """The portfolio file."""
        return self._file

    @property
    def statuses(self) -> tuple[SiteStatus, ...]:
        """How each site stands (any thread); the same object until something changed."""
        return self._shown

    def watch(self, on: bool) -> Future[None]:
        """Begins or ends to ask the sites; fails with ProblemError where the file cannot be read."""
        return self._submit(self._watch(on), "watch")

    def watch_slowly(self) -> None:
        """Begins to ask the sites once a minute, also while `watch` is off; of a file that cannot be read there are none."""

        async def work() -> None:
            self._slowly = True
            if not self._tasks:
                with contextlib.suppress(ProblemError):  # the page tells it
                    await self._begin()

        self._submit(work(), "watch slowly")

    def ask_again(self) -> None:
        """Asks every site now; one that is being asked, once more."""
        if self._started:
            self._loop.call(lambda: [due.set() for due in self._due.values()])

    def certificate(self, url: str) -> Future[ShownCertificate | None]:
        """The certificate shown at the URL of an engine that needs a token: one that this computer does not know, or that
        does not let it in any more. None for another one, also while it does not answer. Fails with ProblemError."""

        def work() -> ShownCertificate | None:
            try:
                address = known_engine(url, self._home, self._secrets_once)
            except ProblemError as error:
                if error.problems[0].code not in NEW_TOKEN_HELPS:
                    raise
                return examine_engine(url, self._home, self._secrets_once)
            try:
                hello(address)
            except ProblemError as error:
                if error.problems[0].code in NEW_TOKEN_HELPS:
                    return examine_engine(url, self._home, self._secrets_once)
            return None

        return self.compute(work)

    def examine(self, address: str) -> Future[ShownCertificate]:
        """The certificate that the engine at an address shows, and the one trusted so far; sends no token."""

        def work() -> ShownCertificate:
            return examine_engine(address, self._home, self._secrets_once)

        return self.compute(work)

    def attach(self, shown: ShownCertificate, token: str, given_up: Callable[[], bool]) -> Future[None]:
        """Tries the token (empty: the kept one) at the engine with this certificate, and keeps both unless `given_up`."""

        def work() -> None:
            attach_engine(shown, token, self._home, self._secrets_once, given_up)
            if self._started:
                self._loop.call(lambda: self._ask_anew(shown.url))

        return self.compute(work)

    def add(self, site: PortfolioSite, pin: str = "", token: str = "") -> Future[None]:
        """Adds a site; with `pin` and `token` its engine is attached to first, and refused if it does not let in."""

        def work() -> None:
            if pin and is_url(site.at):
                address = DoorAddress(protocol=PROTOCOL, url=site.at, pin=pin, secret=token)
                hello(address)
                keep_engine(address, self._home, self._secrets_once)
            add_site(self._file, site)

        return self._submit(self._added(work, site.at), "add site")

    def remove(self, site: PortfolioSite) -> Future[None]:
        """Removes a site from the list."""
        return self._submit(self._after(lambda: remove_site(self._file, site.at)), "remove site")

    def open(self, site: PortfolioSite) -> Future[None]:
        """Opens a site in a window of its own."""

        def work() -> None:
            self._open_site(site)

        return self.compute(work)

    def compute[T](self, work: Callable[[], T]) -> Future[T]:
        """Runs a function on another thread."""
        return self._pool.submit(work)

    def stop(self) -> None:
        """Ends all requests, and writes new digests; may be called twice."""
        if self._started:
            self._loop.submit(self._end(), name="end").exception(10.0)
            self._started = False
        self._loop.stop()
        self._pool.shutdown(wait=False, cancel_futures=True)

    # -- on the loop

    def _submit[T](self, work: Coroutine[Any, Any, T], name: str) -> Future[T]:
        if not self._started:
            self._started = True
            self._loop.asyncio.set_default_executor(self._pool)  # names are looked up there
            self._loop.start()
        return self._loop.submit(work, name=name)

    async def _after(self, work: Callable[[], object]) -> None:
        await self._aside(work)
        await self._read_again()

    async def _added(self, work: Callable[[], object], at: str) -> None:
        await self._after(work)
        self._ask_anew(at)

    def _ask_anew(self, at: str) -> None:
        """Asks a site now, with the token that is kept now."""
        self._doors.pop(at, None)
        self._blocked.pop(at, None)
        if (due := self._due.get(at)) is not None:
            due.set()

    async def _watch(self, on: bool) -> None:
        self._watching = on
        if not on:
            if not self._slowly:
                self._end_tasks(self._tasks)
            await self._write()
            return
        for due in self._due.values():
            due.set()
        await self._begin()

    async def _begin(self) -> None:
        if not self._kept:
            self._kept = await self._aside(lambda: read_kept(self._home))
        if self._keeping is None:
            self._keeping = self._loop.spawn(self._keep(), name="keep digests")
        await self._read_again()

    async def _read_again(self) -> None:
        """Reads the file; begins to ask new sites, and leaves those that are gone."""
        sites = await self._aside(lambda: read_sites(self._file))
        before, self._statuses = self._statuses, {}
        for site in sites:
            known = before.get(site.at) or self._from_disk(site)
            self._statuses[site.at] = replace(known, site=site)
        self._show()
        self._end_tasks({at: task for at, task in self._tasks.items() if at not in self._statuses})
        for at in self._statuses if self._watching or self._slowly else ():
            if at not in self._tasks:
                self._due[at] = asyncio.Event()
                self._tasks[at] = self._loop.spawn(self._follow(at), name="site")

    def _from_disk(self, site: PortfolioSite) -> SiteStatus:
        kept = self._kept.get(site.at)
        return SiteStatus(
            site=site, digest=kept.digest if kept else None, received_ms=kept.received_ms if kept else None
        )

    def _end_tasks(self, tasks: Mapping[str, asyncio.Task[object]]) -> None:
        for at, task in [*tasks.items()]:
            task.cancel()
            self._tasks.pop(at, None)
            self._due.pop(at, None)
            self._doors.pop(at, None)

    async def _follow(self, at: str) -> None:
        """Asks one site until cancelled: at equal intervals while it answers, ever more rarely while it does not."""
        failures, due = 0, self._due[at]
        while True:
            due.clear()  # what comes from now on is not forgotten
            site = self._statuses[at].site
            try:
                if (door := self._doors.get(at)) is None:
                    door = await self._look_up(site)
                self._answered(at, await ask_digest(*door, site))
                if site.far and not due.is_set():
                    self._doors[at] = door
                failures, pause = 0, EVERY_S
            except Exception as error:
                found = error if isinstance(error, ProblemError) else ProblemError(mistake(error, at))
                failures += 1
                self._doors.pop(at, None)
                self._silent(at, found)
                pause = pause_s(found, failures, far=site.far)
            seconds = pause * random.uniform(0.5, 1.0)  # noqa: S311 - not all in one moment
            await _wait(due, seconds if self._watching else max(seconds, SLOWLY_S))

    async def _look_up(self, site: PortfolioSite) -> tuple[DoorAddress, str]:
        """Address and token of a site, looked up by one thread at a time, waited for PATIENCE_S at most."""

        def work() -> tuple[DoorAddress, str]:
            version()  # reads files at the first time
            address = site_address(site, self._home, self._secrets_once)
            return address, address.token()

        if (running := self._blocked.get(site.at)) is None or running.done():
            running = self._blocked[site.at] = asyncio.get_running_loop().run_in_executor(self._pool, work)
            running.add_done_callback(lambda done: done.cancelled() or done.exception())  # perhaps nobody waits
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await asyncio.shield(running)
        except TimeoutError as error:
            gone = unreachable(site.at, "") if site.far else engine_gone()
            raise ProblemError(gone) from error

    def _secrets_once(self, home: Path) -> Secrets:
        """This computer's secrets, opened once: their key takes long to derive."""
        if not self._secrets:
            self._secrets.append(self._open_secrets(home))
        return self._secrets[0]

    def _answered(self, at: str, digest: SiteDigest) -> None:
        if (known := self._statuses.get(at)) is None:
            return
        now_ms = self.now_ms()
        self._statuses[at] = replace(known, digest=digest, received_ms=now_ms, problem=None, asked=True)
        self._kept[at] = KeptDigest(now_ms, digest)
        self._unwritten.add(at)
        self._show()

    def _silent(self, at: str, error: ProblemError) -> None:
        if (known := self._statuses.get(at)) is not None:
            self._statuses[at] = replace(known, problem=error.problems[0], asked=True)
            self._show()

    def _show(self) -> None:
        self._shown = tuple(self._statuses.values())

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(KEEP_S)
            await self._write()

    async def _write(self) -> None:
        if self._unwritten:
            found = {at: self._kept[at] for at in self._unwritten}
            self._unwritten = set()
            await self._aside(lambda: write_kept(self._home, found))

    async def _end(self) -> None:
        self._end_tasks(self._tasks)
        await self._write()

    async def _aside[T](self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)


async def _wait(due: asyncio.Event, seconds: float) -> None:
    """Waits, or until the site is to be asked at once."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await due.wait()


def pause_s(error: ProblemError, failures: int, *, far: bool) -> float:
    """Longest time (seconds) until a site that failed so many times in a row is asked again."""
    if error.problems[0].code in NO_ACCESS:
        return NO_ACCESS_PAUSE_S
    return min(FIRST_PAUSE_S * 2.0 ** min(failures - 1, 20), LONGEST_PAUSE_S if far else LONGEST_HERE_S)
