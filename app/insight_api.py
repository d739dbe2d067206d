"""The part of the engine's interface that judges what was recorded: energy."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Protocol

from twin.model.energy import EnergyReport, EnergySetup, EnergySpan


class InsightApi(Protocol):
    """Reports computed from the history. Futures fail with ProblemError."""

    def energy(self, span: EnergySpan, at_ms: int) -> Future[EnergyReport]:
        """Energy of the local day, week, month or year that contains `at_ms` (UTC ms), up to now: use by meter, remainder,
        cost, emissions. Cancelling the future stops it. Fails with ProblemError."""
        ...

    def energy_setup(self) -> Future[EnergySetup]:
        """Tariffs, emission factors and the tree of meters, as set up."""
        ...

    def keep_energy_setup(self, setup: EnergySetup) -> Future[None]:
        """Saves tariffs, emission factors and the tree of meters in the project; no undo step; fails with ProblemError."""
        ...
