"""Detects whether room colours changed visibly, to skip frames that would look the same."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ALIKE = 3
"""Colours that differ by no more steps of 255 look the same."""


class ColourMemory:
    """Remembers the colours of the rooms, and which have no value, of the last picture that was made for them."""

    def __init__(self) -> None:
        self._colours, self._empty = np.empty((0, 3), np.int16), np.empty(0, np.bool_)

    def is_seen(self, colours: NDArray[np.uint8], empty: NDArray[np.bool_]) -> bool:
        """Whether these ask for a new picture; they are remembered then."""
        if np.array_equal(empty, self._empty) and (np.abs(colours.astype(np.int16) - self._colours) <= ALIKE).all():
            return False
        self._colours, self._empty = colours.astype(np.int16), empty.copy()
        return True
