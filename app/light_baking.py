"""Light of storeys: from the project, or baked in a child process and stored; one at a time, with progress."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from threading import Event
from typing import Any, Protocol

import zstandard

from app.jobs import Jobs
from app.log import topic
from twin.light.light_size import MOST_BYTES
from twin.light.model import StoreyModel
from twin.light.model_bytes import light_key, pack_model
from twin.light.storey_light import StoreyLight, unpack
from twin.model.change import Change, Progress
from twin.model.text import Text

JOB, FINE_JOB, AHEAD_JOB = "light", "fine_light", "light_ahead"
AHEAD = "ahead"
"""Quality of light that is baked before it is needed: the usual one, without progress, given up for any other."""
_USUAL = JOB, Text("job.lighting")
_JOBS = {"fine": (FINE_JOB, Text("job.lighting_fine")), AHEAD: (AHEAD_JOB, None)}
"""Job and title of each quality; ahead shows no progress."""
_LOG = topic("engine")


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


@dataclass(slots=True, eq=False)
class _Request:
    """A request under way, also one whose bake has not begun."""

    quality: str
    stops: list[Event] = field(default_factory=lambda: [Event()])
    """Any of these that is set stops its bake; the first is that of the request itself."""
    key: str = ""
    """Key of its light; empty until its model is made."""
    joined: bool = False
    """Whether a request for light that is needed now waits for this bake ahead."""
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    baked: bytes | None = None

    def is_stopped(self) -> bool:
        """Whether it shall not bake on. Any thread."""
        return any(one.is_set() for one in self.stops)


class LightBaking:
    """Provides the light of a storey, from where it is stored; else it is baked in a child of this process."""

    def __init__(self, run: Run, publish: Callable[[Change], object], jobs: Jobs) -> None:
        """`publish` takes Progress, on the loop's thread or the pool's."""
        self._run, self._publish, self._jobs = run, publish, jobs
        self._one = asyncio.Lock()
        self._locks = {"fine": asyncio.Lock(), AHEAD: asyncio.Lock()}  # the usual light waits for neither
        self._requests: list[_Request] = []

    def stop(self) -> None:
        """Stops the bakes of all requests; on the loop's thread."""
        for one in self._requests:
            one.stops[0].set()

    def _stop_ahead(self, key: str) -> None:
        """Stops what is baked ahead and was not asked for meanwhile, except light of this key."""
        for one in self._requests:
            if one.quality == AHEAD and not one.joined and one.key != key:
                one.stops[0].set()

    async def light(
        self, store: LightStore | None, storey: str, make: Callable[[], StoreyModel | None], quality: str
    ) -> tuple[StoreyLight, str] | None:
        """(light, quality); a stored `normal` light also serves for `draft`. None without a model or store, when
        cancelled, or on failure (see the log). `make` runs on the pool. `ahead` bakes `normal` light until any other is
        requested; a request for the very light that is baked ahead waits for that bake.
        """
        if store is None:
            return None
        request = _Request(quality)
        self._requests.append(request)
        try:
            async with self._locks.get(quality, self._one):
                return await self._light(store, storey, make, request)
        finally:
            self._requests.remove(request)
            request.ended.set()

    async def _light(
        self, store: LightStore, storey: str, make: Callable[[], StoreyModel | None], request: _Request
    ) -> tuple[StoreyLight, str] | None:
        run, quality = self._run, request.quality
        data = await run(partial(_packed, make))
        key = "" if data is None else light_key(data, quality if quality == "fine" else "normal")
        if quality != AHEAD:
            self._stop_ahead(key)
        if data is None:
            return None
        request.key = key
        stored = await store.read(key)
        if stored is not None and (kept := await run(partial(_unpacked, stored))) is not None:
            return kept, key.split()[2]
        if (ahead := self._ahead_of(request)) is not None:
            found, quality = await self._joined(ahead, request), "normal"
            return None if found is None else (await run(partial(unpack, found)), quality)
        found = request.baked = None if request.is_stopped() else await self._baked(data, request)
        if found is None:
            return None
        if quality == AHEAD:
            quality = "normal"
        if quality == "normal":
            from app.light_process import compressed  # no start waits for what processes need

            kept_data = await run(partial(compressed, found))
            if len(kept_data) <= MOST_BYTES:
                await store.keep(storey, key, kept_data)
            else:
                _LOG.info("light of %d bytes is too large to be kept: it is baked anew each time", len(kept_data))
        return await run(partial(unpack, found)), quality

    def _ahead_of(self, request: _Request) -> _Request | None:
        """The request ahead that bakes the same light; None where there is none."""
        same = (one for one in self._requests if one.quality == AHEAD and one.key == request.key)
        return None if request.quality == AHEAD else next(same, None)

    async def _joined(self, ahead: _Request, request: _Request) -> bytes | None:
        """Waits for a bake ahead, which from now on has progress, and can be cancelled, as if it were of `request`."""
        ahead.joined = True
        ahead.stops += [self._jobs.begin(JOB), request.stops[0]]
        try:
            await ahead.ended.wait()
            return ahead.baked
        finally:
            self._jobs.end(JOB)
            self._publish(Progress(JOB, None, 1.0, done=True))

    async def _baked(self, data: bytes, request: _Request) -> bytes | None:
        from app import light_process  # no start waits for what processes need

        ahead = request.quality == AHEAD
        job, title = _JOBS.get(request.quality, _USUAL)
        request.stops.append(self._jobs.begin(job))

        def report_progress(share: float) -> None:
            if request.joined:
                self._publish(Progress(*_USUAL, share))
            elif not ahead:
                self._publish(Progress(job, title, share))

        try:
            child = partial(
                light_process.baked_in_child,
                data,
                "normal" if ahead else request.quality,
                progress=report_progress,
                cancelled=request.is_stopped,
            )
            baked: bytes = await self._run(child)
            return baked
        except light_process.BakeStoppedError as error:
            _LOG.info("no light: %s", error)
            return None
        finally:
            self._jobs.end(job)
            if not ahead:
                self._publish(Progress(job, None, 1.0, done=True))


def _packed(make: Callable[[], StoreyModel | None]) -> bytes | None:
    model = make()
    return None if model is None else pack_model(model)


def _unpacked(data: bytes) -> StoreyLight | None:
    try:
        return unpack(zstandard.ZstdDecompressor().decompress(data))
    except (ValueError, zstandard.ZstdError) as error:
        _LOG.info("kept light cannot be read, it is baked anew: %s", error)
        return None
