"""Commands of a link that is lost."""

from __future__ import annotations

import asyncio

from devices.command_tracker import CommandTracker
from twin.model.command import Command, CommandState
from twin.model.device import Point, PointInfo
from twin.model.ids import DeviceId, PointId
from twin.model.observation import Value
from twin.model.text import Text


async def test_every_command_under_way_ends_with_the_reason_when_the_link_is_lost() -> None:
    tracker, sent, all_sent = CommandTracker(), list[str](), asyncio.Event()

    async def send(uid: str, key: str, verb: str, value: Value) -> None:
        del key, verb, value
        sent.append(uid)
        if len(sent) == len(points):
            all_sent.set()

    points = [
        Point(id=PointId(uid), device=DeviceId(uid), info=PointInfo(key="on", capability="on_off", writable=True))
        for uid in ("desk", "door", "stairs")
    ]
    given = [
        asyncio.ensure_future(tracker.give(Command(id=n, point=one.id, verb="on"), one, uid=one.id, before=None, send=send))
        for n, one in enumerate(points)
    ]  # fmt: skip
    await all_sent.wait()
    tracker.drop(Text("reason.link_off"))
    results = await asyncio.gather(*given)
    assert [(one.state, one.reason) for one in results] == [(CommandState.FAILED, Text("reason.link_off"))] * 3
