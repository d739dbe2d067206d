"""Runs inside a private network (`python -m devices.lab.netlab -- python update_live.py OUT.json RECORDING.json SERVER`).

A real device gets newer software from an image: refused images, one that breaks off, one that is stopped, one that the
device does not install, and one that it does.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.i18n import sentence
from devices.contract import AdapterContext
from devices.lab.matter import MatterLab, write_image
from devices.link import LinkRunner, LinkState
from devices.protocols.matter.adapter import ADAPTER
from tests.devices.protocols.matter.live import Ears, until
from twin.model.device_sharing import SoftwareState, UpdateAct, UpdatePhase
from twin.model.problem import ProblemError

PLUG = "plug-1"
SMALL, LARGE = 20_000, 3_000_000
"""Bytes of an image that is loaded at once, and of one that takes long enough to be stopped."""
END_S = 120.0


class Story:
    """What happened, as JSON."""

    def __init__(self, lab: MatterLab, session: Any, uid: str, folder: Path) -> None:
        self.lab, self.session, self.uid, self.folder = lab, session, uid, folder
        self.told: dict[str, Any] = {}

    @property
    def state(self) -> SoftwareState:
        return self.session.software_states()[self.uid]

    async def refused(self, work: Any) -> str:
        try:
            await work
        except ProblemError as error:
            return error.problems[0].code
        return ""

    async def image(self, number: int, size: int, **other: int) -> Path:
        file = self.folder / f"{number}-{size}.ota"
        await write_image(file, number, f"{number}.0.0", size=size, **other)
        return file

    async def images(self) -> None:
        """What cannot be installed is refused before anything is sent."""
        text = self.folder / "notes.ota"
        await asyncio.to_thread(text.write_text, "no image at all")
        cut = await self.image(3, SMALL)
        await asyncio.to_thread(cut.write_bytes, cut.read_bytes()[:-100])
        load = self.session.load_software
        self.told["refused"] = [
            await self.refused(load(self.uid, self.folder / "none.ota")),
            await self.refused(load(self.uid, text)),
            await self.refused(load(self.uid, cut)),
            await self.refused(load(self.uid, await self.image(4, SMALL, product=0x8001))),
            await self.refused(load(self.uid, await self.image(1, SMALL))),
        ]
        self.told["nothing to install"] = await self.refused(self.session.change_software(self.uid, UpdateAct.INSTALL))

    async def install(self, then: Callable[[], bool]) -> dict[str, Any]:
        """Installs, and looks at each state until `then` holds and the update is over."""
        seen: list[tuple[str, float | None]] = []
        await self.session.change_software(self.uid, UpdateAct.INSTALL)

        def over() -> bool:
            state = self.state
            if not seen or seen[-1] != (state.phase.value, state.percent):
                seen.append((state.phase.value, state.percent))
            return then()

        seconds = await until(over, END_S)
        state = self.state
        return {
            "seconds": seconds, "phases": list(dict.fromkeys(phase for phase, _ in seen)),
            "percents": [percent for _, percent in seen if percent is not None],
            "installed": state.installed, "newer": state.newer, "stage": sentence(state.stage) if state.stage else "",
        }  # fmt: skip

    async def broken(self, at: str) -> None:
        await self.lab.break_update(PLUG, at)
        self.told[f"broken at {at}"] = await self.install(
            lambda: self.state.stage is not None and "failed" in self.state.stage.code
        )

    def stored(self) -> list[str]:
        """The images that the server keeps."""
        return sorted(one.name for one in (self.folder / "matter" / "matterjs" / "ota").glob("*.local.*"))

    async def stopped(self) -> None:
        await self.session.load_software(self.uid, await self.image(3, LARGE))
        self.told["loading"] = await self.install(
            lambda: UpdateAct.STOP in self.state.acts and bool(self.state.percent)
        )
        await self.session.change_software(self.uid, UpdateAct.STOP)
        seconds = await until(lambda: self.state.phase is UpdatePhase.AVAILABLE, END_S)
        self.told["stopped"] = [
            seconds,
            self.state.installed,
            self.state.newer,
            self.state.stage and self.state.stage.code,
        ]
        self.told["kept"] = await asyncio.to_thread(self.stored)
        await self.session.load_software(self.uid, await self.image(4, SMALL))
        self.told["kept then"] = await asyncio.to_thread(self.stored)
        await self.session.remove(self.uid)
        self.told["kept of a removed device"] = await asyncio.to_thread(self.stored)

    async def run(self) -> None:
        self.told["first"] = [self.state.phase.value, self.state.installed, [act.value for act in self.state.acts]]
        await self.images()
        file = await self.image(2, SMALL)
        await self.session.load_software(self.uid, file)
        await asyncio.to_thread(file.unlink)
        self.told["loaded"] = [self.state.phase.value, self.state.newer, self.state.from_file]
        await self.broken("load")
        await self.broken("install")
        self.told["done"] = await self.install(
            lambda: self.state.installed == "2.0.0" and self.state.phase is UpdatePhase.UNKNOWN
        )
        await self.session.change_software(self.uid, UpdateAct.CHECK)
        self.told["after"] = [self.state.phase.value, self.state.unchecked and self.state.unchecked.code]
        await self.stopped()


async def main(out: Path, server: str) -> None:
    lab, ears = MatterLab(), Ears()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (facts,) = await lab.start(1, folder, types=("plug",))
        link = ADAPTER.link(f"matter:?server={server}")
        runner = LinkRunner(ADAPTER, link, None, AdapterContext(folder=folder / "matter"), ears)
        ears.runner = runner
        life = asyncio.ensure_future(runner.run())
        try:
            await until(lambda: runner.state is LinkState.ONLINE, 90)
            session: Any = runner.session
            (uid,) = await session.pair(facts["code"], lambda stage: None)
            story = Story(lab, session, uid, folder)
            try:
                await story.run()
            finally:
                await asyncio.to_thread(out.write_text, json.dumps(story.told, indent=1))
        finally:
            life.cancel()
            await asyncio.gather(life, return_exceptions=True)
            await lab.stop()
            if "--log" in sys.argv:
                print(await asyncio.to_thread((folder / "matter" / "server.log").read_text), file=sys.stderr)
                for log in (folder / "matter").parent.glob("matter/*.log"):
                    print(log, await asyncio.to_thread(log.read_text), file=sys.stderr)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[3]))
