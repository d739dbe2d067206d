"""Samples of one point as arrays, and merging of several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

BAD = 8
"""Lowest quality that means no value."""
CLOSED = 0x18
"""Stored quality for the end of recording (8 with a flag of ours); callers see 8."""
SHOWN = 0x0F
"""Bit mask of the stored quality for callers."""
MIN15_MS, HOUR_MS, H4_MS, DAY_MS = 900_000, 3_600_000, 14_400_000, 86_400_000


class Samples(NamedTuple):
    """(n,) UTC ms ascending and unique, (n,) values with NaN for none, (n,) quality."""

    times: NDArray[np.int64]
    values: NDArray[np.float64]
    quality: NDArray[np.uint8]

    def between(self, from_ms: int, to_ms: int) -> Samples:
        """The samples in [from_ms, to_ms)."""
        i, j = np.searchsorted(self.times, [from_ms, to_ms])
        return self.part(int(i), int(j))

    def part(self, i: int, j: int) -> Samples:
        """The samples [i, j)."""
        return Samples(self.times[i:j], self.values[i:j], self.quality[i:j])


NONE = Samples(np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.uint8))


def merge(runs: Sequence[Samples]) -> Samples:
    """Samples in time order; of several at one time, that of the later run, and within a run the later one, is kept."""
    runs = [run for run in runs if len(run.times)]
    if not runs:
        return NONE
    all = runs[0] if len(runs) == 1 else Samples(*(np.concatenate(column) for column in zip(*runs, strict=True)))
    if len(all.times) < 2 or bool((all.times[1:] > all.times[:-1]).all()):
        return all
    order = np.argsort(all.times, kind="stable")
    times = all.times[order]
    keep = np.concatenate([times[1:] != times[:-1], [True]])
    order = order[keep]
    return Samples(times[keep], all.values[order], all.quality[order])
