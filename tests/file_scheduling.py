"""Hands whole files of tests to worker processes, as xdist's `loadfile` does, and goes on where a worker crashed.

xdist 3.8 puts all files of a crashed worker back into its queue, those that were done too. A worker that is handed nothing
to run reports nothing, so it is never handed anything again, and the run does not end.
"""

from __future__ import annotations

from typing import override

from xdist.scheduler import LoadFileScheduling  # pyright: ignore[reportMissingTypeStubs]
from xdist.workermanage import WorkerController  # pyright: ignore[reportMissingTypeStubs]


class FileScheduling(LoadFileScheduling):
    """A test that crashed its worker is reported as failed and not run again; what was not run goes to the others."""

    @override
    def remove_node(self, node: WorkerController) -> str | None:
        """Takes the worker out; returns the test that it was running, None where it had none left."""
        files = self.assigned_work.pop(node)
        left = {file: tests for file, tests in files.items() if not all(tests.values())}
        crashed = next((test for tests in left.values() for test, done in tests.items() if not done), None)
        if crashed is None:
            return None
        left[self._split_scope(crashed)][crashed] = True
        self.workqueue.update({file: tests for file, tests in left.items() if not all(tests.values())})
        for other in self.assigned_work:
            self._reschedule(other)
        return crashed

    @override
    def _reschedule(self, node: WorkerController) -> None:
        """Hands out files until the worker has two tests: it runs a test only once it knows the next one."""
        super()._reschedule(node)
        while self.workqueue and not node.shutting_down and self._pending_of(self.assigned_work[node]) < 2:
            super()._reschedule(node)
