"""The scans of discovery beside DNS-SD, repeated for ever, with the candidates that they found and now miss."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Mapping
from dataclasses import replace

from devices.contract import ScansNetwork
from twin.model.candidate import Candidate
from twin.model.problem import Problem, ProblemError, mistake

FIRST_SCANS, FIRST_SCANS_S = 3, 30.0
"""How many scans follow each other by at most so many seconds; later ones come at the scan's own interval."""
MAX_SCANNED = 2_000
"""Candidates that one scan can add."""
MOST_GONE = 200
"""Candidates of a scan that are kept after they are gone, the latest."""


class NetworkScans:
    """Runs scans by name; `on_change` is called whenever `candidates` is another."""

    def __init__(
        self,
        scans: Mapping[str, ScansNetwork],
        on_change: Callable[[], None],
        on_problem: Callable[[Problem], None],
    ) -> None:
        self._scans, self._on_change, self._on_problem = scans, on_change, on_problem
        self._found: dict[str, dict[str, Candidate]] = {}
        self._gone: dict[str, dict[str, Candidate]] = {}
        self._broken: set[str] = set()

    @property
    def candidates(self) -> list[Candidate]:
        """The candidates that are there, then those that are gone."""
        return [one for rows in (*self._found.values(), *self._gone.values()) for one in rows.values()]

    def start(self, tasks: asyncio.TaskGroup) -> None:
        """Starts every scan as a task."""
        for name, scan in self._scans.items():
            tasks.create_task(self._repeat(name, scan))

    async def _repeat(self, name: str, scan: ScansNetwork) -> None:
        """Scans for ever. A candidate that two scans in a row have missed is gone."""
        before: dict[str, Candidate] = {}
        for n in itertools.count(1):
            found = await self._once(name, scan)
            self._keep(name, before | found)
            before = found
            self._on_change()
            await asyncio.sleep(min(scan.scan_every_s, FIRST_SCANS_S) if n < FIRST_SCANS else scan.scan_every_s)

    async def _once(self, name: str, scan: ScansNetwork) -> dict[str, Candidate]:
        found: dict[str, Candidate] = {}
        try:
            async for candidate in scan.scan():
                if len(found) >= MAX_SCANNED and candidate.key not in found:
                    break
                found[candidate.key] = candidate
                self._found.setdefault(name, {})[candidate.key] = candidate
                self._gone.get(name, {}).pop(candidate.key, None)
                self._on_change()
        except (OSError, TimeoutError):
            pass
        except ProblemError as error:
            for problem in error.problems:
                self._on_problem(problem)
        except Exception as error:
            if name not in self._broken:
                self._broken.add(name)
                self._on_problem(mistake(error, f"looking for {name} devices"))
        return found

    def _keep(self, name: str, here: dict[str, Candidate]) -> None:
        gone = self._gone.setdefault(name, {})
        gone |= {key: replace(one, gone=True) for key, one in self._found.get(name, {}).items() if key not in here}
        for key in list(gone)[: max(0, len(gone) - MOST_GONE)]:
            del gone[key]
        self._found[name] = here
