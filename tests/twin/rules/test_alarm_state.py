"""One alarm's life: the state table, the overlays, and what a hundred thousand random events can do to it."""

import math
import random
from itertools import pairwise

import pytest
from msgspec.structs import replace

from twin.rules import alarm_state
from twin.rules.alarm_definition import AlarmClass, AlarmDefinition, AlarmPriority, High, priority_of
from twin.rules.alarm_state import AlarmEvent, AlarmEventKind, AlarmPhase, AlarmState

PLAIN = AlarmDefinition(id="x", key="x", condition=High(10.0))
RETURNS = replace(PLAIN, ack_return=True)
LATCHES = replace(PLAIN, latching=True)
P, K = AlarmPhase, AlarmEventKind

TABLE: dict[AlarmPhase, dict[str, AlarmPhase | None]] = {
    P.NORMAL: {"true": P.UNACK, "false": P.NORMAL, "ack": None, "reset": None},
    P.UNACK: {"true": P.UNACK, "ack": P.ACK, "reset": None},
    P.ACK: {"true": P.ACK, "ack": None, "reset": None},
    P.RTN_UNACK: {"true": P.UNACK, "false": P.RTN_UNACK, "ack": P.NORMAL, "reset": None},
    P.LATCHED_UNACK: {"true": P.UNACK, "false": P.LATCHED_UNACK, "ack": P.LATCHED_ACK, "reset": None},
    P.LATCHED_ACK: {"true": P.UNACK, "false": P.LATCHED_ACK, "ack": None, "reset": P.NORMAL},
}
"""ISA-18.2's table; None: refused. Where an active alarm's condition ends depends on its kind, below."""
ENDS = {
    "plain": {P.UNACK: P.NORMAL, P.ACK: P.NORMAL},
    "ack_return": {P.UNACK: P.RTN_UNACK, P.ACK: P.NORMAL},
    "latching": {P.UNACK: P.LATCHED_UNACK, P.ACK: P.LATCHED_ACK},
}


def does(definition: AlarmDefinition, state: AlarmState, what: str) -> alarm_state.Step:
    match what:
        case "ack":
            return alarm_state.acknowledge(definition, state, 5, "u")
        case "reset":
            return alarm_state.reset(definition, state, 5, "u")
        case _:
            return alarm_state.judge(definition, state, what == "true", 5, 1.0)


@pytest.mark.parametrize(("kind", "definition"), [("plain", PLAIN), ("ack_return", RETURNS), ("latching", LATCHES)])
@pytest.mark.parametrize("phase", P)
@pytest.mark.parametrize("what", ["true", "false", "ack", "reset"])
def test_every_cell_of_the_state_table(kind: str, definition: AlarmDefinition, phase: AlarmPhase, what: str) -> None:
    wanted = ENDS[kind].get(phase) if what == "false" and phase in ENDS[kind] else TABLE[phase][what]
    after, events = does(definition, AlarmState(phase=phase), what)
    assert after.phase is (wanted or phase)
    assert any(one.kind is K.REFUSED for one in events) == (wanted is None)


def step(
    definition: AlarmDefinition, state: AlarmState, now: int, value: float, rng: random.Random
) -> alarm_state.Step:
    """One random thing that happens to an alarm; time and the newest reading are always judged after it."""
    chance = rng.random()
    done: alarm_state.Step = state, ()
    if chance < 0.1:
        done = alarm_state.acknowledge(definition, state, now, "u")
    elif chance < 0.15:
        done = alarm_state.reset(definition, state, now, "u")
    elif chance < 0.22:
        length = rng.choice([60_000, 600_000])
        done = alarm_state.shelve(definition, state, now, "u", for_ms=length, why="w", once=rng.random() < 0.3)
    elif chance < 0.26:
        done = alarm_state.unshelve(definition, state, now, "u")
    elif chance < 0.31:
        done = alarm_state.suppress(definition, state, now, rng.choice("ab"), rng.choice([None, now + 90_000]))
    elif chance < 0.36:
        done = alarm_state.unsuppress(definition, state, now, rng.choice("ab"))
    elif chance < 0.38:
        done = alarm_state.take_out_of_service(definition, state, now, "u", why="w")
    elif chance < 0.41:
        done = alarm_state.return_to_service(definition, state, now, "u")
    else:
        elapsed, events = alarm_state.elapse(definition, state, now)
        limit = 10.0 - (definition.deadband if elapsed.active else 0.0)
        after, more = alarm_state.judge(definition, elapsed, None if math.isnan(value) else value > limit, now, value)
        done = after, (*events, *more)
    return done


