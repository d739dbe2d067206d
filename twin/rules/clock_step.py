"""When the machine's clock was set, or nobody watched: delays go on by the time that passed, not by what the clock says.

`by_ms` is what the clock jumped beyond the time that passed. Wall times (a shelf's end, a schedule) stay what they are: a
person meant them.
"""

from __future__ import annotations

from msgspec.structs import replace

from twin.rules.alarm_evaluation import AlarmMemory
from twin.rules.alarm_state import AlarmState
from twin.rules.rule_memory import RuleMemory
from twin.rules.rule_view import RuleView


def shifted_alarms(memory: AlarmMemory, by_ms: int) -> AlarmMemory:
    """The same alarms by a clock that was set: pending delays have waited for as long as before. Follow with `adopt`."""
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
    """The same alarms after a time in which nobody watched: what was pending begins anew. Follow with `adopt`."""
    states = {
        id: replace(state, true_since_ms=None, false_since_ms=None, anchor=None, rate=None)
        for id, state in memory.states.items()
    }
    return replace(memory, states=states)


def shifted_rules(memory: RuleMemory, by_ms: int) -> RuleMemory:
    """The same for rules: pending `for`s and waits last as long as they say. The next wall-clock instant is found anew,
    from now on: one that the clock jumped over has passed, one that it comes to again does not start twice."""
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
    """Since when values hold and when they were last heard, by a clock that was set."""
    for times in (view.since_ms, view.heard_ms, view.unknown_ms):
        for key in times:
            times[key] += by_ms


def heard_anew(view: RuleView, now_ms: int) -> None:
    """Counts the silence of every key from `now_ms` on, after a time in which nothing was received."""
    for key in view.heard_ms:
        view.heard_ms[key] = max(view.heard_ms[key], now_ms)
