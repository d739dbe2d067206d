"""Whether the machine's clock is kept right by something. Certificates, charts and schedules live by it."""

from __future__ import annotations

import ctypes
import sys

_TIMEX_BYTES = 256
"""More than `struct timex` has anywhere; its first field, `modes`, stays 0: nothing is set (adjtimex(2))."""
_TIME_ERROR = 5


def is_synchronised() -> bool | None:
    """Whether something (NTP, PTP, the hypervisor) keeps the clock; None where the system does not tell."""
    if sys.platform != "linux":
        return None
    try:
        state = int(ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES)))
    except (OSError, AttributeError):
        return None
    return None if state < 0 else state != _TIME_ERROR
