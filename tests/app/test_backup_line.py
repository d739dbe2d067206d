"""`backup` and `restore` at the command line: what is told, and what is refused."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from .test_cli import house, no_log_left_open, oikos

__all__ = ["house", "no_log_left_open", "oikos"]


@pytest.mark.parametrize("harm", ["zeroed", "truncated", "missing"])
def test_a_damaged_project_is_restored_and_the_newer_files_are_named(house: Path, oikos: Any, harm: str) -> None:
    safe = house.with_name("safe.oikos")
    oikos("backup", house, safe)
    data = house.read_bytes()
    if harm == "missing":
        house.unlink()
    else:
        house.write_bytes(bytes(len(data)) if harm == "zeroed" else data[:3000])
    found = oikos("restore", safe, house)
    assert all(Path(file).exists() for file in found["kept_files"])
    assert len(found["kept_files"]) == (1 if harm == "missing" else 2)
    assert oikos("check", house)["sound"]
    assert oikos("info", house)["name"] == "House"


def test_a_project_is_not_restored_from_itself(house: Path, oikos: Any) -> None:
    before = house.read_bytes()
    assert oikos("restore", house, house, code=1)["problems"][0]["code"] == "restore.itself"
    assert house.read_bytes() == before


def test_a_name_without_ending_means_the_project(house: Path, oikos: Any) -> None:
    bare = house.with_suffix("")
    assert oikos("info", bare)["points"] == oikos("info", house)["points"]
    assert oikos("new", bare, code=1)["problems"][0]["code"] == "new.exists"
    assert {Path(file).name for file in oikos("backup", bare, house.with_name("safe"))["files"]} == {
        "safe.oikos",
        "safe.oikos-history",
    }


def test_a_history_without_its_project_is_not_taken_by_a_new_one(house: Path, oikos: Any) -> None:
    house.unlink()
    (problem,) = oikos("new", house, code=1)["problems"]
    assert problem["code"] == "project.history_left"
    assert "restore" in problem["remedy"]


KILLED = """
import os, sys
from pathlib import Path
from twin.store.history import History
from twin.store.project import Project
path = Path(sys.argv[1])
project = Project.open(path)
project.set_setting("x", 1)
history = History.open(path.with_suffix(".oikos-history"))
db = project._db
if sys.argv[2] == "rollback journal":
    db.execute("pragma wal_checkpoint(truncate)")
    db.execute("pragma journal_mode=delete")
    db.execute("pragma cache_size=1")
    db.execute("begin immediate")
    db.execute("create table junk(x)")
    db.execute("insert into junk with recursive n(i) as (select 1 union all select i+1 from n where i<3000) select randomblob(900) from n")
os.kill(os.getpid(), 9)
"""
AS_NOBODY = """
import contextlib, io, os, sys
from app.__main__ import main
warm, home, words = sys.argv[1], sys.argv[2], sys.argv[3:]
os.environ["OIKOS_HOME"] = home
with contextlib.redirect_stdout(io.StringIO()):
    main([words[0], warm, *words[2:]])  # loads what is loaded late: nobody may not read this Python
if os.getuid() == 0: os.setuid(65534)
sys.exit(main(words))
"""


@pytest.mark.parametrize("left", ["write-ahead log", "rollback journal"])
@pytest.mark.parametrize("readonly", [True, False])
def test_reading_needs_no_permission_to_write_whatever_a_kill_left(
    house: Path, tmp_path_factory: pytest.TempPathFactory, left: str, readonly: bool
) -> None:
    subprocess.run([sys.executable, "-c", KILLED, str(house), left], check=False)
    assert any(path.name.endswith(("-wal", "-journal")) for path in house.parent.iterdir())
    with tempfile.TemporaryDirectory() as folder:  # of its own: another user shall reach it
        top = Path(folder)
        for path in house.parent.iterdir():
            shutil.copyfile(path, top / path.name)
            (top / path.name).chmod(0o444 if readonly else 0o644)
        warm, house = house, top / house.name
        top.chmod(0o555 if readonly else 0o755)
        for words in (["info", str(house)], ["check", str(house)], ["get", str(house), "Lamp/temperature"], ["history", str(house), "Lamp/temperature"]):  # fmt: skip
            command = [sys.executable, "-c", AS_NOBODY if readonly else AS_NOBODY.replace("os.setuid(65534)", "pass")]
            done = subprocess.run([*command, str(warm), str(tmp_path_factory.mktemp("home")), *words, "--json"], capture_output=True, text=True, check=False)  # fmt: skip
            assert done.returncode == 0, (words, done.stdout[-500:], done.stderr[-2000:])
        top.chmod(0o755)


def test_a_rehearsed_restore_tells_what_would_come_back_and_changes_nothing(house: Path, oikos: Any) -> None:
    safe = house.with_name("safe.oikos")
    oikos("backup", house, safe)
    before = {path: path.read_bytes() for path in house.parent.glob("*.oikos*")}
    info = oikos("info", house)
    found = oikos("restore", safe, "--check")
    assert found["sound"]
    assert (found["rooms"], found["devices"], found["has_history"]) == (len(info["rooms"]), len(info["devices"]), True)
    assert {path: path.read_bytes() for path in house.parent.glob("*.oikos*")} == before
    data = bytearray(safe.read_bytes())
    data[len(data) // 2 :] = bytes(len(data) - len(data) // 2)
    safe.write_bytes(bytes(data))
    assert not oikos("restore", safe, "--check", code=1).get("sound", False)
