"""Detects whether room colours changed visibly, to skip frames that would look the same."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ALIKE = 3
"""Colours that differ by at most this many steps of 255 look the same."""


class ColourMemory:
    """The room colours of the last picture, and which rooms had no value."""

    def __init__(self) -> None:
        self._colours, self._empty = np.empty((0, 3), np.int16), np.empty(0, np.bool_)

    def is_seen(self, colours: NDArray[np.uint8], empty: NDArray[np.bool_]) -> bool:
        """Whether these colours differ visibly from the last picture's; if so, they replace them."""
        if np.array_equal(empty, self._empty) and (np.abs(colours.astype(np.int16) - self._colours) <= ALIKE).all():
            return False
        self._colours, self._empty = colours.astype(np.int16), empty.copy()
        return True
