"""Retention of the rules' trace: 30 days, and the last 20 notable runs of each rule."""

from __future__ import annotations

from collections.abc import Sequence

from twin.rules.rule_memory import TraceStep
from twin.rules.wall_clock import DAY_MS

KEPT_MS = 30 * DAY_MS
KEPT_RUNS = 20
_DULL = frozenset((
    "run.started", "run.command", "run.confirmed", "run.finished", "run.waits", "run.waits_for", "run.branch", "run.told",
    "run.scene", "run.raised", "run.refused", "run.busy", "run.queued", "run.same_command",
))  # fmt: skip
"""Codes of ordinary steps; any other one makes its run notable."""


def rows_to_keep(rows: Sequence[TraceStep], now_ms: int) -> list[TraceStep]:
    """The rows to keep, in their order: those of the last 30 days, and the last 20 notable runs of each rule."""
    odd = {(row.rule, row.run) for row in rows if row.run and row.reason.code not in _DULL}
    newest: dict[str, list[tuple[int, int]]] = {}
    ends: dict[tuple[str, int], int] = {}
    for row in rows:
        if (row.rule, row.run) in odd:
            ends[row.rule, row.run] = row.time_ms
    for (rule, run), at in ends.items():
        newest.setdefault(rule, []).append((at, run))
    kept = {(rule, run) for rule, runs in newest.items() for _, run in sorted(runs)[-KEPT_RUNS:]}
    return [row for row in rows if row.time_ms > now_ms - KEPT_MS or (row.rule, row.run) in kept]
