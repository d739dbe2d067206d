"""Routes of a door for other machines by which files come (`/blob/SHA-256`) and go (`/out/ID`)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from aiohttp import web

from app.server import problems
from app.server.blobs import MOST_OF_OPERATOR
from app.server.codec import json_encode
from app.server.messages import JSON
from app.server.refusals import refused
from app.server.roles import Caller, Role
from twin.model.problem import Problem, ProblemError

if TYPE_CHECKING:
    from app.server.blobs import BlobStore
    from app.server.gates import Gate

CHUNK = 1 << 18
CALLER = web.RequestKey("caller", Caller)
"""Key of a request's Caller."""


class RefusalLog(Protocol):
    """The event log, for refusals."""

    def note_refusal(self, what: str, problem: Problem, who: str, place: str) -> None:
        """Adds a refusal to the event log."""
        ...


class FileRoutes:
    """Files that clients send, and those that the engine wrote for them. Runs on the engine's loop."""

    def __init__(self, blobs: BlobStore, log: RefusalLog, gate: Gate) -> None:
        self._blobs, self._log, self._gate = blobs, log, gate

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Adds the routes."""
        router.add_get("/blob/{digest}", self._has_blob)
        router.add_put("/blob/{digest}", self._put_blob)
        router.add_get("/out/{id}", self._written)
        router.add_get("/out/{id}/{name:.+}", self._fetch)
        router.add_delete("/out/{id}", self._drop)

    async def _has_blob(self, request: web.Request) -> web.StreamResponse:
        """Whether a file is there: 204 or 404; its bytes are never sent."""
        there = self._blobs.has(request.match_info["digest"])
        return web.Response(status=204) if there else refused(404, problems.no_blob())

    async def _put_blob(self, request: web.Request) -> web.StreamResponse:
        caller = request[CALLER]
        try:
            if caller.role < Role.OPERATOR:
                raise ProblemError(problems.forbidden("blob", caller.role.name.lower(), "operator"))
            most = None if caller.role >= Role.INSTALLER else MOST_OF_OPERATOR
            chunks = self._while_let_in(caller, request.content.iter_chunked(CHUNK))
            digest, length = request.match_info["digest"], request.content_length
            await self._blobs.put(digest, length, chunks, caller.person, most)
        except ProblemError as error:
            self._log.note_refusal("blob", error.problems[0], caller.person, caller.origin)
            raise
        return web.Response(status=204)

    async def _written(self, request: web.Request) -> web.StreamResponse:
        """The files of an export as a list of {name, size, sha256}; empty where nothing was written."""
        id, owner = request.match_info["id"], _owner(request)
        found = await self._blobs.run(lambda: self._blobs.outgoing.files(id, owner))
        return web.Response(body=json_encode({"files": found}), content_type=JSON)

    async def _fetch(self, request: web.Request) -> web.StreamResponse:
        """The bytes of one file, with its SHA-256 as ETag; 304 where the client has them already."""
        id, name, owner = request.match_info["id"], request.match_info["name"], _owner(request)
        path = await self._blobs.run(lambda: self._blobs.outgoing.path(id, owner, name))
        tag = next(
            f'"{one.sha256}"'
            for one in await self._blobs.run(lambda: self._blobs.outgoing.files(id, owner))
            if one.name == name
        )
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers={"ETag": tag})
        size = await self._blobs.run(lambda: path.stat().st_size)
        response = web.StreamResponse(headers={"ETag": tag, "Content-Length": str(size)})
        await response.prepare(request)
        async for chunk in self._while_let_in(request[CALLER], self._chunks(path)):
            await response.write(chunk)
        await response.write_eof()
        return response

    async def _drop(self, request: web.Request) -> web.StreamResponse:
        """Deletes an export that was fetched."""
        id, owner = request.match_info["id"], _owner(request)
        await self._blobs.run(lambda: self._blobs.outgoing.drop(id, owner))
        return web.Response(status=204)

    async def _chunks(self, path: Path) -> AsyncIterator[bytes]:
        file = await self._blobs.run(lambda: path.open("rb"))
        try:
            while chunk := await self._blobs.run(lambda: file.read(CHUNK)):
                yield chunk
        finally:
            await asyncio.shield(self._blobs.run(file.close))

    async def _while_let_in[T](self, caller: Caller, items: AsyncIterator[T]) -> AsyncIterator[T]:
        """The items, until the caller's access has ended: ProblemError then."""
        async for item in items:
            if not self._gate.still(caller):
                raise ProblemError(problems.access_ended())
            yield item


def _owner(request: web.Request) -> str:
    grant = request[CALLER].grant
    return grant.id if grant else ""
