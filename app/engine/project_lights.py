"""Baked light that is kept in the open project."""

from __future__ import annotations

import re
from functools import partial

import zstandard

from app.engine.problems import bad_light
from app.light_baking import Run
from app.log import topic
from twin.light.storey_light import unpack
from twin.model.problem import ProblemError
from twin.store.project import Project

_LOG = topic("engine")
_KEY = re.compile(r"[0-9]+ [0-9]+ normal [0-9a-f]{40}")
_LARGEST_KEPT, _LARGEST = 16 << 20, 256 << 20
"""Most bytes of a client's light, compressed and not."""


class ProjectLights:
    """The light that is kept in a project file."""

    def __init__(self, project: Project, run: Run) -> None:
        self._project, self._run = project, run

    async def read(self, key: str) -> bytes | None:
        """The compressed light stored under a key; None where there is none, or it cannot be read."""
        data: bytes | None = await self._run(partial(_read, self._project, key))
        return data

    async def keep(self, storey: str, key: str, data: bytes) -> None:
        """Stores compressed light; in a project that cannot be written nothing is stored."""
        try:
            if not self._project.readonly:
                await self._run(partial(self._project.keep_light, storey, key, data))
        except ProblemError as error:
            _LOG.info("light is not kept: %s", error)


def refuse_bad_light(key: str, data: bytes) -> None:
    """Raises ProblemError where a client's light is none, or is too large. Blocks."""
    try:
        size = zstandard.get_frame_parameters(data).content_size
        if not _KEY.fullmatch(key) or len(data) > _LARGEST_KEPT or not 0 < size <= _LARGEST:
            raise ValueError("not the key or the size of a storey's light")
        unpack(zstandard.ZstdDecompressor().decompress(data))
    except (ValueError, MemoryError, zstandard.ZstdError) as error:
        raise ProblemError(bad_light(str(error)[:80])) from error


def _read(project: Project, key: str) -> bytes | None:
    try:
        data = project.light(key)
        if data is not None and not project.readonly:
            project.use_light(key)
    except ProblemError as error:
        _LOG.info("kept light: %s", error)
        return None
    return data
