"""Whether the system clock is synchronised; certificates, charts and schedules depend on it."""

from __future__ import annotations

import ctypes
import sys

_TIMEX_BYTES = 256
"""Larger than `struct timex` on any platform; its first field, `modes`, stays 0, so nothing is set (adjtimex(2))."""
_TIME_ERROR = 5


def is_synchronised() -> bool | None:
    """Whether the clock is synchronised (NTP, PTP, the hypervisor); None where the system does not report it."""
    if sys.platform != "linux":
        return None
    try:
        state = int(ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES)))
    except (OSError, AttributeError):
        return None
    return None if state < 0 else state != _TIME_ERROR
