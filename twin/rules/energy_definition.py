"""The setup of energy as a definition of the project, so that a change of it is an undo step."""

from __future__ import annotations

from msgspec import Struct

from twin.model.energy import EnergySetup

ENERGY_ID = "energy"
"""The id of the only one."""


class EnergyDefinition(Struct, frozen=True, kw_only=True):
    """Tariffs, emission factors and the tree of meters of a project."""

    id: str = ENERGY_ID
    title: str = ""
    setup: EnergySetup = EnergySetup()
