"""The whole line with a Hue bridge: its button pressed once, keys kept, restart, giving up, removal."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from app.engine.engine import Engine
from app.loop import Loop
from devices.protocols.hue.hue_session import HueSession
from tests.devices.protocols.hue.virtual_bridge import UID, VirtualBridge
from twin.model.candidate import BUTTON_JOB, Candidate, Need
from twin.model.change import Progress
from twin.model.command import CommandState
from twin.model.problem import ProblemError

pytestmark = pytest.mark.blocks


class Peer:
    """The bridge on a loop of its own."""

    def __init__(self, folder: Path) -> None:
        self.bridge = VirtualBridge(folder)
        self.loop = Loop(lambda error, where: None)
        self.loop.start()
        self.call(self.bridge.start())

    def call(self, work: Any) -> Any:
        return self.loop.submit(work, name="bridge").result(60)

    @property
    def candidate(self) -> Candidate:
        """The bridge as it announces itself."""
        return Candidate(
            key=f"hue:{UID}", name="Hue Bridge", protocol="hue", addresses=("127.0.0.1",), port=self.bridge.port,
            needs=Need.BUTTON, facts=(("id", UID),),
        )  # fmt: skip


@pytest.fixture
def peer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Peer]:
    monkeypatch.setenv("OIKOS_MDNS_INTERFACES", "127.0.0.1")
    one = Peer(tmp_path / "bridge")
    yield one
    one.call(one.bridge.kill())
    one.loop.stop()


@contextmanager
def engine_of(home: Path) -> Iterator[Engine]:
    engine = Engine(home)
    engine.start()
    try:
        yield engine
    finally:
        engine.stop()


def test_a_button_is_pressed_once_and_the_keys_outlive_a_restart(peer: Peer, home: Path, tmp_path: Path) -> None:
    project = str(tmp_path / "house.oikos")
    with engine_of(home) as engine:
        engine.new_project(project).result(30)
        assert engine.link_options(peer.candidate).result(30).has_button
        adding = engine.add(peer.candidate)
        peer.call(peer.bridge.order(press=True))
        devices = adding.result(60)
        lamp = next(device for device in devices if device.name == "Sofa lamp")
        point = lamp.point("on_off")
        assert point is not None
        assert engine.command(point.id, "on").result(30).state is CommandState.CONFIRMED
        (link,) = engine.twin.links
        assert engine.links().result(30)[0].has_button
    peer.call(peer.bridge.order(press=False))
    with engine_of(home) as engine:
        engine.open_project(project).result(60)
        again = engine.add(peer.candidate).result(60)
        assert {device.id for device in again} == {device.id for device in devices}
        assert len(peer.bridge.keys) == 1
        engine.remove_link(link.id).result(60)
        assert peer.bridge.keys == []
        assert engine.context.secrets.get(link.id) is None


def test_waiting_for_the_button_is_a_job_that_the_user_may_give_up(peer: Peer, home: Path, tmp_path: Path) -> None:
    with engine_of(home) as engine:
        engine.new_project(str(tmp_path / "house.oikos")).result(30)
        adding = engine.add(peer.candidate)
        waiting = False
        while not waiting and not adding.done():
            waiting = any(isinstance(one, Progress) and one.job == BUTTON_JOB for one in engine.inbox.drain()[1])
        engine.cancel(BUTTON_JOB)
        with pytest.raises(ProblemError) as caught:
            adding.result(60)
        assert caught.value.problems[0].code == "link.button_cancelled"
        assert engine.twin.links == ()
        assert not (peer.bridge.folder / "keys.json").exists()


def test_a_secret_is_deleted_also_where_the_end_of_the_pairing_fails_unforeseen(
    peer: Peer, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: object) -> None:
        await asyncio.sleep(0)
        raise LookupError("a mistake in an adapter")

    monkeypatch.setattr(HueSession, "end_pairing", broken)
    with engine_of(home) as engine:
        engine.new_project(str(tmp_path / "house.oikos")).result(30)
        peer.call(peer.bridge.order(press=True))
        engine.add(peer.candidate).result(60)
        (link,) = engine.twin.links
        engine.remove_link(link.id).result(60)
        assert engine.twin.links == ()
        assert engine.context.secrets.get(link.id) is None


def test_a_known_bridge_is_paired_anew_from_its_gateway_or_given_up(peer: Peer, home: Path, tmp_path: Path) -> None:
    with engine_of(home) as engine:
        engine.new_project(str(tmp_path / "house.oikos")).result(30)
        peer.call(peer.bridge.order(press=True))
        devices = engine.add(peer.candidate).result(60)
        (link,) = engine.twin.links
        peer.call(peer.bridge.order(press=False, reset=True))
        peer.call(peer.bridge.order(drop=True))
        until_state(engine, "needs login")
        engine.inbox.drain()  # also the progress of the first pairing
        pairing = engine.log_in(link.id, "", "")
        waiting = False
        while not waiting and not pairing.done():
            waiting = any(isinstance(one, Progress) and one.job == BUTTON_JOB for one in engine.inbox.drain()[1])
        engine.cancel(BUTTON_JOB)
        with pytest.raises(ProblemError) as caught:
            pairing.result(60)
        assert caught.value.problems[0].code == "link.button_cancelled"
        until_state(engine, "needs login")
        peer.call(peer.bridge.order(press=True))  # no one asks for a key any longer
        assert peer.bridge.keys == []
        engine.log_in(link.id, "", "").result(60)
        assert engine.links().result(30)[0].state == "online"
        assert {device.id for device in engine.twin.devices} == {device.id for device in devices}
        assert len(peer.bridge.keys) == 1


def until_state(engine: Engine, state: str) -> None:
    """Waits until the project's one link is in this state."""
    for _ in range(600):
        if engine.links().result(30)[0].state == state:
            return
        threading.Event().wait(0.1)
    raise AssertionError(engine.links().result(30)[0])
