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
"""Columns processed at a time, because lists of neighbours are several times as long as those of samples."""


class Neighbours:
    """Pairs of samples that share an edge, as one list sorted by sample."""

    def __init__(self, samples: LightSamples) -> None:
        n = len(samples)
        key = np.concatenate([
            samples.triangles[:, one].astype(np.int64) * n + samples.triangles[:, other]
            for one, other in ((0, 1), (1, 2), (2, 0), (1, 0), (2, 1), (0, 2))
        ])  # fmt: skip
        key.sort()
        key = key[np.append(True, key[1:] != key[:-1])] if len(key) else key
        self._of, self._other = (key // max(n, 1)).astype(np.int32), (key % max(n, 1)).astype(np.int32)
        self.rows, self._starts = np.unique(self._of, return_index=True)
        self._degree = np.diff(np.append(self._starts, len(key))).astype(np.float32)

    def mended(self, values: Floats, bad: NDArray[np.bool_]) -> Floats:
        """(n, c) values with those of bad samples (n,) replaced by means of good neighbours, spreading step by step."""
        made, good = values.copy(), ~bad
        made[bad] = 0
        for _ in range(_TIMES):
            takes = good[self._other] & ~good[self._of]
            if not takes.any():
                break
            of, other = self._of[takes], self._other[takes]
            starts = np.flatnonzero(np.append(True, of[1:] != of[:-1]))
            count = np.diff(np.append(starts, len(of)))[:, None]
            made[of[starts]] = np.add.reduceat(made[other], starts, axis=0) / count
            good[of[starts]] = True
        return made

    def smoothed(self, values: Floats, times: int) -> Floats:
        """(n, c) values, `times` times replaced by the weighted mean of each with its neighbours."""
        if not len(self.rows):
            return values
        weight = (self._degree + _OWN)[:, None]
        made = np.empty_like(values)
        for first in range(0, values.shape[1], _COLUMNS):
            some = np.ascontiguousarray(values[:, first : first + _COLUMNS])
            for _ in range(times):
                around = np.add.reduceat(some[self._other], self._starts, axis=0)
                some[self.rows] = (around + _OWN * some[self.rows]) / weight
            made[:, first : first + _COLUMNS] = some
        return made
