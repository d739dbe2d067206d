"""Light of a storey within a size: with very many lamps one tint for each, fewer steps, and dim light on fewer samples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from twin.light.storey_light import LightLayer, StoreyLight, pack

MOST_BYTES = 2_500_000
"""Most compressed bytes of a storey's light that are kept."""
_LEVELS = (127, 0.0), (63, 0.0), (31, 0.0), (31, 0.25), (23, 1.0)
"""From fine to coarse: steps of light's square root; light below which samples are left out."""
_WHITE = 3.0
"""Light above which a sample of one lamp looks white."""


def packed_within(light: StoreyLight, size: Callable[[bytes], int], most: int = MOST_BYTES) -> bytes:
    """The light packed as finely as `size` of it, its compressed bytes, is at most `most`; else as coarsely as may be."""
    packed = pack(light)
    for steps, dim in _LEVELS:
        if size(packed) <= most:
            break
        packed = pack(_thinned(light, dim), steps)
    return packed


def _thinned(light: StoreyLight, dim: float) -> StoreyLight:
    """The light with some samples of light below `dim`, which are so much brighter that the sum of many lamps stays."""
    rng = np.random.default_rng(1)

    def thinned(layer: LightLayer) -> LightLayer:
        values = np.minimum(layer.light, np.float32(_WHITE))
        bright = values.max(1, initial=0)
        kept = bright >= rng.random(len(bright)) * dim
        more = np.maximum(dim / np.maximum(bright[kept], 1e-6), 1).astype(np.float32)
        return LightLayer(layer.id, layer.rows[kept], values[kept] * more[:, None])

    return replace(light, lamps=tuple(map(thinned, light.lamps)))
