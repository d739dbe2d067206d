"""Probes silent nodes, because the server alone takes 154 s to notice a device without power."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

from devices.event_columns import ParsedEvent
from devices.protocols.matter.clusters import PROBED_S
from devices.protocols.matter.nodes import MatterNodes
from devices.protocols.matter.server_client import ServerConnection, ServerError

AGAIN_S = 3.0
"""Seconds between probes of a node that is offline."""
ANSWER_S = 9.0
_ROUND_S = 1.0
QUIET_S = PROBED_S - ANSWER_S - _ROUND_S
"""Seconds after a node's last answer until it is probed, so that the next answer is within its promised interval."""
_AT_ONCE = 8
_PROMPT_S = 2.0
"""Seconds after which an unanswered probe does not count towards the limit of concurrent ones."""
_ABSENT_AT_ONCE = 4
"""Most offline nodes that are probed at the same time."""
_TRIES = 2
MEETING_S = 60.0
"""Seconds without a node being met from which on the unmet ones count as absent: a new server meets its nodes one by one,
and takes up to a minute for one that is away."""
MEETING_LIMIT_S = 600.0
"""Longest wait of a command for its node to be met, seconds; a server meets fifty nodes in a minute."""
NOT_READY = (3, 4, 5)
"""Error codes of a server that has no connection to a node (NodeNotReady, NodeNotResolving, NodeNotExists)."""
_PATH = "0/40/0"
"""Path of the data model's revision, which every node has."""


class _UnmetError(Exception):
    """The server has not met the node since its start, and goes on meeting nodes."""


class NodeProber:
    """Probes silent nodes; `tell` receives the resulting events."""

    def __init__(self, wire: ServerConnection, nodes: MatterNodes, tell: Callable[[ParsedEvent], None]) -> None:
        self._wire, self._nodes, self._tell = wire, nodes, tell
        self._asked_s: dict[int, float] = {}
        self._under_way: dict[int, tuple[float, bool]] = {}
        """Nodes being probed: start time, and whether the node was online."""
        self._unmet, self._last_met_s = frozenset[int](), 0.0

    def probe_soon(self, node: int) -> None:
        """Makes a node due for a probe at once, after a request to it failed."""
        self._asked_s[node] = 0.0

    async def run(self) -> None:
        """Probes silent nodes until cancelled."""
        loop = asyncio.get_running_loop()
        self._last_met_s = loop.time()
        async with asyncio.TaskGroup() as group:
            while True:
                unmet = self._nodes.unmet
                if any(self._nodes.is_there(node) for node in self._unmet - unmet):
                    self._last_met_s = loop.time()
                self._unmet = unmet
                for node, there in sorted(self._nodes.probe_targets, key=lambda target: target[0] not in unmet):
                    due = self._asked_s.setdefault(node, loop.time()) + (QUIET_S if there else AGAIN_S)
                    if loop.time() >= due and node not in self._under_way and self._place(there):
                        self._under_way[node] = (loop.time(), there)
                        group.create_task(self._ask(node))
                await asyncio.sleep(_ROUND_S)

    def _place(self, there: bool) -> bool:
        if not there:
            return sum(not one for _, one in self._under_way.values()) < _ABSENT_AT_ONCE
        fresh_s = asyncio.get_running_loop().time() - _PROMPT_S
        return sum(since > fresh_s for since, one in self._under_way.values() if one) < _AT_ONCE

    async def _ask(self, node: int) -> None:
        loop = asyncio.get_running_loop()
        try:
            for event in await self._outcome(node):
                self._tell(event)
        finally:
            self._asked_s[node] = loop.time()
            del self._under_way[node]

    async def _outcome(self, node: int) -> tuple[ParsedEvent, ...]:
        """The events of a probe; none while the server still has to meet the node."""
        try:
            for _ in range(_TRIES):
                if await self._answers(node):
                    return self._nodes.probe_answered(node)
        except _UnmetError:
            return ()
        return self._nodes.probe_unanswered(node)

    async def _answers(self, node: int) -> bool:
        try:
            read = await self._wire.call("read_attribute", timeout_s=ANSWER_S, node_id=node, attribute_path=_PATH)
        except ServerError as error:
            if error.code in NOT_READY and self._is_awaited(node):
                raise _UnmetError from None
            return False
        except OSError:
            return False
        return isinstance(read, dict) and cast("dict[str, object]", read).get(_PATH) is not None

    def _is_awaited(self, node: int) -> bool:
        return node in self._nodes.unmet and asyncio.get_running_loop().time() < self._last_met_s + MEETING_S
