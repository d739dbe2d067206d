"""A stream that breaks is opened ever more seldom until one lasts, and one that is never answered is noticed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, cast

import pytest

from devices.json_document import Document
from devices.protocols.hue.hue_connection import CONNECT_S, HueConnection
from devices.protocols.hue.hue_stream import BUSY_MOST_S, LASTS_S, REOPEN_S, HueStream

type ByHand = Callable[[Coroutine[Any, Any, Any]], Any]


class Bridge:
    """Answers and ends a stream after `lasts_s`; None: never answers."""

    def __init__(self) -> None:
        self.lasts_s: float | None = 0.0
        self.opened_s: list[float] = []

    async def events(self) -> AsyncIterator[tuple[Document, ...]]:
        loop = asyncio.get_running_loop()
        self.opened_s.append(loop.time())
        if self.lasts_s is None:
            await asyncio.Event().wait()
        yield ()
        await asyncio.sleep(self.lasts_s or 0.0)
        raise ConnectionResetError


def test_a_stream_that_breaks_at_once_is_opened_ever_more_seldom_until_one_lasts(by_hand: ByHand) -> None:
    async def main() -> None:
        bridge = Bridge()
        stream = HueStream(cast("HueConnection", bridge))
        await stream.start()
        await asyncio.sleep(400.0)
        gaps = [later - earlier for earlier, later in zip(bridge.opened_s, bridge.opened_s[1:], strict=False)]
        assert gaps[:8] == pytest.approx([REOPEN_S * 2**n for n in range(6)] + [BUSY_MOST_S] * 2)
        assert stream.missed
        bridge.lasts_s = LASTS_S
        await asyncio.sleep(BUSY_MOST_S + LASTS_S / 2)
        opened = len(bridge.opened_s)
        await asyncio.sleep(LASTS_S / 2 + REOPEN_S + 1.0)
        assert len(bridge.opened_s) == opened + 1
        assert bridge.opened_s[-1] - bridge.opened_s[-2] == pytest.approx(LASTS_S + REOPEN_S)
        await stream.close()

    by_hand(main())


def test_a_stream_that_is_opened_again_and_never_answered_is_an_error(by_hand: ByHand) -> None:
    async def main() -> None:
        bridge = Bridge()
        stream = HueStream(cast("HueConnection", bridge))
        await stream.start()
        bridge.lasts_s = None
        await asyncio.sleep(REOPEN_S + CONNECT_S + 1.0)
        with pytest.raises(TimeoutError):
            await stream.next_events(0.0)
        assert len(bridge.opened_s) == 2
        await stream.close()

    by_hand(main())


def test_a_stream_that_is_quiet_stays_open(by_hand: ByHand) -> None:
    async def main() -> None:
        bridge = Bridge()
        bridge.lasts_s = 3600.0
        stream = HueStream(cast("HueConnection", bridge))
        await stream.start()
        await stream.next_events(1800.0)
        assert len(bridge.opened_s) == 1
        assert not stream.missed
        await stream.close()

    by_hand(main())
