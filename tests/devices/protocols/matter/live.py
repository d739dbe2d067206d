"""Runs inside a private network (`python -m devices.lab.netlab -- python live.py OUT.json RECORDING.json SERVER`).

One lab, one managed server, one link: everything that test_live asserts happens here once, and is written down.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.i18n import sentence
from devices.contract import AdapterContext
from devices.lab.matter import MatterLab
from devices.link import LinkRunner, LinkState
from devices.protocols.matter.adapter import ADAPTER
from devices.protocols.matter.server_client import ServerConnection
from devices.protocols.matter.server_programs import PROGRAMS
from devices.protocols.matter.setup_code import parse, qr_text
from tests.devices import conftest
from twin.model.candidate import CommissioningStage, StageState
from twin.model.command import Command
from twin.model.device import device_from_description
from twin.model.problem import ProblemError

LIGHT, SENSOR, PLUG = "dimmable-light-1", "temperature-1", "plug-energy-1"


class Ears(conftest.Ears):
    """What the link told, by device."""

    @property
    def values(self) -> dict[tuple[str, str], Any]:
        return {(report.uid, report.key): report.value for report in self.reports}

    @property
    def went(self) -> list[tuple[str, bool]]:
        return [(one.uid, one.online) for one in self.comings]


async def until(true: Callable[[], bool], limit_s: float) -> float:
    """Seconds until it is so; -1 where it never was."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    while not true():
        if loop.time() - started > limit_s:
            return -1.0
        await asyncio.sleep(0.02)
    return loop.time() - started


