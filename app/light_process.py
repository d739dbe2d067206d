"""Bakes light in a child process, as minutes of numpy on a thread of this one would slow the window down."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import IO, cast

import zstandard

from twin.building import child_lifetime
from twin.light.light_size import MOST_BYTES, packed_within
from twin.light.model import DRAFT, FINE, NORMAL, BakeQuality
from twin.light.model_bytes import unpack_model

QUALITIES: dict[str, BakeQuality] = {"draft": DRAFT, "normal": NORMAL, "fine": FINE}
WALL_S = {"draft": 600.0, "normal": 600.0, "fine": 7200.0}
"""Seconds after which a bake is given up, by quality."""
_POLL_S = 0.05
_LARGEST = 1 << 30
_PROGRESS, _DONE = b"p", b"d"
_NICE = 5
"""Niceness of the child process: window and history take precedence."""


_TRIM_SHARE = 0.05
"""Share of a bake after which freed memory is given back again."""


_LEVEL = 9


class BakeStoppedError(Exception):
    """Baking was cancelled, or the child process ended; the message states which."""


def baked_in_child(
    model: bytes,
    quality: str,
    *,
    progress: Callable[[float], None] = lambda _share: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> bytes:
    """Bakes a packed model in a child process and returns the packed light. Blocks, and calls `cancelled` 20 times a
    second.
    Raises BakeStoppedError.
    """
    source, sink = os.pipe()
    with child_lifetime.held() as stdin:
        child = subprocess.Popen(
            [sys.executable, "-m", "app.light_process", str(source), quality],
            stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, pass_fds=(source,),
            env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
        )  # fmt: skip
        os.close(source)
        answers = Connection(os.dup(cast("IO[bytes]", child.stdout).fileno()), writable=False)
        try:
            with Connection(sink, readable=False) as request:
                request.send_bytes(model)
            return _received(answers, WALL_S[quality], progress, cancelled)
        except (EOFError, OSError) as error:
            raise BakeStoppedError(f"the process that bakes light ended: {error}") from error
        finally:
            answers.close()
            child.kill()
            child.wait()
            cast("IO[bytes]", child.stdout).close()


def compressed(light: bytes) -> bytes:
    """Packed light as it is stored."""
    return zstandard.ZstdCompressor(level=_LEVEL).compress(light)


def _received(
    answers: Connection, most_s: float, progress: Callable[[float], None], cancelled: Callable[[], bool]
) -> bytes:
    until = time.monotonic() + most_s
    while time.monotonic() < until:
        if cancelled():
            raise BakeStoppedError("stopped")
        if answers.poll(_POLL_S):
            message = answers.recv_bytes(_LARGEST)
            if message[:1] == _DONE:
                return message[1:]
            progress(float(message[1:]))
    raise BakeStoppedError("it took too long")


# ---------------------------------------------------------------- the child
def main() -> None:
    """Entry of the child process: reads a model, bakes it, and writes the light to standard output."""
    child_lifetime.follow()
    answers = Connection(os.dup(1), readable=False)
    os.dup2(2, 1)  # libraries may print
    os.nice(_NICE)
    from app.freed_memory import give_back_freed
    from twin.light.bake import bake

    with Connection(int(sys.argv[1]), writable=False) as request:
        model = unpack_model(request.recv_bytes(_LARGEST))
    reported_s, trimmed = time.monotonic(), 0.0

    def tick(share: float) -> None:
        nonlocal reported_s, trimmed
        if share >= trimmed + _TRIM_SHARE:
            trimmed = share
            give_back_freed()
        if time.monotonic() - reported_s > _POLL_S:
            reported_s = time.monotonic()
            answers.send_bytes(_PROGRESS + f"{share:.3f}".encode())

    light = bake(model, QUALITIES[sys.argv[2]], tick=tick)
    most = MOST_BYTES if sys.argv[2] == "normal" else sys.maxsize  # other light is not kept
    answers.send_bytes(_DONE + packed_within(light, lambda data: len(compressed(data)), most))
    answers.close()
    os._exit(0)  # the system takes the memory back faster than the libraries would


if __name__ == "__main__":
    main()
