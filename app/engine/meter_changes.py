"""Replaced meters: consumption, and the user's marks, which are refused where readings contradict them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from twin.model.device import Point
from twin.model.ids import PointId
from twin.model.meter import Consumption, MeterChange, meter_change
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text
from twin.store.history import History

if TYPE_CHECKING:
    from app.engine.session import ProjectSession

LOOK_MS = 400 * 86_400_000
"""How far (ms) before and after a change its neighbouring readings are searched."""


async def consumptions(
    session: ProjectSession, points: Sequence[PointId], from_ms: int, to_ms: int, columns: int
) -> list[Consumption]:
    """Consumption of those points that are meters, in about `columns` intervals of [from, to)."""
    history = session.history
    at = edges(max(0, from_ms), to_ms, columns)
    found = await session.context.run_blocking(lambda: [history.consumption(point, at) for point in points])
    session.damage.report_new()
    return [one for one in found if one is not None]


def edges(from_ms: int, to_ms: int, columns: int) -> np.ndarray:
    """Interval edges (UTC ms) that cover [from, to), at multiples of the interval; from 7.5 min on these are
    quarter-hours. One interval is the period itself.
    """
    if columns == 1:
        return np.array([from_ms, max(from_ms, to_ms)], dtype=np.int64)
    width = max(1, -(-(to_ms - from_ms) // max(1, columns)))
    if width >= 450_000:
        width = -(-width // 900_000) * 900_000
    return np.arange(from_ms // width * width, to_ms + width, width, dtype=np.int64)


async def mark(session: ProjectSession, point: PointId, time_ms: int, final: float | None, first: float | None) -> None:
    """Marks a point's meter as replaced; one undo step. Raises ProblemError where the mark is invalid."""
    found = session.twin.point_of.get(point)
    if found is None:
        raise ProblemError(_no_meter(point))
    now_ms, history = session.context.now_ms(), session.history
    checked = await session.context.run_blocking(
        lambda: check(history, found, meter_change(point, time_ms, final, first), now_ms)
    )
    await session.edits.edit(lambda project: project.mark_meter(checked), label=Text("edit.meter_changed"))


async def unmark(session: ProjectSession, id: str) -> None:
    """Removes a mark, as one undo step."""
    await session.edits.edit(lambda project: project.unmark_meter(id), label=Text("edit.meter_not_changed"))


def check(history: History | None, point: Point, wanted: MeterChange, now_ms: int) -> MeterChange:
    """Returns the mark if valid: a meter's point, not in the future, readings that fit the recorded ones. Raises
    ProblemError.
    """
    if history is None or history.consumption(point.id, np.array([0, 1])) is None:
        raise ProblemError(_no_meter(point.id))
    if not 0 < wanted.time_ms <= now_ms:
        raise ProblemError(Problem(code="meter.future", where=point.id))
    if any(reading is not None and not math.isfinite(reading) for reading in (wanted.final, wanted.first)):
        raise ProblemError(Problem(code="meter.no_number", where=point.id))
    unit, room = point.capability.unit, max(point.capability.resolution, 1e-6)
    last, following = neighbours(history, point.id, wanted.time_ms)
    if last is not None and wanted.final is not None and wanted.final < last - room:
        args = {"reading": last, "unit": unit}
        raise ProblemError(Problem(code="meter.final_too_low", args=args, where=point.id))
    if following is not None and wanted.first is not None and wanted.first > following + room:
        args = {"reading": following, "unit": unit}
        raise ProblemError(Problem(code="meter.first_too_high", args=args, where=point.id))
    return wanted


def last_reading(history: History, point: PointId, before_ms: int) -> tuple[int, float] | None:
    """(UTC ms, reading) of the last reading before a time, within LOOK_MS; None where there is none."""
    for span_ms in (LOOK_MS // 400, LOOK_MS // 10, LOOK_MS):  # most are a moment old
        found = history.raw(point, max(0, before_ms - span_ms), before_ms)
        known = np.flatnonzero(~np.isnan(found.values))
        if len(known):
            return int(found.times[known[-1]]), float(found.values[known[-1]])
    return None


def neighbours(history: History, point: PointId, time_ms: int) -> tuple[float | None, float | None]:
    """The last reading before `time_ms` and the first from then on, within LOOK_MS; None where there is none."""
    before = last_reading(history, point, time_ms)
    after = history.raw(point, time_ms, time_ms + LOOK_MS).values
    after = after[~np.isnan(after)]
    return (before[1] if before else None), (float(after[0]) if len(after) else None)


def _no_meter(point: PointId) -> Problem:
    return Problem(code="meter.none", where=point)
