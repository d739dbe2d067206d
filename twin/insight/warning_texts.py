"""Early warnings as sentences: what is seen against what, what else it may be, what to do."""

from __future__ import annotations

from twin.insight.battery_life import BatteryOutlook
from twin.insight.sensor_faults import HOUR_MS
from twin.insight.sensor_findings import SensorFinding
from twin.insight.sensor_groups import PeerSensor
from twin.model.early_warning import LEARN_DAYS, EarlyWarning, FaultPlace, SensorLearning, WarningKind, WarningReport
from twin.model.text import Text
from twin.model.twin import Twin

_WITH_UNIT = frozenset({"temperature", "humidity", "co2"})


def value_text(capability: str, value: float | None) -> Text:
    """A value with its unit."""
    return Text(f"warning.value.{capability if capability in _WITH_UNIT else 'other'}", value=value)


def sensor_warning(one: SensorFinding, begin_ms: int) -> EarlyWarning:
    """The warning of a finding; its hours count from `begin_ms` (UTC ms)."""
    device, point = one.sensor.device, one.sensor.point
    since_ms = begin_ms + one.since_h * HOUR_MS
    capability = point.capability.id
    code = one.kind.value
    if one.kind is WarningKind.STUCK and not one.peers:
        code = "stuck_alone"
    if one.kind is WarningKind.SILENT and one.usual_h is None:
        code = "silent_long"
    text = Text(
        f"warning.{code}", name=device.name, what=Text(f"warning.class.{capability}" if capability in _WITH_UNIT else "warning.class.other"),
        time=since_ms, hours=one.hours, usual=one.usual_h, value=value_text(capability, one.value),
        expected=value_text(capability, one.expected), peers=one.peers, times=one.score,
    )  # fmt: skip
    return EarlyWarning(
        id=f"{one.kind.value}:{point.id}", kind=one.kind, device=device.id, point=point.id, room=device.room,
        since_ms=since_ms, last_ms=begin_ms + one.last_h * HOUR_MS, score=one.score, level=one.level, text=text,
        explanations=tuple(_explanations(one)), what_to_do=Text(f"warning.do.{one.kind.value}"), place=one.place,
        value=one.value, expected=one.expected, peers=one.peers,
    )  # fmt: skip


def _explanations(one: SensorFinding) -> list[Text]:
    found = [Text(f"warning.place.{one.place.value}")] if one.place is not FaultPlace.UNKNOWN else []
    return [*found, Text(f"warning.maybe.{one.kind.value}")]


def battery_warning(
    sensor: PeerSensor, at_ms: int, percent: float | None, expected: BatteryOutlook | None
) -> EarlyWarning:
    """The warning of a battery that reports to be low, or by its outlook."""
    device, point = sensor.device, sensor.point
    if expected is None:
        text, score = Text("warning.battery_low", name=device.name), 2.0
    else:
        code = "battery" if expected.lives else "battery_slope"
        text = Text(
            f"warning.{code}", name=device.name, percent=percent, days=expected.days, low=expected.low,
            high=expected.high, lives=expected.lives,
        )  # fmt: skip
        score = 30.0 / max(expected.days, 1.0)
    return EarlyWarning(
        id=f"battery:{point.id}", kind=WarningKind.BATTERY, device=device.id, point=point.id, room=device.room,
        since_ms=at_ms, last_ms=at_ms, score=score, level=score, text=text, explanations=(Text("warning.maybe.battery"),),
        what_to_do=Text("warning.do.battery"), value=percent,
    )  # fmt: skip


def sure_text(one: EarlyWarning) -> Text:
    """How sure the warning is."""
    return Text("warning.sure" if one.sure else "warning.possible")


def learning_text(one: SensorLearning, twin: Twin) -> Text:
    """How long a sensor has been learned."""
    device = twin.device_of.get(one.device)
    return Text(
        "warning.learning", name=device.name if device is not None else one.device, days=one.days, of=LEARN_DAYS
    )


def summary_texts(report: WarningReport) -> tuple[Text, ...]:
    """What is watched, and what cannot be judged."""
    found = [Text("warning.watched", n=report.watched)]
    if report.alone:
        found.append(Text("warning.alone", n=report.alone))
    if report.learning:
        found.append(Text("warning.learning_some", n=len(report.learning), of=LEARN_DAYS))
    if report.dismissed:
        found.append(Text("warning.dismissed", n=report.dismissed))
    return (*found, *report.notes)
