"""Nodes that were removed while offline: they still have the fabric's keys and must be told to leave when they return.

The server removes a node first and then asks it to leave the fabric; a failure is only logged (python-matter-server
8.1, `remove_node`). Such a device never opens its commissioning window again. So its number is on disk until it was
told.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from devices.protocols.matter.keystore import write

FILE = "leaving.json"
KEEP_S = 30 * 86_400
"""Seconds after which a removed node is no longer told to leave: it is lost or was reset by hand."""
AGAIN_S = 30.0
QUIET_S = 150.0
"""Seconds after its removal during which a node is not asked: its last announcement may still be cached (RFC 6762
section 10: two minutes).
"""
_ASK_MS = 3000
_OPERATIONAL = "_matter._tcp.local."


class AwayError(Exception):
    """Raised for a node that is known to be unreachable; no request was sent."""


def leaving(folder: Path, since_s: float = 0.0) -> tuple[int, ...]:
    """Ids of nodes removed at least `since_s` seconds ago that were not yet told to leave."""
    now = time.time()
    return tuple(int(node) for node, at in _read(folder).items() if now - at >= since_s)


def removed(method: Callable[..., Awaitable[Any]], away: set[int]) -> Callable[..., Awaitable[Any]]:
    """Wraps the server's removal: a node that is offline is put into `away` and not waited for."""

    @functools.wraps(method)
    async def run(self: Any, node_id: int) -> Any:  # noqa: ANN401 - the server's own
        node = self._nodes.get(node_id)
        if node is not None and not node.available:
            away.add(node_id)
        try:
            return await method(self, node_id)
        finally:
            away.discard(node_id)

    return run


def remembering_leave(
    method: Callable[[Any, int], Awaitable[Any]], folder: Path, away: set[int]
) -> Callable[[Any, int], Awaitable[Any]]:
    """Wraps the request to leave: the node's id is on disk until it has left. Raises AwayError for a node in `away`."""

    @functools.wraps(method)
    async def run(self: Any, node: int) -> Any:  # noqa: ANN401 - the server's own
        _keep(folder, {str(node): time.time(), **_read(folder)})
        if node in away:
            raise AwayError(f"node {node} is not there")
        answer = await method(self, node)
        if not getattr(answer, "is_success", True):
            answer.raise_on_error()
        known = _read(folder)
        known.pop(str(node), None)
        _keep(folder, known)
        return answer

    return run


async def unpair_returned(
    controller: Any,  # noqa: ANN401 - the server's own
    folder: Path,
    announced: Callable[[Any, int], Awaitable[bool]] | None = None,
) -> None:
    """Asks removed nodes to leave once they announce themselves; runs until the server ends.

    The native stack asks one node at a time, up to a minute each, so that nodes that are away are not asked at all.
    """
    there = announced or _announced
    while True:
        for node in leaving(folder, QUIET_S):
            with contextlib.suppress(Exception):  # it went again, whatever the stack calls that
                if await there(controller, node):
                    await controller._chip_device_controller.unpair_device(node)  # noqa: SLF001 - no public hook
        await asyncio.sleep(AGAIN_S)


async def _announced(controller: Any, node: int) -> bool:  # noqa: ANN401 - the server's own
    """Whether a node of this fabric is on the network (Matter core specification 4.3.2.1)."""
    from zeroconf.asyncio import AsyncServiceInfo

    name = f"{controller.compressed_fabric_id:016X}-{node:016X}.{_OPERATIONAL}"
    found = AsyncServiceInfo(_OPERATIONAL, name)
    return await found.async_request(controller._aiozc.zeroconf, _ASK_MS)  # noqa: SLF001 - no public hook


def _read(folder: Path) -> dict[str, float]:
    """When each node was removed, by its number."""
    try:
        found = json.loads((folder / FILE).read_text("ascii"))
        known = {str(int(node)): float(since) for node, since in found.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}
    return {node: since for node, since in known.items() if time.time() - since < KEEP_S}


def _keep(folder: Path, known: dict[str, float]) -> None:
    if known:
        write(folder / FILE, json.dumps(known))
    else:
        (folder / FILE).unlink(missing_ok=True)
