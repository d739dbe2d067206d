"""A whole project as lines of text, and back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.english import undo_labels
from tests.twin.store.worlds import LINK, building, device
from twin.model.ids import RoomId
from twin.model.problem import ProblemError
from twin.store.project import Project
from twin.store.project.kept_settings import IGNORED_CANDIDATES
from twin.store.text_export import export_text, import_text, is_export

LAMP = device("lamp", "on_off", "level")


@pytest.fixture
def project(tmp_path: Path):
    with Project.create(tmp_path / "a.oikos", "Haus") as opened:
        opened.set_building(building("Küche", "Flur"))
        opened.add_link(LINK)
        opened.put_devices((LAMP, device("other")))
        opened.bind(LAMP.id, RoomId("r-Küche"), (1.0, 2.0, 3.0))
        opened.rename(RoomId("r-Flur"), "Eingang")
        opened.set_building(building("Flur", sha="b" * 64), keep={})
        opened.set_setting("words", ["heiß"])
        yield opened


def test_what_was_exported_comes_back_with_what_only_the_file_knows(project: Project, tmp_path: Path) -> None:
    files = export_text(project, tmp_path / "text")
    assert is_export(tmp_path / "text")
    with import_text(tmp_path / "text", tmp_path / "b.oikos") as other:
        assert other.twin() == project.twin()
        assert other.orphans() == project.orphans()
        assert other.setting("words") == ["heiß"]
        assert other.source() == project.source()
        assert undo_labels(other) == (None, None)
        again = export_text(other, tmp_path / "again")
    assert [file.read_bytes() for file in again] == [file.read_bytes() for file in files]
    rooms = (tmp_path / "text" / "room.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(rooms[0])["outline"][1] == [4.0, 0.0]


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("room", "{"),
        ("room", "[1]"),
        ("room", '{"id": "x"}'),
        ("device", '{"id": 5}'),
        ("setting", '{"id": "x"}'),
    ],
)
def test_a_line_that_is_not_ours_is_named_and_makes_no_project(
    project: Project, tmp_path: Path, file: str, line: str
) -> None:
    export_text(project, tmp_path / "text")
    path = tmp_path / "text" / f"{file}.jsonl"
    number = len(path.read_text(encoding="utf-8").splitlines()) + 1
    with path.open("a", encoding="utf-8") as out:
        out.write(line + "\n")
    with pytest.raises(ProblemError) as caught:
        import_text(tmp_path / "text", tmp_path / "b.oikos")
    assert caught.value.problems[0].where == f"{path}:{number}"
    assert not (tmp_path / "b.oikos").exists()


@pytest.mark.parametrize("change", [("room", "area_m2", "wide"), ("room", "outline", 7), ("point", "device", "nobody"), ("device", "pos", None), ("point", "capability", 5)])  # fmt: skip
def test_values_of_the_wrong_kind_make_no_project(
    project: Project, tmp_path: Path, change: tuple[str, str, object]
) -> None:
    table, column, value = change
    export_text(project, tmp_path / "text")
    path = tmp_path / "text" / f"{table}.jsonl"
    rows = [json.loads(line) | {column: value} for line in path.read_text(encoding="utf-8").splitlines()]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    with pytest.raises(ProblemError):
        import_text(tmp_path / "text", tmp_path / "b.oikos").close()
    assert not (tmp_path / "b.oikos").exists()


def test_what_the_neighbours_have_is_not_exported(project: Project, tmp_path: Path) -> None:
    project.set_setting(IGNORED_CANDIDATES, ["mqtt://neighbour"])
    export_text(project, tmp_path / "text")
    assert not [file for file in (tmp_path / "text").iterdir() if "neighbour" in file.read_text(encoding="utf-8")]


def test_a_folder_that_is_no_export_is_said_to_be_none(tmp_path: Path) -> None:
    assert not is_export(tmp_path)
    with pytest.raises(ProblemError):
        import_text(tmp_path, tmp_path / "b.oikos")


def test_an_export_that_cannot_be_written_is_a_problem(project: Project, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(ProblemError) as caught:
        export_text(project, tmp_path / "file" / "text")
    assert caught.value.problems[0].code == "text.unwritable"
