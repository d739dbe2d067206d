"""The client of a door whose verb is being carried out: who it is, which files are its own, whether it may go on."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import TYPE_CHECKING

from app.server.file_references import key_of, parted
from app.server.problems import access_ended, client_gone
from twin.model.problem import ProblemError

if TYPE_CHECKING:
    from app.server.blobs import BlobStore
    from app.server.remote_files import ClientFiles
    from app.server.roles import Caller

SECRET_FILES = frozenset({"pair"})
"""Verbs whose files contain secrets and are deleted at their end."""


class VerbClient:
    """Who asked for a verb."""

    def __init__(
        self,
        caller: Caller,
        still: Callable[[], bool] = lambda: True,
        files: ClientFiles | None = None,
        gone: Callable[[], bool] = lambda: False,
    ) -> None:
        """`still`: whether its access has not ended; `files`: those of a client of another machine; `gone`: whether it has
        closed the connection, as by Ctrl+C."""
        self._gone = gone
        self.caller, self.files = caller, files
        self._still = still
        self._scope: asyncio.Timeout | None = None

    def look(self) -> None:
        """Ends the verb where the access was revoked or has expired. Called on the loop."""
        if self._scope is not None and not self._still():
            self._scope.reschedule(asyncio.get_running_loop().time())

    def check(self) -> None:
        """Raises ProblemError where the access has ended or the client is gone: nothing more is begun in its name.
        Called on any thread."""
        if not self._still():
            raise ProblemError(access_ended())
        if self._gone():
            raise ProblemError(client_gone())

    @contextlib.asynccontextmanager
    async def while_let_in(self) -> AsyncGenerator[None]:
        """Context that is left with ProblemError as soon as the access has ended, whatever is waited for in it."""
        try:
            async with asyncio.timeout(None) as self._scope:
                yield
        except TimeoutError as error:
            self.check()
            raise error from None
        finally:
            self._scope = None

    async def forget_files(self, words: Sequence[str], blobs: BlobStore | None) -> None:
        """Deletes what was sent for a verb that reads secrets, also where it was refused."""
        if words[0] in SECRET_FILES and blobs is not None and self.files is not None:
            for word in words:
                await blobs.forget(key_of(parted(word)[1]))
