"""Runs inside a private network (`python -m devices.lab.netlab -- python share_live.py OUT.json RECORDING.json SERVER`).

A second server, another home, pairs with a device that the first one opened for it; then the device is taken out of it.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import tempfile
from pathlib import Path
from typing import Any

from devices.contract import AdapterContext
from devices.lab.matter import MatterLab
from devices.link import LinkRunner, LinkState
from devices.protocols.matter.adapter import ADAPTER
from devices.protocols.matter.server import SOCKET, ManagedServer
from devices.protocols.matter.server_client import ServerConnection
from devices.protocols.matter.server_programs import PROGRAMS
from tests.devices.protocols.matter.live import LIGHT, Ears, until
from twin.model.problem import ProblemError

PAIR_S = 90.0


def left_by_a_killed_server(folder: Path) -> None:
    """A socket that nobody serves any more."""
    folder.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(folder / SOCKET))


async def shared(session: Any, uid: str, folder: Path, server: str) -> dict[str, Any]:
    """What happened, as JSON."""
    told: dict[str, Any] = {}

    async def refused(index: int) -> str:
        try:
            await session.end_membership(uid, index)
        except ProblemError as error:
            return error.problems[0].code
        return ""

    window = await session.share(uid)
    left_by_a_killed_server(folder / "other")
    other = ManagedServer(folder / "other", PROGRAMS[server])
    wire = await ServerConnection.open(await other.start())
    try:
        joined = await wire.call("commission_with_code", timeout_s=PAIR_S, code=window.qr_text, network_only=True)
        told["joined"] = joined["attributes"]["0/40/3"]
        homes = await session.memberships(uid)
        told["homes"] = sorted(one.own for one in homes)
        told["name"] = next(one.label for one in homes if one.own)
        told["own home"] = await refused(next(one.index for one in homes if one.own))
        told["no home"] = await refused(77)
        await session.end_membership(uid, next(one.index for one in homes if not one.own))
        told["left"] = [one.own for one in await session.memberships(uid)]
    finally:
        await wire.close()
        await other.stop()
    found = await session.software_state(uid)
    told["software"] = [found.installed, found.newer, found.unchecked.code if found.unchecked else ""]
    return told


async def main(out: Path, server: str) -> None:
    lab, ears = MatterLab(), Ears()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        facts = {fact["id"]: fact for fact in await lab.start(1, folder)}
        link = ADAPTER.link(f"matter:?server={server}")
        runner = LinkRunner(ADAPTER, link, None, AdapterContext(folder=folder / "matter"), ears)
        ears.runner = runner
        life = asyncio.ensure_future(runner.run())
        try:
            await until(lambda: runner.state is LinkState.ONLINE, 90)
            session: Any = runner.session
            (uid,) = await session.pair(facts[LIGHT]["code"], lambda stage: None)
            await asyncio.to_thread(out.write_text, json.dumps(await shared(session, uid, folder, server)))
        finally:
            life.cancel()
            await asyncio.gather(life, return_exceptions=True)
            await lab.stop()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[3]))
