"""Light of storeys: from the project, or baked in a child process and stored; one at a time, with progress."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

import zstandard

from app.engine.context import EngineContext
from app.engine.jobs import Jobs
from app.log import topic
from twin.light.model import StoreyModel
from twin.light.model_bytes import light_key, pack_model
from twin.light.storey_light import StoreyLight, unpack
from twin.model.change import Progress
from twin.model.problem import ProblemError
from twin.model.text import Text
from twin.store.project import Project

JOB, FINE_JOB, AHEAD_JOB = "light", "fine_light", "light_ahead"
AHEAD = "ahead"
"""Quality of light that is baked before it is needed: the usual one, without progress, given up for any other."""
_JOBS: dict[str, tuple[str, Text | None]] = {
    "fine": (FINE_JOB, Text("job.lighting_fine")),
    AHEAD: (AHEAD_JOB, None),
}
_LOG = topic("engine")
_LEVEL = 9


class LightBaking:
    """Provides the light of a storey, from the project where it is stored."""

    def __init__(self, context: EngineContext, jobs: Jobs) -> None:
        self._context, self._jobs = context, jobs
        self._one = asyncio.Lock()
        self._locks = {"fine": asyncio.Lock(), AHEAD: asyncio.Lock()}  # the usual light waits for neither

    async def light(
        self, project: Project | None, storey: str, make: Callable[[], StoreyModel | None], quality: str
    ) -> tuple[StoreyLight, str] | None:
        """(light, quality); a stored `normal` light also serves for `draft`. None without a model, when cancelled, or
        on failure (see the log). `make` runs on the pool. `ahead` bakes `normal` light until any other is requested.
        """
        run = self._context.run_blocking
        if project is None:
            return None
        if quality != AHEAD:
            self._jobs.cancel(AHEAD_JOB)
        async with self._locks.get(quality, self._one):
            data = await run(partial(_packed, make))
            if data is None:
                return None
            key = light_key(data, quality if quality == "fine" else "normal")
            if (kept := await run(partial(_kept, project, key))) is not None:
                return kept, key.split()[2]
            found = await self._baked(data, quality)
            if found is None:
                return None
            if quality == AHEAD:
                quality = "normal"
            if quality == "normal":
                await run(partial(_keep, project, storey, key, found))
            return await run(partial(unpack, found)), quality

    async def _baked(self, data: bytes, quality: str) -> bytes | None:
        from app import light_process  # no start waits for what processes need

        job, title = _JOBS.get(quality, (JOB, Text("job.lighting")))
        asked = self._jobs.begin(job)

        def report_progress(share: float) -> None:
            if title is not None:
                self._context.bus.publish(Progress(job, title, share))

        try:
            child = partial(
                light_process.baked_in_child,
                data,
                "normal" if quality == AHEAD else quality,
                progress=report_progress,
                cancelled=asked.is_set,
            )
            return await self._context.run_blocking(child)
        except light_process.BakeStoppedError as error:
            _LOG.info("no light: %s", error)
            return None
        finally:
            self._jobs.end(job)
            if title is not None:
                self._context.bus.publish(Progress(job, None, 1.0, done=True))


def _packed(make: Callable[[], StoreyModel | None]) -> bytes | None:
    model = make()
    return None if model is None else pack_model(model)


def _kept(project: Project, key: str) -> StoreyLight | None:
    try:
        data = project.light(key)
        if data is None:
            return None
        light = unpack(zstandard.ZstdDecompressor().decompress(data))
    except (ProblemError, ValueError, zstandard.ZstdError) as error:
        _LOG.info("kept light cannot be read, it is baked anew: %s", error)
        return None
    try:
        if not project.readonly:
            project.use_light(key)
    except ProblemError as error:
        _LOG.info("that kept light was used is not noted: %s", error)
    return light


def _keep(project: Project, storey: str, key: str, light: bytes) -> None:
    """Stores the light; in a project that cannot be written nothing is stored and a log line is written."""
    try:
        if not project.readonly:
            project.keep_light(storey, key, zstandard.ZstdCompressor(level=_LEVEL).compress(light))
    except ProblemError as error:
        _LOG.info("light is not kept: %s", error)
