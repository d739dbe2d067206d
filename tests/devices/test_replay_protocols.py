"""However many reports come, a session holds no more than before: the short form of `replay_protocols`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.devices.recorded_wires import WIRES
from tests.devices.replay_protocols import replay

REPORTS = 2_000


@pytest.fixture(autouse=True)
async def pool() -> AsyncIterator[None]:
    """The loop's own worker threads end with the test."""
    yield
    await asyncio.get_running_loop().shutdown_default_executor()


@pytest.mark.blocks
@pytest.mark.parametrize("protocol", WIRES)
async def test_what_a_session_holds_does_not_grow_with_the_reports(
    protocol: str, shared_data: Path, tmp_path: Path
) -> None:
    async with WIRES[protocol](shared_data, tmp_path) as wire:
        done = await replay(wire, REPORTS)
    first, end = done.objects
    assert done.reports >= REPORTS
    assert end - first < REPORTS / 4, "an object for every fourth report"
