"""Files that clients of other machines send, kept by their SHA-256 until the door closes."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Protocol

from app.server import problems
from app.server.file_references import KEPT, REFERENCE, WRITTEN, short_name
from app.server.outgoing_files import KEPT_S, OutgoingFiles
from twin.files import atomic
from twin.files.errors import os_problem
from twin.model.ids import clean_name
from twin.model.problem import ProblemError

MOST_BYTES = 512 << 20
"""Largest file in bytes."""
MOST_TOGETHER = 2 << 30
"""Most bytes of all files; beyond it the oldest are deleted."""
AT_A_TIME, OF_ONE = 8, 2
"""Most files being sent at a time, by all and by one person."""
MOST_FILES = 1000
"""Most files; beyond it the oldest are deleted."""
CHUNK_S = 30.0
"""Longest time (seconds) for the next part of a file to arrive."""
MOST_OF_OPERATOR = 32 << 20
"""Largest file in bytes that an operator may send: a photo."""
_DIGEST = re.compile(r"[0-9a-f]{64}")


class RunBlocking(Protocol):
    """Runs a blocking function elsewhere."""

    async def __call__[T](self, work: Callable[[], T]) -> T:
        """The function's result."""
        ...


class BlobStore:
    """A private temporary folder. Methods run on the loop; what blocks runs by `run_blocking`."""

    def __init__(
        self,
        home: Path,
        run_blocking: RunBlocking,
        keep: Callable[[str, Path, str], Path],
        most_bytes: int = MOST_BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`keep` keeps a file for links and channels: its SHA-256, where it is, its name. `clock`: seconds."""
        self._home, self.run, self.most_bytes = home, run_blocking, most_bytes
        self._folder: Path | None = None
        self._sizes: dict[str, int] = {}
        """By digest, oldest first."""
        self._asked_s: dict[str, float] = {}
        """When each was last asked for, by digest."""
        self._sending: list[str] = []
        """Persons that are sending, one entry per file."""
        self._keep, self._clock = keep, clock
        self.outgoing = OutgoingFiles(self._make_folder, clock)

    def has(self, digest: str) -> bool:
        """Whether a file was sent whole."""
        there = digest in self._sizes
        if there:
            self._asked_s[digest] = self._clock()
        return there

    async def expire(self, stands: Callable[[str], bool] = lambda owner: True) -> None:
        """Deletes files and exports that were not asked for in KEPT_S, and exports of grants (ids) that do not stand."""
        for digest in [*self._sizes]:
            if self._clock() - self._asked_s.get(digest, 0.0) > KEPT_S:
                await self.forget(digest)
        await self.run(lambda: self.outgoing.expire(stands))

    async def put(
        self,
        digest: str,
        length: int | None,
        chunks: AsyncIterator[bytes],
        person: str = "",
        most_bytes: int | None = None,
    ) -> None:
        """Keeps a file that a person sends. Raises ProblemError: too large, wrong digest, no space, too many at a time,
        stopped."""
        most = self.most_bytes if most_bytes is None else min(most_bytes, self.most_bytes)
        if not _DIGEST.fullmatch(digest):
            raise ProblemError(problems.blob_name(digest))
        if (length or 0) > most:
            raise ProblemError(problems.blob_too_large(most))
        if len(self._sending) >= AT_A_TIME or self._sending.count(person) >= OF_ONE:
            raise ProblemError(problems.blobs_busy())
        if self.has(digest):
            return
        self._sending.append(person)
        try:
            await self.run(self._make_folder)
            writing = atomic.creating(await self._placed(digest), mode=0o600)
            part = await self.run(writing.__enter__)
            try:
                size = await self._receive(part, digest, chunks, most)
            except BaseException as error:
                await self.run(partial(writing.__exit__, type(error), error, None))
                raise
            await self.run(lambda: writing.__exit__(None, None, None))
            self._sizes[digest], self._asked_s[digest] = size, self._clock()
            await self._make_room(digest)
        except FileExistsError:
            return  # sent twice at a time: the other one is whole
        except OSError as error:
            raise ProblemError(os_problem(error, self._home, code="blob.unwritable")) from error
        finally:
            self._sending.remove(person)

    def _make_folder(self) -> Path:
        if self._folder is None:
            atomic.private_folder(self._home)
            self.sweep()
            self._folder = Path(tempfile.mkdtemp(prefix=f"blobs-{os.getpid()}-", dir=self._home))
        return self._folder

    def sweep(self) -> None:
        """Deletes what a process that was killed has left. Blocks."""
        for left in self._home.glob("blobs-*-*"):
            if (process := left.name.split("-")[1]).isdecimal() and not atomic.process_runs(int(process)):
                shutil.rmtree(left, ignore_errors=True)

    async def _placed(self, digest: str) -> Path:
        return await self.run(lambda: self._place(digest))

    async def _receive(self, part: Path, digest: str, chunks: AsyncIterator[bytes], most: int) -> int:
        seen, size = hashlib.sha256(), 0
        file = await self.run(lambda: open(part, "wb"))  # noqa: PTH123, SIM115 - a file of `atomic`, closed below
        try:
            while (chunk := await _next(chunks)) is not None:
                size += len(chunk)
                if size > most:
                    raise ProblemError(problems.blob_too_large(most))
                await self.run(lambda chunk=chunk: (seen.update(chunk), file.write(chunk)))
        finally:
            await self.run(file.close)
        if seen.hexdigest() != digest:
            raise ProblemError(problems.blob_damaged())
        return size

    async def _make_room(self, newest: str) -> None:
        while sum(self._sizes.values()) > MOST_TOGETHER or len(self._sizes) > MOST_FILES:
            oldest = next(digest for digest in self._sizes if digest != newest)
            del self._sizes[oldest]
            await self.run(lambda oldest=oldest: shutil.rmtree(self._place(oldest).parent, ignore_errors=True))

    def _place(self, digest: str) -> Path:
        assert self._folder is not None  # noqa: S101 - a part was made in it
        folder = self._folder / digest
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder / "bytes"

    async def file(self, reference: str, owner: str = "") -> str:
        """The path that a reference of this owner (a grant's id) stands for, with its name. Raises ProblemError."""
        found = REFERENCE.fullmatch(reference)
        name = short_name(clean_name(found["name"], 100)).lstrip(".") if found else ""
        if found is None or not name or name == "bytes":
            raise ProblemError(problems.blob_name(reference))
        try:
            if found["scheme"] == WRITTEN:
                return await self.run(lambda: self.outgoing.place(reference, owner))
            if not self.has(found["key"]):
                raise ProblemError(problems.no_blob())
            work = self._kept if found["scheme"] == KEPT else self._named
            return await self.run(lambda: work(found["key"], name))
        except OSError as error:
            raise ProblemError(os_problem(error, self._home, code="blob.unwritable")) from error

    async def forget(self, digest: str) -> None:
        """Deletes a file that was sent, where it is there."""
        self._asked_s.pop(digest, None)
        if self._sizes.pop(digest, None) is not None:
            await self.run(lambda: shutil.rmtree(self._place(digest).parent, ignore_errors=True))

    def _named(self, digest: str, name: str) -> str:
        whole = self._place(digest)
        with contextlib.suppress(FileExistsError):
            os.link(whole, whole.with_name(name))
        return str(whole.with_name(name))

    def _kept(self, digest: str, name: str) -> str:
        """Copies a file to where links and channels find it also after a restart."""
        return str(self._keep(digest, self._place(digest), name))

    def close(self) -> None:
        """Deletes all files. Blocks."""
        folder, self._folder = self._folder, None
        self._sizes.clear()
        self.outgoing.clear()
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


async def _next(chunks: AsyncIterator[bytes]) -> bytes | None:
    """The next part of a file; None at its end. Raises ProblemError where none arrives in CHUNK_S."""
    try:
        async with asyncio.timeout(CHUNK_S):
            return await anext(chunks, None)
    except TimeoutError:
        raise ProblemError(problems.blob_stopped(CHUNK_S)) from None