class Story:
    """What happened, as JSON."""

    def __init__(self, lab: MatterLab, runner: LinkRunner, ears: Ears, facts: dict[str, Any]) -> None:
        self.lab, self.runner, self.ears, self.facts = lab, runner, ears, facts
        self.told: dict[str, Any] = {}
        self.uid: dict[str, str] = {}

    @property
    def session(self) -> Any:
        return self.runner.session

    async def pair_all(self) -> None:
        for id, code in ((LIGHT, "code"), (SENSOR, "manual"), (PLUG, "code")):
            stages: list[CommissioningStage] = []
            started = asyncio.get_running_loop().time()
            (uid,) = await self.session.pair(self.facts[id][code], stages.append)
            self.uid[id] = uid
            self.told[f"pair {id}"] = {
                "seconds": asyncio.get_running_loop().time() - started,
                "stages": [(one.stage, one.state.value) for one in stages],
            }
        await self.runner._describe(self.session)
        infos = {info.uid: info for info in self.runner.devices}
        self.told["points"] = {id: [p.key for p in infos[uid].points] for id, uid in self.uid.items()}
        self.told["flicker"] = [one for one in self.ears.went if not one[1]]

    async def command(self) -> None:
        info = next(info for info in self.runner.devices if info.uid == self.uid[LIGHT])
        device = device_from_description(info, self.runner.link)
        asked = (("on_off", "on", None), ("level", "set", 40.0), ("on_off", "off", None))
        for key, verb, value in asked:
            point = device.point(key)
            assert point is not None
            result = await self.runner.command(Command(id=1, point=point.id, verb=verb, value=value), point)
            self.told[f"command {verb}"] = [result.state.value, result.seconds, sentence(result.reason)]

    async def report(self) -> None:
        await self.lab.set(SENSOR, temperature=25.25)
        key = (self.uid[SENSOR], "temperature")
        self.told["report"] = await until(lambda: self.ears.values.get(key) == 25.25, 60)
        await self.lab.set(PLUG, on=True, energy=1234)
        energy = (self.uid[PLUG], "energy_import")
        self.told["energy"] = await until(lambda: (self.ears.values.get(energy) or 0) >= 1234, 60)

    async def failures(self) -> None:
        right = parse(self.facts[LIGHT]["code"])
        await self.failed("not_found", qr_text(replace(right, discriminator=4001)))
        await self.session.remove(self.uid[LIGHT])
        await asyncio.sleep(0)
        self.told["removed"] = self.uid[LIGHT] not in {info.uid for info in await self.session.describe()}
        await asyncio.sleep(1.0)  # the device opens its window again
        await self.failed("invalid_code", "12345678901")
        started = asyncio.get_running_loop().time()
        again = await self.session.pair(self.facts[LIGHT]["code"], lambda stage: None)
        self.told["again seconds"] = asyncio.get_running_loop().time() - started
        self.told["paired again"] = again == (self.uid[LIGHT],)

    async def refused(self) -> None:
        await self.session.remove(self.uid[LIGHT])
        await asyncio.sleep(1.0)
        wrong = replace(parse(self.facts[LIGHT]["code"]), passcode=20209999)
        await self.failed("wrong_code", qr_text(wrong))

    async def cut_off(self) -> None:
        """The server is killed when the device has joined and is being read for the first time."""
        uid, server = self.uid[PLUG], self.session._server
        await self.session.remove(uid)
        await asyncio.sleep(1.0)

        def kill(stage: CommissioningStage) -> None:
            if (stage.stage, stage.state) == ("describe", StageState.STARTED):
                server._process.kill()

        self.told["cut off"] = "matter.not_found"
        while (
            self.told["cut off"] == "matter.not_found"
        ):  # it opens its window again in its own time, and tells it now and then
            self.told["cut off"] = await self.code_of(kill)
        there = lambda: uid in {info.uid for info in self.runner.devices} and self.session is not None  # noqa: E731
        await until(lambda: self.runner.state is not LinkState.ONLINE, 60)
        await until(lambda: self.runner.state is LinkState.ONLINE, 60)
        self.told["finished"] = await until(there, 60)

    async def code_of(self, on_stage: Callable[[CommissioningStage], None]) -> str:
        """What pairing the plug ended with."""
        try:
            await self.session.pair(self.facts[PLUG]["code"], on_stage)
        except ProblemError as error:
            return error.problems[0].code
        return "paired"

    async def failed(self, name: str, code: str) -> None:
        stages: list[CommissioningStage] = []
        started = asyncio.get_running_loop().time()
        try:
            await self.session.pair(code, stages.append)
            said = "paired"
        except ProblemError as error:
            said = error.problems[0].code
        last = stages[-1].state.value if stages else ""
        self.told[name] = [said, asyncio.get_running_loop().time() - started, last]

    async def die_and_return(self) -> None:
        uid = self.uid[SENSOR]
        await self.lab.kill(SENSOR)
        self.told["offline"] = await until(lambda: self.ears.online.get(uid) is False, 60)
        await self.lab.revive(SENSOR)
        self.told["online"] = await until(lambda: self.ears.online.get(uid) is True, 60)


async def main(out: Path, recording: Path, server: str) -> None:
    lab, ears = MatterLab(), Ears()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        facts = {fact["id"]: fact for fact in await lab.start(3, folder)}
        adapter_context = AdapterContext(folder=folder / "matter")
        runner = LinkRunner(ADAPTER, ADAPTER.link(f"matter:?server={server}"), None, adapter_context, ears)
        ears.runner = runner
        life = asyncio.ensure_future(runner.run())
        story = Story(lab, runner, ears, facts)
        try:
            story.told["server"] = await until(lambda: runner.state is LinkState.ONLINE, 120)
            await story.pair_all()
            await story.command()
            await story.report()
            await story.failures()
            await story.die_and_return()
            await story.refused()
            await story.cut_off()
            wire = await ServerConnection.open(runner.session._server.address)
            nodes = await wire.call("get_nodes")
            await wire.close()
            await asyncio.to_thread(recording.write_text, json.dumps(nodes, indent=1, sort_keys=True))
        finally:
            life.cancel()
            await asyncio.gather(life, return_exceptions=True)
            await lab.stop()
            story.told["problems"] = [str(problem) for problem in ears.problems]
            keys = (folder / "matter" / PROGRAMS[server].store).rglob("*[!d]*")
            story.told["modes"] = sorted(
                oct(key.stat().st_mode & 0o777) for key in keys if key.is_file() and "ini" not in key.name
            )
            await asyncio.to_thread(out.write_text, json.dumps(story.told, indent=1))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
