"""Eased animation of many values at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.view.scene.camera.camera import smooth

type Floats = NDArray[np.float64]

TAKES_S = 0.55


class EasedShares:
    """(n,) values that follow their targets within `takes_s` seconds; `now` is the current state."""

    def __init__(self, count: int, *, takes_s: float = TAKES_S) -> None:
        self.now: Floats = np.zeros(count)
        self.aim: Floats = np.zeros(count)
        self._from: Floats = np.zeros(count)
        self._begun: Floats = np.full(count, np.nan)
        self._moving = np.zeros(count, np.bool_)
        self._takes_s = takes_s

    @property
    def moving(self) -> bool:
        """Whether any value is still moving."""
        return bool(self._moving.any())

    def set_targets(self, aim: Floats, *, at_once: bool) -> bool:
        """Sets targets; returns whether a redraw is needed now or an animation starts."""
        if at_once:
            jumped = not np.array_equal(self.now, aim)
            self.now, self.aim = aim.copy(), aim.copy()
            self._moving[:] = False
            return jumped
        other = aim != self.aim
        self.aim = aim.copy()
        self._from[other] = self.now[other]
        self._begun[other] = np.nan
        self._moving |= other
        return bool(other.any())

    def advance(self, now_s: float) -> bool:
        """Advances to this time; returns whether anything moved."""
        rows = np.flatnonzero(self._moving)
        if not len(rows):
            return False
        fresh = rows[np.isnan(self._begun[rows])]
        self._begun[fresh] = now_s
        share = np.clip((now_s - self._begun[rows]) / self._takes_s, 0.0, 1.0)
        eased = np.array([smooth(float(one)) for one in share])
        self.now[rows] = self._from[rows] + (self.aim[rows] - self._from[rows]) * eased
        done = rows[share >= 1.0]
        self.now[done] = self.aim[done]
        self._moving[done] = False
        return True
