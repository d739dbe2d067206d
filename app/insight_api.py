"""The part of the engine's interface that judges what was recorded: energy and comfort."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Protocol

from twin.model.energy import EnergyReport, EnergySetup, EnergySpan
from twin.model.ids import RoomId
from twin.model.room_comfort import ComfortAssumptions, ComfortEvidence, ComfortReport


class InsightApi(Protocol):
    """Reports computed from the history. Futures fail with ProblemError."""

    def energy(self, span: EnergySpan, at_ms: int) -> Future[EnergyReport]:
        """Energy of the local day, week, month or year that contains `at_ms` (UTC ms), up to now: use by meter, remainder,
        cost, emissions. Cancelling the future stops it. Fails with ProblemError."""
        ...

    def comfort(self, span: EnergySpan, at_ms: int, assumed: ComfortAssumptions) -> Future[ComfortReport]:
        """Comfort and air of every room with a temperature in the local day, week, month or year that contains `at_ms` (UTC
        ms), up to now. Cancelling the future stops it. Fails with ProblemError."""
        ...

    def comfort_evidence(self, room: RoomId, at_ms: int, assumed: ComfortAssumptions) -> Future[ComfortEvidence]:
        """What is known about a room at a moment (UTC ms): values, the verdict of the day, and who set what. Fails with
        ProblemError."""
        ...

    def energy_setup(self) -> Future[EnergySetup]:
        """Tariffs, emission factors and the tree of meters, as set up."""
        ...

    def keep_energy_setup(self, setup: EnergySetup) -> Future[None]:
        """Saves tariffs, emission factors and the tree of meters in the project; no undo step; fails with ProblemError."""
        ...