def violations(
    definition: AlarmDefinition,
    before: AlarmState,
    after: AlarmState,
    events: tuple[AlarmEvent, ...],
    now: int,
    value: float,
) -> list[str]:
    """What of the specification this step broke, written without the code's own words."""
    kinds = [one.kind for one in events]
    told = [one for one in events if one.annunciated and one.kind in (K.RAISED, K.RE_ANNUNCIATED)]
    judged = K.ACKNOWLEDGED not in kinds and K.RESET not in kinds
    kind = "latching" if definition.latching else "ack_return" if definition.ack_return else "plain"
    ways = {
        (P.NORMAL, P.UNACK), (P.RTN_UNACK, P.UNACK), (P.LATCHED_UNACK, P.UNACK), (P.LATCHED_ACK, P.UNACK),
        (P.UNACK, P.ACK), (P.RTN_UNACK, P.NORMAL), (P.LATCHED_UNACK, P.LATCHED_ACK), (P.LATCHED_ACK, P.NORMAL),
        *ENDS[kind].items(),
    }  # fmt: skip
    if before.hidden or after.hidden:
        # Told anew, or returned unseen; a latched alarm that came unseen is told when the overlay leaves.
        ways |= {(P.UNACK, P.NORMAL), (P.ACK, P.UNACK), (P.LATCHED_ACK, P.LATCHED_UNACK)}
    phases = [before.phase, *(one.phase for one in events)]
    broken = {
        "phase": any(a is not b and (a, b) not in ways for a, b in pairwise(phases)) or phases[-1] is not after.phase,
        "kind": after.phase is P.RTN_UNACK and kind != "ack_return",
        "latched": after.phase in (P.LATCHED_UNACK, P.LATCHED_ACK) and kind != "latching",
        "told while hidden": bool(told) and after.hidden,
        "silent": before.hidden and not after.hidden and after.active and not told,
        "silence cleared it": math.isnan(value) and before.active and not after.active and judged,
        "shelf": after.shelved_until_ms is not None
        and now >= after.shelved_until_ms
        and before.shelved_until_ms is None,
        "count": after.count - before.count not in (0, 1) or (after.count > before.count) != (K.RAISED in kinds),
        "refusal changed it": K.REFUSED in kinds and after != before,
    }
    return [name for name, is_so in broken.items() if is_so]


def test_120_000_random_events_break_no_rule_of_the_table() -> None:
    rng = random.Random(7)
    found: list[tuple[str, AlarmState, AlarmState]] = []
    seen: set[tuple[AlarmPhase, bool]] = set()
    for _ in range(300):
        definition = replace(
            PLAIN, deadband=rng.choice([0.0, 1.0]), on_ms=rng.choice([0, 60_000]), off_ms=rng.choice([0, 60_000]),
            latching=rng.random() < 0.3, ack_return=rng.random() < 0.5,
        )  # fmt: skip
        state, now, value = AlarmState(), 0, 5.0
        for _ in range(400):
            now += rng.choice([1_000, 10_000, 70_000])
            if rng.random() < 0.5:
                value = rng.choice([5.0, 9.5, 10.5, 12.0, math.nan])
            after, events = step(definition, state, now, value, rng)
            found += [(name, state, after) for name in violations(definition, state, after, events, now, value)]
            seen.add((after.phase, after.hidden))
            state = after
    assert found == []
    assert len(seen) == 12, "every phase was reached, seen and hidden"


def test_a_condition_counts_only_after_its_delay_and_its_end_only_past_the_deadband() -> None:
    definition = replace(PLAIN, on_ms=60_000, off_ms=30_000)
    state, events = alarm_state.judge(definition, AlarmState(), True, 0, 11)
    assert (state.phase, events, alarm_state.due_ms(definition, state)) == (P.NORMAL, (), 60_000)
    state, events = alarm_state.judge(definition, state, True, 60_000, 11)
    assert state.phase is P.UNACK
    state, _ = alarm_state.judge(definition, state, False, 70_000, 9)
    assert alarm_state.due_ms(definition, state) == 100_000
    state, _ = alarm_state.judge(definition, state, True, 80_000, 11)
    assert alarm_state.due_ms(definition, state) is None
    state, _ = alarm_state.judge(definition, state, False, 90_000, 9)
    state, events = alarm_state.judge(definition, state, False, 120_000, 9)
    assert (state.phase, events[0].kind) == (P.NORMAL, K.RETURNED)


def test_silence_freezes_the_phase_and_drops_what_is_pending() -> None:
    state, _ = alarm_state.judge(PLAIN, AlarmState(), True, 0, 11)
    state, events = alarm_state.judge(PLAIN, state, None, 10, None)
    assert (state.phase, state.uncertain_since_ms, events[0].kind) == (P.UNACK, 10, K.UNCERTAIN)
    slow = replace(PLAIN, on_ms=60_000)
    state, _ = alarm_state.judge(slow, AlarmState(), True, 0, 11)
    state, _ = alarm_state.judge(slow, state, None, 30_000, None)
    state, _ = alarm_state.judge(slow, state, True, 60_000, 11)
    assert (state.phase, alarm_state.due_ms(slow, state)) == (P.NORMAL, 120_000)


