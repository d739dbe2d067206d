"""A hostile or clumsy user at the command line: a problem with a remedy, the right exit code, the project as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.__main__ import main
from twin.model.problem import ProblemError
from twin.store.project import Project

from .test_cli import house, no_log_left_open, oikos

__all__ = ["house", "no_log_left_open", "oikos"]


def codes(document: dict[str, Any]) -> list[str]:
    assert all(problem["remedy"] for problem in document["problems"])
    return [problem["code"] for problem in document["problems"]]


@pytest.mark.parametrize("spot", ["nan,0,0", "0,inf,0", "0,0,-1e999"])
def test_a_spot_that_is_no_number_is_wrong_usage(house: Path, spot: str) -> None:
    before = house.read_bytes()
    assert main(["bind", str(house), "Lamp", "Kitchen", "--at", spot]) == 2
    assert house.read_bytes() == before


def test_a_spot_beyond_any_building_is_refused_and_the_project_still_opens(house: Path, oikos: Any) -> None:
    assert codes(oikos("bind", house, "Lamp", "Kitchen", "--at", "1e30,0,0", code=1)) == ["bind.position"]
    assert oikos("check", house)["sound"]


def test_an_edit_that_could_not_be_read_again_is_not_kept(house: Path) -> None:
    with Project.open(house) as project:
        device, before = project.twin().devices[0], project.twin()
        row = {**project.tables()[0]["device"][device.id], "position_m": "[NaN,0,0]"}
        with pytest.raises(ProblemError):
            project.put_tables({("device", device.id): row}, {})
        assert project.twin() == before
    with Project.open(house) as project:
        assert project.twin() == before


def test_a_point_that_only_reports_refuses_and_says_that_it_does(house: Path, oikos: Any) -> None:
    document = oikos("set", house, "Lamp/temperature", "5", code=1)
    assert codes(document) == ["command.only_reports"]
    assert "reports" in document["problems"][0]["remedy"]


def test_a_folder_is_no_project_and_says_so(tmp_path: Path, oikos: Any) -> None:
    assert codes(oikos("info", tmp_path, code=1)) == ["project.folder"]


def test_a_project_in_a_folder_that_is_not_there_names_the_place_that_was_typed(tmp_path: Path, oikos: Any) -> None:
    where = tmp_path / "nowhere" / "x.oikos"
    document = oikos("new", where, code=1)
    assert codes(document) == ["new.unwritable"]
    assert document["problems"][0]["where"] == str(where)


def test_a_mistyped_verb_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["improt", "x.oikos"]) == 2
    assert "improt" in capsys.readouterr().err


def test_an_interrupted_verb_is_no_success(house: Path, oikos: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def pressed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("app.cli.framework.import_report.read", pressed)
    assert codes(oikos("import", house, "x.ifc", code=1)) == ["oikos.interrupted"]
