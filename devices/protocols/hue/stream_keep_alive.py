"""TCP keep-alive (RFC 9293 section 3.8.4): a connection on which only the peer sends is found broken though nothing is sent."""

from __future__ import annotations

import contextlib
import socket

IDLE_S, EVERY_S, PROBES = 10, 5, 3
"""Seconds of silence before the first probe, between two, and how many unanswered ones end the connection: 25 s in all."""


def keep_alive(connection: socket.socket | None) -> None:
    """Has the system probe an idle connection; on systems without one of the settings, with their own for it."""
    if connection is None:
        return
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    idle = "TCP_KEEPIDLE" if hasattr(socket, "TCP_KEEPIDLE") else "TCP_KEEPALIVE"
    for option, value in ((idle, IDLE_S), ("TCP_KEEPINTVL", EVERY_S), ("TCP_KEEPCNT", PROBES)):
        with contextlib.suppress(OSError, AttributeError):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
