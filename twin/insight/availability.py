"""How long devices and gateways could be reached, from their recorded presence. What was not recorded is unknown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Presence:
    """Presence as steps: from `times_ms[i]` (UTC ms, ascending) on 1 online, 0 offline, NaN unknown; the last one lasts up to the
    end of what is judged."""

    times_ms: NDArray[np.int64]
    values: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AvailabilityFigures:
    """Availability in [from, until): times in ms; `online` of each interval between edges, as a share, NaN where unknown."""

    known_ms: float
    online_ms: float
    coverage: float
    """Share of the time that is known, 0 to 1."""
    outages: int
    """Number of times it went offline, or was when the period began."""
    longest_ms: float
    """Longest outage within the period."""
    last_outage_ms: int | None
    """Begin of the last one, UTC ms."""
    online: NDArray[np.float64]

    @property
    def share(self) -> float:
        """Share of the known time online; NaN where nothing is known."""
        return self.online_ms / self.known_ms if self.known_ms > 0 else float("nan")


def availability(presence: Presence, edges_ms: NDArray[np.int64], until_ms: int) -> AvailabilityFigures:
    """Availability between the first edge and `until_ms`; `edges_ms` (n + 1,) ascending."""
    begin, end = int(edges_ms[0]), max(int(edges_ms[0]), until_ms)
    times, values = _clipped(presence, begin, end)
    widths = np.diff(np.append(times, end)).astype(np.float64)
    known, online = np.isfinite(values), np.nan_to_num(values) > 0.5
    at = np.append(times, end)
    sums = [np.concatenate([[0.0], np.cumsum(widths * part)]) for part in (known, online)]
    edges = np.minimum(edges_ms, end)
    known_ms, online_ms = (np.diff(np.interp(edges, at, one)) for one in sums)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = np.where(known_ms > 0, online_ms / known_ms, np.nan)
    down = known & ~online
    began = down & ~np.concatenate([[False], down[:-1]])
    lengths = _runs(down, widths)
    starts = times[began]
    total = float(end - begin)
    return AvailabilityFigures(
        known_ms=float(sums[0][-1]), online_ms=float(sums[1][-1]), coverage=float(sums[0][-1]) / total if total else 0.0,
        outages=int(began.sum()), longest_ms=max(lengths, default=0.0),
        last_outage_ms=int(starts[-1]) if len(starts) else None, online=shares,
    )  # fmt: skip


def reachable(devices: Sequence[Presence]) -> Presence:
    """Presence of a gateway by that of its devices: online while one of them is, unknown while none is known."""
    if not devices:
        return Presence(times_ms=np.zeros(0, np.int64), values=np.zeros(0))
    times = np.unique(np.concatenate([one.times_ms for one in devices]))
    best = np.full(len(times), np.nan)
    for one in devices:
        if len(one.times_ms):
            at = np.searchsorted(one.times_ms, times, side="right") - 1
            best = np.fmax(best, np.where(at >= 0, one.values[np.maximum(at, 0)], np.nan))
    return Presence(times_ms=times, values=best)


def _clipped(presence: Presence, begin: int, end: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The steps in [begin, end), the first at `begin` with what held then."""
    first, last = np.searchsorted(presence.times_ms, [begin, end], side="right")
    last = int(np.searchsorted(presence.times_ms, end))
    held = float(presence.values[first - 1]) if first > 0 else float("nan")
    times = np.concatenate([[begin], presence.times_ms[first:last]]).astype(np.int64)
    return times, np.concatenate([[held], presence.values[first:last]])


def _runs(down: NDArray[np.bool_], widths: NDArray[np.float64]) -> list[float]:
    """Lengths of the runs of True, by the widths of their steps."""
    found, run = list[float](), 0.0
    for is_down, width in zip(down.tolist(), widths.tolist(), strict=True):
        if is_down:
            run += width
        elif run:
            found.append(run)
            run = 0.0
    return [*found, run] if run else found
