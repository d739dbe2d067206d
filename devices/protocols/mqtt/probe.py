"""Checks with one CONNECT packet whether a broker answers and whether it requires a login."""

from __future__ import annotations

import asyncio

_CLIENT = b"oikos-probe"
_CONNECT = b"\x00\x04MQTT\x04\x02\x00\x1e" + len(_CLIENT).to_bytes(2, "big") + _CLIENT
"""Version 3.1.1, clean session, keep alive 30 s, no login (MQTT Version 3.1.1, OASIS Standard, section 3.1)."""


async def probe(host: str, port: int, *, timeout_s: float = 1.0) -> int | None:
    """Return code of CONNACK for an anonymous CONNECT: 0 accepted, 4 and 5 login required; None where no broker
    answers.
    """
    writer = None
    try:
        async with asyncio.timeout(timeout_s):
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(bytes((0x10, len(_CONNECT))) + _CONNECT)
            answer = await reader.readexactly(4)  # CONNACK, its length 2, flags, code (section 3.2)
            return answer[3] if answer[:2] == b"\x20\x02" else None
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return None
    finally:
        if writer is not None:
            writer.transport.abort()
