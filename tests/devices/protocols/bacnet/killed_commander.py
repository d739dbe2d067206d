"""Commands an output for an hour and waits to be killed: `killed_commander.py {"url": …, "folder": …, "uid": …}`."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from tests.devices.protocols.link_under_test import LinkUnderTest, running, until
from twin.model.command import CommandState


async def main(url: str, folder: str, uid: str) -> None:
    async with running(LinkUnderTest(Path(folder), url, period="0.3", writable="yes", expiry="60")) as one:
        await until(lambda: one.ears.online.get(uid) is True and one.last(uid, "multi-state-value.1"))
        result = await one.command(uid, "analog-output.1", "set", 40.0)
        assert result.state is CommandState.CONFIRMED
        print("commanded", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(**json.loads(sys.argv[1])))
