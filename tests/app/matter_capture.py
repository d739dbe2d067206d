"""Runs inside a private network (`python -m devices.lab.netlab -- python matter_capture.py HOME OUT.json`): pairs a real
node and records what it says; then once more, while an engine runs its server."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from devices.lab.matter import MatterLab
from devices.protocols.matter.server import locked
from twin.model.problem import ProblemError

HOME, OUT = Path(sys.argv[1]), Path(sys.argv[2])
HERE = OUT.parent
TOLD: dict[str, Any] = {}
LIGHT = "dimmable-light-1"
AROUND = {"OIKOS_HOME": str(HERE / "home"), "OIKOS_MATTER_TEST_PAA": str(HOME / "lab/matter/trust")}


async def started(*words: str | Path) -> asyncio.subprocess.Process:
    command = [sys.executable, "-c", "import sys; from app.__main__ import main; sys.exit(main())", *map(str, words)]
    return await asyncio.create_subprocess_exec(
        *command, env={**os.environ, **AROUND}, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )


async def ended(name: str, process: asyncio.subprocess.Process, limit_s: float = 300) -> Any:
    out, error = await asyncio.wait_for(process.communicate(), limit_s)
    document = json.loads(out.splitlines()[-1]) if out else {"error": error.decode()[-2000:]}
    codes = [problem["code"] for problem in document.get("problems", ())]
    TOLD[name] = {"rc": process.returncode, "codes": codes, "document": document}
    return document


async def oikos(name: str, *words: str | Path) -> Any:
    return await ended(name, await started(*words, "--json"))


async def recorded(lab: MatterLab, name: str, project: Path, out: Path) -> None:
    """A recording during which the light is switched by hand, until both of its states are in the file."""
    process = await started("capture", project, "matter://this-computer", "--for", "60", "--out", out, "--json")
    assert process.stderr is not None
    await asyncio.wait_for(process.stderr.readline(), 60)  # it listens
    on = False
    while process.returncode is None and not both_states(out):
        on = not on
        await lab.set(LIGHT, on=on)
        await asyncio.sleep(0.5)
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGINT)
    await ended(name, process)


def both_states(out: Path) -> bool:
    """Whether what is written so far has the light on and off."""
    text = "".join(part.read_text("utf-8") for part in out.parent.glob(f".{out.name}.*.part"))
    return all(f'"key": "on_off", "value": {value}' in text for value in ("true", "false"))


async def running(home: Path) -> None:
    """Returns once an engine has the server of this home."""
    while True:
        try:
            locked(home / "protocols" / "matter" / "server.lock").close()
        except ProblemError:
            return
        await asyncio.sleep(0.1)


async def main() -> None:
    os.environ["OIKOS_HOME"] = str(HOME)
    lab = MatterLab()
    project = HERE / "p.oikos"
    try:
        (fact,) = await lab.start(1, HERE / "lab")
        TOLD["secrets"] = [fact["code"], fact["manual"]]
        await oikos("new", "new", project)
        await oikos("pair", "pair", project, fact["code"])
        await recorded(lab, "alone", project, HERE / "alone.jsonl")
        engine = await started("run", project)
        await asyncio.wait_for(running(HERE / "home"), 60)
        await oikos("beside", "capture", project, "matter://this-computer", "--out", HERE / "beside.jsonl")
        engine.send_signal(signal.SIGINT)
        await engine.communicate()
    finally:
        await lab.stop()
        await asyncio.to_thread(OUT.write_text, json.dumps(TOLD, indent=1))


asyncio.run(main())
