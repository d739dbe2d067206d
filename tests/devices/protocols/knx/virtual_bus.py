"""Runs a KNX/IP interface (knxd, which nobody of us wrote) with the devices of bus_peer.py for a test."""

from __future__ import annotations

import asyncio
import shutil
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import override

import pytest
from xknx.io.self_description import request_description

from devices import tethered_process
from devices.lab.loopback import FAMILY
from tests.devices.protocols.bacnet.virtual_device import free_port
from tests.devices.protocols.peer_process import PeerProcess

TABLE = """"Main";"Middle";"Sub";"Address";"Central";"Unfiltered";"Description";"DatapointType";"Security"
"Lights";;;"1/-/-";"";"";"";"";"Auto"
;"Ground floor";;"1/1/-";"";"";"";"";"Auto"
;;"Kitchen light switch";"1/1/1";"";"";"";"DPST-1-1";"Auto"
;;"Kitchen light status";"1/1/2";"";"";"";"DPST-1-1";"Auto"
;;"Kitchen light brightness";"1/1/3";"";"";"";"DPST-5-1";"Auto"
;;"Kitchen light brightness status";"1/1/4";"";"";"";"DPST-5-1";"Auto"
;;"Kitchen light dimming";"1/1/5";"";"";"";"DPST-3-7";"Auto"
;;"Garden pump switch";"1/1/7";"";"";"";"DPST-1-1";"Auto"
"Blinds";;;"2/-/-";"";"";"";"";"Auto"
;;"Office blind up/down";"2/1/1";"";"";"";"DPST-1-8";"Auto"
;;"Office blind position";"2/1/2";"";"";"";"DPST-5-1";"Auto"
;;"Office blind stop";"2/1/3";"";"";"";"DPST-1-7";"Auto"
;;"Office blind position status";"2/1/4";"";"";"";"DPST-5-1";"Auto"
;;"Office temperature";"3/1/1";"";"";"";"DPST-9-1";"Auto"
;;"Office temperature setpoint";"3/1/2";"";"";"";"DPST-9-1";"Auto"
;;"Office temperature setpoint status";"3/1/3";"";"";"";"DPST-9-1";"Auto"
;;"Office window";"3/1/5";"";"";"";"DPST-1-19";"Auto"
;;"Nobody knows";"3/1/6";"";"";"";"";"Auto"
"""


class VirtualBus(PeerProcess):
    """knxd and a child process with devices."""

    def __init__(self, folder: Path, *, routing: bool = False) -> None:
        self.port = free_port()
        self._routing = ("-I", "lo", "-R") if routing else ()
        self.table = folder / "groups.csv"
        folder.mkdir(parents=True, exist_ok=True)
        self.table.write_text(TABLE)
        self.uid = ""
        """Of the interface: knxd has no serial number, and the hardware address of this machine."""
        self._knxd: asyncio.subprocess.Process | None = None
        super().__init__(Path(__file__).parent / "bus_peer.py", str(self.port))

    @property
    def url(self) -> str:
        return f"knx://127.0.0.1:{self.port}"

    @override
    async def start(self) -> None:
        server = f"-S224.0.23.12:{self.port}"
        self._knxd = await asyncio.create_subprocess_exec(
            *tethered_process.command(program() or "", "-n", "knxd", "-e", "1.1.128", "-E", "1.1.129:16", "-D", "-T"),
            *self._routing,
            server,
            "-b",
            "dummy:",
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        await super().start()
        about = await request_description("127.0.0.1", self.port)
        self.uid = about.mac_address.replace(":", "").lower()

    @override
    async def kill(self) -> None:
        knxd, self._knxd = self._knxd, None
        if knxd is not None and knxd.returncode is None:
            knxd.kill()
            await knxd.wait()
        await super().kill()


def program() -> str | None:
    """Where knxd is."""
    return shutil.which("knxd") or shutil.which("knxd", path="/usr/sbin")


@asynccontextmanager
async def virtual_bus(folder: Path, *, routing: bool = False) -> AsyncGenerator[VirtualBus]:
    if program() is None:
        pytest.skip("knxd is not installed (apt-get install knxd)")
    if FAMILY == socket.AF_INET6:
        pytest.skip("KNXnet/IP has no IPv6 (KNX 03.08.02, 8.5.2: a host protocol address information is IPv4)")
    bus = VirtualBus(folder, routing=routing)
    try:
        await bus.start()
        yield bus
    finally:
        await bus.kill()
