"""Builds shapes in forked processes with a time limit each, so that an element that hangs or crashes costs only
itself.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import cast

import numpy as np
from numpy.typing import NDArray

from twin.building import child_lifetime

_BEGUN, _REFUSED, _PLACED, _TOLD, _WRONG, _DONE = "begun", "refused", "placed", "told", "wrong", "done"
PROGRESS_STEP = 0.02
"""Least change of the progress (0 to 1) that is sent."""


@dataclass(frozen=True, slots=True, eq=False)
class GeometryShape:
    """A representation: positions (n, 3) in metres, triangles (m, 3), colours (m, 4) RGBA with alpha 0 where the file
    gives none.
    """

    positions: NDArray[np.float64]
    triangles: NDArray[np.int32]
    colours: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class PlacedShape:
    """A shape placed at a product: world = matrix @ local."""

    product: int
    shape: GeometryShape
    matrix: NDArray[np.float64]

    @property
    def world(self) -> NDArray[np.float64]:
        """(n, 3) positions in the file's world coordinates, metres."""
        return self.shape.positions @ self.matrix[:3, :3].T + self.matrix[:3, 3]


@dataclass(frozen=True, slots=True)
class ShapeBegun:
    """A product whose shape is being built."""

    product: int


@dataclass(frozen=True, slots=True)
class ShapeRefused:
    """A product whose shape cannot be built this way."""

    product: int


@dataclass(frozen=True, slots=True)
class WorkerDied:
    """The process ended early, with the product begun last; None where none was."""

    product: int | None


type ShapeEvent = PlacedShape | ShapeBegun | ShapeRefused
type ShapeMaker = Callable[[Callable[[float], None]], Iterator[ShapeEvent]]
"""Builds shapes and yields their events; its argument is called with the progress from 0 to 1."""


def guarded(
    make: ShapeMaker, on_progress: Callable[[float], None], *, limit_s: float, first_s: float = 0.0
) -> Iterator[PlacedShape | ShapeRefused | WorkerDied]:
    """Runs `make` in a forked process and yields what it builds.

    The process ends where `limit_s` seconds of CPU time (`first_s` for the first) yield nothing new. Raises
    RuntimeError where the geometry library refuses the file.
    """
    ours, theirs = os.pipe()
    pid = child_lifetime.fork()
    if pid == 0:
        os.close(ours)
        _build(make, Connection(theirs, readable=False), limit_s, first_s or limit_s)
    os.close(theirs)
    channel = Connection(ours, writable=False)
    try:
        yield from _received(channel, on_progress)
    finally:
        channel.close()
        try:
            os.kill(pid, signal.SIGKILL)
        finally:
            os.waitpid(pid, 0)


def _received(
    channel: Connection, on_progress: Callable[[float], None]
) -> Iterator[PlacedShape | ShapeRefused | WorkerDied]:
    shapes: list[GeometryShape] = []
    begun: int | None = None
    while True:
        try:
            word, value = json.loads(channel.recv_bytes())
            if word == _PLACED:
                product, number, sizes = cast("tuple[int, int, list[int] | None]", value)
                data = channel.recv_bytes()
                if sizes is not None:
                    shapes.append(_shape_of(data, *sizes))
                yield PlacedShape(product, shapes[number], np.frombuffer(data, np.float64, 16).reshape(4, 4))
        except EOFError:
            yield WorkerDied(begun)
            return
        if word == _DONE:
            return
        if word == _WRONG:
            raise RuntimeError(value)
        if word == _BEGUN:
            begun = value
        elif word == _REFUSED:
            yield ShapeRefused(value)
        elif word == _TOLD:
            on_progress(value)


def _build(make: ShapeMaker, channel: Connection, limit_s: float, first_s: float) -> None:
    """The child's whole life. The timer counts CPU time and ends the process by itself (setitimer(2), SIGPROF)."""

    def send(word: str, value: object) -> None:
        channel.send_bytes(json.dumps([word, value]).encode())

    told = 0.0

    def tell(part: float) -> None:
        nonlocal told
        if abs(part - told) >= PROGRESS_STEP:
            told = part
            send(_TOLD, part)

    numbers: dict[int, tuple[int, GeometryShape]] = {}
    code = 1
    try:
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_PROF, first_s)
        for item in make(tell):
            signal.setitimer(signal.ITIMER_PROF, limit_s)
            if isinstance(item, ShapeBegun):
                send(_BEGUN, item.product)
            elif isinstance(item, ShapeRefused):
                send(_REFUSED, item.product)
            else:
                _send(channel, item, numbers)
        send(_DONE, None)
        code = 0
    except RuntimeError as error:
        send(_WRONG, str(error))
    finally:
        os._exit(code)


def _send(channel: Connection, placed: PlacedShape, numbers: dict[int, tuple[int, GeometryShape]]) -> None:
    shape = placed.shape
    fresh = id(shape) not in numbers
    number, _ = numbers.setdefault(id(shape), (len(numbers), shape))  # held, so that no other gets its id
    sizes = [len(shape.positions), len(shape.triangles)] if fresh else None
    channel.send_bytes(json.dumps([_PLACED, [placed.product, number, sizes]]).encode())
    arrays = [np.ascontiguousarray(placed.matrix, np.float64)]
    if fresh:
        arrays += [
            np.ascontiguousarray(shape.positions, np.float64),
            np.ascontiguousarray(shape.triangles, np.int32),
            np.ascontiguousarray(shape.colours, np.uint8),
        ]
    channel.send_bytes(b"".join(array.tobytes() for array in arrays))


def _shape_of(data: bytes, positions: int, triangles: int) -> GeometryShape:
    """The shape of these sizes that follows a matrix."""
    at = 16 * 8
    first = np.frombuffer(data, np.float64, 3 * positions, at).reshape(-1, 3)
    at += first.nbytes
    second = np.frombuffer(data, np.int32, 3 * triangles, at).reshape(-1, 3)
    return GeometryShape(first, second, np.frombuffer(data, np.uint8, 4 * triangles, at + second.nbytes).reshape(-1, 4))
