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
from devices.protocols.matter.setup_code import parse, qr_text

HOME, OUT = Path(sys.argv[1]), Path(sys.argv[2])
MANY = int(os.environ.get("OIKOS_LAB_MANY", "5"))
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
    out, error = await asyncio.wait_for(process.communicate(), 600)
    told = json.loads(out.splitlines()[-1]) if out else {"error": error.decode()[-2000:]}
    return {"rc": process.returncode, **told}


async def killed_at(source: Path, done: int) -> dict[str, Any]:
    """Pairs the list and kills the program while the next device after `done` ones is paired."""
    process = await oikos("pair", PROJECT, "--from", source)
    rows: list[dict[str, Any]] = []
    try:
        async with asyncio.timeout(300):
            async for line in process.stdout:
                rows.append(json.loads(line))
                running = [row for row in rows[-1:] if row.get("state") == "running" and row.get("stage")]
                if sum(row.get("state") == "done" for row in rows) >= done and running:
                    break
    finally:
        process.kill()
    await process.communicate()
    return {"seen": len(rows), "at": rows[-1] if rows else {}}


async def main() -> None:
    os.environ["OIKOS_HOME"] = str(HOME)
    lab, told = MatterLab(), dict[str, Any]()
    try:
        facts = await lab.start(MANY, HERE / "lab", types=("onoff-light",) * MANY)
        rows = [f"{fact['code']},Lamp {n}" for n, fact in enumerate(facts)]
        real = parse(facts[-1]["code"])
        rows[-1] = f"{qr_text(replace(real, passcode=20209999))},Wrong passcode"
        rows.insert(1, f"{qr_text(replace(real, discriminator=4001))},Absent")
        rows.insert(2, "34970112331,Misread")
        source = HERE / "list.csv"
        await asyncio.to_thread(source.write_text, "code,name\n" + "\n".join(rows) + "\n")
        await document("new", PROJECT)
        told["killed"] = await killed_at(source, 2)
        told["again"] = await document("pair", PROJECT, "--from", source)
        told["info"] = await document("info", PROJECT)
        lamps = [p["id"] for p in told["info"]["points"] if p["capability"] == "on_off"]
        for _ in range(5):  # each is a program of its own, whose server first has to meet its nodes again
            told["on"] = await document("set", PROJECT, lamps[0], "on")
            if told["on"].get("state") == "confirmed":
                break
        told["run"] = await document("run", PROJECT, "--for", "1")
    finally:
        await lab.stop()
        await asyncio.to_thread(OUT.write_text, json.dumps({"many": MANY, **told}, indent=1))


asyncio.run(main())
