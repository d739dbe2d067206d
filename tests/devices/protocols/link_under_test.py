"""A link to a real peer, what it told, and commands by device and point: for tests of any protocol."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import platformdirs
import pytest
from filelock import FileLock

from devices.contract import AdapterContext, HasOptions, Secret
from devices.link import LinkRunner
from devices.node_runtime import NodeProgram, installed
from devices.protocol_registry import adapters
from tests.devices.conftest import Ears
from twin.model.command import Command, CommandResult
from twin.model.device import Point, device_from_description
from twin.model.link_option import checked_options
from twin.model.observation import Value
from twin.model.problem import ProblemError

HOME = platformdirs.user_cache_path("oikos-tests", appauthor=False)
"""Packages of virtual devices are fetched once per machine, not once per test."""


def node_program_or_skip(program: NodeProgram) -> Path:
    """The folder of a lab's Node program; skips where its packages cannot be had."""
    folder = HOME / "lab" / program.files[0].partition("_")[0]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder.with_suffix(".lock")):
            return asyncio.run(installed(program, folder))
    except ProblemError as error:
        pytest.skip(str(error))


async def until(good: Callable[[], object], seconds: float = 60.0) -> None:
    """Waits until it is so; whatever a sink was told has no event of its own."""
    async with asyncio.timeout(seconds):
        while not good():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


class LinkUnderTest:
    """A runner with the adapter of its URL's scheme, and its ears."""

    def __init__(self, folder: Path, url: str, secret: Secret | None = None, **options: str) -> None:
        self.ears = Ears()
        folder.mkdir(parents=True, exist_ok=True)
        scheme = url.partition("://")[0]
        adapter = next(one for one in adapters().values() if scheme in one.schemes)
        self.link = adapter.link(url)
        if options:
            assert isinstance(adapter, HasOptions)
            kept, problems = checked_options(adapter.options, (*self.link.options, *options.items()), url)
            assert not problems
            self.link = replace(self.link, options=kept)
        self._keys = folder / "keys"
        if self._keys.exists():
            secret = replace(secret or Secret(), data=self._keys.read_text())
        around = AdapterContext(folder=folder, keep_secret=self._keep)
        self.runner = LinkRunner(adapter, self.link, secret, around, self.ears, random=lambda: 0.1)
        self.ears.runner = self.runner
        self._number = 0

    async def _keep(self, secret: Secret) -> None:
        """Keys that the peer has handed out are there at the next start, as they are in a project."""
        self._keys.write_text(secret.data)

    async def command(
        self, uid: str, key: str, verb: str, value: Value = None, deadline_s: float = 60.0
    ) -> CommandResult:
        """The end of a command to a point of a device."""
        point = self.point(uid, key)
        self._number += 1
        command = Command(id=self._number, point=point.id, verb=verb, value=value, deadline_s=deadline_s)
        return await self.runner.command(command, point)

    def point(self, uid: str, key: str) -> Point:
        """The point of a device, by its key, alias or capability."""
        info = next(one for one in self.runner.devices if one.uid == uid)
        point = device_from_description(info, self.link).point(key)
        assert point is not None
        return point

    def last(self, uid: str, key: str) -> Value:
        """What a point said last; None where it said nothing."""
        if uid not in {info.uid for info in self.runner.devices}:
            return None
        key = self.point(uid, key).info.key
        said = [report.value for report in self.ears.reports if (report.uid, report.key) == (uid, key)]
        return said[-1] if said else None


@asynccontextmanager
async def running(one: LinkUnderTest) -> AsyncGenerator[LinkUnderTest]:
    """The link runs until the end of the block."""
    task = asyncio.create_task(one.runner.run())
    try:
        yield one
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
