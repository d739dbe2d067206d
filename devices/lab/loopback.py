"""The address that virtual devices listen on: 127.0.0.1, or ::1 where this machine has no IPv4."""

from __future__ import annotations

import os
import socket

CHOSEN = "OIKOS_LAB_HOST"
"""Environment variable with another address of this machine, such as `fe80::1%eth0`."""


def _address() -> str:
    if chosen := os.environ.get(CHOSEN):
        return chosen
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        try:
            one.bind(("127.0.0.1", 0))
        except OSError:
            return "::1"
    return "127.0.0.1"


LOOPBACK = _address()
FAMILY = socket.AF_INET6 if ":" in LOOPBACK else socket.AF_INET
IN_URL = f"[{LOOPBACK}]" if ":" in LOOPBACK else LOOPBACK
"""The address as URLs have it (RFC 3986, 3.2.2)."""
