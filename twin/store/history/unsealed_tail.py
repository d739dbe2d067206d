"""Samples written but not yet sealed into blocks, per point, in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from twin.store.history.samples import NONE, Samples, merge


class UnsealedSamples:
    """The unsealed samples of one point; grows by doubling."""

    __slots__ = ("first", "last", "n", "quality", "times", "values")

    def __init__(self) -> None:
        self.times = np.empty(16, np.int64)
        self.values = np.empty(16, np.float64)
        self.quality = np.empty(16, np.uint8)
        self.n = 0
        self.first = 2**62
        self.last = -(2**62)

    def add(self, more: Samples) -> None:
        """Appends samples in order of arrival."""
        end = self.n + len(more.times)
        if end > len(self.times):
            for name in ("times", "values", "quality"):
                old = getattr(self, name)
                grown = np.empty(max(end, 2 * len(old)), old.dtype)
                grown[: self.n] = old[: self.n]
                setattr(self, name, grown)
        self.times[self.n : end], self.values[self.n : end], self.quality[self.n : end] = more
        self.first = min(self.first, int(more.times.min()))
        self.last = max(self.last, int(more.times.max()))
        self.n = end

    def in_arrival_order(self, start: int = 0) -> Samples:
        """A copy of the samples from index `start` on, in order of arrival."""
        return Samples(
            self.times[start : self.n].copy(), self.values[start : self.n].copy(), self.quality[start : self.n].copy()
        )


class UnsealedTail:
    """Unsealed samples of all points. One thread adds and drops, any thread reads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._points: dict[int, UnsealedSamples] = {}
        self.count = 0

    def add(self, points: NDArray[np.int64], samples: Samples) -> None:
        """Adds a batch: point numbers (n,) and samples (n,) in order of arrival."""
        if not len(points):
            return
        order = np.argsort(points, kind="stable")
        ordered = points[order]
        batch = Samples(samples.times[order], samples.values[order], samples.quality[order])
        start = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])).tolist()
        with self._lock:
            for i, j in zip(start, [*start[1:], len(ordered)], strict=True):
                point = int(ordered[i])
                arrivals = self._points.get(point)
                if arrivals is None:
                    arrivals = self._points[point] = UnsealedSamples()
                arrivals.add(batch.part(i, j))
            self.count += len(points)

    def of(self, point: int) -> Samples:
        """One point's unsealed samples, in time order."""
        with self._lock:
            arrivals = self._points.get(point)
            arrived = arrivals.in_arrival_order() if arrivals is not None else NONE
        return merge([arrived])

    def span(self, point: int) -> tuple[int, int] | None:
        """First and last time of a point's unsealed samples, UTC ms; None where there are none."""
        with self._lock:
            arrivals = self._points.get(point)
            return (arrivals.first, arrivals.last) if arrivals is not None else None

    def snapshot(self) -> dict[int, int]:
        """Number of unsealed samples by point."""
        with self._lock:
            return {point: arrivals.n for point, arrivals in sorted(self._points.items())}

    def in_arrival_order(self, point: int, count: int) -> Samples:
        """The first `count` unsealed samples of a point in order of arrival."""
        with self._lock:
            return self._points[point].in_arrival_order().part(0, count)

    def drop(self, sealed: dict[int, int]) -> None:
        """Removes the first `count` samples of each point, by point number."""
        with self._lock:
            for point, count in sealed.items():
                rest = self._points.pop(point).in_arrival_order(count)
                if len(rest.times):
                    self._points[point] = UnsealedSamples()
                    self._points[point].add(rest)
                self.count -= count

    def clear(self) -> None:
        """Removes all samples."""
        with self._lock:
            self._points.clear()
            self.count = 0

    def __iter__(self) -> Iterator[int]:
        with self._lock:
            return iter(list(self._points))
