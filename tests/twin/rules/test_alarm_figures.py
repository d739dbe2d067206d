"""Metrics of alarms: what began before the period counts, waits end with their episode, each figure has its verdict."""

from __future__ import annotations

from msgspec.structs import replace

from twin.insight.calendar_span import DAY_MS, HOUR_MS
from twin.model.energy import EnergySpan
from twin.model.text import Text
from twin.rules.alarm_definition import AlarmPriority
from twin.rules.alarm_figures import AlarmVerdict, alarm_figures, figure_rows
from twin.rules.alarm_metrics import AlarmMetricsReport, alarm_metrics
from twin.rules.alarm_state import AlarmEvent, AlarmEventKind, AlarmPhase

K, P = AlarmEventKind, AlarmPhase
MINUTE = 60_000


def event(alarm: str, kind: AlarmEventKind, at: int, phase: AlarmPhase = P.UNACK, **more: object) -> AlarmEvent:
    told = kind is K.RAISED
    return AlarmEvent(alarm=alarm, kind=kind, time_ms=at, phase=phase, annunciated=told, **more)  # type: ignore[arg-type]


def report(*log: AlarmEvent, days: int = 1) -> AlarmMetricsReport:
    end = days * DAY_MS
    return AlarmMetricsReport(
        span=EnergySpan.DAY, from_ms=0, to_ms=end, until_ms=end, before_ms=-DAY_MS, zone="UTC",
        metrics=alarm_metrics(log, 0, end), titles={one.alarm: Text("text.earlier", text=one.alarm) for one in log},
        standing=1, hidden={"shelved": 2},
    )  # fmt: skip


def verdicts(made: AlarmMetricsReport) -> dict[str, AlarmVerdict | None]:
    return {one.key: one.verdict for one in alarm_figures(made)}


def test_an_alarm_that_stands_since_before_the_period_is_stale_in_it() -> None:
    log = (event("old", K.RAISED, -2 * DAY_MS), event("over", K.RAISED, -9 * DAY_MS))
    log = (*log, event("over", K.RETURNED, -DAY_MS, P.NORMAL))
    found = alarm_metrics(sorted(log, key=lambda one: one.time_ms), 0, HOUR_MS)
    assert (found.stale, found.annunciated) == (("old",), 0)
    assert found.longest_active_s == (2 * DAY_MS + HOUR_MS) / 1000


def test_a_wait_ends_when_the_alarm_returns_without_acknowledgement() -> None:
    found = alarm_metrics(
        (
            event("a", K.RAISED, 0), event("a", K.RETURNED, MINUTE, P.NORMAL),
            event("a", K.RAISED, HOUR_MS), event("a", K.ACKNOWLEDGED, HOUR_MS + 2 * MINUTE, P.ACK),
        ), 0, DAY_MS,
    )  # fmt: skip
    assert (found.ack_mean_s, found.longest_unack_s) == (120.0, 120.0)


def test_a_wait_that_goes_on_is_the_longest() -> None:
    assert alarm_metrics((event("a", K.RAISED, 0),), 0, DAY_MS).longest_unack_s == DAY_MS / 1000


def test_alarms_that_need_no_acknowledgement_are_not_waited_for() -> None:
    found = alarm_metrics((event("a", K.RAISED, 0, P.ACK),), 0, DAY_MS)
    assert (found.ack_mean_s, found.longest_unack_s) == (None, None)


def test_each_rate_is_good_the_most_for_one_person_or_poor() -> None:
    def rated(count: int) -> AlarmVerdict | None:
        log = [event(f"a{n}", K.RAISED, n * (DAY_MS // count)) for n in range(count)]
        return verdicts(report(*log))["per_day"]

    assert [rated(n) for n in (150, 200, 300)] == [AlarmVerdict.GOOD, AlarmVerdict.MOST, AlarmVerdict.POOR]


def test_a_flood_makes_its_figures_poor_and_is_a_row_of_the_table() -> None:
    made = report(*(event(f"a{n}", K.RAISED, n * MINUTE // 2) for n in range(30)))
    said = verdicts(made)
    assert (said["peak_10_min"], said["flood_share"]) == (AlarmVerdict.POOR, AlarmVerdict.POOR)
    rows = {row[0]: row for row in figure_rows(made, lambda text: str(text.args["text"]))}
    assert rows["flood"][4] == 30
    assert rows["flood_peak"][4] == made.metrics.peak_per_10_min
    assert rows["shelved"][4] == 2.0


def test_few_kinds_of_alarms_are_not_judged_by_their_share_and_nothing_is_unknown_not_zero() -> None:
    few = report(event("a", K.RAISED, 0, priority=AlarmPriority.LOW))
    assert verdicts(few)["top_10_share"] is None
    none = {one.key: one.value for one in alarm_figures(report())}
    assert (none["top_10_share"], none["priority_1"], none["ack_mean"], none["alarms"]) == (None, None, None, 0.0)
    assert {one.key: one.value for one in alarm_figures(replace(few, standing=3))}["standing"] == 3.0
