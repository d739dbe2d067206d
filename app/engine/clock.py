"""The program's only clock."""

from __future__ import annotations

import time


def utc_ms() -> int:
    """UTC milliseconds since 1970. The clock is read here and nowhere else."""
    return time.time_ns() // 1_000_000
