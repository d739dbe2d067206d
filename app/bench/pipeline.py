"""`pipeline`: report, state, history, screen at 60 frames a second, compared with putting the same rows into history
alone.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.bench.harness.generated_history import START_MS, devices, live
from app.bench.harness.result import Result, UnmeasurableError
from app.bench.harness.timing import interleaved
from app.bench.ingest import ingest, sealed
from app.engine.event_bus import EventBus, SubscriberRole
from app.engine.ingest import Ingest
from app.inbox import Inbox
from twin.model.batch import Batch, RowMap
from twin.model.device import Device
from twin.model.ids import LinkId
from twin.model.observation import Observation, Report, StringTable
from twin.model.report_columns import ReportColumns, ReportTable
from twin.model.state import State
from twin.store.history import History, QueueFull

GOAL = 0.6
POINTS = 200
FRAME_S = 1 / 60


def run(quick: bool) -> Result:
    """Both in observations a second, everything sealed at the end."""
    known = devices(POINTS)
    seconds = 300 if quick else 1500
    batches = list(live([device.points[0] for device in known], seconds))
    uid_of = {device.points[0].id: device.uid for device in known}
    reports = [[Report(uid_of[o.point], "p", o.value, o.time_ms) for o in batch] for batch in batches]
    total = POINTS * seconds
    found = interleaved(
        {
            "ours": lambda: total / _with_history(known, lambda history: _whole(history, known, reports)),
            "yard": lambda: total / _with_history(known, lambda history: _alone(history, batches)),
        },
        2 if quick else 5,
    )
    ratio = found["ours"] / found["yard"]
    return Result(
        figure=found["ours"],
        unit="observations/s",
        yardstick=found["yard"],
        ratio=ratio,
        goal=f"≥ {GOAL} ×",
        ok=ratio >= GOAL,
    )


def _with_history(known: list[Device], work: Callable[[History], None]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        history = History.open(Path(folder) / "x.oikos-history")
        history.declare(device.points[0] for device in known)
        started = time.perf_counter()
        work(history)
        spent = time.perf_counter() - started
        history.close()
        return spent


def _alone(history: History, batches: list[list[Observation]]) -> None:
    ingest(history, batches)


@dataclass(frozen=True, slots=True)
class _WaitingHistory:
    """A history that blocks the ingest when full instead of merging values: the bench must not win by dropping."""

    history: History

    def put(self, batch: Batch) -> None:
        """Queues a batch; blocks while the queue is full."""
        self.history.put(batch, full=QueueFull.WAIT)


def _failed(error: BaseException, where: str) -> None:
    raise UnmeasurableError(where) from error


def _whole(history: History, known: list[Device], reports: Sequence[list[Report]]) -> None:
    """The engine's path from a parser's reports through the columns of a session and the inbox to a screen that drains
    it
    sixty times a second into its own State.
    """
    link, table = LinkId("bench"), ReportTable()
    inbox, shown, due = Inbox(), State(), time.perf_counter() + FRAME_S
    state, bus, numbers = State(), EventBus(_failed), RowMap(shown.index)
    bus.subscribe(SubscriberRole.STATE, state.take)
    bus.subscribe(SubscriberRole.RECORDER, _WaitingHistory(history).put)
    bus.subscribe(SubscriberRole.INBOX, inbox.put, inbox.put_change)
    ingest = Ingest(
        state=state,
        publish=bus.publish,
        strings=StringTable(),
        now_ms=lambda: START_MS + 10**10,
        raised=lambda problem: None,
    )
    ingest.route(link, [replace(device, points=device.points[:1]) for device in known])
    shown.extend(device.points[0].id for device in known)
    for batch in reports:
        ingest.report(link, ReportColumns.of(batch, table))
        if time.perf_counter() >= due:
            for found in inbox.drain()[0]:
                shown.apply_rows(numbers.of(found), found.value, found.time_ms, found.quality)
            shown.take_dirty()
            due += FRAME_S
    sealed(history)
