"""What waits for the writer thread of the history: batches of observations, and jobs between them."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any

from twin.model.batch import Batch
from twin.model.ids import PointId
from twin.model.observation import Observation, Quality


class QueueFull(Enum):
    """Behaviour when the queue of observations is full."""

    WAIT = auto()
    """The caller waits: for imports and replays."""
    MERGE = auto()
    """Queued observations are reduced to the newest of each point, marked uncertain and counted: for live sources."""


@dataclass(slots=True, eq=False)
class QueuedBatch:
    """Observations in the queue, as they were put."""

    observations: Sequence[Observation] | Batch


@dataclass(slots=True, eq=False)
class QueuedJob:
    """Other work for the writing thread; `future` gets its result."""

    work: Callable[[sqlite3.Connection], Any]
    future: Future[Any]
    patient: bool = False
    """Whether it waits for the next flush of observations."""


def merged_queue(
    queue: Iterable[QueuedBatch | QueuedJob], flying: Iterable[QueuedBatch]
) -> tuple[deque[QueuedBatch | QueuedJob], int]:
    """The queue with the newest observation of each point in place of all batches, but for those that are being written
    just now (`flying`); and how many observations that dropped. The newest are marked uncertain."""
    newest: dict[PointId, Observation] = {}
    kept: list[QueuedBatch | QueuedJob] = []
    merged, held = 0, {id(batch) for batch in flying}
    for entry in queue:
        if isinstance(entry, QueuedJob) or id(entry) in held:
            kept.append(entry)
            continue
        merged += len(entry.observations)
        for one in entry.observations:
            known = newest.get(one.point)
            if known is None or not one.dated or one.time_ms >= known.time_ms:
                newest[one.point] = one
    rest = [replace(one, quality=max(one.quality, Quality.UNCERTAIN)) for one in newest.values()]
    return deque([*kept, QueuedBatch(rest)] if rest else kept), merged - len(rest)
