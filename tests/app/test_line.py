"""The whole line with a real broker: lab device, link, engine, store, and what another reader sees meanwhile."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from app.engine.engine import Engine
from app.engine.reading import ProjectReader
from app.loop import Loop
from devices.lab import Lab
from twin.model.command import CommandState
from twin.model.problem import ProblemError

pytestmark = pytest.mark.skipif(
    shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin:/opt/homebrew/sbin") is None,
    reason="the broker mosquitto is not installed",
)


class Peers:
    """The lab on a loop of its own."""

    def __init__(self, folder: Path) -> None:
        self.lab = Lab()
        self.loop = Loop(lambda error, where: None)
        self.loop.start()
        self.facts = cast("dict[str, Any]", self.call(self.lab.start(mqtt=3, folder=folder, every_s=0.2)))["mqtt"]

    def call(self, work: Any) -> Any:
        return self.loop.submit(work, name="lab").result(60)

    def stop(self) -> None:
        self.call(self.lab.__aexit__(None, None, None))
        self.loop.stop()


@pytest.fixture
def peers(tmp_path: Path) -> Iterator[Peers]:
    one = Peers(tmp_path / "lab")
    yield one
    one.stop()


@pytest.fixture
def engine(home: Path, tmp_path: Path) -> Iterator[Engine]:
    one = Engine(home)
    one.start()
    one.new_project(str(tmp_path / "house.oikos")).result(60)
    yield one
    one.stop()


def until(holds: Callable[[], object], seconds: float = 60.0) -> None:
    pause = threading.Event()
    for _ in range(int(seconds / 0.05)):
        if holds():
            return
        pause.wait(0.05)
    raise AssertionError(f"never: {holds}")


def seen(engine: Engine, name: str) -> dict[str, Any]:
    """A device as `oikos info` of another program shows it."""
    with ProjectReader.open(Path(engine.project())) as project:
        document = cast("dict[str, list[dict[str, Any]]]", project.info(engine.now_ms() + 1000))
    return next(device for device in document["devices"] if device["name"] == name)


@pytest.mark.blocks
@pytest.mark.expects_log
def test_a_light_is_taken_in_switched_recorded_killed_and_back(peers: Peers, engine: Engine) -> None:
    facts = peers.facts
    with pytest.raises(ProblemError) as caught:
        engine.add(facts["url"], facts["user"], "wrong").result(30)
    assert caught.value.problems[0].code == "link.login"
    devices = engine.add(facts["url"], facts["user"], facts["password"]).result(30)
    light = next(device for device in devices if device.kind == "light")
    point = light.point("on_off")
    assert point is not None
    for verb in ("on", "off", "on"):
        assert engine.command(point.id, verb).result(60).state is CommandState.CONFIRMED
    engine.session.history.flush()
    _times, values, _ = engine.session.history.raw(point.id, 0, engine.now_ms() + 1000)
    assert values.tolist()[-1] == 1.0
    assert {0.0, 1.0} <= set(values.tolist())

    peers.call(peers.lab.kill(light.name))
    until(lambda: seen(engine, light.name)["online"] is False)
    failed = engine.command(point.id, "off").result(60)
    assert failed.state is CommandState.FAILED
    peers.call(peers.lab.revive(light.name))
    until(lambda: seen(engine, light.name)["online"] is True)
    assert engine.command(point.id, "off").result(60).state is CommandState.CONFIRMED

    assert peers.lab.broker is not None
    peers.call(peers.lab.broker.restart())
    until(lambda: engine.session.state_of(light.link).value == "online" and seen(engine, light.name)["online"])
    assert engine.command(point.id, "on").result(60).state is CommandState.CONFIRMED
    assert len(engine.twin.devices) == 3
