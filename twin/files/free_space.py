"""Space that stays free on a disk, so that what fills it for others does not end the recording."""

from __future__ import annotations

import shutil
from pathlib import Path

from twin.model.problem import Problem, ProblemError

RESERVE = 256 << 20
"""Bytes that exports for other machines leave free: weeks of recording."""


def check_free(folder: Path, reserve: int = RESERVE) -> None:
    """Raises ProblemError where less than `reserve` bytes are free on the disk of a folder; OSError where it is not
    there."""
    free = shutil.disk_usage(folder).free
    if free < reserve:
        raise ProblemError(Problem(code="file.no_room", args={"free": free >> 20, "reserve": reserve >> 20}))
