"""The whole line with a Modbus gateway: URL and options, engine, store, command; and what the command line says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.__main__ import main
from app.engine.engine import Engine
from app.loop import Loop
from devices.lab.modbus import ModbusLab
from devices.lab.node_programs import MODBUS
from tests.devices.protocols.link_under_test import node_program_or_skip
from twin.model.command import CommandState
from twin.model.link_option import LinkSchema
from twin.model.problem import ProblemError
from twin.model.text import Text


class Peer:
    """The gateway on a loop of its own."""

    def __init__(self, program: Path) -> None:
        self.lab = ModbusLab(every_s=3600.0)
        self.loop = Loop(lambda error, where: None)
        self.loop.start()
        self.facts: dict[str, Any] = self.call(self.lab.start(4, program))

    def call(self, work: Any) -> Any:
        return self.loop.submit(work, name="lab").result(30)

    def stop(self) -> None:
        self.call(self.lab.stop())
        self.loop.stop()


@pytest.fixture
def peer() -> Iterator[Peer]:
    one = Peer(node_program_or_skip(MODBUS))
    yield one
    one.stop()


@pytest.mark.blocks
def test_an_inverter_is_taken_in_recorded_and_commanded_once_that_is_allowed(
    peer: Peer, home: Path, tmp_path: Path
) -> None:
    engine = Engine(home)
    engine.start()
    try:
        engine.new_project(str(tmp_path / "house.oikos")).result(60)
        with pytest.raises(ProblemError) as caught:
            engine.add(peer.facts["url"], options={"unit": "1", "period": "never"}).result(30)
        assert [problem.code for problem in caught.value.problems] == ["link.option.unknown", "link.option.value"]
        assert engine.twin.links == ()

        devices = engine.add(peer.facts["url"], options={"period": "0.3", "timeout": "0.5"}).result(60)
        assert {device.kind for device in devices} == {"meter", "solar", "controller"}
        inverter = next(device for device in devices if device.kind == "solar")
        point = inverter.point("power_limit")
        assert point is not None
        refused = engine.command(point.id, "set", 50.0).result(60)
        assert refused.state is CommandState.FAILED
        assert refused.reason == Text("modbus.writing_off", unit="2")

        url = f"modbus://127.0.0.1:{peer.facts['port']}"
        assert {device.id for device in engine.add(url, options={"writable": "yes"}).result(60)} == {
            device.id for device in devices
        }
        (link,) = engine.twin.links
        assert dict(link.options) == {
            "units": "1,2,3,4:waveshare-relay-8", "period": "0.3", "timeout": "0.5", "writable": "yes",
        }  # fmt: skip
        assert engine.command(point.id, "set", 50.0).result(60).state is CommandState.CONFIRMED
        assert [option.name for option in engine.link_options("modbus://").result(60).options][:2] == [
            "units",
            "profile",
        ]
        assert engine.link_options("simulated://home").result(60) == LinkSchema()
    finally:
        engine.stop()


@pytest.mark.blocks
def test_the_command_line_takes_options_and_names_what_is_none(
    peer: Peer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = str(tmp_path / "house.oikos")
    assert main(["new", project]) == 0
    url = f"modbus://127.0.0.1:{peer.facts['port']}"
    assert main(["add", project, url, "--option", "units=9-1"]) == 1
    assert "write it like 1,2,10-14" in capsys.readouterr().err
    assert main(["add", project, url, "--option", "unit=1"]) == 1
    assert "Did you mean units?" in capsys.readouterr().err
    assert main(["add", project, url, "--option", "units"]) == 2
    capsys.readouterr()
    assert main(["add", project, url, "--option", "units=1,2", "--option", "timeout=0.5", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [device["name"] for device in document["devices"]] == ["Eastron SDM630 · 1", "Oikos Lab Inverter 8 · 2"]
    capsys.readouterr()
    assert main(["add", project, f"{url}?units=3"]) == 0
    said = capsys.readouterr()
    assert "Unit ids: 3 added, now 1,2,3" in said.err
    assert "Eastron SDM630 · 1" in said.out, "the unit of before is still read"
    assert main(["add", project, url, "--option", "units==2,3"]) == 0
    assert "Unit ids: 2,3 in place of 1,2,3" in capsys.readouterr().err
