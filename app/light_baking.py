"""Light of storeys: from the project, or baked in a child process and stored; one at a time, with progress."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from threading import Event
from typing import Any, Protocol

import zstandard

from app.jobs import Jobs
from app.log import topic
from twin.light.model import StoreyModel
from twin.light.model_bytes import light_key, pack_model
from twin.light.storey_light import StoreyLight, unpack
from twin.model.change import Change, Progress
from twin.model.text import Text

JOB, FINE_JOB, AHEAD_JOB = "light", "fine_light", "light_ahead"
AHEAD = "ahead"
"""Quality of light that is baked before it is needed: the usual one, without progress, given up for any other."""
_JOBS: dict[str, tuple[str, Text | None]] = {
    "fine": (FINE_JOB, Text("job.lighting_fine")),
    AHEAD: (AHEAD_JOB, None),
}
_LOG = topic("engine")
_LEVEL = 9


type Run = Callable[[Callable[[], Any]], Awaitable[Any]]
"""Runs a blocking function on a pool."""


class LightStore(Protocol):
    """Where baked light is kept: the open project, or the engine in another process."""

    async def read(self, key: str) -> bytes | None:
        """The compressed light stored under a key; None where there is none."""
        ...

    async def keep(self, storey: str, key: str, data: bytes) -> None:
        """Stores compressed light, or writes a log line where it cannot be stored."""
        ...


class LightBaking:
    """Provides the light of a storey, from where it is stored; else it is baked in a child of this process."""

    def __init__(self, run: Run, publish: Callable[[Change], object], jobs: Jobs) -> None:
        """`publish` takes Progress, on the loop's thread or the pool's."""
        self._run, self._publish, self._jobs = run, publish, jobs
        self._one = asyncio.Lock()
        self._locks = {"fine": asyncio.Lock(), AHEAD: asyncio.Lock()}  # the usual light waits for neither
        self._requests: set[tuple[str, Event]] = set()
        """Quality of each request under way, and what stops its bake, also one that has not begun."""

    def stop(self, *, only_ahead: bool = False) -> None:
        """Stops the bakes of all requests, or of those ahead only; on the loop's thread."""
        for quality, stopped in self._requests:
            if quality == AHEAD or not only_ahead:
                stopped.set()

    async def light(
        self, store: LightStore | None, storey: str, make: Callable[[], StoreyModel | None], quality: str
    ) -> tuple[StoreyLight, str] | None:
        """(light, quality); a stored `normal` light also serves for `draft`. None without a model or store, when
        cancelled, or on failure (see the log). `make` runs on the pool. `ahead` bakes `normal` light until any other is
        requested.
        """
        if store is None:
            return None
        if quality != AHEAD:
            self.stop(only_ahead=True)
        request = quality, Event()
        self._requests.add(request)
        try:
            return await self._light(store, storey, make, *request)
        finally:
            self._requests.discard(request)

    async def _light(
        self,
        store: LightStore,
        storey: str,
        make: Callable[[], StoreyModel | None],
        quality: str,
        stopped: Event,
    ) -> tuple[StoreyLight, str] | None:
        run = self._run
        async with self._locks.get(quality, self._one):
            data = await run(partial(_packed, make))
            if data is None:
                return None
            key = light_key(data, quality if quality == "fine" else "normal")
            stored = await store.read(key)
            if stored is not None and (kept := await run(partial(_unpacked, stored))) is not None:
                return kept, key.split()[2]
            found = None if stopped.is_set() else await self._baked(data, quality, stopped)
            if found is None:
                return None
            if quality == AHEAD:
                quality = "normal"
            if quality == "normal":
                await store.keep(storey, key, await run(partial(_compressed, found)))
            return await run(partial(unpack, found)), quality

    async def _baked(self, data: bytes, quality: str, stopped: Event) -> bytes | None:
        from app import light_process  # no start waits for what processes need

        job, title = _JOBS.get(quality, (JOB, Text("job.lighting")))
        asked = self._jobs.begin(job)

        def report_progress(share: float) -> None:
            if title is not None:
                self._publish(Progress(job, title, share))

        try:
            child = partial(
                light_process.baked_in_child,
                data,
                "normal" if quality == AHEAD else quality,
                progress=report_progress,
                cancelled=lambda: asked.is_set() or stopped.is_set(),
            )
            baked: bytes = await self._run(child)
            return baked
        except light_process.BakeStoppedError as error:
            _LOG.info("no light: %s", error)
            return None
        finally:
            self._jobs.end(job)
            if title is not None:
                self._publish(Progress(job, None, 1.0, done=True))


def _packed(make: Callable[[], StoreyModel | None]) -> bytes | None:
    model = make()
    return None if model is None else pack_model(model)


def _compressed(light: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=_LEVEL).compress(light)


def _unpacked(data: bytes) -> StoreyLight | None:
    try:
        return unpack(zstandard.ZstdDecompressor().decompress(data))
    except (ValueError, zstandard.ZstdError) as error:
        _LOG.info("kept light cannot be read, it is baked anew: %s", error)
        return None
