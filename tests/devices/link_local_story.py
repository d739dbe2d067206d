# pyright: reportUnknownMemberType=false
"""Runs inside a network without IPv4, by without_ipv4.py: a device that mDNS announces with a link-local address alone."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from zeroconf import InterfaceChoice, IPVersion, ServiceInfo
from zeroconf.asyncio import AsyncZeroconf

from app.__main__ import main
from devices.lab.loopback import LOOPBACK
from tests.devices.protocols.wled.virtual_controller import UID, virtual_controller
from twin.store.project import Project

pytestmark = [pytest.mark.blocks, pytest.mark.timeout(120)]
KIND = "_wled._tcp.local."


@asynccontextmanager
async def announced(port: int) -> AsyncGenerator[None]:
    zeroconf = AsyncZeroconf(interfaces=InterfaceChoice.All, ip_version=IPVersion.V6Only)
    packed = ip_address(LOOPBACK.partition("%")[0]).packed
    try:
        await (
            await zeroconf.async_register_service(
                ServiceInfo(
                    KIND, f"Shelf.{KIND}", port, addresses=[packed], server="shelf.local.", properties={"mac": UID}
                )
            )
        )
        yield
    finally:
        await zeroconf.async_close()


async def test_it_is_found_added_and_commanded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert os.environ["OIKOS_LAB_HOST"] == LOOPBACK

    async def oikos(*line: str | Path) -> dict[str, Any]:
        capsys.readouterr()
        await asyncio.to_thread(main, [*map(str, line), "--json"])
        return json.loads(capsys.readouterr().out.splitlines()[-1])

    house = tmp_path / "house.oikos"
    Project.create(house, name="House").close()
    async with virtual_controller() as controller, announced(controller.port):
        seen: list[dict[str, Any]] = []
        while not seen:  # a loaded machine may need more than one look
            said = await oikos("discover", "--for", "4")
            seen = [one for one in said["candidates"] if one["protocol"] == "wled"]
        (found,) = seen
        assert all(ip_address(one).is_link_local for one in found["addresses"])
        assert (await oikos("add", house, found["key"], "--for", "4"))["problems"] == []
        points = (await oikos("get", house))["points"]
        (lamp,) = [one["id"] for one in points if one["id"].endswith(".on")]
        assert (await oikos("set", house, lamp, "on"))["state"] == "confirmed"
        assert (await oikos("set", house, lamp, "off"))["state"] == "confirmed"
