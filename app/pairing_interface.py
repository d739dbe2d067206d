"""The part of EngineApi that pairs devices by their codes, one or many, and keeps the codes."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Protocol

from app.setup_code_interface import SetupCodeApi
from twin.model.device import Device
from twin.model.ids import RoomId
from twin.model.pairing_job import PairingJob, PairingRequest
from twin.model.problem import Problem


class PairingApi(SetupCodeApi, Protocol):
    """Pairing by code. The jobs of the project's pairing queue survive a restart; its changes arrive as PairingJobsChanged."""

    def check_code(self, code: str) -> Future[Problem | None]:
        """None where a pairing code is well formed, else the problem with it. Uses no radio."""
        ...

    def pair(self, code: str, room: RoomId | None = None) -> Future[tuple[Device, ...]]:
        """Commissions a device by its code; stages come as CommissioningStageChanged through the inbox; fails with
        ProblemError."""
        ...

    def pair_many(self, requests: Sequence[PairingRequest]) -> Future[tuple[PairingJob, ...]]:
        """Adds devices to the queue and begins to pair; the result is all jobs. A code that is waiting, running or done
        already is not added again; one that failed is tried again. Fails with ProblemError."""
        ...

    def pairing_jobs(self) -> Future[tuple[PairingJob, ...]]:
        """All jobs of the queue, in the order in which they were added."""
        ...

    def retry_pairing(self, jobs: Sequence[str]) -> Future[tuple[PairingJob, ...]]:
        """Tries jobs (ids) again that failed or were cancelled; the result is all jobs."""
        ...

    def cancel_pairing(self, jobs: Sequence[str]) -> Future[tuple[PairingJob, ...]]:
        """Cancels jobs (ids) that wait; one that runs ends by itself. The result is all jobs."""
        ...

    def forget_pairing(self, jobs: Sequence[str]) -> Future[tuple[PairingJob, ...]]:
        """Deletes jobs (ids) that have ended, with their codes; devices stay. The result is all jobs."""
        ...
