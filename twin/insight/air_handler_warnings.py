"""Early warnings of air handlers: which rules hold lately, what they cost, and which point is missing for the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.insight.air_handler_points import AirHandlingUnit, Role
from twin.insight.air_handler_rules import RULES, STEP_MS, AirSide, FaultRule, Judged, Numbers, air_side, judge
from twin.model.early_warning import EarlyWarning, WarningKind
from twin.model.text import Text

JUDGED_DAYS = 14
PRESENT_MS = 4 * 86_400_000
"""Age up to which a fault is told: a long weekend, over which the plant is off."""
KW_EACH_K = 1.2 * 1.005 / 3600
"""Heat in kWh for 1 m³ of air and 1 K: density 1.2 kg/m³, 1.005 kJ/(kg K)."""
UNKNOWN_FLOW = 1000.0
"""Flow in m³/h for which the loss is told where the flow is not recorded."""
STEP_H = STEP_MS / 3_600_000
_CAUSES = {
    "fc1": "fan", "fc2": "sensors", "fc3": "sensors", "fc4": "tuning", "fc5": "heating", "fc6": "damper", "fc7": "heating",
    "fc8": "leak", "fc9": "sequence", "fc10": "damper", "fc11": "sequence", "fc12": "leak", "fc13": "cooling", "fc14": "leak",
    "fc15": "leak", "leak": "leak", "both": "sequence", "no_heat": "heating", "no_cool": "cooling", "damper": "damper",
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class AirHandlerReport:
    """Warnings of the present of one air handler, the costliest first, and what cannot be judged."""

    warnings: tuple[EarlyWarning, ...]
    notes: tuple[Text, ...]


def missing_roles(known: frozenset[Role], rule: FaultRule) -> tuple[Role, ...]:
    """The roles that a rule needs and that have no point. A single set-point serves for both heating and cooling, and a
    speed or duct pressure tells that the fan runs."""
    there = set(known)
    if Role.SETPOINT in there:
        there |= {Role.HEATING_SETPOINT, Role.COOLING_SETPOINT}
    if there & {Role.FAN_SPEED, Role.PRESSURE}:
        there.add(Role.FAN)
    return tuple(role for role in rule.needs if role not in there)


def air_handler_report(unit: AirHandlingUnit, series: Mapping[Role, Numbers], begin_ms: int) -> AirHandlerReport:
    """The report of one unit by means (t,) of five minutes from `begin_ms` on; the last ones are judged, all are learned
    from."""
    side = air_side(series, unit.unitless)
    known = frozenset(series)
    waiting = Counter(role for rule in RULES for role in missing_roles(known, rule))
    ready = [rule for rule in RULES if not missing_roles(known, rule)]
    found = [_warning(unit, side, rule, begin_ms) for rule in ready]
    listed = sorted((one for one in found if one is not None), key=lambda one: (-(one.kwh or 0.0), -one.score))
    if not ready:
        return AirHandlerReport((), ())
    notes = [Text("warning.air_handler.watched", name=unit.name, ready=len(ready), of=len(RULES))]
    notes += [
        Text("warning.air_handler.missing", name=unit.name, role=Text(f"warning.role.{role.value}"), n=number)
        for role, number in waiting.most_common()
    ]
    return AirHandlerReport(tuple(listed), tuple(notes))


def evidence(unit: AirHandlingUnit, series: Mapping[Role, Numbers], rule_id: str) -> tuple[Numbers, Numbers] | None:
    """(t,) what the point of a rule shows and what it should show; None for an unknown rule or missing points."""
    rule = next((one for one in RULES if one.id == rule_id), None)
    if rule is None or missing_roles(frozenset(series), rule):
        return None
    side = air_side(series, unit.unitless)
    judged = judge(side, rule)
    shown = side[rule.shown]
    return shown, judged.expected if judged.expected is not None else np.full(len(shown), np.nan)


def _warning(unit: AirHandlingUnit, side: AirSide, rule: FaultRule, begin_ms: int) -> EarlyWarning | None:
    judged = judge(side, rule)
    length = len(judged.holds)
    recent = np.zeros(length, bool)
    recent[max(0, length - JUDGED_DAYS * 86_400_000 // STEP_MS) :] = True
    at = np.flatnonzero(judged.holds & recent)
    if not len(at) or (length - 1 - int(at[-1])) * STEP_MS > PRESENT_MS:
        return None
    point = unit.points[rule.shown]
    hours, last = len(at) * STEP_H, int(at[-1])
    running_h = max(STEP_H, float(np.count_nonzero(side.on & recent)) * STEP_H)
    kwh = _lost(side, judged, at)
    value, expected = _mean(side[rule.shown], at), _mean(judged.expected, at)
    text = Text(
        f"warning.air_handler.{rule.id}", name=unit.name, value=_value_text(rule.shown, value),
        expected=_value_text(rule.shown, expected),
    )  # fmt: skip
    return EarlyWarning(
        id=f"{WarningKind.AIR_HANDLER.value}.{rule.id}:{point.id}", kind=WarningKind.AIR_HANDLER, rule=rule.id,
        device=unit.device.id, point=point.id, room=unit.device.room, since_ms=begin_ms + int(at[0]) * STEP_MS,
        last_ms=begin_ms + last * STEP_MS, score=hours, level=hours / running_h, text=text,
        explanations=_explained(unit, rule, hours, kwh), what_to_do=Text(f"warning.do.air.{_CAUSES[rule.id]}"), value=value,
        expected=expected, kwh=kwh,
    )  # fmt: skip


def _lost(side: AirSide, judged: Judged, at: NDArray[np.int64]) -> float | None:
    """kWh of heat or cold lost meanwhile, see EarlyWarning; None where the rule has no temperature in excess."""
    if judged.excess is None:
        return None
    flow = side.series.get(Role.FLOW)
    moved = np.full(len(at), UNKNOWN_FLOW) if flow is None else flow[at]
    return float(np.nansum(np.abs(judged.excess[at]) * moved) * KW_EACH_K * STEP_H)


def _explained(unit: AirHandlingUnit, rule: FaultRule, hours: float, kwh: float | None) -> tuple[Text, ...]:
    found = [Text("warning.air_handler.extent", hours=hours, days=JUDGED_DAYS)]
    if kwh is not None:
        code = "kwh" if Role.FLOW in unit.points else "kwh_each"
        found.append(Text(f"warning.air_handler.{code}", kwh=kwh))
    if rule.id.startswith("fc"):
        found.append(Text("warning.air_handler.guideline", number=int(rule.id.removeprefix("fc"))))
    return tuple(found)


def _mean(values: Numbers | None, at: NDArray[np.int64]) -> float | None:
    known = values[at] if values is not None else np.zeros(0)
    known = known[np.isfinite(known)]
    return float(known.mean()) if len(known) else None


def _value_text(role: Role, value: float | None) -> Text:
    kind = "pressure" if role is Role.PRESSURE else "humidity" if role is Role.COOLING_VALVE else "temperature"
    return Text(f"warning.value.{kind}", value=value)
