"""Starts, stops and finds the link runners of the open project."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

from app.engine.problems import not_running
from app.log import topic
from app.loop import Loop
from devices.contract import Adapter, AdapterContext, Secret
from devices.link import LinkRunner, LinkSink
from twin.model.batch import Batch
from twin.model.device import DeviceInfo, Link
from twin.model.ids import LinkId
from twin.model.observation import StringTable
from twin.model.problem import Problem, Severity

_LOG = topic("links")


@dataclass(slots=True)
class _RunningLink:
    runner: LinkRunner
    task: asyncio.Task[object]


class LinkSupervisor:
    """Keeps one LinkRunner task per link. Event loop only."""

    def __init__(
        self,
        loop: Loop,
        adapter: Callable[[str], Adapter | None],
        home: Path,
        keep_secret: Callable[[LinkId, Secret], Awaitable[None]],
        *,
        online: bool = False,
        project: Path,
    ) -> None:
        """Blocks."""
        self._loop, self._project = loop, os.path.realpath(project)
        self.survey_problems: dict[LinkId, Problem] = {}
        """Why links could not be asked at the last radio survey."""
        self._adapter = adapter
        self._home = home
        self._keep_secret = keep_secret
        self.before_keys: Callable[[Link], Awaitable[None]] | None = None
        """Awaited when the peer of a link has handed out keys, as long as its secret still has the login by which it did."""
        self._online = online
        self._kept: dict[LinkId, _RunningLink] = {}

    def start(
        self,
        link: Link,
        secret: Secret | None,
        sink: LinkSink,
        *,
        known: tuple[DeviceInfo, ...] = (),
        asked: bool = False,
    ) -> LinkRunner | None:
        """Starts a link and keeps it running; None where its protocol is not installed, which raises a problem."""
        if (kept := self._kept.get(link.id)) is not None:
            return kept.runner
        adapter = self._adapter(link.protocol)
        if adapter is None:
            sink.problem(replace(not_running(link.address, link.protocol), severity=Severity.WARNING))
            return None
        runner = LinkRunner(adapter, link, secret, self.adapter_context(link), sink, known=known, asked=asked)
        _LOG.info("link %s starts: %s", link.protocol, link.title or link.address)
        self._kept[link.id] = _RunningLink(runner, self._loop.spawn(runner.run(), name=f"link {link.protocol}"))
        return runner

    async def stop(self, link: LinkId) -> None:
        """Ends a link's session; nothing where there is none."""
        if (kept := self._kept.pop(link, None)) is not None:
            kept.task.cancel()
            await asyncio.gather(kept.task, return_exceptions=True)

    async def stop_all(self) -> None:
        """Ends all sessions concurrently."""
        await asyncio.gather(*(self.stop(link) for link in tuple(self._kept)))

    def runner(self, link: LinkId) -> LinkRunner | None:
        """The runner of a link; None where it does not run."""
        kept = self._kept.get(link)
        return kept.runner if kept else None

    def observed(self, batch: Batch, strings: StringTable) -> None:
        """Lets published values confirm the commands under way on every link."""
        for kept in self._kept.values():
            kept.runner.observed(batch, strings)

    @property
    def running(self) -> tuple[LinkRunner, ...]:
        """All running link runners."""
        return tuple(kept.runner for kept in self._kept.values())

    def adapter_context(self, link: Link) -> AdapterContext:
        """The folder of a link's protocol, whether its adapter may use the internet, its project, and where its secret is kept."""
        return AdapterContext(
            folder=self._home / "protocols" / link.protocol,
            online=self._online,
            project=self._project,
            keep_secret=lambda secret: self._keep_keys(link, secret),
        )

    async def _keep_keys(self, link: Link, secret: Secret) -> None:
        if self.before_keys is not None:
            await self.before_keys(link)
        await self._keep_secret(link.id, secret)
