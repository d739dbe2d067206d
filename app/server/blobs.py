"""Files that clients of other machines send, kept by their SHA-256 until the door closes."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Protocol

from app.server import problems
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
PREFIX = "blob:"
_DIGEST = re.compile(r"[0-9a-f]{64}")
_REFERENCE = re.compile(r"blob:(?P<digest>[0-9a-f]{64})/(?P<name>[^/\\]{1,100})")


class RunBlocking(Protocol):
    """Runs a blocking function elsewhere."""

    async def __call__[T](self, work: Callable[[], T]) -> T:
        """The function's result."""
        ...


class BlobStore:
    """A private temporary folder. Methods run on the loop; what blocks runs by `run_blocking`."""

    def __init__(self, home: Path, run_blocking: RunBlocking, most_bytes: int = MOST_BYTES) -> None:
        self._home, self._run, self.most_bytes = home, run_blocking, most_bytes
        self._folder: Path | None = None
        self._sizes: dict[str, int] = {}
        """By digest, oldest first."""
        self._sending: list[str] = []
        """Persons that are sending, one entry per file."""

    def has(self, digest: str) -> bool:
        """Whether a file was sent whole."""
        return digest in self._sizes

    async def put(self, digest: str, length: int | None, chunks: AsyncIterator[bytes], person: str = "") -> None:
        """Keeps a file that a person sends. Raises ProblemError: too large, wrong digest, no space, too many at a time,
        stopped."""
        if not _DIGEST.fullmatch(digest):
            raise ProblemError(problems.blob_name(digest))
        if (length or 0) > self.most_bytes:
            raise ProblemError(problems.blob_too_large(self.most_bytes))
        if len(self._sending) >= AT_A_TIME or self._sending.count(person) >= OF_ONE:
            raise ProblemError(problems.blobs_busy())
        if self.has(digest):
            return
        self._sending.append(person)
        try:
            await self._run(self._make_folder)
            writing = atomic.creating(await self._placed(digest), mode=0o600)
            part = await self._run(writing.__enter__)
            try:
                size = await self._receive(part, digest, chunks)
            except BaseException as error:
                await self._run(partial(writing.__exit__, type(error), error, None))
                raise
            await self._run(lambda: writing.__exit__(None, None, None))
            self._sizes[digest] = size
            await self._make_room(digest)
        except FileExistsError:
            return  # sent twice at a time: the other one is whole
        except OSError as error:
            raise ProblemError(os_problem(error, self._home, code="blob.unwritable")) from error
        finally:
            self._sending.remove(person)

    def _make_folder(self) -> None:
        if self._folder is None:
            atomic.private_folder(self._home)
            for left in self._home.glob("blobs-*-*"):  # of a process that was killed
                if (process := left.name.split("-")[1]).isdecimal() and not atomic.process_runs(int(process)):
                    shutil.rmtree(left, ignore_errors=True)
            self._folder = Path(tempfile.mkdtemp(prefix=f"blobs-{os.getpid()}-", dir=self._home))

    async def _placed(self, digest: str) -> Path:
        return await self._run(lambda: self._place(digest))

    async def _receive(self, part: Path, digest: str, chunks: AsyncIterator[bytes]) -> int:
        seen, size = hashlib.sha256(), 0
        file = await self._run(lambda: open(part, "wb"))  # noqa: PTH123, SIM115 - a file of `atomic`, closed below
        try:
            while (chunk := await _next(chunks)) is not None:
                size += len(chunk)
                if size > self.most_bytes:
                    raise ProblemError(problems.blob_too_large(self.most_bytes))
                await self._run(lambda chunk=chunk: (seen.update(chunk), file.write(chunk)))
        finally:
            await self._run(file.close)
        if seen.hexdigest() != digest:
            raise ProblemError(problems.blob_damaged())
        return size

    async def _make_room(self, newest: str) -> None:
        while sum(self._sizes.values()) > MOST_TOGETHER or len(self._sizes) > MOST_FILES:
            oldest = next(digest for digest in self._sizes if digest != newest)
            del self._sizes[oldest]
            await self._run(lambda oldest=oldest: shutil.rmtree(self._place(oldest).parent, ignore_errors=True))

    def _place(self, digest: str) -> Path:
        assert self._folder is not None  # noqa: S101 - a part was made in it
        folder = self._folder / digest
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder / "bytes"

    async def file(self, reference: str) -> str:
        """Path of the file that `blob:SHA-256/NAME` stands for, with that name. Raises ProblemError."""
        found = _REFERENCE.fullmatch(reference)
        name = clean_name(found["name"], 100).lstrip(".") if found else ""
        if found is None or not name or name == "bytes":
            raise ProblemError(problems.blob_name(reference))
        digest = found["digest"]
        if digest not in self._sizes:
            raise ProblemError(problems.no_blob())

        def named() -> Path:
            whole = self._place(digest)
            with contextlib.suppress(FileExistsError):
                os.link(whole, whole.with_name(name))
            return whole.with_name(name)

        try:
            return str(await self._run(named))
        except OSError as error:
            raise ProblemError(os_problem(error, self._home, code="blob.unwritable")) from error

    def close(self) -> None:
        """Deletes all files. Blocks."""
        folder, self._folder = self._folder, None
        self._sizes.clear()
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


async def _next(chunks: AsyncIterator[bytes]) -> bytes | None:
    """The next part of a file; None at its end. Raises ProblemError where none arrives in CHUNK_S."""
    try:
        async with asyncio.timeout(CHUNK_S):
            return await anext(chunks, None)
    except TimeoutError:
        raise ProblemError(problems.blob_stopped(CHUNK_S)) from None
