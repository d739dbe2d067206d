"""Names of files that a system refuses: too long, through a file, round in links. Each verb says which and what to do."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.__main__ import main
from twin.files.errors import unexpected
from twin.model.ids import clean_name
from twin.store.file_names import history_file
from twin.store.history import History
from twin.store.project import Project

from .test_cli import house, no_log_left_open, oikos

__all__ = ["house", "no_log_left_open", "oikos"]

pytestmark = pytest.mark.timeout(60)
WRITES = (
    "new {}", "new {} --from {house}", "backup {house} {}", "restore {house} {}", "export {house} --csv {}",
    "export {house} --ifc {}", "export {house} --gltf {}", "export {house} --text {}", "report handover {house} -o {}",
    "energy {house} day --csv {}", "alarms {house} --metrics day --csv {}", "work {house} list -o {}",
    "capture {house} l --out {}",
)  # fmt: skip
READS = (
    "info {}", "get {}", "run {} --for 0", "import {house} {}.ifc", "new {new} --from {}.ifc", "rules {house} --add {}",
    "energy {house} --setup {}", "checkout {house} Lamp --photo {}", "restore {} {new}",
    "add {house} mqtt://127.0.0.1:9 --secret-from {}", "schedule {house} import {}",
)  # fmt: skip


def refused(place: Path, how: str) -> Path:
    place.mkdir()
    (place / "file").write_text("")
    (place / "loop").symlink_to("loop")
    return {
        "long": place / ("n" * 300),
        "through_a_file": place / "file" / "x",
        "loop": place / "loop" / "x",
    }[how]


@pytest.mark.parametrize("how", ["long", "through_a_file", "loop"])
@pytest.mark.parametrize("verb", [*WRITES, *READS])
def test_a_path_that_the_system_refuses_is_a_problem_with_a_remedy_and_no_mistake(
    verb: str, how: str, house: Path, oikos: Any, tmp_path: Path
) -> None:
    place = tmp_path / "place"
    words = verb.format(refused(place, how), house=house, new=place / "new.oikos").split()
    document = oikos(*words, code=1)
    problems = document["problems"]
    assert len(problems) == 1, document
    assert problems[0]["remedy"], document
    assert problems[0]["code"] != "oikos.mistake", document
    assert sorted(one.name for one in place.iterdir()) == ["file", "loop"]


def test_a_word_too_long_for_a_path_is_opened_like_any_other_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["n" * 300, "house.oikos"]) == 2
    assert "n" * 300 in capsys.readouterr().err


@given(letter=st.sampled_from("né家🏠[*"), length=st.integers(50, 300))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_project_of_any_name_is_made_with_its_history_or_refused_without_a_trace(
    letter: str, length: int, tmp_path: Path, oikos: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "place"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    path = place / f"{letter * length}.oikos"
    code = main(["new", str(path), "--json"])
    capsys.readouterr()
    if code == 0:
        History.open(history_file(path)).close()
        with Project.open(path) as project:
            assert project.twin().name == clean_name(letter * length)
    else:
        assert len(os.fsencode(path.name)) > 230
        assert oikos("new", path, code=1)["problems"][0]["code"] == "new.unwritable"
        assert list(place.iterdir()) == []


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied", "/a/b"), OSError(30, "Read-only", b"/a/b")])
def test_a_folder_that_may_not_be_written_is_named_whoever_wrote(error: OSError) -> None:
    problem = unexpected(error, "oikos new")
    assert (problem.code, problem.where) == ("file.refused", "/a/b")
    assert problem.to_do.code == "os.denied"


def test_a_name_with_the_character_nul_is_no_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="null") as raised:
        Path("a\0b").read_bytes()
    assert unexpected(raised.value).to_do.code == "os.nul"


def test_a_file_of_ours_that_is_missing_stays_a_mistake() -> None:
    assert unexpected(FileNotFoundError(2, "No such file", "/opt/ours")).code == "oikos.mistake"
    assert unexpected(ConnectionRefusedError(111, "refused")).code == "oikos.mistake"
