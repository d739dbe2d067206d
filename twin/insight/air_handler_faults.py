"""From fault conditions of air handlers to the fault of the plant that explains them: the fewest faults that cover what holds.

One leaking valve makes several conditions true, each in another operating state. Which condition a fault can make true is the
table of possible diagnoses of ASHRAE Guideline 36, section 5.16.14, reduced to what the rules here tell apart; ours are placed
beside those that test the same. Choosing the smallest set is parsimonious covering (Reggia, Nau and Wang 1983).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

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
    Each rule is evidence of one fault: of the one that explains the most, then of the one with the most rules of its own."""
    left, found = set(held), dict[PlantFault, tuple[str, ...]]()
    while left:
        covered = {fault: one.explains(left) for fault, one in EVIDENCE.items()}
        best = max(EVIDENCE, key=lambda fault: (len(covered[fault]), sum(rule in left for rule in EVIDENCE[fault].own)))
        if not covered[best]:
            raise ValueError(f"no fault explains {sorted(left)}")
        evidence = EVIDENCE[best]
        found[best] = tuple(rule for rule in (*evidence.own, *evidence.other) if rule in covered[best])
        left -= covered[best]
    return found
