"""The whole line with a HomeKit bridge: code typed once, keys kept, restart, removal; and what the command line says."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from app.__main__ import main
from app.engine.edit_queue import EditQueue
from app.engine.engine import Engine
from app.engine.problems import LOGIN
from app.loop import Loop
from tests.devices.protocols.homekit.virtual_bridge import BRIDGE, CODE, VirtualBridge
from twin.model.candidate import Candidate, Need
from twin.model.command import CommandState
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text

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
            key=f"homekit:{BRIDGE.replace(':', '-')}",
            name="Test bridge",
            protocol="homekit",
            addresses=("127.0.0.1",),
            port=self.bridge.port,
            needs=Need.PIN,
            facts=(("id", BRIDGE),),
        )


@pytest.fixture
def peer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Peer]:
    pytest.importorskip("pyhap", reason="HAP-python is not installed (uv sync)")
    monkeypatch.setenv("OIKOS_MDNS_INTERFACES", "127.0.0.1")
    one = Peer(tmp_path)
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


def test_a_code_is_typed_once_and_the_keys_outlive_a_restart_and_a_wrong_code(
    peer: Peer, home: Path, tmp_path: Path
) -> None:
    project = str(tmp_path / "house.oikos")
    with engine_of(home) as engine:
        engine.new_project(project).result(30)
        for code in ("", "111-22-334"):
            with pytest.raises(ProblemError) as caught:
                engine.add(peer.candidate, "", code).result(60)
            assert caught.value.problems[0].code == LOGIN
            assert engine.twin.links == ()
        devices = engine.add(peer.candidate, "", CODE).result(60)
        lamp = next(device for device in devices if device.kind == "light")
        point = lamp.point("on_off")
        assert point is not None
        assert engine.command(point.id, "on").result(30).state is CommandState.CONFIRMED
        again = engine.add(peer.candidate, "", "111-22-334").result(60)
        assert {device.id for device in again} == {device.id for device in devices}
        (kept,) = engine.setup_codes().result(60)
        assert engine.setup_code(kept.device).result(60) == CODE.replace("-", "")
    with engine_of(home) as engine:
        engine.open_project(project).result(30)
        assert engine.command(point.id, "off").result(60).state is not None
        engine.add(peer.candidate).result(60)
        assert engine.command(point.id, "toggle").result(30).state is CommandState.CONFIRMED


def test_the_code_by_which_a_login_pairs_anew_is_kept_and_no_other_text(peer: Peer, home: Path, tmp_path: Path) -> None:
    with engine_of(home) as engine:
        engine.new_project(str(tmp_path / "house.oikos")).result(30)
        devices = engine.add(peer.candidate, "", CODE).result(60)
        (kept,) = engine.setup_codes().result(60)
        with pytest.raises(ProblemError, match=r"homekit\.code"):
            engine.keep_setup_code(kept.device, "a text").result(60)
        engine.forget_setup_code(kept.device).result(60)
        link = engine.twin.links[0].id
        for device in devices:
            engine.remove(device.id).result(60)
        engine.undo().result(60)
        pause = threading.Event()
        while engine.links().result(60)[0].state != "needs login":
            pause.wait(0.02)
        engine.log_in(link, "", CODE).result(60)
        while not (rows := engine.setup_codes().result(60)):
            pause.wait(0.02)
        assert engine.setup_code(rows[0].device).result(60) == CODE.replace("-", "")


def test_a_removed_bridge_forgets_the_house_and_can_be_added_again(peer: Peer, home: Path, tmp_path: Path) -> None:
    with engine_of(home) as engine:
        engine.new_project(str(tmp_path / "house.oikos")).result(30)
        engine.add(peer.candidate, "", CODE).result(60)
        engine.remove_link(engine.twin.links[0].id).result(60)
        assert engine.twin.links == ()
        assert engine.add(peer.candidate, "", CODE).result(60)


def test_the_last_device_takes_its_bridge_s_keys_along_and_an_undo_says_that_a_code_is_needed(
    peer: Peer, home: Path, tmp_path: Path
) -> None:
    with engine_of(home) as engine:
        engine.new_project(str(tmp_path / "house.oikos")).result(30)
        devices = engine.add(peer.candidate, "", CODE).result(60)
        link = engine.twin.links[0].id
        for device in devices:
            engine.remove(device.id).result(60)
        assert engine.twin.links == ()
        assert engine.context.secrets.get(link) is None
        assert engine.undo().result(60) is not None
        assert [one.id for one in engine.twin.links] == [link]
        pause = threading.Event()
        while (row := engine.links().result(60)[0]).state != "needs login":
            pause.wait(0.02)
        assert row.reason == Text("homekit.code_needed")
        assert engine.add(peer.candidate, "", CODE).result(60)


def test_a_removal_that_the_project_refuses_ends_no_pairing(
    peer: Peer, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(*_: object) -> None:
        raise ProblemError(Problem(code="project.read_only"))

    with engine_of(home) as engine:
        engine.new_project(str(tmp_path / "house.oikos")).result(30)
        devices = engine.add(peer.candidate, "", CODE).result(60)
        with monkeypatch.context() as patch:
            patch.setattr(EditQueue, "remove_link", refused)
            with pytest.raises(ProblemError):
                engine.remove_link(engine.twin.links[0].id).result(60)
        point = next(device for device in devices if device.kind == "light").point("on_off")
        assert point is not None
        assert engine.command(point.id, "on").result(60).state is CommandState.CONFIRMED


def test_a_bridge_removed_while_it_is_off_keeps_its_pairing_and_the_user_is_told(
    peer: Peer, home: Path, tmp_path: Path
) -> None:
    with engine_of(home) as engine:
        engine.new_project(str(tmp_path / "house.oikos")).result(30)
        engine.add(peer.candidate, "", CODE).result(60)
        peer.call(peer.bridge.kill())
        id = engine.twin.links[0].id
        pause = threading.Event()
        while engine.links().result(60)[0].state == "online":
            pause.wait(0.02)
        engine.inbox.drain()
        engine.remove_link(id).result(60)
        told = [change.problem.code for change in engine.inbox.drain()[1] if hasattr(change, "problem")]
        assert told == ["link.still_paired"]


def test_the_command_line_takes_the_code_from_a_file_and_shows_the_devices(
    peer: Peer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project, code = str(tmp_path / "house.oikos"), tmp_path / "code.txt"
    code.write_text(CODE + "\n")
    assert main(["new", project]) == 0
    assert main(["add", project, "homekit://127.0.0.1", "--secret-from", str(code)]) == 1
    assert "homekit://" in capsys.readouterr().err
    assert main(["add", project, peer.bridge.url]) == 1
    assert "031-45-154" not in capsys.readouterr().err
    assert main(["add", project, peer.bridge.url, "--secret-from", str(code), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert "Desk lamp" in {device["name"] for device in document["devices"]}
    assert main(["set", project, "Desk lamp/on_off", "on"]) == 0
