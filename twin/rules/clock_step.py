"""Corrections for a changed system clock or a time without evaluation: delays count elapsed time, not clock time.

`by_ms` is the clock's jump beyond the elapsed time. Wall times (the end of shelving, a schedule) are kept as they are.
"""

from __future__ import annotations

from msgspec.structs import replace

from twin.rules.alarm_evaluation import AlarmMemory
from twin.rules.alarm_state import AlarmState
from twin.rules.rule_memory import RuleMemory
from twin.rules.rule_view import RuleView


def shifted_alarms(memory: AlarmMemory, by_ms: int) -> AlarmMemory:
    """The alarms after the clock jumped by `by_ms`: pending delays keep the time that they have waited. Call `adopt`
    next.
    """
    return replace(memory, states={id: _shifted(state, by_ms) for id, state in memory.states.items()})


def _shifted(state: AlarmState, by_ms: int) -> AlarmState:
    if state.true_since_ms is None and state.false_since_ms is None and state.anchor is None:
        return state
    return replace(
        state,
        true_since_ms=None if state.true_since_ms is None else state.true_since_ms + by_ms,
        false_since_ms=None if state.false_since_ms is None else state.false_since_ms + by_ms,
        anchor=None,
        rate=None,
    )


def without_delays(memory: AlarmMemory) -> AlarmMemory:
    """The alarms after a time without evaluation: pending delays restart. Call `adopt` next."""
    states = {
        id: replace(state, true_since_ms=None, false_since_ms=None, anchor=None, rate=None)
        for id, state in memory.states.items()
    }
    return replace(memory, states=states)


def shifted_rules(memory: RuleMemory, by_ms: int) -> RuleMemory:
    """The rules after the clock jumped by `by_ms`: pending `for` delays and waits keep their length.

    The next wall-clock instant is computed anew: one that the clock skipped has passed, one that it repeats does not
    start a rule twice.
    """
    return replace(
        memory,
        armed={id: since + by_ms for id, since in memory.armed.items()},
        silent={id: since + by_ms for id, since in memory.silent.items()},
        for_due_ms=None if memory.for_due_ms is None else memory.for_due_ms + by_ms,
        by_hand={point: since + by_ms for point, since in memory.by_hand.items()},
        starts={},
        runs=tuple(replace(run, wake_ms=run.wake_ms + by_ms) for run in memory.runs),
        clock_ms=None,
    )


def shift_view(view: RuleView, by_ms: int) -> None:
    """Shifts the times in a view (unchanged since, last report, unknown since) by a clock jump."""
    for times in (view.since_ms, view.last_report_ms, view.unknown_ms):
        for key in times:
            times[key] += by_ms


def restart_silence(view: RuleView, now_ms: int) -> None:
    """Restarts the silence of every key at `now_ms`, after a time in which nothing was received."""
    for key in view.last_report_ms:
        view.last_report_ms[key] = max(view.last_report_ms[key], now_ms)
