"""Recorded devices behind a stock broker come whole, whichever way they are announced: the short form of `zigbee_devices`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.devices.zigbee_devices import LEAST_PERCENT, WAYS, lines, taken

pytestmark = [pytest.mark.usefixtures("mosquitto"), pytest.mark.blocks]  # process start blocks briefly
DEVICES = 50


@pytest.fixture(autouse=True)
async def pool() -> AsyncIterator[None]:
    """The loop's own worker threads end with the test."""
    yield
    await asyncio.get_running_loop().shutdown_default_executor()


@pytest.mark.parametrize("way", WAYS)
async def test_all_devices_come_and_nine_of_ten_main_features_are_in_the_vocabulary(
    way: str, shared_data: Path, tmp_path: Path
) -> None:
    done = await taken(way, DEVICES, shared_data, tmp_path)
    assert (done.wanted, done.missing, done.skipped, done.complete) == (DEVICES, frozenset(), 0, True)
    assert done.features.percent >= LEAST_PERCENT, done.features.raw
    assert f"{way}: {DEVICES} of {DEVICES} devices, complete" in lines(way, done)[0]
