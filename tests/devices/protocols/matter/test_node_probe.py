"""Which nodes are probed, and when those that a new server does not meet count as absent, with time moved by hand."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, cast

import pytest

from devices.protocols.matter.node_probe import MEETING_S, NodeProber
from devices.protocols.matter.server_client import ServerError


class Nodes:
    """Nodes of a server that was just started."""

    def __init__(self, count: int) -> None:
        self.there: dict[int, bool | None] = dict.fromkeys(range(count))

    @property
    def unmet(self) -> frozenset[int]:
        return frozenset(node for node, there in self.there.items() if there is None)

    @property
    def probe_targets(self) -> tuple[tuple[int, bool], ...]:
        return tuple((node, there is True) for node, there in self.there.items())

    def is_there(self, node: int) -> bool:
        return self.there[node] is not False

    def probe_answered(self, node: int) -> tuple[()]:
        self.there[node] = True
        return ()

    def probe_unanswered(self, node: int) -> tuple[()]:
        self.there[node] = False
        return ()


class Wire:
    """Answers for no node."""

    async def call(self, *_: object, **__: object) -> object:
        raise ServerError(3, "not ready")


@pytest.mark.parametrize("count", [1, 8, 24, 100])
def test_nodes_without_power_count_as_absent_in_little_more_than_a_minute_however_many_they_are(
    by_hand: Callable[..., Any], count: int
) -> None:
    async def main() -> None:
        nodes, loop = Nodes(count), asyncio.get_running_loop()
        began_s = loop.time()
        probing = asyncio.create_task(NodeProber(cast("Any", Wire()), cast("Any", nodes), lambda event: None).run())
        async with asyncio.timeout(600):
            while nodes.unmet:  # noqa: ASYNC110 - the nodes are pure and have no event
                await asyncio.sleep(1)
        assert MEETING_S <= loop.time() - began_s <= MEETING_S + 5 + count / 4
        probing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await probing

    by_hand(main())
