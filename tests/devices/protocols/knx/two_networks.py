"""Two KNX routers on two network cards, each with devices of its own, read and commanded by one project's links.

`python -m devices.lab.netlab -- python -m tests.devices.protocols.knx.two_networks FOLDER`: each router lives in a network namespace
that a veth pair joins to ours. Prints what each link heard, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from devices import tethered_process
from tests.devices.protocols.knx.virtual_bus import TABLE, program
from tests.devices.protocols.link_under_test import LinkUnderTest, running, until
from tests.devices.protocols.peer_process import PeerProcess

PORT = 3671
TEMPERATURES = ((22.0, (0x0C, 0x4C)), (23.0, (0x0C, 0x7E)))
"""What the devices of each router report, and how it is written (DPT 9.001)."""


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


class NetworkBehindCard(PeerProcess):
    """A namespace with knxd and its devices, joined to ours by a card of this number."""

    def __init__(self, number: int) -> None:
        self.number, self.own = number, f"10.81.{number}.1"
        self._held: list[asyncio.subprocess.Process] = []
        super().__init__(Path(__file__).parent / "bus_peer.py", str(PORT))

    def inside(self, *words: str) -> list[str]:
        return [shutil.which("nsenter") or "nsenter", "-t", str(self._held[0].pid), "-n", *words]

    async def start(self) -> None:
        self._held.append(
            await self._run(shutil.which("unshare") or "unshare", "-n", "sh", "-c", "echo there; exec sleep 600")
        )
        output = self._held[0].stdout
        assert output is not None
        await output.readline()
        ours, theirs = f"card{self.number}", f"far{self.number}"
        await asyncio.to_thread(self._join, ours, theirs)
        knxd = (program() or "", "-n", "knxd", "-e", "1.1.128", "-E", "1.1.129:16", "-D", "-T", "-I", theirs, "-R")
        self._held.append(await self._run(*self.inside(*knxd, f"-S224.0.23.12:{PORT}", "-b", "dummy:")))
        await super().start()

    def command(self) -> list[str]:
        return self.inside(*super().command())

    def _join(self, ours: str, theirs: str) -> None:
        ip("link", "add", ours, "type", "veth", "peer", "name", theirs)
        ip("link", "set", theirs, "netns", str(self._held[0].pid))
        ip("addr", "add", f"{self.own}/24", "dev", ours)
        ip("link", "set", ours, "up")
        for words in (
            ("addr", "add", f"10.81.{self.number}.2/24", "dev", theirs),
            ("link", "set", theirs, "up"),
            ("link", "set", "lo", "up"),
            ("route", "add", "224.0.0.0/4", "dev", theirs),
        ):
            subprocess.run(self.inside("ip", *words), check=True)

    async def _run(self, *words: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *tethered_process.command(*words), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )

    async def kill(self) -> None:
        await super().kill()
        for process in reversed(self._held):
            process.kill()
            await process.communicate()


@asynccontextmanager
async def networks() -> AsyncGenerator[list[NetworkBehindCard]]:
    async with AsyncExitStack() as stack:
        found: list[NetworkBehindCard] = []
        for number in range(1, 1 + len(TEMPERATURES)):
            one = NetworkBehindCard(number)
            stack.push_async_callback(one.kill)
            await one.start()
            found.append(one)
        yield found


def links(folder: Path, there: Iterable[NetworkBehindCard]) -> list[LinkUnderTest]:
    table = folder / "groups.csv"
    table.write_text(TABLE)
    options = {"table": str(table), "transport": "routing", "writable": "yes", "period": "0.5"}
    return [LinkUnderTest(folder / one.own, "knx://224.0.23.12", None, network=one.own, **options) for one in there]


async def main(folder: Path) -> Sequence[Mapping[str, object]]:
    uid = f"224.0.23.12:{PORT}"
    async with networks() as there, AsyncExitStack() as stack:
        made = links(folder, there)
        for one in made:
            await stack.enter_async_context(running(one))
        for one in made:
            await until(lambda one=one: one.last(f"{uid}/3/1/1", "temperature") == 21.0)
        for network, (_, written) in zip(there, TEMPERATURES, strict=True):
            await network.order(write="3/1/1", value=list(written))
        for one, (temperature, _) in zip(made, TEMPERATURES, strict=True):
            await until(lambda one=one, value=temperature: one.last(f"{uid}/3/1/1", "temperature") == value)
        command = await made[1].command(f"{uid}/1/1/1", "on_off", "on")
        await made[0].command(f"{uid}/1/1/1", "on_off", "off")
        told = [
            {
                "temperatures": [report.value for report in one.ears.reports if report.uid == f"{uid}/3/1/1"],
                "switched": [report.value for report in one.ears.reports if report.uid == f"{uid}/1/1/1" and report.key == "on_off"],
            }
            for one in made
        ]  # fmt: skip
        return [*told, {"command": command.state.value}]


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(Path(sys.argv[1])))))
