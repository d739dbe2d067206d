"""What a link describes is in the project, in whatever moment it is described."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from app.engine.ingest import Ingest
from tests.app.conftest import lamp


def test_what_is_described_just_as_the_one_before_was_written_is_written_too(
    api: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = api.engine.add("pretend://here").result(60)[0].link
    session, newer = api.engine.session, (lamp("lamp", "Lamp"), lamp("late", "Late lamp"))
    spawn = session.context.loop.spawn
    said: list[str] = []

    def describe(_: asyncio.Task[object]) -> None:
        session.registration.update_description(link, newer)

    def spawn_with_a_describer(work: Coroutine[Any, Any, object], *, name: str) -> asyncio.Task[object]:
        task = spawn(work, name=name)
        if name == "take in" and not said:
            said.append(name)
            task.add_done_callback(describe)
        return task

    monkeypatch.setattr(session.context.loop, "spawn", spawn_with_a_describer)
    api.world.describe(lamp("lamp", "Lamp of before"))
    api.until(lambda: "late" in {device.uid for device in session.twin.devices}, "the later description is in the twin")
    assert said


def test_waiting_for_what_is_being_written_lets_it_end(api: Any) -> None:
    link = api.engine.add("pretend://here").result(60)[0].link
    registration = api.engine.session.registration

    async def described_and_waited() -> bool:
        registration.update_description(link, (lamp("lamp", "Lamp"), lamp("late", "Late lamp")))
        task = registration._tasks[link]
        while not task.done():  # noqa: ASYNC110 - to be there before its callbacks are
            await asyncio.sleep(0)
        # done, and nobody has taken it out yet: whoever waits now must give way
        await asyncio.wait_for(registration.wait_written(link), 60)
        return link in registration._tasks

    assert not api.engine.session.context.loop.submit(described_and_waited(), name="wait").result(60)


def test_a_description_that_changes_one_device_leaves_the_routes_of_the_others(
    api: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other, gone = lamp("lamp", "Lamp"), lamp("other", "Other lamp"), lamp("gone", "Third lamp")
    link = api.engine.add("pretend://here").result(60)[0].link
    session = api.engine.session
    api.world.describe(one, other, gone)
    api.until(lambda: "gone" in {device.uid for device in session.twin.devices}, "all are in the twin")
    before = {device.uid: device for device in session.twin.devices}
    routed: list[tuple[list[str], list[str]]] = []
    route = Ingest.route

    def counted(self: Ingest, id: Any, devices: Any, former: Any = ()) -> None:
        routed.append(([device.name for device in devices], [device.name for device in former]))
        route(self, id, devices, former)

    monkeypatch.setattr(Ingest, "route", counted)
    api.world.describe(one, lamp("other", "Porch lamp"))
    api.until(lambda: "Porch lamp" in {device.name for device in session.twin.devices}, "the new name is in the twin")
    after = {device.uid: device for device in session.twin.devices}
    assert after["lamp"] is before["lamp"]
    assert "Lamp" not in {name for pair in routed for names in pair for name in names}
    assert session.registration.device(link, "other") == after["other"]
