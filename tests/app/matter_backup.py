"""Runs inside a private network (`python -m devices.lab.netlab -- python matter_backup.py HOME OUT.json`): pairs a real
node, backs up, loses the computer, restores, and switches the node again."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from devices.lab.matter import MatterLab

HOME, OUT = Path(sys.argv[1]), Path(sys.argv[2])
TOLD: dict[str, Any] = {}


async def oikos(name: str, *words: str | Path, home: str = "home", passphrase: str = "", limit_s: float = 300) -> Any:
    environment = {
        **os.environ,
        "OIKOS_HOME": str(OUT.parent / home),
        "OIKOS_MATTER_TEST_PAA": str(HOME / "lab/matter/trust"),
    }
    environment |= {"OIKOS_PASSPHRASE": passphrase} if passphrase else {}
    command = [
        sys.executable,
        "-c",
        "import sys; from app.__main__ import main; sys.exit(main())",
        *map(str, words),
        "--json",
    ]
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, error = await asyncio.wait_for(process.communicate(), limit_s)
    document = json.loads(out.splitlines()[-1]) if out else {"error": error.decode()[-2000:]}
    TOLD[name] = {
        "rc": process.returncode,
        "codes": [p["code"] for p in document.get("problems", ())],
        "document": document,
    }
    return document


async def main() -> None:
    os.environ["OIKOS_HOME"] = str(HOME)
    lab = MatterLab()
    here = OUT.parent
    project = here / "p.oikos"
    try:
        fact = (await lab.start(1, here / "lab"))[0]
        await oikos("new", "new", project)
        await oikos("pair", "pair", project, fact["code"])
        info = await oikos("info", "info", project)
        lamp = next(p["id"] for p in info["points"] if p["capability"] == "on_off")
        await oikos("on", "set", project, lamp, "on")
        await oikos("backup", "backup", project, here / "safe", passphrase="correct horse")
        await oikos("backup plain", "backup", project, here / "plain")
        await oikos("restore kept", "restore", here / "safe", project, passphrase="correct horse")
        await oikos("rehearsed", "restore", here / "safe", "--check", passphrase="correct horse")
        shutil.rmtree(here / "home")  # the computer is gone
        await oikos(
            "rehearsed elsewhere", "restore", here / "safe", "--check", home="third", passphrase="correct horse"
        )
        await oikos("run without", "run", project, "--for", "1", home="other")
        await oikos("restore locked", "restore", here / "safe", project, home="other")
        await oikos("restore another", "restore", here / "plain", project, home="other")
        await oikos("restore", "restore", here / "safe", project, home="other", passphrase="correct horse")
        await oikos("off", "set", project, lamp, "off", home="other")
        await oikos("run after", "run", project, "--for", "1", home="other")
    finally:
        await lab.stop()
        await asyncio.to_thread(OUT.write_text, json.dumps(TOLD, indent=1))


asyncio.run(main())
