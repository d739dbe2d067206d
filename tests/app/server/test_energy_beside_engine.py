"""Energy on an attached engine: a window's client and the command line get what the engine computes; roles decide who sets up."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from app.__main__ import main
from app.cli.framework.beside_engine import need_of
from app.cli.framework.verb import parser
from app.server.remote_engine import RemoteEngine
from app.server.roles import NEED, Role
from tests.app.server.conftest import OpenDoor
from twin.model.energy import EnergySetup, EnergySpan
from twin.model.ids import RoomId
from twin.model.problem import ProblemError
from twin.model.room_comfort import ComfortAssumptions


def test_a_client_reads_the_report_and_sets_up_tariffs(
    door: OpenDoor, attach: Callable[[OpenDoor], RemoteEngine]
) -> None:
    client = attach(door)
    found = client.energy(EnergySpan.WEEK, client.now_ms()).result(60)
    own = door.desk.engine.energy(EnergySpan.WEEK, client.now_ms()).result(60)
    assert found.edges_ms.tolist() == own.edges_ms.tolist()
    assert found.edges_ms.dtype == np.int64
    assert found.media == own.media == ()
    client.keep_energy_setup(replace(EnergySetup(), region="GB", area_m2=90.0)).result(60)
    assert door.desk.engine.energy_setup().result(60) == client.energy_setup().result(60)
    assert client.energy_setup().result(60).region == "GB"
    with pytest.raises(ProblemError) as refused:
        client.keep_energy_setup(replace(EnergySetup(), area_m2=-1.0)).result(60)
    assert [one.code for one in refused.value.problems] == ["energy.area"]


def test_a_client_reads_comfort_and_its_evidence(door: OpenDoor, attach: Callable[[OpenDoor], RemoteEngine]) -> None:
    client, assumed = attach(door), ComfortAssumptions(met=1.6)
    found = client.comfort(EnergySpan.DAY, client.now_ms(), assumed).result(60)
    assert (found.assumptions, found.days_ms.dtype) == (assumed, np.int64)
    room = client.twin.rooms[0].id
    evidence = client.comfort_evidence(room, client.now_ms(), assumed).result(60)
    assert (evidence.room, evidence.commands) == (room, ())
    with pytest.raises(ProblemError):
        client.comfort_evidence(RoomId("cellar"), client.now_ms(), assumed).result(60)


def test_the_evidence_with_its_names_needs_an_operator() -> None:
    words = ["comfort", "house", "--room", "Hall"]
    assert NEED[need_of("comfort", parser(["comfort"]).parse_args(words))] is Role.VIEWER
    assert NEED[need_of("comfort", parser(["comfort"]).parse_args([*words, "--evidence"]))] is Role.OPERATOR


def test_the_verb_is_carried_out_by_the_engine(door: OpenDoor, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["energy", str(door.desk.path), "day", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["span"] == "day"
    assert main(["comfort", str(door.desk.path), "month", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["span"] == "month"


def test_reading_needs_a_viewer_and_setting_up_an_installer() -> None:
    read = parser(["energy"]).parse_args(["energy", "house"])
    change = parser(["energy"]).parse_args(["energy", "house", "--setup", "file.json"])
    assert NEED[need_of("energy", read)] is Role.VIEWER
    assert NEED[need_of("energy", change)] is Role.INSTALLER
