"""The part of EngineApi for the pairing queue."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any

from app.engine.engine_core import EngineCore
from app.engine.pairing_queue import PairingQueue
from twin.model.pairing_job import PairingJob, PairingRequest


class PairingQueueApi(EngineCore):
    """Implements app.pairing_interface.PairingApi."""

    def pair_many(self, requests: Sequence[PairingRequest]) -> Future[tuple[PairingJob, ...]]:
        """Adds devices to the queue and begins to pair."""
        return self._queued(lambda queue: queue.add(requests), "pair_many", n=len(requests))

    def pairing_jobs(self) -> Future[tuple[PairingJob, ...]]:
        """All jobs of the queue."""

        async def work() -> tuple[PairingJob, ...]:
            return self.pairing.jobs

        return self._run(work(), "pairing jobs")

    def retry_pairing(self, jobs: Sequence[str]) -> Future[tuple[PairingJob, ...]]:
        """Tries jobs again."""
        return self._queued(lambda queue: queue.retry(jobs), "retry_pairing", n=len(jobs))

    def cancel_pairing(self, jobs: Sequence[str]) -> Future[tuple[PairingJob, ...]]:
        """Cancels jobs that wait."""
        return self._queued(lambda queue: queue.cancel(jobs), "cancel_pairing", n=len(jobs))

    def forget_pairing(self, jobs: Sequence[str]) -> Future[tuple[PairingJob, ...]]:
        """Deletes jobs that have ended."""
        return self._queued(lambda queue: queue.forget(jobs), "forget_pairing", n=len(jobs))

    def _queued(
        self, change: Callable[[PairingQueue], Coroutine[Any, Any, None]], what: str, **about: object
    ) -> Future[tuple[PairingJob, ...]]:
        async def work() -> tuple[PairingJob, ...]:
            await change(self.pairing)
            return self.pairing.jobs

        return self._run(self._logged(partial(self._edited, lambda _: work()), what, **about), what)
