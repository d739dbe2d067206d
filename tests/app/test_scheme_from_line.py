"""Home Assistant's folder `.storage` on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.__main__ import main
from tests.twin.building.test_hass import stored


def oikos(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    assert main([*map(str, words), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("inside", ["", "core.area_registry", "core.floor_registry"])
def test_a_project_is_made_from_the_folder_or_a_registry_in_it(
    inside: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = oikos(capsys, "new", tmp_path / "h.oikos", "--from", stored(tmp_path) / inside)
    assert {room["name"] for room in document["rooms"]} == {"Kitchen", "Hall", "Bedroom", "Laundry"}
    assert len(document["devices"]) == 7
    assert "hass.scheme" in [problem["code"] for problem in document["problems"]]


def test_the_same_folder_again_keeps_every_room(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    oikos(capsys, "new", tmp_path / "h.oikos", "--from", stored(tmp_path))
    changes = oikos(capsys, "import", tmp_path / "h.oikos", tmp_path / ".storage")["changes"]
    assert len(changes["kept"]) == 4
    assert not changes["gone"]


def test_shapes_lead_whatever_comes_first_on_the_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = tmp_path / "plan.svg"
    plan.write_text('<svg xmlns="http://www.w3.org/2000/svg"><rect id="area.kitchen" width="9" height="5"/></svg>')
    document = oikos(capsys, "new", tmp_path / "h.oikos", "--from", stored(tmp_path), "--from", plan)
    assert [room["name"] for room in document["rooms"]] == ["Kitchen"]
    assert [device["name"] for device in document["devices"]] == ["Ceiling lamp"]
