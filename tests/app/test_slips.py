"""A slip of the hand destroys nothing: an output that names a project, a history, the building's file or another
kind of file is refused with one problem, and every file is as it was."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

import assets

from .test_cli import house, no_log_left_open, oikos

__all__ = ["house", "no_log_left_open", "oikos"]

HOME = Path(str(assets.__file__)).parent / "demo" / "home.sh3d"


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir()) if file.is_file()}


@pytest.mark.parametrize("verb", ["export --csv", "export --ifc", "export --gltf", "export --text", "shot"])
@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("name", ["house.oikos", "house.oikos-history"])
def test_neither_project_nor_history_is_written_over(
    house: Path, oikos: Any, verb: str, force: bool, name: str
) -> None:
    word, *flag = verb.split()
    out = house.parent / name
    if flag and flag[0] in ("--ifc", "--gltf"):  # which add their ending: the slip needs a link
        out = house.parent / f"slip{ {'--ifc': '.ifc', '--gltf': '.glb'}[flag[0]] }"
        out.symlink_to(name)
    before = bytes_of(house.parent)
    document = oikos(word, house, *flag, out, *(["--force"] if force else []), code=1)
    assert [problem["code"] for problem in document["problems"]] in (["write.project"], ["write.not_folder"])
    assert bytes_of(house.parent) == before


@pytest.mark.parametrize(("verb", "code"), [("export --csv", "write.source"), ("shot", "write.source")])
def test_the_file_that_the_building_came_from_stays(tmp_path: Path, oikos: Any, verb: str, code: str) -> None:
    source, project = tmp_path / "home.sh3d", tmp_path / "home.oikos"
    source.write_bytes(HOME.read_bytes())
    oikos("new", project, "--from", source)
    word, *flag = verb.split()
    for extra in ([], ["--force"]):
        document = oikos(word, project, *flag, source, *extra, code=1)
        assert [problem["code"] for problem in document["problems"]] == [code]
    assert source.read_bytes() == HOME.read_bytes()


def test_an_export_replaces_its_own_kind_and_another_only_by_force(house: Path, oikos: Any) -> None:
    out = house.parent / "notes.csv"
    out.write_text("groceries, milk\n")
    (problem,) = oikos("export", house, "--csv", out, code=1)["problems"]
    assert problem["code"] == "write.other_kind"
    assert "--force" in problem["remedy"]
    assert out.read_text() == "groceries, milk\n"
    assert oikos("export", house, "--csv", out, "--force")["samples"] == oikos("export", house, "--csv", out)["samples"]
    assert out.read_text().startswith("time,device,")


def test_devices_folders_and_places_that_are_not_there_are_refused(house: Path, oikos: Any) -> None:
    os.mkfifo(house.parent / "pipe")  # never a device of the machine: as root, a slip would replace it
    for out, code in (
        (house.parent / "pipe", "file.special"),
        (house.parent, "write.folder"),
        (house.parent / "no" / "x", "export.unwritable"),
    ):
        assert [problem["code"] for problem in oikos("export", house, "--csv", out, code=1)["problems"]] == [code]
