"""From fault conditions of air handlers to the fault of the plant that explains them: the fewest faults that cover what holds.

One leaking valve makes several conditions true, each in another operating state. Which condition a fault can make true is the
table of possible diagnoses of ASHRAE Guideline 36, section 5.16.14, reduced to what the rules here tell apart; ours are placed
beside those that test the same. Choosing the smallest set is parsimonious covering (Reggia, Nau and Wang 1983).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

WARM, COLD = "warm", "cold"
TWO_SIDED = frozenset({"fc8", "leak"})
"""Rules that hold for supply air that is too warm, and for one that is too cold."""


class PlantFault(StrEnum):
    """A fault of an air handler. Earlier ones are preferred where several explain the same."""

    SENSORS = "sensors"
    DAMPER = "damper"
    HEATING_LEAK = "heating_leak"
    COOLING_LEAK = "cooling_leak"
    HEATING = "heating"
    COOLING = "cooling"
    SEQUENCE = "sequence"
    FAN = "fan"
    TUNING = "tuning"


@dataclass(frozen=True, slots=True)
class FaultEvidence:
    """The rules that a fault makes true. `own` tell of it first, the most telling first; at least one of them must hold.
    `other` are explained by it as well."""

    own: tuple[str, ...]
    other: tuple[str, ...] = ()

    def explains(self, held: Collection[str]) -> frozenset[str]:
        """Those of the rules that hold which it explains; none without one of its own."""
        if not any(rule in held for rule in self.own):
            return frozenset()
        return frozenset(held) & {*self.own, *self.other}


EVIDENCE: Mapping[PlantFault, FaultEvidence] = {
    PlantFault.SENSORS: FaultEvidence(
        ("fc2", "fc3"), ("fc5", "fc6", "fc8.warm", "fc8.cold", "fc10", "fc12", "leak.warm", "leak.cold", "damper")
    ),
    PlantFault.DAMPER: FaultEvidence(("damper", "fc6", "fc10"), ("fc7", "fc11")),
    PlantFault.HEATING_LEAK: FaultEvidence(
        ("fc15", "leak.warm", "fc8.warm", "fc12"), ("fc11", "fc13", "no_cool")
    ),
    PlantFault.COOLING_LEAK: FaultEvidence(
        ("fc14", "leak.cold", "fc8.cold"), ("fc5", "fc7", "fc9", "no_heat")
    ),
    PlantFault.HEATING: FaultEvidence(("no_heat", "fc7", "fc5")),
    PlantFault.COOLING: FaultEvidence(("no_cool", "fc13"), ("fc12",)),
    PlantFault.SEQUENCE: FaultEvidence(("both", "fc9", "fc11")),
    PlantFault.FAN: FaultEvidence(("fc1",)),
    PlantFault.TUNING: FaultEvidence(("fc4",)),
}  # fmt: skip


def sided(rule: str, *, warm: bool) -> str:
    """The rule as the table names it: one that holds for both sides with the side on which the supply air lies."""
    return f"{rule}.{WARM if warm else COLD}" if rule in TWO_SIDED else rule


def explained(held: Collection[str]) -> dict[PlantFault, tuple[str, ...]]:
    """The fewest faults that explain the rules that hold (as `sided` names them), each with its rules, the most telling first.
    Of as few others, those with the most rules of their own. Each rule is evidence of one fault: of the one whose own it is.
    ValueError where a rule is in no fault's evidence."""
    rules = frozenset(held)
    covered = {fault: mine for fault, one in EVIDENCE.items() if (mine := one.explains(rules))}
    covers = (
        [
            chosen
            for chosen in combinations(covered, number)
            if frozenset[str]().union(*(covered[one] for one in chosen)) == rules
        ]
        for number in range(len(covered) + 1)
    )
    fewest = next((some for some in covers if some), None)
    if fewest is None:
        raise ValueError(f"no fault explains {sorted(rules)}")
    chosen = max(fewest, key=lambda faults: sum(len(rules.intersection(EVIDENCE[fault].own)) for fault in faults))

    def owner(rule: str) -> PlantFault:
        return max((fault for fault in chosen if rule in covered[fault]), key=lambda fault: rule in EVIDENCE[fault].own)

    owners = {rule: owner(rule) for rule in rules}
    return {
        fault: tuple(rule for rule in (*EVIDENCE[fault].own, *EVIDENCE[fault].other) if owners.get(rule) is fault)
        for fault in chosen
    }


def possible(held: Collection[str]) -> tuple[PlantFault, ...]:
    """The faults of which some rule that holds tells by itself, in the order of preference."""
    return tuple(fault for fault, one in EVIDENCE.items() if one.explains(held))
