"""The figures of an alarm system one by one, each with its target (ISA-18.2-2016 chapter 16, IEC 62682) and a verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum

from msgspec import Struct

from twin.model.text import Text
from twin.rules.alarm_metrics import AlarmMetricsReport

TABLE_HEAD = ("figure", "alarm", "from", "to", "value", "unit", "verdict")
_TEN_MINUTES_A_DAY = 144
_TARGETS: dict[str, tuple[float, float]] = {
    "per_day": (150.0, 288.0),
    "per_10_min": (1.0, 2.0),
    "peak_10_min": (10.0, 10.0),
    "flood_share": (1.0, 1.0),
    "stale": (4.0, 4.0),
    "chattering": (0.0, 0.0),
    "fleeting": (0.0, 0.0),
    "top_10_share": (5.0, 5.0),
}
"""By figure: up to which value it is good, and up to which it is the most that one person manages."""
_WITH_TARGET = frozenset((*_TARGETS, *(f"priority_{n}" for n in (1, 2, 3, 4))))


class AlarmVerdict(StrEnum):
    """How a figure compares with its target."""

    GOOD = "good"
    MOST = "most"
    """The most that one person manages."""
    POOR = "poor"


class AlarmFigure(Struct, frozen=True, kw_only=True):
    """One figure; `value` None where it is not known, `verdict` None where there is no target or too little to judge by."""

    key: str
    value: float | None
    unit: str = ""
    """Nothing for a number of alarms; `%`, `min` or `h`."""
    verdict: AlarmVerdict | None = None

    @property
    def name(self) -> Text:
        """What the figure is."""
        return Text(f"alarm.metric.{self.key}")

    @property
    def target(self) -> Text | None:
        """What it should be; None where the standards set no target."""
        return Text(f"alarm.target.{self.key}") if self.key in _WITH_TARGET else None


def alarm_figures(report: AlarmMetricsReport) -> tuple[AlarmFigure, ...]:
    """All figures of a period, in the order of a report."""
    return tuple(_figures(report))


def _figures(report: AlarmMetricsReport) -> Iterator[AlarmFigure]:
    metrics, hidden = report.metrics, report.hidden
    some = metrics.annunciated > 0
    yield _judged("alarms", metrics.annunciated)
    yield _judged("per_day", metrics.per_day)
    yield _judged("per_10_min", metrics.per_day / _TEN_MINUTES_A_DAY)
    yield _judged("peak_10_min", metrics.peak_per_10_min)
    yield _judged("floods", len(metrics.floods))
    yield _judged("flood_share", 100 * metrics.flood_share, "%")
    yield _judged("standing", report.standing)
    yield _judged("unacked", report.unacked)
    yield _judged("stale", len(metrics.stale))
    yield _judged("chattering", len(metrics.chattering))
    yield _judged("fleeting", metrics.fleeting)
    share = 100 * metrics.top_10_share if some else None
    yield _judged("top_10_share", share, "%", few=len(metrics.top_10) < 10)
    yield _judged("ack_mean", _per(metrics.ack_mean_s, 60), "min")
    yield _judged("ack_median", _per(metrics.ack_median_s, 60), "min")
    yield _judged("longest_unack", _per(metrics.longest_unack_s, 60), "min")
    yield _judged("longest_active", _per(metrics.longest_active_s, 3600), "h")
    for overlay in ("shelved", "suppressed", "out_of_service"):
        yield _judged(overlay, hidden.get(overlay, 0))
    for priority in (1, 2, 3, 4):
        yield _judged(f"priority_{priority}", 100 * metrics.by_priority.get(priority, 0.0) if some else None, "%")


def _per(seconds: float | None, unit_s: float) -> float | None:
    return None if seconds is None else seconds / unit_s


def _judged(key: str, value: float | None, unit: str = "", *, few: bool = False) -> AlarmFigure:
    """A figure with its verdict; none where it is not known, or of too `few` alarms."""
    verdict = None
    if value is not None and not few and (target := _TARGETS.get(key)) is not None:
        good, most = target
        strict = key == "flood_share"
        fits = value < good if strict else value <= good
        verdict = (
            AlarmVerdict.GOOD if fits else AlarmVerdict.MOST if value <= most and not strict else AlarmVerdict.POOR
        )
    return AlarmFigure(key=key, value=None if value is None else float(value), unit=unit, verdict=verdict)


def figure_rows(report: AlarmMetricsReport, worded: Callable[[Text], str]) -> list[tuple[object, ...]]:
    """Rows of TABLE_HEAD: the figures, each flood with its alarms and peak, the most frequent alarms, those that chatter and
    those that are stale. Times are UTC ms; unknown is empty."""
    metrics, span = report.metrics, (report.from_ms, report.until_ms)
    rows: list[tuple[object, ...]] = [
        (one.key, "", *span, "" if one.value is None else round(one.value, 3), one.unit, one.verdict or "")
        for one in alarm_figures(report)
    ]
    for flood in metrics.floods:
        rows.append(("flood", "", flood.from_ms, flood.to_ms, flood.count, "", ""))
        rows.append(("flood_peak", "", flood.from_ms, flood.to_ms, flood.peak, "", ""))
    named = (
        ("frequent", metrics.top_10),
        ("chatters", ((id, "") for id in metrics.chattering)),
        ("is_stale", ((id, "") for id in metrics.stale)),
    )
    for what, alarms in named:
        rows += [(what, worded(report.titles[id]), *span, count, "", "") for id, count in alarms]
    return rows
