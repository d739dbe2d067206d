"""Fills in samples inside other objects from their neighbours, and smooths reflected light along surfaces."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.light.light_samples import LightSamples
from twin.light.rays import Floats

INSIDE_SHARE = 0.35
"""Share of back faces seen above which a sample is inside a solid."""
BURIED_SHARE = 0.75
"""Share of back faces seen above which a sample inside a solid is never visible."""
_OWN = 2.0
"""Weight of a sample's own value; each neighbour's is 1."""
_TIMES = 12
_COLUMNS = 3
"""Columns processed at a time, and pairs at a time, because pairs are several times as many as samples."""
_PAIRS = 1 << 16


class Neighbours:
    """Pairs of samples that share an edge, as one list sorted by sample; `bad` samples (n,) have no light of their own.

    Samples with different `sides` (n,), neither of them 0, are no neighbours: a door hangs between them.
    """

    def __init__(self, samples: LightSamples, bad: NDArray[np.bool_], sides: NDArray[np.int32]) -> None:
        n, corners = len(samples), samples.triangles
        edges = np.empty((3, len(corners)), np.int64)
        for edge, one, other in zip(edges, (0, 1, 2), (1, 2, 0), strict=True):
            np.multiply(np.minimum(corners[:, one], corners[:, other]), n, out=edge, dtype=np.int64)
            edge += np.maximum(corners[:, one], corners[:, other])
        edges = edges.ravel()
        edges.sort()
        edges = edges[np.append(True, edges[1:] != edges[:-1])] if len(edges) else edges
        here, there = sides[edges // max(n, 1)], sides[edges % max(n, 1)]
        edges = edges[(here == there) | (here == 0) | (there == 0)]
        both = np.empty(2 * len(edges), np.int64)
        both[: len(edges)] = edges
        np.multiply(edges % max(n, 1), n, out=both[len(edges) :])
        both[len(edges) :] += edges // max(n, 1)
        del edges
        both.sort()
        of, self._other = (both // max(n, 1)).astype(np.int32), (both % max(n, 1)).astype(np.int32)
        del both
        self._rows, self._starts = np.unique(of, return_index=True)
        self._ends = np.append(self._starts[1:], len(of))
        self._bad, self._steps = bad, _mending(of, self._other, bad)

    def mend(self, values: Floats) -> Floats:
        """Replaces the values (n, c) of bad samples by means of good neighbours, spreading step by step; in place."""
        values[self._bad] = 0
        for rows, others, starts in self._steps:
            count = np.diff(np.append(starts, len(others)))[:, None]
            values[rows] = np.add.reduceat(values.take(others, 0), starts, axis=0) / count
        return values

    def smooth(self, values: Floats, times: int) -> Floats:
        """Replaces values (n, c), `times` times, by the weighted mean of each with its neighbours; in place."""
        for first in range(0, values.shape[1] if len(self._rows) else 0, _COLUMNS):
            last = np.ascontiguousarray(values[:, first : first + _COLUMNS])
            new = last.copy()
            for _ in range(times):
                self._smooth_once(last, new)
                last, new = new, last
            values[:, first : first + _COLUMNS] = last
        return values

    def _smooth_once(self, last: Floats, new: Floats) -> None:
        at = 0
        while at < len(self._rows):
            begin = int(self._starts[at])
            to = max(at + 1, int(np.searchsorted(self._starts, begin + _PAIRS)))
            rows, starts, ends = self._rows[at:to], self._starts[at:to], self._ends[at:to]
            around = np.add.reduceat(last.take(self._other[begin : ends[-1]], 0), starts - begin, axis=0)
            around += np.float32(_OWN) * last[rows]
            new[rows] = around / (ends - starts + np.float32(_OWN))[:, None].astype(np.float32)
            at = to


def _mending(
    of: NDArray[np.int32], other: NDArray[np.int32], bad: NDArray[np.bool_]
) -> list[tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.intp]]]:
    """The steps by which bad samples take the values of good ones next to them: rows, their neighbours, where those of
    each row begin."""
    steps: list[tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.intp]]] = []
    good, lacking = ~bad, np.flatnonzero(bad[of])
    of, other = of[lacking], other[lacking]
    for _ in range(_TIMES):
        takes = good[other]
        if not takes.any():
            break
        rows, starts = np.unique(of[takes], return_index=True)
        steps.append((rows, other[takes], starts))
        good[rows] = True
        lacks = ~good[of]
        of, other = of[lacks], other[lacks]
    return steps
