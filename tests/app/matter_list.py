"""Runs inside a private network (`python -m devices.lab.netlab -- python matter_list.py HOME OUT.json`): pairs real nodes
from a list with three that fail, is killed in the middle, and goes on."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from devices.lab.matter import MatterLab
from devices.protocols.matter.server import ManagedServer
from devices.protocols.matter.server_client import ServerConnection
from devices.protocols.matter.setup_code import parse, qr_text
from twin.store.file_lock import read_holder

HOME, OUT = Path(sys.argv[1]), Path(sys.argv[2])
MANY = int(os.environ.get("OIKOS_LAB_MANY", "6"))
TYPES = ("onoff-light", "temperature", "contact", "plug", "occupancy", "humidity", "leak")
LIMIT_S = 300 + 30 * MANY
HERE = OUT.parent
PROJECT = HERE / "p.oikos"
ENVIRONMENT = {
    **os.environ,
    "OIKOS_HOME": str(HERE / "home"),
    "OIKOS_MATTER_TEST_PAA": str(HOME / "lab/matter/trust"),
}


def oikos(*words: str | Path) -> Any:
    command = [sys.executable, "-c", "import sys; from app.__main__ import main; sys.exit(main())", *map(str, words)]
    pipe = asyncio.subprocess.PIPE
    return asyncio.create_subprocess_exec(*command, "--json", env=ENVIRONMENT, stdout=pipe, stderr=pipe)


async def document(*words: str | Path) -> dict[str, Any]:
    process = await oikos(*words)
    out, error = await asyncio.wait_for(process.communicate(), LIMIT_S)
    told = json.loads(out.splitlines()[-1]) if out else {"error": error.decode()[-2000:]}
    return {"rc": process.returncode, **told}


async def killed_at(source: Path, done: int) -> dict[str, Any]:
    """Pairs the list and kills the program while the next device after `done` ones is paired."""
    process = await oikos("pair", PROJECT, "--from", source)
    rows: list[dict[str, Any]] = []
    try:
        async with asyncio.timeout(LIMIT_S):
            async for line in process.stdout:
                rows.append(json.loads(line))
                running = [row for row in rows[-1:] if row.get("state") == "running" and row.get("stage")]
                if sum(row.get("state") == "done" for row in rows) >= done and running:
                    break
    finally:
        process.kill()
    await process.communicate()
    return {"seen": len(rows), "at": rows[-1] if rows else {}}


async def elsewhere(code: str) -> None:
    """Pairs a device with another home, whose server then ends."""
    server = ManagedServer(HERE / "other")
    wire = await ServerConnection.open(await server.start())
    try:
        await wire.call("commission_with_code", timeout_s=90, code=code, network_only=True)
    finally:
        await wire.close()
        await server.stop()


async def fabric_tables(lab: MatterLab, facts: list[dict[str, Any]]) -> dict[str, Any]:
    """What each device itself says: the fabrics that it is in."""
    return {fact["id"]: await lab.fabrics(fact["id"]) for fact in facts}


def memory_mb(lab: MatterLab) -> float:
    """Memory of a device on average, each of which is a process: its resident pages."""
    pids = [device._process.pid for device in lab.devices.values() if device._process is not None]
    pages = [int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) for pid in pids]
    return sum(pages) * os.sysconf("SC_PAGE_SIZE") / len(pages) / 1e6


async def listed(lab: MatterLab, facts: list[dict[str, Any]]) -> Path:
    """The list: all devices by their codes, the last three of which fail."""
    rows = [f"{fact['code']},Device {n}" for n, fact in enumerate(facts)]
    other, off, wrong = facts[-3:]
    await elsewhere(other["code"])
    await lab.kill(off["id"])
    rows[-3:] = [
        f"{other['code']},Elsewhere",
        f"{off['code']},Off",
        f"{qr_text(replace(parse(wrong['code']), passcode=20209999))},Wrong passcode",
    ]
    rows = [*rows[:-5], rows[-1], *rows[-5:-1]]
    source = HERE / "list.csv"
    await asyncio.to_thread(source.write_text, "code,name\n" + "\n".join(rows) + "\n")
    return source


async def story(lab: MatterLab, told: dict[str, Any]) -> None:
    clock = asyncio.get_running_loop().time
    facts = await lab.start(MANY, HERE / "lab", types=tuple(TYPES[n % len(TYPES)] for n in range(MANY)))
    told["good"], told["bad"] = [fact["id"] for fact in facts[:-3]], [fact["id"] for fact in facts[-3:]]
    told["memory_mb"] = memory_mb(lab)
    source = await listed(lab, facts)
    await document("new", PROJECT)
    began = clock()
    told["killed"] = await killed_at(source, (MANY - 3) // 2)
    told["again"] = await document("pair", PROJECT, "--go-on")
    told["seconds"] = clock() - began
    await lab.revive(told["bad"][1])
    told["fabrics"] = await fabric_tables(lab, facts)
    told["info"] = await document("info", PROJECT)
    lamps = [p["id"] for p in told["info"]["points"] if p["capability"] == "on_off"]
    told |= await at_work({lamps[0], lamps[-1]})


async def at_work(lamps: set[str]) -> dict[str, Any]:
    """The project runs, and some of its devices are commanded beside it at once: the server meets its nodes one by one."""
    engine = await oikos("run", PROJECT, "--for", str(LIMIT_S))
    clock = asyncio.get_running_loop().time
    began = clock()
    try:
        async with asyncio.timeout(LIMIT_S):
            await open_door(engine)
            done = await asyncio.gather(*(document("set", PROJECT, lamp, "on") for lamp in lamps))
        return {"on": done, "on_s": clock() - began}
    finally:
        if engine.returncode is None:
            engine.terminate()
        await engine.communicate()


async def open_door(engine: asyncio.subprocess.Process) -> None:
    """Returns once the engine holds the project and lets verbs in."""
    while (holder := read_holder(PROJECT)) is None or holder.pid != engine.pid or not holder.door:
        if engine.returncode is not None:
            raise AssertionError((await engine.communicate())[0].decode())
        await asyncio.sleep(0.1)


async def main() -> None:
    os.environ |= {name: ENVIRONMENT[name] for name in ("OIKOS_MATTER_TEST_PAA",)} | {"OIKOS_HOME": str(HOME)}
    lab, told = MatterLab(), dict[str, Any]()
    try:
        await story(lab, told)
    finally:
        await lab.stop()
        await asyncio.to_thread(OUT.write_text, json.dumps({"many": MANY, **told}, indent=1))


asyncio.run(main())
