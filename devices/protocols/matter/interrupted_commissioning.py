# pyright: reportMissingTypeStubs=false
"""Completes a commissioning that was interrupted in its last stage: the device joined the fabric, but the server does
not list it.

The server stores a node only after its first interview (python-matter-server 8.1). So its number is written to disk
before commissioning; if it is still there at the next start, the device is searched for.
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

MARK = "commissioning.json"
KEEP_S = 7 * 86_400
SEARCH_S = 120.0
AGAIN_S = 3.0


def marked(method: Callable[..., Awaitable[Any]], folder: Path, last_node: str) -> Callable[..., Awaitable[Any]]:
    """Wraps the server's commissioning method: the number of the new node is on disk while it runs."""

    @functools.wraps(method)
    async def run(self: Any, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - the server's own
        mark = folder / MARK
        write(mark, json.dumps({"node": int(self.server.storage.get(last_node, 0)) + 1}))
        try:
            node = await method(self, *arguments, **named)
        except Exception:
            mark.unlink(missing_ok=True)
            raise
        mark.unlink(missing_ok=True)
        return node

    return run


def unfinished(folder: Path) -> int:
    """The number of the node whose commissioning was interrupted within the last week; 0 for none."""
    mark = folder / MARK
    try:
        if time.time() - mark.stat().st_mtime < KEEP_S:  # a file's time is the wall clock's
            return int(json.loads(mark.read_text("ascii"))["node"])
        mark.unlink()
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return 0


async def finish(controller: Any, folder: Path) -> None:  # noqa: ANN401 - the server's own
    """Searches for that node for SEARCH_S seconds and adds it; a node that never joined is ignored."""
    node = unfinished(folder)
    end = time.monotonic() + SEARCH_S
    while node and node not in controller._nodes and time.monotonic() < end:  # noqa: SLF001 - no public hook
        try:
            await _complete(controller, node)
            await controller._interview_node(node)  # noqa: SLF001 - no public hook
            controller._setup_node_create_task(node)  # noqa: SLF001 - no public hook
        except Exception:
            await asyncio.sleep(AGAIN_S)
    if node in controller._nodes and unfinished(folder) == node:  # noqa: SLF001 - no public hook
        (folder / MARK).unlink(missing_ok=True)


async def _complete(controller: Any, node: int) -> None:  # noqa: ANN401 - the server's own
    """Else the device leaves again when its fail-safe of a minute ends (Matter core specification 11.10.7.6)."""
    from chip.clusters import Objects
    from chip.interaction_model import InteractionModelError

    command = Objects.GeneralCommissioning.Commands.CommissioningComplete()
    with contextlib.suppress(InteractionModelError):  # it answers that there is nothing to complete
        await controller._chip_device_controller.send_command(node, 0, command)  # noqa: SLF001 - no public hook