def test_shelving_wants_a_reason_and_an_end_and_what_can_kill_is_never_shelved() -> None:
    hour = 3_600_000
    codes = [
        alarm_state.shelve(one, AlarmState(), 0, "u", for_ms=length, why=why)[1][0].reason
        for one, length, why in (
            (PLAIN, hour, " "), (PLAIN, 9 * hour, "w"), (PLAIN, 0, "w"), (replace(PLAIN, category=AlarmClass.SAFETY), 1, "w"),
        )
    ]  # fmt: skip
    assert [one.code if one else "" for one in codes] == [
        "alarm.shelving_needs_reason",
        *["alarm.shelving_too_long"] * 3,
    ]


def test_what_came_and_went_on_the_shelf_is_counted_and_what_stands_is_told_anew() -> None:
    state, _ = alarm_state.shelve(PLAIN, AlarmState(), 0, "u", for_ms=1000, why="w")
    for now in (1, 3, 5):
        state, events = alarm_state.judge(PLAIN, state, True, now, 11)
        assert not events[0].annunciated
        if now < 5:
            state, _ = alarm_state.judge(PLAIN, state, False, now + 1, 9)
    state, _ = alarm_state.acknowledge(PLAIN, state, 6, "u")
    state, events = alarm_state.elapse(PLAIN, state, 1000)
    told = [one for one in events if one.annunciated]
    assert (state.phase, [one.kind for one in told]) == (P.UNACK, [K.RE_ANNUNCIATED])
    assert told[0].reason is not None
    assert told[0].reason.args == {"n": 3}


def test_shelved_until_it_returns() -> None:
    state, _ = alarm_state.judge(PLAIN, AlarmState(), True, 0, 11)
    state, _ = alarm_state.shelve(PLAIN, state, 1, "u", for_ms=1000, why="w", once=True)
    state, events = alarm_state.judge(PLAIN, state, False, 2, 9)
    assert (state.phase, state.hidden, [one.kind for one in events]) == (P.NORMAL, False, [K.RETURNED, K.UNSHELVED])


def test_a_latching_alarm_that_came_and_went_unseen_still_waits_for_somebody() -> None:
    state, _ = alarm_state.suppress(LATCHES, AlarmState(), 0, "a")
    state, _ = alarm_state.judge(LATCHES, state, True, 1, 11)
    state, _ = alarm_state.judge(LATCHES, state, False, 2, 9)
    state, events = alarm_state.unsuppress(LATCHES, state, 3, "a")
    assert (state.phase, [one.annunciated for one in events]) == (P.LATCHED_UNACK, [False, True])


def test_what_nobody_cares_for_is_escalated_and_what_was_only_acknowledged_comes_back() -> None:
    definition = replace(PLAIN, escalate_ms=600_000, realarm_ms=3_600_000)
    state, _ = alarm_state.judge(definition, AlarmState(), True, 0, 11)
    state, events = alarm_state.elapse(definition, state, 600_000)
    assert (events[0].kind, events[0].priority, events[0].annunciated) == (K.ESCALATED, AlarmPriority.HIGH, True)
    state, _ = alarm_state.acknowledge(definition, state, 700_000, "u")
    assert alarm_state.elapse(definition, state, 4_299_999)[1] == ()
    state, events = alarm_state.elapse(definition, state, 4_300_000)
    assert (state.phase, events[0].kind) == (P.UNACK, K.RE_ANNUNCIATED)
    state, _ = alarm_state.judge(definition, state, False, 4_300_001, 9)
    assert state.priority is None


def test_out_of_service_has_no_end_and_is_called_to_mind_every_week() -> None:
    week = 7 * 86_400_000
    state, _ = alarm_state.take_out_of_service(PLAIN, AlarmState(), 0, "u", why="renovation")
    assert alarm_state.due_ms(PLAIN, state) == week
    state, events = alarm_state.elapse(PLAIN, state, week)
    assert [(one.kind, one.reason.args if one.reason else {}) for one in events] == [
        (K.REMINDED, {"why": "renovation"})
    ]
    assert state.hidden


def test_what_can_kill_is_hidden_by_nothing() -> None:
    critical = replace(PLAIN, priority=AlarmPriority.CRITICAL)
    state, _ = alarm_state.suppress(critical, AlarmState(), 0, "a")
    assert not state.hidden


def test_priority_follows_consequence_and_time_to_respond() -> None:
    minute = 60_000
    assert [
        priority_of(4, 5 * minute),
        priority_of(4, 60 * minute),
        priority_of(2, 20 * minute),
        priority_of(1, 60 * minute),
    ] == [1, 2, 3, 4]
