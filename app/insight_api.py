"""The part of the engine's interface that judges what was recorded: energy, comfort and early warnings."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Protocol

from app.report_interface import ReportApi
from twin.model.early_warning import WarningChart, WarningReport
from twin.model.energy import EnergyReport, EnergySetup, EnergySpan
from twin.model.ids import PointId, RoomId
from twin.model.room_comfort import ComfortAssumptions, ComfortEvidence, ComfortReport
from twin.model.security_event import SecurityStatus
from twin.rules.alarm_metrics import AlarmMetricsReport


class InsightApi(ReportApi, Protocol):
    """Judgements of what was recorded, and reports of them as files. Futures fail with ProblemError."""

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

    def alarm_metrics(self, span: EnergySpan, at_ms: int) -> Future[AlarmMetricsReport]:
        """The performance of the alarms (ISA-18.2) in the local day, week, month or year that contains `at_ms` (UTC ms), up to
        now, and what stands now. Fails with ProblemError."""
        ...

    def warnings(self) -> Future[WarningReport]:
        """Early warnings of faulty sensors, weak batteries, leaks and plant that works badly, computed from the history of
        the last weeks, and what is still learned. Fails with ProblemError."""
        ...

    def warning_chart(self, point: PointId, rule: str = "") -> Future[WarningChart]:
        """The last two weeks of a sensor, and what it would show if it had moved with its peers; with a `rule` of a warning
        the last four days, and what that expects. Fails with ProblemError."""
        ...

    def dismiss_warning(self, id: str) -> Future[None]:
        """Calls a warning normal for its sensor: it is hidden until the deviation is half as large again. One undo step; fails
        with ProblemError."""
        ...

    def restore_warning(self, id: str) -> Future[None]:
        """Undoes `dismiss_warning` of the warning with this id; one undo step; fails with ProblemError."""
        ...

    def security_events(self, from_ms: int) -> Future[SecurityStatus]:
        """What the security watch noticed since a time (UTC ms), and what it does not watch. Fails with ProblemError."""
        ...

    def watch_security(self, kind: str, *, on: bool) -> Future[None]:
        """Switches one kind of the security watch on or off; no undo step. Fails with ProblemError for an unknown kind."""
        ...

    def energy_setup(self) -> Future[EnergySetup]:
        """Tariffs, emission factors and the tree of meters, as set up."""
        ...

    def keep_energy_setup(self, setup: EnergySetup) -> Future[None]:
        """Saves tariffs, emission factors and the tree of meters in the project; one undo step; fails with ProblemError."""
        ...
