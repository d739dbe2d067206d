"""Early warnings of air handlers: which faults explain the rules that hold lately, what they cost, and which point is missing
for the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twin.insight.air_handler_faults import PlantFault, explained, possible, sided
from twin.insight.air_handler_points import AirHandlingUnit, Role
from twin.insight.air_handler_rules import RULES, STEP_MS, AirSide, FaultRule, Numbers, air_side, judge
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
_LEAKS = frozenset({PlantFault.HEATING_LEAK, PlantFault.COOLING_LEAK})


@dataclass(frozen=True, slots=True, eq=False)
class AirHandlerReport:
    """Warnings of the present of one air handler, one for each fault, the costliest first, and what cannot be judged."""

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
    held = [one for rule in ready if (one := _held(unit, side, rule, begin_ms)) is not None]
    listed = sorted(_by_fault(unit, side, held), key=lambda one: (-(one.kwh or 0.0), -one.score))
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


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    """A rule that holds lately: at which means (k,), what it lost in each of all (t,), K, and its warning by itself."""

    at: NDArray[np.int64]
    excess: Numbers | None
    warning: EarlyWarning

    @property
    def name(self) -> str:
        """The rule as the table of faults names it."""
        one = self.warning
        return sided(one.rule, warm=(one.value or 0.0) >= (one.expected or 0.0))


def _held(unit: AirHandlingUnit, side: AirSide, rule: FaultRule, begin_ms: int) -> _Held | None:
    judged = judge(side, rule)
    length = len(judged.holds)
    recent = _recent(length)
    at = np.flatnonzero(judged.holds & recent)
    if not len(at) or (length - 1 - int(at[-1])) * STEP_MS > PRESENT_MS:
        return None
    point, hours = unit.points[rule.shown], len(at) * STEP_H
    excess = None if judged.excess is None else np.where(judged.holds, np.abs(judged.excess), 0.0)
    value, expected = _mean(side[rule.shown], at), _mean(judged.expected, at)
    text = Text(
        f"warning.air_handler.{rule.id}", name=unit.name, value=_value_text(rule.shown, value),
        expected=_value_text(rule.shown, expected),
    )  # fmt: skip
    warning = EarlyWarning(
        id=f"{WarningKind.AIR_HANDLER.value}.{rule.id}:{point.id}", kind=WarningKind.AIR_HANDLER, rule=rule.id,
        device=unit.device.id, point=point.id, room=unit.device.room, since_ms=begin_ms + int(at[0]) * STEP_MS,
        last_ms=begin_ms + int(at[-1]) * STEP_MS, score=hours, level=_share(side, hours), text=text,
        what_to_do=Text(""), value=value, expected=expected, kwh=_lost(side, excess, at),
    )  # fmt: skip
    return _Held(at, excess, warning)


def _by_fault(unit: AirHandlingUnit, side: AirSide, held: Sequence[_Held]) -> list[EarlyWarning]:
    """One warning for each of the fewest faults that explain the rules that hold, with the other faults that may be behind
    its rules. Further rules may be explained by another fault."""
    by_name = {one.name: one for one in held}
    place = next(unit.points[role].id for role in Role if role in unit.points)
    found, listed = explained(by_name), list[EarlyWarning]()
    for fault, names in found.items():
        one = _joined(unit, side, fault, [by_name[name] for name in names])
        others = [other for other in possible(names) if other not in found]
        also = [Text("warning.air_handler.or", fault=_fault_text(unit, other)) for other in others]
        listed.append(
            replace(
                one, id=f"{WarningKind.AIR_HANDLER.value}.{fault.value}:{place}", fault=fault.value,
                explanations=(*one.explanations, *also),
            )
        )  # fmt: skip
    return listed


def _fault_text(unit: AirHandlingUnit, fault: PlantFault) -> Text:
    return Text(f"warning.air_handler.fault.{fault.value}", name=unit.name)


def _joined(unit: AirHandlingUnit, side: AirSide, fault: PlantFault, held: Sequence[_Held]) -> EarlyWarning:
    """The warning of a fault: what was lost at one time is counted once, however many rules hold then."""
    do = Text(f"warning.do.air.{'leak' if fault in _LEAKS else fault.value}")
    parts = tuple(replace(one.warning, what_to_do=do) for one in held)
    first = parts[0]
    at = np.unique(np.concatenate([one.at for one in held]))
    known = [one.excess for one in held if one.excess is not None]
    kwh = _lost(side, np.fmax.reduce(known), at) if known else None
    hours = len(at) * STEP_H
    several = len(parts) > 1
    evidence = [one.text for one in parts] if several else []
    return replace(
        first, text=_fault_text(unit, fault) if several else first.text,
        since_ms=min(one.since_ms for one in parts), last_ms=max(one.last_ms for one in parts), score=hours,
        level=_share(side, hours), kwh=kwh, parts=parts,
        explanations=(*evidence, *_explained(unit, [one.rule for one in parts], hours, kwh)),
    )  # fmt: skip


def _recent(length: int) -> NDArray[np.bool_]:
    recent = np.zeros(length, bool)
    recent[max(0, length - JUDGED_DAYS * 86_400_000 // STEP_MS) :] = True
    return recent


def _share(side: AirSide, hours: float) -> float:
    """Share of the time for which the unit ran lately."""
    return hours / max(STEP_H, float(np.count_nonzero(side.on & _recent(len(side.on)))) * STEP_H)


def _lost(side: AirSide, excess: Numbers | None, at: NDArray[np.int64]) -> float | None:
    """kWh of heat or cold lost meanwhile, see EarlyWarning; None where no rule has a temperature in excess (t,)."""
    if excess is None:
        return None
    flow = side.series.get(Role.FLOW)
    moved = np.full(len(at), UNKNOWN_FLOW) if flow is None else flow[at]
    return float(np.nansum(excess[at] * moved) * KW_EACH_K * STEP_H)


def _explained(unit: AirHandlingUnit, rules: Sequence[str], hours: float, kwh: float | None) -> tuple[Text, ...]:
    found = [Text("warning.air_handler.extent", hours=hours, days=JUDGED_DAYS)]
    if kwh is not None:
        code = "kwh" if Role.FLOW in unit.points else "kwh_each"
        found.append(Text(f"warning.air_handler.{code}", kwh=kwh))
    numbers = sorted(int(rule.removeprefix("fc")) for rule in rules if rule.startswith("fc"))
    if numbers:
        found.append(Text("warning.air_handler.guideline", numbers=[str(one) for one in numbers], n=len(numbers)))
    return tuple(found)


def _mean(values: Numbers | None, at: NDArray[np.int64]) -> float | None:
    known = values[at] if values is not None else np.zeros(0)
    known = known[np.isfinite(known)]
    return float(known.mean()) if len(known) else None


def _value_text(role: Role, value: float | None) -> Text:
    kind = "pressure" if role is Role.PRESSURE else "humidity" if role is Role.COOLING_VALVE else "temperature"
    return Text(f"warning.value.{kind}", value=value)
