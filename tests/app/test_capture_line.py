"""`oikos capture`: what a gateway says lies in a file that plays back, without what opens it; no other file is lost."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.engine.machine_secrets import open_secrets
from app.loop import Loop
from devices.contract import Secret
from devices.event_columns import ParsedEvent
from devices.lab.mosquitto import Mosquitto
from devices.lab.mqtt import MqttLab
from devices.protocol_registry import adapters
from tests.captures.playback import Playback
from tests.devices.conftest import spread
from twin.model.device import DeviceInfo, Link
from twin.store.project import Project

from .test_cli import no_log_left_open, oikos

__all__ = ["no_log_left_open", "oikos"]


def project_with(link: Link, path: Path) -> Path:
    with Project.create(path, name="House") as project:
        project.add_link(link)
    return path


def played(file: Path) -> tuple[tuple[DeviceInfo, ...], list[ParsedEvent]]:
    """What a recording says when it is played back."""

    lines = file.read_text(encoding="utf-8").splitlines()

    async def hear() -> tuple[tuple[DeviceInfo, ...], list[ParsedEvent]]:
        session = Playback(lines)
        return await session.describe(), [one async for event in session.events() for one in spread(event)]

    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        return runner.run(hear())


@pytest.fixture
def simulated(tmp_path: Path) -> Path:
    """A project with the demo home's devices as its one gateway."""
    return project_with(adapters()["simulated"].link("simulated://home"), tmp_path / "house.oikos")


def test_a_recording_plays_back_every_device_and_event(oikos: Any, home: Path, simulated: Path, tmp_path: Path) -> None:
    out = tmp_path / "said.jsonl"
    said = oikos("capture", simulated, "simulated://home", "--for", "0.5", "--out", out)
    devices, events = played(out)
    assert (len(devices), len(events)) == (said["devices"], said["events"])
    assert said["devices"] > 30
    assert said["events"] > 30
    assert json.loads(out.read_text("utf-8").splitlines()[0]) == {"t": 0.0, "recording": {"version": 1, "protocol": "simulated"}}  # fmt: skip
    again = oikos("capture", simulated, "simulated://home", "--for", "0.1", "--out", out)
    assert again["file"] == str(out), "a recording replaces a recording"


@pytest.mark.parametrize("taken", ["house.oikos", "other.oikos-history", "letter.txt"])
def test_no_file_of_another_kind_is_lost(oikos: Any, home: Path, simulated: Path, tmp_path: Path, taken: str) -> None:
    other = tmp_path / taken
    if not other.exists():
        other.write_text("Dear Anna")
    before = other.read_bytes()
    document = oikos("capture", simulated, "simulated://home", "--for", "0.1", "--out", other, code=1)
    assert document["problems"][0]["code"] in ("write.project", "write.other_kind")
    assert other.read_bytes() == before
    assert not list(tmp_path.glob(".*.part"))


def test_a_gateway_that_nobody_knows_and_one_that_is_away_are_one_problem_each(
    oikos: Any, home: Path, tmp_path: Path
) -> None:
    path = project_with(adapters()["mqtt"].link("mqtt://127.0.0.1:1"), tmp_path / "house.oikos")
    out = tmp_path / "said.jsonl"
    document = oikos("capture", path, "the attic", "--out", out, code=1)
    assert [problem["code"] for problem in document["problems"]] == ["unknown.link"]
    document = oikos("capture", path, "mqtt://127.0.0.1:1", "--out", out, code=1)
    assert [problem["code"] for problem in document["problems"]] == ["link.unreachable"]
    assert not out.exists()


needs_broker = pytest.mark.skipif(
    shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin:/opt/homebrew/sbin") is None,
    reason="the broker mosquitto is not installed",
)


class Living:
    """Two devices that report five times a second at a broker that wants TLS and a password."""

    def __init__(self, folder: Path) -> None:
        self.broker = Mosquitto(folder)
        self.devices: MqttLab | None = None

    async def start(self) -> None:
        self.devices = MqttLab(await self.broker.start(), every_s=0.2)
        await self.devices.start(2)

    async def stop(self) -> None:
        if self.devices is not None:
            await self.devices.stop()
        await self.broker.stop()

    async def die_once(self, begun: Callable[[], bool]) -> None:
        """The broker ends when something has been recorded."""
        while not begun():  # noqa: ASYNC110 - a file has no event
            await asyncio.sleep(0.02)
        await self.broker.stop()


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[tuple[Living, Loop]]:
    loop = Loop(lambda error, where: None)
    loop.start()
    one = Living(tmp_path / "lab")
    loop.submit(one.start(), name="lab").result(30)
    yield one, loop
    loop.submit(one.stop(), name="stop").result(60)
    loop.stop()


@pytest.fixture
def locked(tmp_path: Path, home: Path, lab: tuple[Living, Loop]) -> Path:
    """A project whose gateway is the lab's broker, its password kept."""
    facts = lab[0].broker.facts
    link = adapters()["mqtt"].link(facts.url)
    open_secrets(home).put(link.id, Secret(user=facts.user, password=facts.password))
    return project_with(link, tmp_path / "house.oikos")


@needs_broker
@pytest.mark.blocks
def test_what_opens_a_broker_is_not_in_its_recording(
    oikos: Any, locked: Path, lab: tuple[Living, Loop], tmp_path: Path
) -> None:
    facts, out = lab[0].broker.facts, tmp_path / "said.jsonl"
    said = oikos("capture", locked, facts.url.partition("?")[0], "--for", "2", "--out", out)
    devices, events = played(out)
    assert {device.name for device in devices} == {device.name for device in lab[0].devices.devices.values()}
    assert len(events) == said["events"] > 0
    text = out.read_text("utf-8")
    assert facts.password not in text
    assert f'"{facts.user}"' not in text


@needs_broker
@pytest.mark.blocks
def test_a_connection_that_is_lost_is_told_and_what_was_heard_is_kept(
    oikos: Any, locked: Path, lab: tuple[Living, Loop], tmp_path: Path
) -> None:
    living, loop = lab
    out = tmp_path / "said.jsonl"
    parts = lambda: any(part.stat().st_size > 0 for part in tmp_path.glob(".said.jsonl.*.part"))  # noqa: E731
    death = loop.submit(living.die_once(parts), name="death")
    document = oikos("capture", locked, living.broker.facts.url.partition("?")[0], "--for", "60", "--out", out)
    death.result(60)
    assert [problem["code"] for problem in document["problems"]] == ["capture.ended"]
    assert len(played(out)[0]) == document["devices"] == 2
