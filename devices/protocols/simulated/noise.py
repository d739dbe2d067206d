"""Stateless noise: the same seed, number and time always give the same result, on every machine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

type Floats = NDArray[np.float64]

_MIX = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


def noise_at(seed: int, number: NDArray[np.int64] | int) -> Floats:
    """Uniform numbers in [0, 1) for whole numbers (SplitMix64, Steele et al. 2014)."""
    with np.errstate(over="ignore"):
        z = np.asarray(number, np.int64).astype(np.uint64) + np.uint64(seed & 0xFFFFFFFF) * _MIX[0] + _MIX[0]
        z = (z ^ (z >> np.uint64(30))) * _MIX[1]
        z = (z ^ (z >> np.uint64(27))) * _MIX[2]
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)).astype(np.float64) / float(1 << 53)


def smooth_noise(seed: int, time: Floats, period: float) -> Floats:
    """Smooth noise between -1 and 1 that changes over about `period` (same unit as time)."""
    place = np.asarray(time, np.float64) / period
    step = np.floor(place)
    part = place - step
    ease = part * part * (3 - 2 * part)
    here, there = noise_at(seed, step.astype(np.int64)), noise_at(seed, step.astype(np.int64) + 1)
    return (here + (there - here) * ease) * 2 - 1
