import asyncio
import contextlib
from pathlib import Path

import pytest

from devices.contract import AdapterContext, RefusedError
from devices.protocols.simulated.adapter import ADAPTER
from twin.model.kind import KINDS
from twin.model.report_columns import ReportColumns


async def test_the_home_describes_living_devices_and_obeys_within_a_second(tmp_path: Path) -> None:
    link = await asyncio.to_thread(ADAPTER.link, "simulated://home")
    session = await ADAPTER.open(link, None, AdapterContext(folder=tmp_path))
    infos = await session.describe()
    assert len(infos) >= 40
    assert all(info.kind in KINDS and info.points for info in infos)

    async with contextlib.aclosing(session.events()) as events:
        seen: dict[tuple[str, str], object] = {}

        async def until(uid: str, key: str, *values: object) -> None:
            while seen.get((uid, key)) not in values:
                event = await asyncio.wait_for(anext(events), 60)
                seen.update(
                    {(one.uid, one.key): one.value for one in event} if isinstance(event, ReportColumns) else {}
                )

        await session.send("living-ceiling", "level", "set", 42.0)
        await until("living-ceiling", "level", 42.0)
        await until("front-lock", "lock", "locked", "unlocked")
        # people lock up for the night: what is so already is not reported anew
        verbs = ("unlock", "lock") if seen["front-lock", "lock"] == "locked" else ("lock", "unlock")
        for verb in verbs:
            await session.send("front-lock", "lock", verb, None)
            await until("front-lock", "lock", f"{verb}ed")
        with pytest.raises(RefusedError):
            await session.send("living-ceiling", "position", "set", 3.0)
    await session.close()
