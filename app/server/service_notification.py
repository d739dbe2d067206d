"""Notifications to a service manager: ready, alive, stopping (sd_notify(3), systemd 252); only where one expects them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Mapping

READY, STOPPING, ALIVE = "READY=1", "STOPPING=1", "WATCHDOG=1"
SEND_S = 5.0
"""Longest time (seconds) for which a manager that does not read is waited for."""
_MICROSECONDS = 1e6


def notify(state: str, environment: Mapping[str, str] = os.environ, *, timeout_s: float = SEND_S) -> bool:
    """Sends one datagram to the manager's socket; whether it was sent. Never raises: the manager may be gone, or may not
    read for longer than `timeout_s`, its queue full."""
    place = environment.get("NOTIFY_SOCKET", "")
    if not place.startswith(("/", "@")):
        return False
    name = "\0" + place[1:] if place[0] == "@" else place  # an abstract socket (unix(7))
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as wire:
        wire.settimeout(timeout_s)
        wire.connect(name)
        wire.sendall(state.encode())
        return True
    return False


def watchdog_s(environment: Mapping[str, str] = os.environ) -> float | None:
    """The longest interval (seconds) between notifications that the manager accepts; None where it expects none."""
    wanted, pid = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", "")
    if not wanted.isdecimal() or not int(wanted) or (pid and pid != str(os.getpid())):
        return None
    return int(wanted) / _MICROSECONDS


async def keep_alive(environment: Mapping[str, str] = os.environ) -> None:
    """Sends `alive` twice per interval while the loop runs; returns at once where the manager expects none. The loop does
    not wait for a manager whose queue is full: the next notification is as good."""
    every = watchdog_s(environment)
    if every is None or not environment.get("NOTIFY_SOCKET"):
        return
    while True:
        notify(ALIVE, environment, timeout_s=0.0)
        await asyncio.sleep(every / 2)
