"""What waits for the writer thread of the history: batches of observations, and jobs between them."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import partial
from typing import Any

import numpy as np

from twin.model.batch import Batch
from twin.model.ids import PointId
from twin.model.observation import Observation, Quality
from twin.model.problem import ProblemError


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
    """Whether it is part of the next flush of observations, and of its transaction."""


def flushable(
    queue: Iterable[QueuedBatch | QueuedJob], which: Callable[[QueuedBatch], bool]
) -> tuple[list[QueuedBatch], list[QueuedJob]]:
    """The batches that match `which` and the patient jobs at the head of the queue, up to the first other entry."""
    batches: list[QueuedBatch] = []
    jobs: list[QueuedJob] = []
    for entry in queue:
        if isinstance(entry, QueuedJob):
            if not entry.patient:
                break
            jobs.append(entry)
        elif which(entry):
            batches.append(entry)
        else:
            break
    return batches, jobs


def near(time_ms: int, most_ms: int) -> Callable[[QueuedBatch], bool]:
    """Test whether all times of a batch are within `most_ms` of `time_ms`, which means from the same clock setting."""

    def is_near(batch: QueuedBatch) -> bool:
        observations = batch.observations
        if isinstance(observations, Batch):
            return bool((np.abs(observations.time_ms - time_ms) <= most_ms).all())
        return all(abs(one.time_ms - time_ms) <= most_ms for one in observations)

    return is_near


def done_within(
    db: sqlite3.Connection, job: QueuedJob, explained: Callable[[Exception], ProblemError]
) -> Callable[[], None]:
    """Does a patient job within the open transaction; returns what ends its future after the commit. Where the job
    fails, only what it wrote is rolled back. Raises sqlite3.Error where the whole transaction is lost."""
    db.execute("savepoint patient_job")
    try:
        result = job.work(db)
    except Exception as error:
        db.execute("rollback to patient_job")
        db.execute("release patient_job")
        return partial(job.future.set_exception, explained(error))
    db.execute("release patient_job")
    return partial(job.future.set_result, result)


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
