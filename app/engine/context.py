"""Services of the engine that do not depend on a project: event loop, thread pool, inbox, adapters, secrets, settings,
clock.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from pathlib import Path
from types import ModuleType

from app.engine.clock import utc_ms
from app.engine.event_bus import EventBus
from app.engine.machine_secrets import open_secrets
from app.log import topic
from app.loop import Loop
from app.settings import Settings
from devices.contract import Adapter, Secret
from devices.secrets import PASSPHRASE, Secrets, SecretStorage
from twin.files import atomic
from twin.files.errors import unexpected
from twin.model.change import ProblemRaised
from twin.model.ids import LinkId
from twin.model.problem import Problem, ProblemError, Severity
from twin.store.history import lived_ms

_LOG = topic("engine")

VERBS_AT_A_TIME = 4
"""Most verbs carried out side by side, whichever doors they came through; others wait."""


@dataclass(kw_only=True)
class EngineContext:
    """Shared services, one per process. Blocking work (SQLite reads, edits, waiting for an import) runs on the pool."""

    home: Path
    settings: Settings
    now_ms: Callable[[], int] = utc_ms
    lived_ms: Callable[[], int] | None = lived_ms
    """Clock (ms) of elapsed time, to detect sleep and clock changes; None where `now_ms` is moved by hand."""
    bus: EventBus = field(init=False)
    loop: Loop = field(init=False)
    pool: ThreadPoolExecutor = field(init=False)
    verb_pool: ThreadPoolExecutor = field(init=False)
    """Threads of the command line's verbs that the door carries out: they wait for work of `pool`, so none may be of it."""
    _importing: dict[str, asyncio.Lock] = field(init=False, default_factory=dict[str, asyncio.Lock])
    _imported: dict[str, ModuleType] = field(init=False, default_factory=dict[str, ModuleType])
    broken_adapters: tuple[Problem, ...] = ()
    """Problems of adapters that could not be loaded; filled by reading `adapters`."""

    def __post_init__(self) -> None:
        with contextlib.suppress(OSError):  # a home that cannot be written costs what would be kept there
            atomic.private_folder(self.home)
        self.loop = Loop(self.report_unhandled)
        self.bus = EventBus(self.report_unhandled, self.loop.call)
        readers = int(self.settings.number("readers"))
        self.pool = ThreadPoolExecutor(readers + 2, thread_name_prefix="oikos-reader")
        self.verb_pool = ThreadPoolExecutor(VERBS_AT_A_TIME, thread_name_prefix="oikos-verb")

    @cached_property
    def adapters(self) -> Mapping[str, Adapter]:
        """Every adapter by protocol; files that failed to load are raised as problems, once."""
        from devices.protocol_registry import found_adapters

        found = found_adapters()
        self.broken_adapters = found.problems
        self.raise_problem(*found.problems)
        return found.adapters

    def adapter(self, protocol: str) -> Adapter | None:
        """The adapter of one protocol, without importing the others; None where there is none, or it cannot be loaded."""
        from devices.protocol_registry import own_adapter

        if "adapters" not in self.__dict__ and (found := own_adapter(protocol)) is not None:
            return found
        return self.adapters.get(protocol)

    @cached_property
    def secrets(self) -> Secrets:
        """Store of passwords and keys: the keyring, a file under a passphrase, or one under a key of its own."""
        return open_secrets(self.home)

    def keep_secret(self, link: LinkId, secret: Secret) -> Secret:
        """Stores a link's secret, with what remains of the former one, and returns it. Raises a note where only file permissions
        protect it. Blocks: runs on the pool."""
        secret = secret.after(None if secret.data else self.secrets.get(link))
        self.secrets.put(link, secret)
        if self.secrets.kept is SecretStorage.FILE and not os.environ.get(PASSPHRASE):
            self.raise_problem(_only_permissions(self.home))
        return secret

    def forget_login(self, link: LinkId) -> None:
        """Deletes the secret of a link that could not be added; keys that its peer has handed out are kept. Blocks."""
        kept = self.secrets.get(link)
        if kept is not None and not kept.data:
            self.secrets.delete(link)

    def raise_problem(self, *problems: Problem) -> None:
        """Publishes problems to all clients (any thread)."""
        for problem in problems:
            _LOG.info("problem %s", problem)
            self.bus.publish(ProblemRaised(problem))

    def report_unhandled(self, error: BaseException, where: str) -> None:
        """Raises an exception that nothing awaited as a problem; unexpected ones are also logged."""
        if isinstance(error, ProblemError):
            self.raise_problem(*error.problems)
            return
        _LOG.error("lost in %s", where, exc_info=error)
        self.raise_problem(unexpected(error, where))

    async def run_blocking[T](self, work: Callable[[], T]) -> T:
        """Runs a blocking function on the thread pool, in the context of the caller (author, origin)."""
        return await asyncio.get_running_loop().run_in_executor(self.pool, copy_context().run, work)

    async def imported(self, name: str) -> ModuleType:
        """A module that its first user imports on the pool, for it takes long to load. Users go on in the order in which
        they asked, so that requests keep theirs."""
        async with self._importing.setdefault(name, asyncio.Lock()):
            if name not in self._imported:
                self._imported[name] = await self.run_blocking(lambda: import_module(name))
            return self._imported[name]


def _only_permissions(home: Path) -> Problem:
    return Problem(code="secrets.permissions", args={"variable": PASSPHRASE}, where=str(home), severity=Severity.NOTE)
