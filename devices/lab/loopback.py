"""The address that virtual devices listen on: 127.0.0.1, or ::1 where this machine has no IPv4."""

from __future__ import annotations

import os
import socket

from devices.loopback_address import bracketed, loopback

CHOSEN = "OIKOS_LAB_HOST"
"""Environment variable with another address of this machine, such as `fe80::1%eth0`."""


LOOPBACK = os.environ.get(CHOSEN) or loopback()
FAMILY = socket.AF_INET6 if ":" in LOOPBACK else socket.AF_INET
IN_URL = bracketed(LOOPBACK)
"""The address as URLs have it."""
