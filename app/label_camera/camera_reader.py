"""Runs the process that reads a camera, and keeps what came from it until the window asks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from typing import IO, cast

from app.label_camera.camera_messages import Message, MessageReader, Picture
from app.label_camera.camera_source import address_shown
from twin.model.problem import Problem

_MODULE = "app.label_camera.camera_process"
_READ_BYTES = 1 << 18


class CameraReader:
    """One camera, by its number, or the stream at an address; it is open from `run` until `stop`. All but `run` return at
    once, and may be called on any thread.
    """

    def __init__(self, source: int | str) -> None:
        self._source = source
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False
        self._picture: Picture | None = None
        self._texts: list[str] = []

    def run(self) -> Problem | None:
        """Reads until the camera ends, and returns why; None where it was stopped. Blocks."""
        process = subprocess.Popen(
            [sys.executable, "-m", _MODULE],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )  # fmt: skip
        with self._lock:
            self._process = process
        try:
            return self._ended(process)
        finally:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                cast("IO[bytes]", pipe).close()

    def stop(self) -> None:
        """Closes the camera."""
        with self._lock:
            self._stopped = True
            if self._process is not None:
                self._process.kill()

    def news(self) -> tuple[Picture | None, tuple[str, ...]]:
        """The newest picture, where there is a new one, and the texts of codes since the last call."""
        with self._lock:
            picture, texts, self._picture, self._texts = self._picture, tuple(self._texts), None, []
        return picture, texts

    def _ended(self, process: subprocess.Popen[bytes]) -> Problem | None:
        if self._stopped:
            return None  # before it began
        try:
            # Not as an argument: an address may hold a password, and all users see arguments.
            os.write(cast("IO[bytes]", process.stdin).fileno(), json.dumps(self._source).encode() + b"\n")
            problem = self._received(cast("IO[bytes]", process.stdout).fileno())
        except (OSError, ValueError) as error:
            problem = Problem(code="camera.ended", detail=str(error))
        if self._stopped:
            return None
        where = address_shown(self._source) if isinstance(self._source, str) else ""
        return Problem(code=problem.code, where=where, detail=problem.detail, retry=True)

    def _received(self, source: int) -> Problem:
        reader = MessageReader()
        while more := os.read(source, _READ_BYTES):
            for message in reader.messages(more):
                if isinstance(message, Problem):
                    return message
                self._keep(message)
        return Problem(code="camera.ended")

    def _keep(self, message: Message) -> None:
        with self._lock:
            if isinstance(message, Picture):
                self._picture = message
            elif isinstance(message, str):
                self._texts.append(message)
