"""The managed Matter server: a child process with a private folder, accessible to Oikos only (server_gate.py)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import struct
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, cast

from devices.loopback_address import bracketed, loopback
from devices.protocols.matter.orphan_servers import end_orphans
from devices.protocols.matter.paths import test_roots
from devices.protocols.matter.server_client import ServerAddress
from devices.protocols.matter.server_gate import UNIX_HOST, new_token
from devices.protocols.matter.server_programs import ServerProgram, default_program
from twin.files import atomic
from twin.model.problem import Problem, ProblemError

READY_S = 57.0
"""Seconds for the server to start: 2 on an idle machine, 20 on one with ten times the work that it can do."""
STOP_S = 2.0
"""Seconds; shorter than the time that the link gives a session to close."""
LOG_BYTES = 4_000_000
SOCKET = "server.sock"
_SHORT_FOLDER = "oikos-matter-"
_SOCKET_PATH_BYTES = 103
"""The shortest limit of sun_path: 104 bytes on macOS (108 on Linux) with the terminating zero."""
_LINE = 1 << 16
_TEST_ROOT = "Chip-Test-PAA-*.der"
_LONG_AGO = 1
_GET_FLAGS = 0x8913
_UP, _LOOPBACK, _RUNNING, _MULTICAST = 0x1, 0x8, 0x40, 0x1000
"""ioctl and flags of <linux/if.h>."""

type ServerFact = Mapping[str, Any]


class ManagedServer:
    """The Matter server run as a child. `start` returns when it serves, `stop` when it has ended.

    `online`: it may use the internet; `may_fetch`: its packages may be fetched once where they are missing.
    """

    def __init__(
        self, folder: Path, program: ServerProgram | None = None, *, online: bool = False, may_fetch: bool = False
    ) -> None:
        self._folder = folder
        self.program = program or default_program()
        self._online, self._may_fetch = online, may_fetch
        self._lock: IO[str] | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._ready: asyncio.Future[int] | None = None
        self._socket_path, self._host = "", ""
        self.on_fact: Callable[[ServerFact], None] = lambda fact: None
        self.address: ServerAddress | None = None

    async def start(self) -> ServerAddress:
        """Starts the server and returns its address. Raises ProblemError where this machine cannot run it or it fails
        to start.
        """
        problem = await asyncio.to_thread(unfit, self.program)
        if problem is not None:
            raise ProblemError(problem)
        await asyncio.to_thread(self._prepare)
        token = new_token()
        self._ready = asyncio.get_running_loop().create_future()
        try:
            await self._spawn(token)
            async with asyncio.timeout(READY_S):
                port = await self._ready
        except TimeoutError:
            await self.stop()
            raise ProblemError(_slow(self._log)) from None
        except BaseException:
            await self.stop()
            raise
        url = f"ws://{bracketed(self._host)}:{port}/ws" if port else f"ws://{UNIX_HOST}/ws"
        self.address = ServerAddress(url, token, "" if port else self._socket_path)
        return self.address

    async def stop(self) -> None:
        """Ends the server, by force after STOP_S; may be called twice. When cancelled, it is killed at once."""
        process, self._process = self._process, None
        try:
            if process is not None and process.returncode is None:
                await _ended_in_time(process, by_stdin=self.program.ends_with_stdin)
        finally:
            if process is not None and process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
            if self._lock is not None:
                self._lock.close()
                self._lock = None
            await asyncio.to_thread(_take_away, self._socket_path)
        if process is not None:
            await process.wait()
        if self._reader is not None:
            await asyncio.gather(self._reader, return_exceptions=True)

    @property
    def _log(self) -> Path:
        return self._folder / "server.log"

    @property
    def store(self) -> Path:
        """The folder of the server's own files."""
        return self._folder / self.program.store

    def _prepare(self) -> None:
        for name in ("", self.program.store, "roots"):
            (self._folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        end_orphans(self.store)
        self._lock = locked(self._folder / "server.lock")
        self._socket_path, self._host = socket_path(self._folder), loopback()
        if self._log.exists() and self._log.stat().st_size > LOG_BYTES:
            self._log.replace(self._log.with_suffix(".log.1"))
        trust(self._folder / "roots", test_roots(), online=self._online)

    async def _spawn(self, token: str) -> None:
        command, folder = await self.program.command(may_fetch=self._may_fetch)
        arguments = ["--folder", str(self.store), "--roots", str(self._folder / "roots")]
        arguments += ["--socket", self._socket_path] if self._socket_path else ["--host", self._host]
        arguments += ["--parent", str(os.getpid()), *(["--online"] if self._online else [])]
        log = await asyncio.to_thread(self._log.open, "ab")
        with log:
            self._process = await asyncio.create_subprocess_exec(
                *command,
                *arguments,
                cwd=folder,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                limit=_LINE,
                start_new_session=True,
                pass_fds=(self._lock.fileno(),)
                if self._lock and sys.platform != "win32"
                else (),  # held until the child is gone
            )
        assert self._process.stdin is not None  # noqa: S101 - asked for above
        self._process.stdin.write(f"{token}\n".encode())
        if not self.program.ends_with_stdin:
            self._process.stdin.close()
        self._reader = asyncio.ensure_future(self._listen(self._process))  # noqa: TID251 - awaited in stop()

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None  # noqa: S101 - asked for above
        async for line in process.stdout:
            with contextlib.suppress(ValueError):
                fact = json.loads(line)
                if isinstance(fact, dict):
                    self._take(cast("dict[str, Any]", fact))
        if self._ready is not None and not self._ready.done():
            self._ready.set_exception(ProblemError(_ended(self._log, await process.wait())))

    def _take(self, fact: ServerFact) -> None:
        waiting = self._ready is not None and not self._ready.done()
        if "refused" in fact and waiting:
            assert self._ready is not None  # noqa: S101 - just looked
            self._ready.set_exception(ProblemError(_refused(str(fact["refused"]), str(fact.get("detail", "")))))
        elif "ready" in fact and waiting:
            assert self._ready is not None  # noqa: S101 - just looked
            self._ready.set_result(int(fact.get("port", 0)))
        else:
            self.on_fact(fact)


async def _ended_in_time(process: asyncio.subprocess.Process, *, by_stdin: bool) -> None:
    """Asks the process to end and waits for that, at most STOP_S. Where closing its stdin does not ask it, a signal does, which
    on Windows is its end at once.
    """
    if by_stdin and process.stdin is not None:
        process.stdin.close()
    else:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(STOP_S):
            await process.wait()


def unfit(program: ServerProgram | None = None) -> Problem | None:
    """The problem why this machine cannot run the server; None where it can. Blocks."""
    problem = (program or default_program()).unfit()
    return problem or (None if reachable() else _refused("interface", ""))


def reachable() -> bool:
    """Whether an interface besides loopback is up and supports multicast."""
    names = [name for _, name in socket.if_nameindex()]
    if sys.platform != "linux":
        return any(not name.startswith("lo") for name in names)
    import fcntl

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for name in names:
            with contextlib.suppress(OSError):
                answer = fcntl.ioctl(control, _GET_FLAGS, struct.pack("16sH14x", name.encode()[:15], 0))
                (flags,) = struct.unpack_from("H", answer, 16)
                if flags & _UP and flags & _MULTICAST and not flags & _LOOPBACK:
                    return True
    return False


def trust(roots: Path, test: Path | None, *, online: bool) -> None:
    """Prepares the folder of trusted root certificates; with `test` those of test devices.

    The server empties a folder without `.version`, and downloads anew where it is old.
    """
    for file in roots.glob(_TEST_ROOT):
        if test is None or not (test / file.name).exists():
            file.unlink()
    for file in test.glob(_TEST_ROOT) if test is not None else ():
        atomic.write(roots / file.name, file.read_bytes())
    version = roots / ".version"
    fresh = not version.exists()
    if fresh:
        atomic.write(version, "1")
    if fresh and online:
        os.utime(version, (_LONG_AGO, _LONG_AGO))


def locked(file: Path) -> IO[str]:
    """The locked lock file, which prevents a second server on the same keys. Raises ProblemError where it is locked
    already.
    """
    lock = file.open("w", encoding="ascii")
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise ProblemError(Problem(code="matter.in_use", where=str(file.parent), retry=True)) from None
    return lock


def socket_path(folder: Path) -> str:
    """Path of a Unix socket that only this user can access; empty where the system has none."""
    if not hasattr(socket, "AF_UNIX") or sys.platform == "win32":
        return ""
    path = folder / SOCKET
    if len(os.fsencode(path)) > _SOCKET_PATH_BYTES:
        path = Path(tempfile.mkdtemp(prefix=_SHORT_FOLDER)) / SOCKET
    return str(path)


def _take_away(path: str) -> None:
    """Removes the socket of an ended server, and the folder that was created for it."""
    if not path:
        return
    file = Path(path)
    with contextlib.suppress(OSError):
        file.unlink(missing_ok=True)
        if file.parent.name.startswith(_SHORT_FOLDER):
            file.parent.rmdir()


_REFUSALS = ("wheel", "libnl", "chip", "token", "damaged", "interface")
"""Reasons of the child for not starting; part of a problem code, as in `matter.wheel`."""


def _refused(reason: str, detail: str) -> Problem:
    code = f"matter.{reason}" if reason in _REFUSALS else "matter.no_start"
    return Problem(code=code, retry=reason == "interface", detail=detail)


def _slow(log: Path) -> Problem:
    return Problem(code="matter.slow", where=str(log), retry=True)


def _ended(log: Path, code: int) -> Problem:
    return Problem(code="matter.ended", args={"exit_code": code}, where=str(log), retry=True)
