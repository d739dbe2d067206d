"""Real ESPHome firmware, built for this machine once, and a gate in front of it that speaks the encrypted API.

The firmware's own encryption needs a library that only its package registry has; so the gate does the handshake
(Noise_NNpsk0_25519_ChaChaPoly_SHA256, by noiseprotocol) and passes the frames on.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from filelock import FileLock, Timeout
from noise.connection import NoiseConnection

from devices import tethered_process
from devices.lab import netlab
from devices.lab.loopback import IN_URL, LOOPBACK
from tests.devices.protocols.link_under_test import HOME, until
from tests.devices.protocols.peer_process import free_port

VERSION = "2026.10.0"
PORT = 26053
"""Compiled into the firmware: one test at a time runs it."""
UID = "063569abf679"
KEY = base64.b64encode(bytes(range(32))).decode()
WRONG_KEY = base64.b64encode(bytes(32)).decode()
BUILD_S = (60, 90, 180)
"""Longest times for the environment, the packages and the build: what takes longer is skipped, not failed."""


def program_or_skip() -> Path:
    """The built firmware; skips where it cannot be built."""
    text = (Path(__file__).parent / "node.yaml").read_bytes()
    folder = HOME / "esphome" / f"{VERSION}-{hashlib.sha256(text).hexdigest()[:8]}"
    program, failed = folder / "program", folder / f"failed-{os.getppid()}"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        building = FileLock(folder.with_suffix(".lock"), timeout=sum(BUILD_S)).acquire()
    except Timeout:
        pytest.skip("another run builds the ESPHome firmware")
    with building:
        if program.exists():
            return program
        if failed.exists():
            pytest.skip(f"the ESPHome firmware cannot be built here: {failed.read_text()}")
        if shutil.which("g++") is None:
            pytest.skip("the ESPHome firmware is built with g++, which is not installed (apt-get install g++)")
        (folder / "node.yaml").write_bytes(text)
        home = folder / "venv"
        python = home / "bin" / "python"
        try:
            commands = (
                [sys.executable, "-m", "venv", "--clear", str(home)],
                [str(python), "-m", "pip", "install", "-q", f"esphome=={VERSION}", "ninja"],
                [str(python), "-m", "esphome", "compile", "node.yaml"],
            )
            for command, most_s in zip(commands, BUILD_S, strict=True):
                environment = os.environ | {"PATH": f"{home / 'bin'}:{os.environ['PATH']}"}
                subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=most_s, env=environment)
        except (subprocess.SubprocessError, OSError) as error:
            failed.write_text(str(error)[:200])  # the other tests of this run try it no more
            pytest.skip(f"the ESPHome firmware cannot be built here: {str(error)[:200]}")
        built = next(folder.rglob("proto-node/program"), None)
        if built is None:
            pytest.skip("the ESPHome firmware was not built")
        shutil.copy(built, program.with_suffix(".new"))
        program.with_suffix(".new").replace(program)
    return program


class Firmware:
    """The running firmware, and its gate where it is to be encrypted."""

    def __init__(self, program: Path, *, key: str = "") -> None:
        self._program, self._key = program, key
        self._process: asyncio.subprocess.Process | None = None
        self._gate: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._work: set[asyncio.Task[None]] = set()
        self.port = free_port() if key else PORT

    @property
    def url(self) -> str:
        return f"esphome://{IN_URL}:{self.port}"

    async def start(self) -> None:
        """Starts it, and waits until it listens."""
        self._process = await asyncio.create_subprocess_exec(
            *tethered_process.command(str(self._program)),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        await until(lambda: listens(PORT))
        if self._key:
            self._gate = await asyncio.start_server(self._entered, LOOPBACK, self.port, reuse_address=True)

    async def kill(self) -> None:
        """Ends it without an orderly end."""
        process, self._process = self._process, None
        if self._gate is not None:
            self._gate.close()
        for writer in tuple(self._open):
            writer.close()
        if process is not None:
            process.kill()
            await process.wait()
        await asyncio.gather(*self._work, return_exceptions=True)
        self._gate = None

    async def _entered(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._work.add(task)
        self._open.add(writer)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await self._encrypted(reader, writer)
        finally:
            self._open.discard(writer)
            self._work.discard(task)
            writer.close()

    async def _encrypted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if (await reader.readexactly(1))[0] != 1:  # the plain API's preamble
            writer.write(frame(b"\x01Bad indicator byte"))
            return
        await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))
        writer.write(frame(b"\x01proto-node\x00" + UID.encode() + b"\x00"))
        noise = NoiseConnection.from_name(b"Noise_NNpsk0_25519_ChaChaPoly_SHA256")
        noise.set_as_responder()
        noise.set_psks(base64.b64decode(self._key))
        noise.set_prologue(b"NoiseAPIInit\x00\x00")
        noise.start_handshake()
        try:
            noise.read_message((await taken(reader))[1:])
        except Exception:  # the library's errors of a wrong key are many
            writer.write(frame(b"\x01Handshake MAC failure"))
            return
        writer.write(frame(b"\x00" + bytes(noise.write_message())))
        inner_reader, inner_writer = await asyncio.open_connection(LOOPBACK, PORT)
        self._open.add(inner_writer)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(outward(noise, inner_reader, writer))
                while True:
                    message = bytes(noise.decrypt(await taken(reader)))
                    kind, data = int.from_bytes(message[:2], "big"), message[4:]
                    inner_writer.write(b"\x00" + varint(len(data)) + varint(kind) + data)
        except* (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._open.discard(inner_writer)
            inner_writer.close()


async def outward(noise: NoiseConnection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """The firmware's plain frames, encrypted."""
    while True:
        await reader.readexactly(1)
        length, kind = await varint_in(reader), await varint_in(reader)
        data = await reader.readexactly(length)
        head = kind.to_bytes(2, "big") + length.to_bytes(2, "big")
        writer.write(frame(bytes(noise.encrypt(head + data))))


async def taken(reader: asyncio.StreamReader) -> bytes:
    await reader.readexactly(1)
    return await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))


def frame(payload: bytes) -> bytes:
    return b"\x01" + len(payload).to_bytes(2, "big") + payload


def varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*found, number))


async def varint_in(reader: asyncio.StreamReader) -> int:
    number = shift = 0
    while True:
        byte = (await reader.readexactly(1))[0]
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return number


def listens(port: int) -> bool:
    """Whether a program of this machine listens at a TCP port, without connecting to it."""
    rows = Path("/proc/net/tcp").read_text().splitlines()[1:] + Path("/proc/net/tcp6").read_text().splitlines()[1:]
    return any(row.split()[1].endswith(f":{port:04X}") and row.split()[3] == "0A" for row in rows)


@asynccontextmanager
async def firmware(*, key: str = "") -> AsyncGenerator[Firmware]:
    program = await asyncio.to_thread(program_or_skip)
    device = Firmware(program, key=key)
    async with contextlib.AsyncExitStack() as stack:
        if not netlab.inside():  # the ports of another network are others
            await stack.enter_async_context(port_held())
        stack.push_async_callback(device.kill)
        await device.start()
        yield device


@asynccontextmanager
async def port_held() -> AsyncGenerator[None]:
    """No other test runs the firmware meanwhile."""
    lock = FileLock(HOME / "esphome" / "port.lock", thread_local=False)
    try:
        await asyncio.to_thread(lock.acquire, 120)
    except Timeout:
        pytest.skip(f"another run uses the firmware's port {PORT}")
    try:
        yield
    finally:
        lock.release(force=True)
